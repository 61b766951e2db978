import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { describeProblem, type Host } from '../../host/host.ts';
import { cacheHome, isInActions } from './cache-home.ts';
import { writeProgram } from './inspect-program.ts';
import type { LockedScanner } from './lock-table.ts';
import { readChunks } from './read-chunks.ts';

/** As Node and with it the runner's tool cache name them. */
const cacheArchitectures: Readonly<Record<string, string>> = { amd64: 'x64' };

/** The runner's own tool cache in a job, a folder of ours elsewhere. Null without any. */
async function cacheRoot(host: Host): Promise<string | null> {
  const runner = host.environment['RUNNER_TOOL_CACHE'];
  if (isInActions(host) && runner !== undefined && runner !== '') return runner;
  const home = await cacheHome(host);
  return home === null ? null : join(home, 'hullcheck', 'tools');
}

/**
 * Where a locked program is kept, as `@actions/tool-cache` lays tools out: `<tool>/<version>/<arch>/`, with
 * `<arch>.complete` beside it. The version names the digest, so that another lock never meets this entry.
 */
async function entryFolder(entry: LockedScanner, host: Host): Promise<string | null> {
  const root = await cacheRoot(host);
  if (root === null) return null;
  const version = `${entry.version}-${entry.program.slice(0, 12)}`;
  return join(root, `hullcheck-${entry.name}`, version, cacheArchitectures[entry.architecture] ?? entry.architecture);
}

/** Path of the cached program; null when there is none. Nothing of it is trusted: see `takeCached`. */
export async function findCached(entry: LockedScanner, host: Host): Promise<string | null> {
  const folder = await entryFolder(entry, host);
  if (folder === null) return null;
  const path = join(folder, entry.name);
  return (await host.files.status(path))?.kind === 'file' ? path : null;
}

/**
 * Copies the cached program to `target` and compares the copy with the lock: everyone can write to the tool cache of
 * GitHub's own runners, so what is run is a copy that only we can write. False: it is another program, and is gone now.
 */
export async function takeCached(entry: LockedScanner, cached: string, target: string, host: Host): Promise<boolean> {
  try {
    const { sha256 } = await writeProgram(readChunks(cached, host), target, host);
    if (sha256 === entry.program) return true;
    host.log(`the tool cache has another program in the place of ${entry.name} ${entry.version}; it is replaced`);
    await host.files.remove(target);
    await host.files.remove(dirname(cached));
  } catch (error) {
    host.log(`${cached} ${describeProblem(error)}`);
    await host.files.remove(target);
  }
  return false;
}

async function publish(staging: string, folder: string, host: Host): Promise<void> {
  try {
    await host.files.rename(staging, folder);
    await host.files.write(`${folder}.complete`, '');
  } catch (error) {
    // Another run that began at the same time was first.
    await host.files.remove(staging);
    if ((await host.files.status(folder)) === null) throw error;
  }
}

/** Keeps a verified program for the next run. Where that cannot be done the next run downloads again, which the log says. */
export async function keepInCache(entry: LockedScanner, program: string, host: Host): Promise<void> {
  const folder = await entryFolder(entry, host);
  if (folder === null) return;
  const staging = join(dirname(folder), `.${randomUUID()}`);
  try {
    await host.files.makeFolder(staging);
    await host.files.writeNew(join(staging, entry.name), readChunks(program, host), 0o755);
    await publish(staging, folder, host);
  } catch (error) {
    host.log(`${entry.name} ${entry.version} is not kept: ${folder} ${describeProblem(error)}`);
  }
}
