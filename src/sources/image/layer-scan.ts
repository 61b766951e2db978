import { createHash, type Hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
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
/** More than any real layer; a bomb ends here instead of running for hours. */
const outputLimit = 256 * 1024 ** 3;

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
  secrets: [],
  problems: [],
  buildTools: [],
};

/** A layer of which nothing was read, and why. */
export function unreadLayer(problem: string): LayerScan {
  return { content: emptyContent, bytes: 0, stored: null, problems: [problem] };
}

async function scanOpenFile(task: LayerTask, file: OpenFile): Promise<LayerScan> {
  const start = Buffer.alloc(magicSize);
  await file.readAt(start.subarray(0, Math.min(magicSize, task.blob.size)), task.blob.offset);
  const compression = compressionOf(start);
  if (compression === 'unknown')
    return unreadLayer(`it is compressed with ${compressionName(start)}, which is not read`);
  const collector = new LayerCollector(task.interest);
  const reader = new TarReader(collector);
  const stored = createHash('sha256');
  const isPlain = compression === 'none';
  const chunks = readChunks(file, task.blob, !isPlain);
  const reading = await feed(isPlain ? chunks : decompress(tee(chunks, stored), compression), reader);
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
export async function scanLayer(task: LayerTask, files: FileSystem): Promise<LayerScan> {
  try {
    const file = await files.open(task.blob.file);
    try {
      return await scanOpenFile(task, file);
    } finally {
      await file.close();
    }
  } catch (error) {
    return unreadLayer(describeProblem(error));
  }
}
