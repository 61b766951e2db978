import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileLock } from './host.ts';

/** Milliseconds. */
export interface LockPace {
  /** How often its holder touches the file, as a sign of life. */
  readonly beat: number;
  /** Untouched for so long, it has no holder. Many beats: a machine may be busy, or asleep for a moment. */
  readonly stale: number;
  /** How often whoever waits looks again. */
  readonly look: number;
}

const usualPace: LockPace = { beat: 5_000, stale: 60_000, look: 250 };

/** What is in the file. */
interface LockOwner {
  readonly token: string;
  readonly process: number;
  readonly machine: string;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}

/** False where there is such a file already. Only who makes it may hold it. */
async function make(path: string, owner: LockOwner): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(owner), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The file's text and when it was last touched; null: it is gone. */
async function read(path: string): Promise<{ readonly text: string; readonly touched: number } | null> {
  try {
    const { mtimeMs } = await stat(path);
    return { text: await readFile(path, 'utf8'), touched: mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Signal 0 is none: it only asks, on Windows too. EPERM: the process is there, and somebody else's. */
function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Its process has ended, where that can be told: on this machine. What is no owner at all may be one that is being written. */
function isAbandoned(text: string): boolean {
  const [, id, machine] = /"process":(\d{1,9}),"machine":("(?:[^"\\]|\\.)*")/.exec(text) ?? [];
  return id !== undefined && machine === JSON.stringify(hostname()) && !isRunning(Number(id));
}

/** Takes a lock away that nobody holds. Another one may have done so meanwhile: what it then made is put back. */
async function clear(path: string, judged: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== judged) await link(aside, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function hold(path: string, owner: LockOwner, pace: LockPace): FileLock {
  const touch = () => {
    const now = new Date();
    // One that was taken away while this process slept is not ours to mend; `release` leaves it alone.
    utimes(path, now, now).catch(() => undefined);
  };
  const beating = setInterval(touch, pace.beat);
  beating.unref();
  return {
    async release() {
      clearInterval(beating);
      if ((await read(path))?.text === JSON.stringify(owner)) await rm(path, { force: true });
    },
  };
}

/**
 * Holds a file that only one process has at a time, on every system alike: no lock of the kernel's, which Windows, macOS
 * and network disks do differently. Its holder touches it now and then. One whose process has ended, or that nobody
 * touches any more, is taken over. Null: somebody else still had it after `patience` milliseconds.
 */
export async function holdFile(
  path: string,
  patience: number,
  onWait: () => void,
  pace: LockPace = usualPace,
): Promise<FileLock | null> {
  const owner = { token: randomUUID(), process: process.pid, machine: hostname() };
  const end = performance.now() + patience;
  for (let tries = 0; ; tries++) {
    if (await make(path, owner)) return hold(path, owner, pace);
    const found = await read(path);
    if (found === null) continue;
    if (isAbandoned(found.text) || Date.now() - found.touched > pace.stale) {
      await clear(path, found.text);
      continue;
    }
    if (performance.now() >= end) return null;
    if (tries === 0) onWait();
    await sleep(pace.look);
  }
}
