import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describeProblem, type FileSystem } from '../../host/host.ts';
import type { Blob } from './blob-store.ts';
import { type CacheEntry, decodeEntry, encodeEntry, entryLimit, isCacheable } from './cache-entry.ts';
import type { CacheUse, LayerCache } from './layer-cache.ts';
import { type Decompress, type LayerScan, type LayerTask, scanLayer } from './layer-scan.ts';

export interface CachedScan {
  readonly scan: LayerScan;
  /** Null without a cache. */
  readonly use: CacheUse | null;
}

const chunkSize = 1024 * 1024;

/** `RegExp`s are nothing in JSON. */
function writable(_: string, value: unknown): unknown {
  return value instanceof RegExp ? String(value) : value;
}

/**
 * Where a result would be: by what the image claims of the layer, and by everything that is asked of it, so that a new
 * field counts by itself. The place proves nothing; `findKnown` does.
 */
export function entryName(task: LayerTask, ruleset: string): string {
  const { blob, digest: _digest, interest, ...claims } = task;
  const { identityKey: _key, ...asked } = interest;
  const place = JSON.stringify([ruleset, blob.size, claims, asked], writable);
  return `${createHash('sha256').update(place).digest('hex')}.layer`;
}

async function readEntry(
  path: string,
  name: string,
  { identityKey }: LayerTask['interest'],
  files: FileSystem,
): Promise<CacheEntry | 'absent' | 'damaged'> {
  try {
    if ((await files.status(path)) === null) return 'absent';
    const entry = decodeEntry(await files.read(path, entryLimit), identityKey);
    return entry?.name === name ? entry : 'damaged';
  } catch (error) {
    describeProblem(error);
    return 'damaged';
  }
}

async function digestOf(blob: Blob, files: FileSystem): Promise<string | null> {
  const file = await files.open(blob.file);
  try {
    const hash = createHash('sha256');
    const chunk = Buffer.allocUnsafeSlow(chunkSize);
    for (let done = 0; done < blob.size; ) {
      const part = chunk.subarray(0, Math.min(chunkSize, blob.size - done));
      if ((await file.readAt(part, blob.offset + done)) < part.length) return null;
      hash.update(part);
      done += part.length;
      await setImmediate();
    }
    return `sha256:${hash.digest('hex')}`;
  } finally {
    await file.close();
  }
}

/**
 * The result of an entry, when the bytes that lie there now are those it was made from, and manifest and config state of
 * them what was verified then. A forged archive cannot borrow a clean layer's result: it would need the layer's bytes.
 */
async function findKnown(entry: CacheEntry, task: LayerTask, files: FileSystem): Promise<LayerScan | null> {
  if (entry.diffId !== task.diffId || (task.digest !== null && task.digest !== entry.stored)) return null;
  if ((await digestOf(task.blob, files)) !== entry.stored) return null;
  return { content: entry.content, bytes: entry.bytes, stored: entry.stored, problems: [] };
}

/** Keeps a result that may be kept. Why it could not be written, if so. */
async function keep(scan: LayerScan, task: LayerTask, path: string, name: string, files: FileSystem) {
  if (scan.stored === null || !isCacheable(scan)) return null;
  const { content, bytes, stored } = scan;
  const entry = encodeEntry({ name, stored, diffId: task.diffId, bytes, content });
  if (entry === null) return null;
  try {
    await files.write(path, entry);
    return null;
  } catch (error) {
    return describeProblem(error);
  }
}

async function refresh(path: string, files: FileSystem): Promise<void> {
  try {
    await files.touch(path);
  } catch (error) {
    // Another run removed it, or the disk is read-only: it was read, and only its age is at stake.
    describeProblem(error);
  }
}

/** As `scanLayer`, but a layer that an earlier run found clean costs one hash of its stored bytes. */
export async function scanWithCache(
  task: LayerTask,
  cache: LayerCache | null,
  files: FileSystem,
  unpack?: Decompress,
): Promise<CachedScan> {
  if (cache === null) return { scan: await scanLayer(task, files, unpack), use: null };
  const name = entryName(task, cache.ruleset);
  const path = join(cache.folder, name);
  const entry = await readEntry(path, name, task.interest, files);
  const isDamaged = entry === 'damaged';
  if (typeof entry === 'object') {
    const scan = await findKnown(entry, task, files).catch((error: unknown) => {
      // The layer cannot be read: the scan says so, in its own words.
      describeProblem(error);
      return null;
    });
    if (scan !== null) {
      if (cache.isWritten) await refresh(path, files);
      return { scan, use: { isKnown: true, isDamaged: false, problem: null } };
    }
  }
  if (isDamaged && cache.isWritten) await removeDamaged(path, files);
  const scan = await scanLayer(task, files, unpack);
  const problem = cache.isWritten ? await keep(scan, task, path, name, files) : null;
  return { scan, use: { isKnown: false, isDamaged, problem } };
}

async function removeDamaged(path: string, files: FileSystem): Promise<void> {
  try {
    await files.remove(path);
  } catch (error) {
    // Writing the new entry fails for the same reason, and is told.
    describeProblem(error);
  }
}
