import { join } from 'node:path';
import { type ImageLimits, limitHint, overLimit } from '../../domain/image-limits.ts';
import type { Host, OpenFile } from '../../host/host.ts';
import { compressionName, magicSize } from './compression.ts';
import { entryPath } from './entry-path.ts';
import type { StoreProblem } from './image-access.ts';
import { blockSize, createHeaderDecoder, type HeaderDecoder, type TarEntry } from './tar-header.ts';
import { hasMoreSparse, mapLimit } from './tar-sparse.ts';

/** A run of bytes in a file on disk: how a layer is handed to whoever scans it. */
export interface Blob {
  readonly file: string;
  readonly offset: number;
  readonly size: number;
}

/** The files of an image archive or layout folder by normalised name, wherever they lie. */
export interface BlobStore {
  /** Names of the files, for telling the form. */
  readonly names: ReadonlySet<string>;
  readonly isFolder: boolean;
  find(name: string): Promise<Blob | null>;
}

interface ArchiveIndex {
  readonly blobs: Map<string, Blob>;
  readonly links: Map<string, string>;
  /** Documents that name the images, and come a second time: readers disagree about which counts. */
  readonly repeated: Set<string>;
}

const rootDocuments = new Set(['manifest.json', 'index.json']);

async function readBlock(file: OpenFile, position: number, length: number): Promise<Buffer | null> {
  const bytes = Buffer.alloc(length);
  return (await file.readAt(bytes, position)) === length ? bytes : null;
}

/** Where the blocks of an old GNU map end. A longer one is refused later: its data cannot be where it says. */
async function skipSparseMap(file: OpenFile, start: number): Promise<number> {
  let position = start;
  for (;;) {
    const block = await readBlock(file, position, blockSize);
    position += blockSize;
    if (block === null || !hasMoreSparse(block, 'block') || position - start > mapLimit) return position;
  }
}

function record(index: ArchiveIndex, entry: TarEntry, path: string, offset: number): void {
  const name = entryPath(entry.name);
  const wasKnown = index.blobs.delete(name) || index.links.delete(name);
  if (wasKnown && rootDocuments.has(name)) index.repeated.add(name);
  if (entry.type === 'file' && entry.sparse === null)
    index.blobs.set(name, { file: path, offset, size: entry.storedSize });
  if (entry.type === 'hardlink') index.links.set(name, entryPath(entry.linkName));
  if (entry.type === 'symlink') index.links.set(name, entryPath(join('/', name, '..', entry.linkName)));
}

type IndexStep =
  | { readonly kind: 'end' }
  | { readonly kind: 'problem'; readonly problem: StoreProblem }
  | { readonly kind: 'special'; readonly next: number }
  | { readonly kind: 'entry'; readonly entry: TarEntry; readonly bodyStart: number; readonly next: number };

const truncated: StoreProblem = { problem: 'is truncated', hint: 'save or download the image again' };

function notAnArchive(reason: string): IndexStep {
  const hint = 'pass an image made by docker save, an OCI archive or an OCI layout folder';
  return { kind: 'problem', problem: { problem: `is not a readable image archive: ${reason}`, hint } };
}

function padded(size: number): number {
  return Math.ceil(size / blockSize) * blockSize;
}

async function readSpecial(file: OpenFile, decoder: HeaderDecoder, start: number, size: number): Promise<IndexStep> {
  const body = await readBlock(file, start, size);
  if (body === null) return { kind: 'problem', problem: truncated };
  const reason = decoder.special(body);
  return reason === null ? { kind: 'special', next: start + padded(size) } : notAnArchive(reason);
}

async function indexStep(file: OpenFile, decoder: HeaderDecoder, position: number): Promise<IndexStep> {
  if (position === file.size && position > 0) return { kind: 'end' };
  if (file.size < blockSize) return notAnArchive('it is too short');
  if (position + blockSize > file.size) return { kind: 'problem', problem: truncated };
  const block = await readBlock(file, position, blockSize);
  if (block === null) return { kind: 'problem', problem: truncated };
  const result = decoder.header(block);
  const start = position + blockSize;
  if (result.kind === 'zero') return await endStep(file, position + blockSize);
  if (result.kind === 'invalid') return notAnArchive(result.reason);
  if (result.kind === 'special') return await readSpecial(file, decoder, start, result.size);
  const { entry } = result;
  const hasMore = entry.sparse?.kind === 'header' && entry.sparse.hasMore;
  const bodyStart = hasMore ? await skipSparseMap(file, start) : start;
  if (bodyStart + entry.storedSize > file.size) return { kind: 'problem', problem: truncated };
  return { kind: 'entry', entry, bodyStart, next: bodyStart + padded(entry.storedSize) };
}

/** An end is two zero blocks, or one that is the last (archive/tar Reader.readHeader). */
async function endStep(file: OpenFile, position: number): Promise<IndexStep> {
  const second = await readBlock(file, position, Math.min(blockSize, Math.max(0, file.size - position)));
  const isEnd = second?.every((byte) => byte === 0) === true;
  return isEnd ? { kind: 'end' } : notAnArchive('a zero block stands between its entries');
}

/** Walks the headers of a tar on disk once, by offset; bodies are not read. */
async function indexArchive(file: OpenFile, path: string, limits: ImageLimits): Promise<ArchiveIndex | StoreProblem> {
  const decoder = createHeaderDecoder();
  const index: ArchiveIndex = { blobs: new Map(), links: new Map(), repeated: new Set() };
  let position = 0;
  // Extended headers count too: there can be any number of them before an entry.
  for (let headers = 0; headers <= limits.archiveFiles; headers++) {
    const step = await indexStep(file, decoder, position);
    if (step.kind === 'problem') return step.problem;
    if (step.kind === 'end') return index;
    position = step.next;
    if (step.kind === 'entry') record(index, step.entry, path, step.bodyStart);
  }
  const problem = overLimit(limits, 'archive-files', `holds more than ${limits.archiveFiles} files`);
  return { problem, hint: `pass the image itself, not an unpacked root file system; ${limitHint(problem)}` };
}

function followLinks(index: ArchiveIndex, name: string): Blob | null {
  let current = name;
  for (let hops = 0; hops < 8; hops++) {
    const blob = index.blobs.get(current);
    if (blob !== undefined) return blob;
    const target = index.links.get(current);
    if (target === undefined) return null;
    current = target;
  }
  return null;
}

const unpackers: Readonly<Record<string, string>> = { bzip2: 'bunzip2', xz: 'unxz', zip: 'unzip' };

/** Opens a tar on disk and indexes it. The file is opened again by whoever reads a blob. */
export async function openArchive(path: string, host: Host, limits: ImageLimits): Promise<BlobStore | StoreProblem> {
  const file = await host.files.open(path);
  try {
    const start = Buffer.alloc(magicSize);
    await file.readAt(start, 0);
    const name = compressionName(start);
    if (name !== null) {
      const hint = `decompress it first${name in unpackers ? `: ${unpackers[name]}` : ''}`;
      return { problem: `is compressed as a whole with ${name}, which is not read`, hint };
    }
    const index = await indexArchive(file, path, limits);
    if ('problem' in index) return index;
    const [repeated] = index.repeated;
    if (repeated !== undefined) {
      const problem = `holds ${repeated} more than once, and readers disagree about which one counts`;
      return { problem, hint: 'save the image again' };
    }
    return {
      names: new Set([...index.blobs.keys(), ...index.links.keys()]),
      isFolder: false,
      find: async (name) => followLinks(index, entryPath(name)),
    };
  } finally {
    await file.close();
  }
}

/** An OCI layout folder, by its real path. Links inside it are never followed. */
export async function openFolder(path: string, host: Host): Promise<BlobStore> {
  const entries = await host.files.list(path);
  return {
    names: new Set(entries.map((entry) => entry.name)),
    isFolder: true,
    async find(name) {
      const file = join(path, entryPath(name));
      const status = await host.files.status(file);
      const isOwn = status?.kind === 'file' && (await host.files.realPath(file)) === file;
      return isOwn ? { file, offset: 0, size: status.size } : null;
    },
  };
}
