import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { neutralise } from '../../domain/neutral-text.ts';
import { UsageError } from '../../domain/usage-error.ts';
import { describeProblem, type FileSystem, type Host } from '../../host/host.ts';
import { isInside } from '../scanner/program-safety.ts';

/** Where the results of clean layers are kept between runs; plain data, so that it can be handed to a worker. */
export interface LayerCache {
  /** Absolute. */
  readonly folder: string;
  /** Hash of the program that examines layers: all that decides a result, beside the layer and what is asked of it. */
  readonly ruleset: string;
  /** Whether results are added, and damaged and old ones removed. */
  readonly isWritten: boolean;
}

/** How the cache served one layer. */
export interface CacheUse {
  readonly isKnown: boolean;
  /** An entry was there and was not whole, or not this layer's. */
  readonly isDamaged: boolean;
  /** Why the result could not be kept, as the end of a sentence about the cache. */
  readonly problem: string | null;
}

export interface CacheRequest {
  /** Absolute. */
  readonly folder: string;
  readonly isWritten: boolean;
}

/** What the least recently used entries make room for. */
export interface CacheLimits {
  readonly bytes: number;
  readonly entries: number;
}

const cacheLimits: CacheLimits = { bytes: 512 * 1024 ** 2, entries: 4096 };

const programLimit = 64 * 1024 ** 2;
const entryName = /^[0-9a-f]{64}\.layer$/;
/** What a run that was ended while it wrote left behind. */
const unfinishedName = /^\.[0-9a-f]{64}\.layer\.[0-9a-f]{12}$/;
/** Longer than any run, from the start of the day. */
const unfinishedMilliseconds = 86_400_000;
const writableByAll = 0o002;

const hint = 'give --cache a folder of your own, outside of the repository';

function refuse(folder: string, reason: string): UsageError {
  return new UsageError(`the cache ${neutralise(folder, 1024)} ${reason}`, hint);
}

/** What is judged could bring results of its own. */
async function isJudged(folder: string, checked: string, { files, environment }: Host): Promise<boolean> {
  for (const place of [checked, environment['GITHUB_WORKSPACE'] || checked]) {
    const isThere = (await files.status(place)) !== null;
    if (isThere && (isInside(folder, place) || isInside(folder, await files.realPath(place)))) return true;
  }
  return false;
}

/** The folder by its real path; null when nobody wrote it yet and this run does not either. */
async function findFolder({ folder, isWritten }: CacheRequest, checked: string, host: Host): Promise<string | null> {
  const { files } = host;
  const inside = 'lies inside the checked repository, which could bring results of its own';
  try {
    if ((await files.status(folder)) === null) {
      if (await isJudged(folder, checked, host)) throw refuse(folder, inside);
      if (!isWritten) return null;
      await files.makeFolder(folder);
    }
    const place = await files.realPath(folder);
    const status = await files.status(place);
    if (status?.kind !== 'directory') throw refuse(folder, 'is not a folder');
    if ((status.mode & writableByAll) !== 0)
      throw refuse(folder, 'can be written by everyone on this machine, who could hide findings');
    if (await isJudged(place, checked, host)) throw refuse(folder, inside);
    return place;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw refuse(folder, describeProblem(error));
  }
}

/**
 * The cache of this run; null where there is none. `checked` is the checked folder. The ruleset is the hash of the
 * worker's program, which is all the code that looks at a layer: with any change of it the old results are unknown.
 */
export async function openLayerCache(
  request: CacheRequest | null,
  checked: string,
  host: Host,
): Promise<LayerCache | null> {
  const folder = request === null ? null : await findFolder(request, checked, host);
  if (request === null || folder === null || host.layerWorker === null) return null;
  const program = await host.files.read(fileURLToPath(host.layerWorker), programLimit);
  const ruleset = createHash('sha256').update(program).digest('hex');
  return { folder, ruleset, isWritten: request.isWritten };
}

interface CacheFile {
  readonly path: string;
  readonly size: number;
  readonly modified: number;
}

async function listFiles(folder: string, names: RegExp, files: FileSystem): Promise<readonly CacheFile[]> {
  const found: CacheFile[] = [];
  for (const { name } of await files.list(folder)) {
    const path = join(folder, name);
    const status = names.test(name) ? await files.status(path) : null;
    if (status?.kind === 'file') found.push({ path, size: status.size, modified: status.modified });
  }
  return found;
}

/** Brings the cache below its limits, the least recently used first. What it did not write is left alone. */
export async function trimLayerCache(
  folder: string,
  files: FileSystem,
  now: number,
  limits: CacheLimits = cacheLimits,
): Promise<void> {
  const entries = [...(await listFiles(folder, entryName, files))].sort((a, b) => b.modified - a.modified);
  let bytes = 0;
  for (const [index, entry] of entries.entries()) {
    bytes += entry.size;
    if (index >= limits.entries || bytes > limits.bytes) await files.remove(entry.path);
  }
  for (const { path, modified } of await listFiles(folder, unfinishedName, files)) {
    if (now - modified > unfinishedMilliseconds) await files.remove(path);
  }
}

/** Keeps the cache within its limits and says on stderr how it served. Nothing that fails here changes the result. */
export async function closeLayerCache(cache: LayerCache, uses: readonly CacheUse[], host: Host): Promise<void> {
  const problems = uses.flatMap(({ problem }) => problem ?? []);
  if (cache.isWritten) {
    const today = Date.parse(host.clock.today());
    await trimLayerCache(cache.folder, host.files, today).catch((error: unknown) => {
      problems.push(describeProblem(error));
    });
  }
  const damaged = uses.filter((use) => use.isDamaged).length;
  const parts = [
    `${uses.filter((use) => use.isKnown).length} of ${uses.length} layers known`,
    ...(damaged === 0 ? [] : [`damaged and not used: ${damaged}`]),
    ...problems.slice(0, 1).map((problem) => `${neutralise(cache.folder, 1024)} ${problem}`),
  ];
  host.log(`cache: ${parts.join('; ')}`);
}
