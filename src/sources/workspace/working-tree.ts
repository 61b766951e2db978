import { createHash } from 'node:crypto';
import { join, relative, sep } from 'node:path';
import { type Gap, gap } from '../../domain/gap.ts';
import { describeProblem, type Host } from '../../host/host.ts';
import { modelExtensions } from '../model/candidate.ts';
import { type FileTree, isGap, type SkippedFile, type TreeFile } from './file-tree.ts';
import { runGit, splitNul, succeeded } from './git.ts';
import { decodeText, textLimit } from './text.ts';

interface Listing {
  readonly files: readonly TreeFile[];
  readonly skipped: readonly SkippedFile[];
  readonly gaps: readonly Gap[];
}

/** More files than this are not walked; the rest is a gap. */
const fileLimit = 500_000;

/** Folders that hold what others installed, not the repository. Only left out where git does not say what is ignored. */
const installedFolders = new Set(['.git', 'node_modules', '.venv', 'venv', '__pycache__', '.tox']);

/** Git-ignored files are only of interest where they may be models or dotenv files: builds copy them into images. */
const ignoredPatterns = [...modelExtensions, 'bin', 'pkl', 'pickle', 'env', 'env.*', 'envrc'].map(
  (extension) => `:(icase)*.${extension}`,
);

interface GitPaths {
  readonly tracked: readonly string[];
  readonly ignored: readonly string[];
  readonly gaps: readonly Gap[];
}

async function gitPaths(host: Host, directory: string): Promise<GitPaths | null> {
  const list = (...words: readonly string[]) =>
    runGit(host, directory, ['ls-files', '-z', '--others', '--exclude-standard', ...words]);
  const [listed, ignored] = await Promise.all([list('--cached'), list('--ignored', '--', ...ignoredPatterns)]);
  if (!succeeded(listed)) return null;
  const tracked = [...new Set(splitNul(listed.stdout))];
  const isInstalled = (path: string) => path.split('/').some((part) => installedFolders.has(part));
  if (succeeded(ignored))
    return { tracked, ignored: splitNul(ignored.stdout).filter((path) => !isInstalled(path)), gaps: [] };
  const reason = 'git did not list what it ignores, so ignored .env and model files were not examined';
  return { tracked, ignored: [], gaps: [gap('workspace', directory, reason, 'run git ls-files --others --ignored')] };
}

interface Folder {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

async function listFolder(host: Host, directory: string, folder: string): Promise<Folder | Gap> {
  try {
    const entries = await host.files.list(join(directory, folder));
    const pathOf = (name: string) => (folder === '' ? name : `${folder}/${name}`);
    const isEntered = (name: string) => !installedFolders.has(name);
    return {
      files: entries.filter((entry) => entry.kind !== 'directory').map((entry) => pathOf(entry.name)),
      folders: entries
        .filter((entry) => entry.kind === 'directory' && isEntered(entry.name))
        .map((entry) => pathOf(entry.name)),
    };
  } catch (error) {
    return gap('workspace', folder, `the folder ${folder || '.'} ${describeProblem(error)}`, 'check its permissions');
  }
}

/** Without git: every regular file, links not followed. */
async function walk(
  host: Host,
  directory: string,
): Promise<{ readonly paths: readonly string[]; readonly gaps: readonly Gap[] }> {
  const paths: string[] = [];
  const gaps: Gap[] = [];
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined && paths.length <= fileLimit; folder = pending.pop()) {
    const listed = await listFolder(host, directory, folder);
    if (isGap(listed)) gaps.push(listed);
    else {
      paths.push(...listed.files);
      pending.push(...listed.folders);
    }
  }
  return { paths, gaps };
}

async function statusOf(
  host: Host,
  directory: string,
  path: string,
  isTracked: boolean,
): Promise<TreeFile | SkippedFile> {
  try {
    const status = await host.files.status(join(directory, path));
    if (status === null)
      return path.includes('\ufffd')
        ? { path, kind: 'unreadable', reason: 'its name is not valid UTF-8' }
        : { path, kind: 'deleted', reason: 'it is deleted in the working tree' };
    if (status.kind === 'file') return { path, size: status.size, isTracked };
    return status.kind === 'symlink'
      ? { path, kind: 'link', reason: 'it is a symbolic link' }
      : { path, kind: 'unreadable', reason: `it is not a regular file (${status.kind})` };
  } catch (error) {
    return { path, kind: 'unreadable', reason: `it ${describeProblem(error)}` };
  }
}

async function statuses(
  host: Host,
  directory: string,
  paths: readonly string[],
  isTracked: boolean,
): Promise<readonly (TreeFile | SkippedFile)[]> {
  const results: (TreeFile | SkippedFile)[] = [];
  for (let start = 0; start < paths.length; start += 256) {
    const part = paths.slice(start, start + 256);
    results.push(...(await Promise.all(part.map((path) => statusOf(host, directory, path, isTracked)))));
  }
  return results;
}

async function listFiles(host: Host, directory: string): Promise<Listing> {
  const git = await gitPaths(host, directory);
  const walked = git === null ? await walk(host, directory) : { paths: git.tracked, gaps: git.gaps };
  const gaps = [...walked.gaps];
  if (walked.paths.length > fileLimit) {
    gaps.push(gap('workspace', directory, `only the first ${fileLimit} files were examined`, 'check a smaller folder'));
  }
  const found = [
    ...(await statuses(host, directory, walked.paths.slice(0, fileLimit), true)),
    ...(await statuses(host, directory, git?.ignored ?? [], false)),
  ];
  const files = found.flatMap((item) => ('size' in item ? [item] : []));
  return {
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    skipped: found.flatMap((item) => ('reason' in item ? [item] : [])),
    gaps,
  };
}

/** Whether the real place of a file is below the folder: a linked parent folder must not lead outside. */
async function isInside(host: Host, root: string, path: string): Promise<boolean> {
  const place = relative(root, await host.files.realPath(path));
  return place !== '..' && !place.startsWith(`..${sep}`);
}

async function hashFile(host: Host, path: string): Promise<string> {
  const file = await host.files.open(path);
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
    for (let position = 0; ; ) {
      const count = await file.readAt(buffer, position);
      if (count === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, count));
      position += count;
    }
  } finally {
    await file.close();
  }
}

/** The checked folder as it lies on disk. `gaps` names what could not even be listed. */
export async function openWorkingTree(
  host: Host,
  directory: string,
): Promise<{ readonly tree: FileTree; readonly gaps: readonly Gap[] }> {
  const root = await host.files.realPath(directory);
  const listing = await listFiles(host, root);
  const known = new Set(listing.files.map((file) => file.path));
  const reading = async <T>(path: string, source: string, read: (absolute: string) => Promise<T>): Promise<T | Gap> => {
    try {
      const absolute = join(root, path);
      if (await isInside(host, root, absolute)) return await read(absolute);
      return gap(
        source,
        path,
        `${path} was not read: a symbolic link leads out of the checked folder`,
        'check the folder it leads to on its own',
      );
    } catch (error) {
      return gap(
        source,
        path,
        `${path} was not read: it ${describeProblem(error)}`,
        'check the file and its permissions',
      );
    }
  };
  const tree: FileTree = {
    files: listing.files,
    skipped: listing.skipped,
    has: (path) => known.has(path),
    async readText(path, source) {
      const bytes = await reading(path, source, (absolute) => host.files.read(absolute, textLimit));
      return Buffer.isBuffer(bytes) ? decodeText(path, bytes, source) : bytes;
    },
    readStart: (path, length, source) =>
      reading(path, source, async (absolute) => {
        const file = await host.files.open(absolute);
        try {
          const start = Buffer.alloc(Math.min(length, file.size));
          return start.subarray(0, await file.readAt(start, 0));
        } finally {
          await file.close();
        }
      }),
    sha256: (path, source) => reading(path, source, (absolute) => hashFile(host, absolute)),
  };
  return { tree, gaps: listing.gaps };
}
