import { createHash } from 'node:crypto';
import { type Gap, gap } from '../../domain/gap.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import { UsageError } from '../../domain/usage-error.ts';
import type { Host } from '../../host/host.ts';
import type { FileTree, TreeFile } from './file-tree.ts';
import { runGit, splitNul, succeeded } from './git.ts';
import { decodeText, textLimit } from './text.ts';

interface TreeEntry extends TreeFile {
  readonly object: string;
}

/** Resolves a revision the user or event gave; it can never be read as an option. */
async function resolveRevision(host: Host, directory: string, revision: string): Promise<string> {
  const result = await runGit(host, directory, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  ]);
  if (succeeded(result)) return result.stdout.toString('utf8').trim();
  const why = result.outcome === 'missing' ? 'git was not found' : 'git knows no such commit here';
  throw new UsageError(
    `the base revision ${neutralise(revision, 200)} cannot be used: ${why}`,
    'fetch it first (actions/checkout with fetch-depth: 0), or name another with --base',
  );
}

/** Rows of `git ls-tree -r -l -z`: `mode type object size\tpath`. Links and submodules are no files. */
function parseRow(row: string): readonly TreeEntry[] {
  const match = /^(\d{6}) (\w+) ([0-9a-f]{40,64}) +(\d+|-)\t(.+)$/s.exec(row);
  if (match === null || match[2] !== 'blob' || match[1] === '120000') return [];
  return [{ path: match[5] ?? '', object: match[3] ?? '', size: Number(match[4]), isTracked: true }];
}

/** Blobs read at most; policies, Dockerfiles, workflows and lockfiles of the largest repositories fit many times. */
const batchLimit = 192 * 1024 * 1024;

/** `git cat-file --batch`: per object `<id> blob <size>\n<bytes>\n`; a missing one has no size. */
function parseBatch(output: Buffer): ReadonlyMap<string, Buffer> {
  const blobs = new Map<string, Buffer>();
  for (let position = 0; position < output.length; ) {
    const lineEnd = output.indexOf(10, position);
    if (lineEnd < 0) break;
    const [object = '', type, size] = output.toString('latin1', position, lineEnd).split(' ');
    position = lineEnd + 1;
    if (type !== 'blob') continue;
    blobs.set(object, output.subarray(position, position + Number(size)));
    position += Number(size) + 1;
  }
  return blobs;
}

async function readBlobs(
  host: Host,
  directory: string,
  entries: readonly TreeEntry[],
): Promise<ReadonlyMap<string, Buffer>> {
  const wanted: string[] = [];
  let total = 0;
  for (const entry of entries) {
    total += entry.size;
    if (entry.size <= textLimit && total <= batchLimit) wanted.push(entry.object);
  }
  if (wanted.length === 0) return new Map();
  const result = await runGit(host, directory, ['cat-file', '--batch'], `${[...new Set(wanted)].join('\n')}\n`);
  return succeeded(result) ? parseBatch(result.stdout) : new Map();
}

/**
 * The base revision's files, read through git objects: nothing is checked out. Only the files `isWanted` names are
 * read, all in one go.
 */
export async function openBaseTree(
  host: Host,
  directory: string,
  revision: string,
  isWanted: (file: TreeFile) => boolean,
): Promise<FileTree> {
  const commit = await resolveRevision(host, directory, revision);
  const listed = await runGit(host, directory, ['ls-tree', '-r', '-l', '-z', '--end-of-options', commit]);
  if (!succeeded(listed))
    throw new UsageError(
      `the base revision ${neutralise(revision, 200)} cannot be listed`,
      'check that the clone is complete (git fsck)',
    );
  const entries = splitNul(listed.stdout).flatMap(parseRow);
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const blobs = await readBlobs(host, directory, entries.filter(isWanted));
  const readObject = (path: string, source: string): Buffer | Gap => {
    const blob = blobs.get(byPath.get(path)?.object ?? '');
    return blob ?? gap(source, path, `${path} at the base revision was not read`, 'check that the clone is complete');
  };
  return {
    files: entries,
    skipped: [],
    has: (path) => byPath.has(path),
    async readText(path, source) {
      const bytes = readObject(path, source);
      return Buffer.isBuffer(bytes) ? decodeText(path, bytes, source) : bytes;
    },
    async readStart(path, length, source) {
      const bytes = readObject(path, source);
      return Buffer.isBuffer(bytes) ? bytes.subarray(0, length) : bytes;
    },
    async sha256(path, source) {
      const bytes = readObject(path, source);
      return Buffer.isBuffer(bytes) ? createHash('sha256').update(bytes).digest('hex') : bytes;
    },
  };
}
