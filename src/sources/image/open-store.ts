import { join } from 'node:path';
import { UsageError } from '../../domain/usage-error.ts';
import { describeProblem, type Host, type OpenFile } from '../../host/host.ts';
import type { ImageRequest } from '../../request.ts';
import { pullImage } from '../registry/pull.ts';
import { type BlobStore, openArchive, openFolder } from './blob-store.ts';
import { compressionName, compressionOf, decompress, magicSize } from './compression.ts';
import { saveFromEngine } from './engine.ts';
import { countBytes, describeFetching, type ImageAccess, type StoreProblem } from './image-access.ts';

/** An image archive or folder that can be read, and where it lies now. */
export interface OpenedStore {
  readonly store: BlobStore;
  /** Absolute, links resolved; in the spool where the image did not lie on disk as it is read. */
  readonly path: string;
}

const chunkSize = 1024 * 1024;

async function* readWhole(file: OpenFile): AsyncGenerator<Buffer> {
  for (let done = 0; ; ) {
    const target = Buffer.allocUnsafeSlow(chunkSize);
    const chunk = target.subarray(0, await file.readAt(target, done));
    if (chunk.length === 0) return;
    done += chunk.length;
    yield chunk;
  }
}

async function readStart(path: string, host: Host): Promise<Buffer> {
  const file = await host.files.open(path);
  try {
    const start = Buffer.alloc(magicSize);
    return start.subarray(0, await file.readAt(start, 0));
  } finally {
    await file.close();
  }
}

/** The plain archive behind a compressed one, in the spool. */
async function unpack(path: string, compression: 'gzip' | 'zstd', { host, spool }: ImageAccess): Promise<string> {
  const file = await host.files.open(path);
  const progress = host.progress.begin('unpacking the archive', file.size);
  try {
    const target = join(await spool.makeFolder(), 'image.tar');
    await spool.write(target, decompress(countBytes(readWhole(file), progress), compression));
    return target;
  } finally {
    progress.end();
    await file.close();
  }
}

async function openFile(path: string, access: ImageAccess): Promise<OpenedStore | StoreProblem> {
  const compression = compressionOf(await readStart(path, access.host));
  if (compression !== 'gzip' && compression !== 'zstd') {
    const store = await openArchive(path, access.host);
    return 'problem' in store ? store : { store, path };
  }
  try {
    const plain = await unpack(path, compression, access);
    if (compressionName(await readStart(plain, access.host)) !== null)
      return { problem: 'is compressed more than once', hint: 'decompress it first' };
    const store = await openArchive(plain, access.host);
    return 'problem' in store ? store : { store, path: plain };
  } catch (error) {
    return describeFetching(error, 'its file');
  }
}

async function openPath(request: ImageRequest, access: ImageAccess): Promise<OpenedStore | StoreProblem> {
  const { files } = access.host;
  if ((await files.status(request.target)) === null)
    throw new UsageError(
      `the image ${request.text} does not exist`,
      'give --image the path of a docker save, an OCI archive or an OCI layout folder, or docker-daemon:NAME or registry:NAME',
    );
  try {
    const path = await files.realPath(request.target);
    const kind = (await files.status(path))?.kind;
    if (kind === 'directory') return { store: await openFolder(path, access.host), path };
    if (kind === 'file') return await openFile(path, access);
  } catch (error) {
    return { problem: describeProblem(error), hint: 'check the path and its permissions' };
  }
  return { problem: 'is neither a file nor a folder', hint: 'pass an image archive or an OCI layout folder' };
}

/**
 * Opens what `--image` names: a path, plain or compressed as a whole, an engine's image or a registry's. Throws a
 * UsageError for what is not there.
 */
export async function openStore(request: ImageRequest, access: ImageAccess): Promise<OpenedStore | StoreProblem> {
  if (request.transport === 'docker-daemon') {
    const saved = await saveFromEngine(request.target, access);
    return 'problem' in saved ? saved : await openFile(saved.path, access);
  }
  if (request.transport === 'registry') {
    const pulled = await pullImage(request.target, access);
    return 'problem' in pulled ? pulled : { store: await openFolder(pulled.path, access.host), path: pulled.path };
  }
  return await openPath(request, access);
}
