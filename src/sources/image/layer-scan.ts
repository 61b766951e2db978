import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import type { Compression } from '../../domain/image.ts';
import { describeProblem, type FileSystem, type OpenFile } from '../../host/host.ts';
import type { Blob } from './blob-store.ts';
import { LayerCollector, type LayerContent, type LayerInterest } from './layer-content.ts';
import { TarReader } from './tar-reader.ts';

/** One layer to read; plain data, so that it can be handed to a worker. */
export interface LayerTask {
  readonly blob: Blob;
  /** `sha256:` over the bytes as stored; null where nothing states it. */
  readonly digest: string | null;
  readonly diffId: string;
  readonly interest: LayerInterest;
}

export interface LayerScan {
  readonly content: LayerContent;
  /** Uncompressed bytes read. */
  readonly bytes: number;
  /** Why the layer was not, or not provably, examined as a whole. */
  readonly problems: readonly string[];
}

const chunkSize = 1024 * 1024;
/** More than any real layer; a bomb ends here instead of running for hours. */
const outputLimit = 256 * 1024 ** 3;

const magics: readonly { readonly bytes: string; readonly compression: Compression }[] = [
  { bytes: '1f8b', compression: 'gzip' },
  { bytes: '28b52ffd', compression: 'zstd' },
  { bytes: '425a68', compression: 'unknown' },
  { bytes: 'fd377a585a00', compression: 'unknown' },
  { bytes: '504b0304', compression: 'unknown' },
];

/** By magic, never by name or media type: stores disagree about those. zstd's skippable frames are 184D2A5x. */
function compressionOf(start: Buffer): Compression {
  const hex = start.toString('hex');
  if (/^5.2a4d18/.test(hex)) return 'zstd';
  return magics.find((magic) => hex.startsWith(magic.bytes))?.compression ?? 'none';
}

/**
 * The blob's bytes in chunks. A chunk is valid until the next is asked for, unless they are to be kept. After each the
 * thread's other events get their turn: in the main thread the workers' answers.
 */
async function* readChunks(file: OpenFile, blob: Blob, keep: boolean): AsyncGenerator<Buffer> {
  const shared = Buffer.allocUnsafeSlow(keep ? 0 : chunkSize);
  for (let done = 0; done < blob.size; ) {
    const target = keep ? Buffer.allocUnsafeSlow(chunkSize) : shared;
    const part = target.subarray(0, Math.min(chunkSize, blob.size - done));
    const chunk = part.subarray(0, await file.readAt(part, blob.offset + done));
    if (chunk.length === 0) return;
    done += chunk.length;
    yield chunk;
    await setImmediate();
  }
}

async function* tee(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

function inflate(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize });
  const source = Readable.from(chunks, { objectMode: true, highWaterMark: 2 });
  source.on('error', (error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}

function zlibProblem(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_')) {
    return `its gzip data is damaged (${error.message})`;
  }
  return describeProblem(error);
}

interface Reading {
  readonly bytes: number;
  readonly diffId: string;
  readonly problem: string | null;
}

async function feed(chunks: AsyncIterable<Buffer>, reader: TarReader): Promise<Reading> {
  const hash = createHash('sha256');
  let bytes = 0;
  let problem: string | null = null;
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      reader.push(chunk);
      bytes += chunk.length;
      if (bytes > outputLimit) {
        problem = `it unpacks to more than ${outputLimit} bytes`;
        break;
      }
    }
  } catch (error) {
    problem = zlibProblem(error);
  }
  return { bytes, diffId: `sha256:${hash.digest('hex')}`, problem };
}

/** Digest over the stored bytes and diffID over the uncompressed ones: the proof that no byte was lost. */
function verify(task: LayerTask, reading: Reading, storedDigest: string): readonly string[] {
  if (reading.problem !== null) return [reading.problem];
  const problems: string[] = [];
  if (task.digest !== null && task.digest !== storedDigest)
    problems.push('its bytes do not have the digest the manifest states');
  if (task.diffId !== reading.diffId) problems.push('its content does not have the diffID the config states');
  return problems;
}

const emptyContent: LayerContent = {
  entries: 0,
  paths: new Uint8Array(),
  matches: [],
  keys: [],
  packageLists: [],
  secrets: [],
  problems: [],
  buildTools: [],
};

async function scanOpenFile(task: LayerTask, file: OpenFile): Promise<LayerScan> {
  const start = Buffer.alloc(8);
  await file.readAt(start.subarray(0, Math.min(8, task.blob.size)), task.blob.offset);
  const compression = compressionOf(start);
  if (compression === 'zstd' || compression === 'unknown') {
    const name = compression === 'zstd' ? 'zstd' : 'in a way that is not known';
    return {
      content: emptyContent,
      bytes: 0,
      problems: [`it is compressed ${compression === 'zstd' ? `with ${name}` : name}, which is not read yet`],
    };
  }
  const collector = new LayerCollector(task.interest);
  const reader = new TarReader(collector);
  const stored = createHash('sha256');
  const isGzip = compression === 'gzip';
  const chunks = readChunks(file, task.blob, isGzip);
  const reading = await feed(isGzip ? inflate(tee(chunks, stored)) : chunks, reader);
  const tarProblem = reading.problem === null ? reader.finish() : null;
  const content = collector.finish();
  const problems = [
    ...verify(task, reading, isGzip ? `sha256:${stored.digest('hex')}` : reading.diffId),
    ...(tarProblem === null ? [] : [tarProblem]),
    ...content.problems,
  ];
  return { content, bytes: reading.bytes, problems };
}

/** Reads, searches and verifies one layer in constant memory. What goes wrong with the file is a problem of the scan. */
export async function scanLayer(task: LayerTask, files: FileSystem): Promise<LayerScan> {
  try {
    const file = await files.open(task.blob.file);
    try {
      return await scanOpenFile(task, file);
    } finally {
      await file.close();
    }
  } catch (error) {
    return { content: emptyContent, bytes: 0, problems: [describeProblem(error)] };
  }
}
