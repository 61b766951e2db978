import type { SendRequest } from './network.ts';
import type { Progress } from './progress.ts';

/** What the rest of Hullcheck sees of the outside world. Passed as a plain parameter; tests pass their own. */
export interface Host {
  readonly files: FileSystem;
  readonly execute: Execute;
  readonly send: SendRequest;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly machine: Machine;
  readonly clock: Clock;
  /** Usable processors, at least 1. */
  readonly processors: number;
  /** Entry of the thread that scans layers; null: they are scanned in this thread. */
  readonly layerWorker: URL | null;
  /** `import.meta.url` of the program, beside which its own files lie. */
  readonly programUrl: string;
  /** One neutral line to stderr. */
  log(line: string): void;
  /** How far long work is, on stderr; never part of a result. */
  readonly progress: Progress;
}

/** In the words of container platforms and release archives: `linux` or `darwin`, `amd64` or `arm64`. */
export interface Machine {
  readonly os: string;
  readonly architecture: string;
}

export interface Clock {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Today in UTC, `YYYY-MM-DD`. */
  today(): string;
}

export type FileKind = 'file' | 'directory' | 'symlink' | 'other';

export interface FileStatus {
  readonly kind: FileKind;
  /** Bytes. */
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: FileKind;
}

/** A file opened for reading at offsets. */
export interface OpenFile {
  readonly size: number;
  /** Fills `target` from `position`; returns the bytes read, fewer only at the end of the file. */
  readAt(target: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** A file that this process holds. */
export interface FileLock {
  release(): Promise<void>;
}

/** Paths are absolute. Every call but `status` rejects with Node's system errors; see `describeProblem`. */
export interface FileSystem {
  /** Null when nothing is there. Links are not followed. */
  status(path: string): Promise<FileStatus | null>;
  /** The real path with all links resolved; rejects when it does not exist. */
  realPath(path: string): Promise<string>;
  list(directory: string): Promise<readonly DirectoryEntry[]>;
  open(path: string): Promise<OpenFile>;
  /** The whole file; rejects with a `FileTooLargeError` above `limit` bytes. */
  read(path: string, limit: number): Promise<Buffer>;
  /** Writes beside the target and renames over it; never through a symlink. Parent folders must exist. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Writes a new file (0600, or `mode`) as the chunks come; rejects when one is there, and with what `chunks` rejects with. */
  writeNew(path: string, chunks: AsyncIterable<Uint8Array>, mode?: number): Promise<void>;
  /** Moves a file or folder to a place on the same disk; rejects when a folder that is not empty is there. */
  rename(from: string, to: string): Promise<void>;
  /** Makes a file's time of change now. */
  touch(path: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** Gives the file `existing` a second name (a hard link); false where the file system does not let it. */
  link(existing: string, path: string): Promise<boolean>;
  /**
   * Holds the new file `path` until it is released; other processes that want it wait. Null: another one still had it
   * after `patience` milliseconds. `onWait` is called once, when there is somebody to wait for.
   */
  hold(path: string, patience: number, onWait: () => void): Promise<FileLock | null>;
  /** A new private folder (0700) under the system's temporary folder; it goes too when a signal ends this process. */
  makeTemporaryFolder(prefix: string): Promise<string>;
  remove(path: string): Promise<void>;
}

export interface Command {
  /** A program name looked up on PATH, or an absolute path. Never a shell. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  /** The whole environment of the child: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds: number;
  /** Bytes of stdout kept; more is an error, as half an answer is none. */
  readonly outputLimit: number;
  readonly input?: string | Uint8Array;
}

export interface CommandResult {
  /** `missing`: there is no such program. `overflow`: more output than `outputLimit`. */
  readonly outcome: 'exited' | 'timed-out' | 'missing' | 'killed' | 'overflow';
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  /** The last 64 KiB. */
  readonly stderr: string;
}

/** Runs a command to its end in a process group of its own, which is killed as a whole at the time limit. Never rejects for what the command does. */
export type Execute = (command: Command) => Promise<CommandResult>;

export class FileTooLargeError extends Error {
  readonly limit: number;

  constructor(path: string, size: number, limit: number) {
    super(`${path} is ${size} bytes, more than the limit of ${limit}`);
    this.name = 'FileTooLargeError';
    this.limit = limit;
  }
}

const systemProblems: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'cannot be read: permission denied',
  EPERM: 'cannot be read: permission denied',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'is not a folder',
  ELOOP: 'is a loop of symbolic links',
  ENAMETOOLONG: 'has a name too long for this system',
  EMFILE: 'cannot be opened: too many open files',
  ENOSPC: 'cannot be written: no space left on the device',
  EROFS: 'cannot be written: the file system is read-only',
  EIO: 'cannot be read: input/output error',
};

/** What went wrong with a file, as the end of a sentence that begins with its path. Rethrows what is no file problem: a bug. */
export function describeProblem(error: unknown): string {
  if (error instanceof FileTooLargeError) return `is larger than the limit of ${error.limit} bytes`;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return systemProblems[error.code] ?? `cannot be used: ${error.code}`;
  }
  throw error;
}
