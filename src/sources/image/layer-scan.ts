import { createHash, type Hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Compression } from '../../domain/image.ts';
import { type ImageLimits, outputLimit } from '../../domain/image-limits.ts';
import { describeProblem, type FileSystem, type OpenFile } from '../../host/host.ts';
import type { Blob } from './blob-store.ts';
import { compressionName, compressionOf, decodingProblem, decompress, magicSize } from './compression.ts';
import { LayerCollector, type LayerContent, type LayerInterest } from './layer-content.ts';
import { TarReader } from './tar-reader.ts';

/** One layer to read; plain data, so that it can be handed to a worker. */
export interface LayerTask {
  readonly blob: Blob;
  /** `sha256:` over the bytes as stored; null where nothing states it. */
  readonly digest: string | null;
  readonly diffId: string;
  readonly interest: LayerInterest;
  readonly limits: ImageLimits;
}

export interface LayerScan {
  readonly content: LayerContent;
  /** Uncompressed bytes read. */
  readonly bytes: number;
  /** `sha256:` over the bytes as stored; null where they were not read to the end. */
  readonly stored: string | null;
  /** Why the layer was not, or not provably, examined as a whole. */
  readonly problems: readonly string[];
}

const chunkSize = 1024 * 1024;

/** `decompress`, here or in another thread. */
export type Decompress = typeof decompress;

/** Where the bytes of a blob are read to, a chunk at a time. */
interface Target {
  /** Called before each chunk. */
  next(): Buffer;
}

/** Bytes between two turns of the thread's other events: in the main thread the workers' answers. A turn takes 20 µs. */
const turnSize = 8 * 1024 * 1024;

/** The blob's bytes in chunks, each in what the target gives. */
async function* readChunks(file: OpenFile, blob: Blob, target: Target): AsyncGenerator<Buffer> {
  let turn = turnSize;
  for (let done = 0; done < blob.size; ) {
    const next = target.next();
    const part = next.subarray(0, Math.min(next.length, blob.size - done));
    const chunk = part.subarray(0, await file.readAt(part, blob.offset + done));
    if (chunk.length === 0) return;
    done += chunk.length;
    yield chunk;
    if (done < turn) continue;
    turn = done + turnSize;
    await setImmediate();
  }
}

/** Plain content is read to where it is searched; what zstd's decoder is given must stay valid. */
function targetFor(compression: 'none' | 'gzip' | 'zstd', collector: LayerCollector): Target {
  if (compression === 'zstd') return { next: () => Buffer.allocUnsafeSlow(chunkSize) };
  if (compression === 'gzip') {
    const shared = Buffer.allocUnsafeSlow(chunkSize);
    return { next: () => shared };
  }
  return {
    next() {
      collector.keep();
      return collector.window;
    },
  };
}

async function* tee(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
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
      if (reader.isOverLimit) {
        problem = reader.finish();
        break;
      }
    }
  } catch (error) {
    problem = decodingProblem(error) ?? describeProblem(error);
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
  installed: [],
  secrets: [],
  problems: [],
  buildTools: [],
};

/** A layer of which nothing was read, and why. */
export function unreadLayer(problem: string): LayerScan {
  return { content: emptyContent, bytes: 0, stored: null, problems: [problem] };
}

async function readStart(file: OpenFile, { size, offset }: Blob): Promise<Buffer> {
  const start = Buffer.alloc(magicSize);
  await file.readAt(start.subarray(0, Math.min(magicSize, size)), offset);
  return start;
}

/** How a blob is compressed; null when it cannot be read. */
export async function storedCompression(blob: Blob, files: FileSystem): Promise<Compression | null> {
  try {
    const file = await files.open(blob.file);
    try {
      return compressionOf(await readStart(file, blob));
    } finally {
      await file.close();
    }
  } catch (error) {
    // Whoever scans it meets the same, and tells.
    describeProblem(error);
    return null;
  }
}

async function scanOpenFile(task: LayerTask, file: OpenFile, unpack: Decompress): Promise<LayerScan> {
  const start = await readStart(file, task.blob);
  const compression = compressionOf(start);
  if (compression === 'unknown')
    return unreadLayer(`it is compressed with ${compressionName(start)}, which is not read`);
  const { limits } = task;
  const collector = new LayerCollector(task.interest, limits);
  const reader = new TarReader(collector, { limits, output: outputLimit(limits, task.blob.size) });
  const stored = createHash('sha256');
  const isPlain = compression === 'none';
  const chunks = readChunks(file, task.blob, targetFor(compression, collector));
  const reading = await feed(isPlain ? chunks : unpack(tee(chunks, stored), compression), reader);
  const tarProblem = reading.problem === null ? reader.finish() : null;
  const content = collector.finish();
  const digest = isPlain ? reading.diffId : `sha256:${stored.digest('hex')}`;
  const problems = [
    ...verify(task, reading, digest),
    ...(tarProblem === null ? [] : [tarProblem]),
    ...content.problems,
  ];
  return { content, bytes: reading.bytes, stored: reading.problem === null ? digest : null, problems };
}

/** Reads, searches and verifies one layer in constant memory. What goes wrong with the file is a problem of the scan. */
export async function scanLayer(
  task: LayerTask,
  files: FileSystem,
  unpack: Decompress = decompress,
): Promise<LayerScan> {
  try {
    const file = await files.open(task.blob.file);
    try {
      return await scanOpenFile(task, file, unpack);
    } finally {
      await file.close();
    }
  } catch (error) {
    return unreadLayer(describeProblem(error));
  }
}
