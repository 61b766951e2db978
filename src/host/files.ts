import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { link, mkdir, mkdtemp, open, readdir, rename, rm, utimes, writeFile as writeAll } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createEndWatch } from './end-watch.ts';
import { holdFile } from './file-lock.ts';
import type { FileKind, FileStatus, FileSystem, OpenFile } from './host.ts';
import { FileTooLargeError } from './host.ts';

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): FileKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

function statusOf(stats: Stats): FileStatus {
  return { kind: kindOf(stats), size: stats.size, mode: stats.mode, uid: stats.uid, modified: stats.mtimeMs };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

async function status(path: string): Promise<FileStatus | null> {
  try {
    return statusOf(lstatSync(path));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function openFile(path: string): Promise<OpenFile> {
  // Non-blocking, so that a named pipe in the place of a file cannot hang the run.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const { size } = fstatSync(descriptor);
  return {
    size,
    async readAt(target, position) {
      let done = 0;
      while (done < target.length) {
        const count = readSync(descriptor, target, done, target.length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    },
    async close() {
      closeSync(descriptor);
    },
  };
}

async function readFile(path: string, limit: number): Promise<Buffer> {
  const file = await openFile(path);
  try {
    if (file.size > limit) throw new FileTooLargeError(path, file.size, limit);
    const bytes = Buffer.alloc(file.size);
    return bytes.subarray(0, await file.readAt(bytes, 0));
  } finally {
    await file.close();
  }
}

/** Through a new file beside the target and a rename: no half-written file, and a symlink there is replaced, not followed. */
async function writeFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
  try {
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeNew(path: string, chunks: AsyncIterable<Uint8Array>, mode = 0o600): Promise<void> {
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    await writeAll(handle, chunks);
  } finally {
    await handle.close();
  }
}

/** Another device, a file of somebody else, a file system without links. */
const linkRefusals: ReadonlySet<unknown> = new Set(['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP']);

async function linkFile(existing: string, path: string): Promise<boolean> {
  try {
    await link(existing, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && linkRefusals.has(error.code)) return false;
    throw error;
  }
}

/** Temporary folders that are still there; they go when a signal ends this process. */
interface TemporaryFolders {
  make(prefix: string): Promise<string>;
  forget(path: string): void;
}

function createTemporaryFolders(): TemporaryFolders {
  const folders = new Set<string>();
  const watch = createEndWatch((signal) => {
    if (signal === null) return;
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return {
    async make(prefix) {
      const folder = await mkdtemp(join(tmpdir(), prefix));
      folders.add(folder);
      watch.start();
      return folder;
    },
    forget(path) {
      folders.delete(path);
      if (folders.size === 0) watch.stop();
    },
  };
}

/**
 * Looks files up and reads them with blocking calls: from the page cache these take microseconds, several times less than handing
 * them to another thread and back, and whoever reads has nothing else to do meanwhile.
 */
export function createFileSystem(): FileSystem {
  const temporary = createTemporaryFolders();
  return {
    status,
    realPath: async (path) => realpathSync.native(path),
    async list(directory) {
      const entries = await readdir(directory, { withFileTypes: true });
      return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
    },
    open: openFile,
    read: readFile,
    write: writeFile,
    writeNew,
    rename,
    async touch(path) {
      const now = new Date();
      await utimes(path, now, now);
    },
    async makeFolder(path) {
      await mkdir(path, { recursive: true });
    },
    link: linkFile,
    hold: holdFile,
    makeTemporaryFolder: temporary.make,
    async remove(path) {
      await rm(path, { recursive: true, force: true });
      temporary.forget(path);
    },
  };
}
