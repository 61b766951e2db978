import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A daemon with a folder of its own, for its socket and storage. */
export interface Daemon {
  readonly folder: string;
  /** Stops it and removes the folder; may be called twice. */
  stop(): Promise<void>;
}

const startSeconds = 60;

/**
 * Runs the daemon until standard input closes, which is also what happens when this process dies in whatever way; then
 * stops it, and removes its folder with the mounts that a killed engine leaves behind.
 */
const guard = `
folder=$1; shift
"$@" >"$folder/log" 2>&1 &
daemon=$!
cat >/dev/null
kill "$daemon"
for _ in {1..200}; do kill -0 "$daemon" 2>/dev/null || break; sleep 0.1; done
kill -9 "$daemon" 2>/dev/null
wait "$daemon"
findmnt --raw --noheadings --output TARGET | grep "^$folder/" | tac | xargs --no-run-if-empty umount --lazy
rm -rf --one-file-system "$folder"
`;

async function awaitAnswer(name: string, folder: string, guardian: ChildProcess, isReady: () => Promise<boolean>) {
  for (let tenths = 0; tenths < startSeconds * 10 && guardian.exitCode === null; tenths++) {
    if (await isReady()) return;
    await wait(100);
  }
  throw new Error(`${name} does not answer:\n${(await readFile(join(folder, 'log'), 'utf8')).slice(-4000)}`);
}

/** Starts a daemon, told as the words of its command by its folder, and waits until it is ready. */
export async function startDaemon(
  commandIn: (folder: string) => readonly string[],
  isReady: (folder: string) => Promise<boolean>,
): Promise<Daemon> {
  const folder = await mkdtemp(join(tmpdir(), 'hullcheck-daemon-'));
  const command = commandIn(folder);
  // A session of its own, so that an interrupt from the terminal does not end the guard before the daemon.
  const guardian = spawn('bash', ['-c', guard, 'bash', folder, ...command], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const ended = once(guardian, 'exit');
  const stop = async () => {
    guardian.stdin?.end();
    await ended;
  };
  try {
    await awaitAnswer(basename(command[0] ?? ''), folder, guardian, () => isReady(folder));
    return { folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
