import type { Host } from '../../host/host.ts';
import { compressionOf, decodingProblem, decompress, magicSize } from '../image/compression.ts';
import { TarReader } from '../image/tar-reader.ts';
import { readChunks } from './read-chunks.ts';

/** Which regular file of a tar is wanted, and how much of anything is too much. */
export interface MemberRequest {
  /** Names it may have in the archive; it must be there once. */
  readonly names: readonly string[];
  /** Bytes of the whole unpacked archive. */
  readonly limit: number;
  /** Further small files that are kept in memory, by name. */
  readonly beside: readonly string[];
}

const besideLimit = 1024 * 1024;

class UnpackError extends Error {}

/** Collects what is wanted of the tar that is pushed into `reader`; nothing else of it is written anywhere. */
function createCollector({ names, beside }: MemberRequest) {
  const kept = new Map<string, Buffer>();
  let parts: Buffer[] = [];
  let current = '';
  let found = 0;
  const reader = new TarReader({
    entry({ name, type, sparse, size }) {
      const plain = name.replace(/^\.\//, '');
      const isWanted = names.includes(plain) || (beside.includes(plain) && size <= besideLimit);
      current = isWanted && type === 'file' && sparse === null ? plain : '';
      if (names.includes(current)) found += 1;
      else if (current !== '') kept.set(current, Buffer.alloc(0));
    },
    body(chunk) {
      if (names.includes(current)) parts.push(Buffer.from(chunk));
      else if (current !== '') kept.set(current, Buffer.concat([kept.get(current) ?? Buffer.alloc(0), chunk]));
    },
    endOfEntry() {
      current = '';
    },
  });
  const take = () => {
    const taken = parts;
    parts = [];
    return taken;
  };
  return { reader, kept, take, found: () => found };
}

type Collector = ReturnType<typeof createCollector>;

async function* memberBytes(
  chunks: AsyncIterable<Buffer>,
  { names, limit }: MemberRequest,
  collector: Collector,
): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > limit) throw new UnpackError(`unpacks to more than ${limit} bytes`);
    collector.reader.push(chunk);
    yield* collector.take();
  }
  const problem = collector.reader.finish();
  if (problem !== null) throw new UnpackError(`is a damaged tar: ${problem}`);
  if (collector.found() !== 1) throw new UnpackError(`holds ${collector.found()} files named ${names[0]}, not one`);
}

async function open(archive: string, host: Host): Promise<AsyncIterable<Buffer>> {
  const file = await host.files.open(archive);
  const start = Buffer.alloc(magicSize);
  try {
    await file.readAt(start, 0);
  } finally {
    await file.close();
  }
  const compression = compressionOf(start);
  if (compression === 'unknown')
    throw new UnpackError('is compressed in a way that is not read here: use gzip or zstd');
  const chunks = readChunks(archive, host);
  return compression === 'none' ? chunks : decompress(chunks, compression);
}

/** What `write` made of the member, and the small files beside it. */
export interface Unpacked<T> {
  readonly written: T;
  readonly beside: ReadonlyMap<string, Buffer>;
}

/**
 * Hands one file of a tar, plain or compressed, to `write`. A text says what is wrong with the archive, as the end of a
 * sentence that begins with it; `write` was rejected then.
 */
export async function unpackMember<T>(
  archive: string,
  request: MemberRequest,
  host: Host,
  write: (chunks: AsyncIterable<Buffer>) => Promise<T>,
): Promise<Unpacked<T> | string> {
  try {
    const collector = createCollector(request);
    const written = await write(memberBytes(await open(archive, host), request, collector));
    return { written, beside: collector.kept };
  } catch (error) {
    if (error instanceof UnpackError) return error.message;
    const problem = decodingProblem(error);
    if (problem !== null) return `cannot be unpacked: ${problem}`;
    throw error;
  }
}
