import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { createEndWatch } from './end-watch.ts';
import type { Command, CommandResult, Execute } from './host.ts';

const stderrLimit = 64 * 1024;
/** Between SIGTERM and SIGKILL at the time limit. */
const killGraceMilliseconds = 2_000;
/** How long pipes may stay open after the program ended: a background grandchild may hold them for ever. */
const pipeGraceMilliseconds = 1_000;
/** `setTimeout` fires at once above this. */
const longestTimer = 2 ** 31 - 1;

/** The groups that are running now, so that none outlives this process. */
interface ProcessGroups {
  /** Watched from before it starts: a signal may come before it is known. */
  start(begin: () => ChildProcess): ChildProcess;
  remove(leader: number): void;
}

/** ESRCH (the group is gone) and EPERM (only zombies are left, on macOS) mean there is nobody to signal. */
function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function createProcessGroups(): ProcessGroups {
  const leaders = new Set<number>();
  const watch = createEndWatch(() => {
    for (const leader of leaders) signalGroup(leader, 'SIGKILL');
  });
  return {
    start(begin) {
      watch.start();
      try {
        const child = begin();
        if (child.pid !== undefined) leaders.add(child.pid);
        return child;
      } finally {
        if (leaders.size === 0) watch.stop();
      }
    },
    remove(leader) {
      leaders.delete(leader);
      if (leaders.size === 0) watch.stop();
    },
  };
}

/** Keeps all bytes up to `limit`; above it calls `onOverflow` and keeps none, as half an answer is none. */
function keepAll(stream: Readable | null, limit: number, onOverflow: () => void): () => Buffer {
  let chunks: Buffer[] = [];
  let length = 0;
  stream?.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= limit) {
      chunks.push(chunk);
      return;
    }
    chunks = [];
    onOverflow();
  });
  return () => Buffer.concat(chunks);
}

/** Keeps the last `limit` bytes: the cause of a failure stands at the end. */
function keepEnd(stream: Readable | null, limit: number): () => string {
  let kept = Buffer.alloc(0);
  stream?.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-limit);
  });
  return () => kept.toString('utf8');
}

const missingProgramCodes: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

function neverStarted(error: unknown): CommandResult {
  const isMissing = error instanceof Error && 'code' in error && missingProgramCodes.has(error.code);
  const stderr = error instanceof Error ? error.message : String(error);
  return { outcome: isMissing ? 'missing' : 'killed', exitCode: null, stdout: Buffer.alloc(0), stderr };
}

/** Follows a started child to its end; whatever is left of its group then is killed too. */
function follow(child: ChildProcess, command: Command, groups: ProcessGroups): Promise<CommandResult> {
  return new Promise((resolve) => {
    const leader = child.pid;
    const timers: NodeJS.Timeout[] = [];
    let forced: 'timed-out' | 'overflow' | null = null;
    const signal = (name: NodeJS.Signals) => {
      if (leader !== undefined) signalGroup(leader, name);
    };
    const stop = (outcome: 'timed-out' | 'overflow') => {
      if (forced !== null) return;
      forced = outcome;
      signal('SIGTERM');
      timers.push(setTimeout(() => signal('SIGKILL'), killGraceMilliseconds));
    };
    const stdout = keepAll(child.stdout, command.outputLimit, () => stop('overflow'));
    const stderr = keepEnd(child.stderr, stderrLimit);
    const finish = (result: CommandResult) => {
      for (const timer of timers) clearTimeout(timer);
      if (leader !== undefined) groups.remove(leader);
      signal('SIGKILL');
      resolve(result);
    };
    const abandonPipes = () => {
      signal('SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    timers.push(setTimeout(() => stop('timed-out'), Math.min(command.timeoutMilliseconds, longestTimer)));
    child.on('error', (error) => finish(neverStarted(error)));
    child.on('exit', () => timers.push(setTimeout(abandonPipes, pipeGraceMilliseconds)));
    child.on('close', (exitCode, killedBy) => {
      const outcome = forced ?? (killedBy === null ? 'exited' : 'killed');
      finish({ outcome, exitCode, stdout: stdout(), stderr: stderr() });
    });
    // A program that ends without reading its input breaks the pipe (EPIPE); its exit code says what that means.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(command.input ?? '');
  });
}

/**
 * Runs programs with `spawn`: no shell, the environment exactly as given, a process group of their own. At the time
 * limit or above the output limit the group gets SIGTERM, two seconds later SIGKILL; when this process is ended by a
 * signal or exits, all running groups are killed. A program that could not be started for another reason than being
 * missing (too many processes, a NUL in an argument) has the outcome `killed`, with the reason in `stderr`.
 */
export function createExecute(): Execute {
  const groups = createProcessGroups();
  return async (command) => {
    try {
      const child = groups.start(() =>
        spawn(command.program, [...command.arguments], {
          cwd: command.directory,
          env: { ...command.environment },
          detached: true,
          shell: false,
          stdio: ['pipe', 'pipe', 'pipe'],
          windowsHide: true,
        }),
      );
      return await follow(child, command, groups);
    } catch (error) {
      return neverStarted(error);
    }
  };
}
