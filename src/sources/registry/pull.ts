import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { neutralise } from '../../domain/neutral-text.ts';
import { type ImageReference, parseReference } from '../../domain/reference.ts';
import { UsageError } from '../../domain/usage-error.ts';
import { NetworkError } from '../../host/network.ts';
import type { ProgressTask } from '../../host/progress.ts';
import { countBytes, describeFetching, type ImageAccess, type StoreProblem } from '../image/image-access.ts';
import { type BlobDescriptor, type FetchedManifest, fetchManifests } from './manifest-tree.ts';
import { RegistryError } from './registry-error.ts';
import { openSession, type Session } from './session.ts';
import { createTransport, type Transport } from './transport.ts';

const parallelBlobs = 3;
/** A blob has a minute and what 100 kB a second need, however often it is begun. */
const blobBase = 60_000;
const bytesPerMillisecond = 100;

/** Where blobs go, and who is told of them. */
interface Pull {
  readonly folder: string;
  readonly access: ImageAccess;
  readonly progress: ProgressTask;
  readonly transport: Transport;
}

function blobPath(folder: string, digest: string): string {
  return join(folder, 'blobs', ...digest.split(':'));
}

/** The stated number of bytes with the stated digest, or it rejects. */
async function* verified(chunks: AsyncIterable<Buffer>, { digest, size }: BlobDescriptor): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > size) break;
    hash.update(chunk);
    yield chunk;
  }
  if (length === size && `sha256:${hash.digest('hex')}` === digest) return;
  throw new RegistryError(
    `cannot be read: the registry's bytes of ${digest} do not have the size and digest the manifest states`,
    'pull the image with another tool; if that fails too, push it again',
  );
}

async function fetchBlob(session: Session, blob: BlobDescriptor, pull: Pull, milliseconds: number): Promise<void> {
  const { folder, access, progress } = pull;
  const response = await session.get(`blobs/${blob.digest}`, {}, milliseconds);
  if (response.status === 404 && blob.isForeign) {
    // The reader says that the layer is missing, and examines the others.
    response.discard();
    return;
  }
  if (response.status !== 200) {
    response.discard();
    throw new RegistryError(
      `cannot be fetched: ${session.peer} answers with status ${response.status} for ${blob.digest}`,
      'run again later, or push the image again',
    );
  }
  try {
    await access.spool.write(blobPath(folder, blob.digest), verified(countBytes(response.body, progress), blob));
  } finally {
    response.discard();
  }
}

/** All blobs, each once, some at a time; after the first failure no other is begun. */
async function fetchBlobs(session: Session, blobs: readonly BlobDescriptor[], pull: Pull): Promise<void> {
  const queue = [...blobs].sort((one, other) => other.size - one.size);
  const failures: unknown[] = [];
  const work = async () => {
    for (let blob = queue.shift(); blob !== undefined && failures.length === 0; blob = queue.shift()) {
      const time = blobBase + Math.ceil(blob.size / bytesPerMillisecond);
      await pull.transport
        .whole(time, (left) => fetchBlob(session, blob, pull, left))
        .catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: parallelBlobs }, work));
  if (failures.length > 0) throw failures[0];
}

async function* once(content: Buffer | string): AsyncGenerator<Buffer> {
  yield Buffer.from(content);
}

/** Writes an OCI layout (image-spec image-layout.md) of these manifests and all they name. */
async function writeLayout(
  session: Session,
  manifests: readonly FetchedManifest[],
  reference: ImageReference,
  access: ImageAccess,
  transport: Transport,
): Promise<string> {
  const { spool, host } = access;
  const folder = await spool.makeFolder();
  await host.files.makeFolder(join(folder, 'blobs', 'sha256'));
  const tag = reference.tag ?? (reference.digest === null ? 'latest' : null);
  const name = tag === null ? reference.name : `${reference.name}:${tag}`;
  const descriptors = manifests.map(({ mediaType, digest, bytes, annotations }) => ({
    mediaType,
    digest,
    size: bytes.length,
    annotations: { ...annotations, 'io.containerd.image.name': name },
  }));
  for (const { digest, bytes } of manifests) await spool.write(blobPath(folder, digest), once(bytes));
  await spool.write(join(folder, 'oci-layout'), once('{"imageLayoutVersion":"1.0.0"}'));
  await spool.write(join(folder, 'index.json'), once(JSON.stringify({ schemaVersion: 2, manifests: descriptors })));
  const own = new Set(manifests.map(({ digest }) => digest));
  const blobs = new Map(manifests.flatMap(({ blobs }) => blobs.map((blob) => [blob.digest, blob])));
  const wanted = [...blobs.values()].filter(({ digest }) => !own.has(digest));
  const size = wanted.reduce((sum, blob) => sum + blob.size, 0);
  const progress = host.progress.begin(`pulling ${name}`, size);
  try {
    await fetchBlobs(session, wanted, { folder, access, progress, transport });
  } finally {
    progress.end();
  }
  return folder;
}

function parseName(name: string): ImageReference {
  const reference = parseReference(name);
  if (reference !== null) return reference;
  throw new UsageError(`registry:${neutralise(name, 200)} names no image`, 'write registry:HOST/REPOSITORY:TAG');
}

/**
 * Pulls an image into an OCI layout folder of the spool (OCI distribution-spec, Pull). Gives the folder, or why there is
 * none. Throws a UsageError where the name is none, or the registry has no such image or platform.
 */
export async function pullImage(
  name: string,
  access: ImageAccess,
  transport: Transport = createTransport(access.host),
): Promise<{ readonly path: string } | StoreProblem> {
  const reference = parseName(name);
  if (access.offline) {
    return {
      problem: 'was not examined: with --offline no registry is asked',
      hint: `where there is a network: skopeo copy docker://${name} docker-archive:image.tar, then --image image.tar`,
    };
  }
  const { host, directory, platform } = access;
  try {
    const session = await openSession({ reference, transport, host, directory });
    const manifests = await fetchManifests(session, reference, platform);
    return { path: await writeLayout(session, manifests, reference, access, transport) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof RegistryError) return { problem: neutralise(error.message), hint: error.hint };
    return describeFetching(error, error instanceof NetworkError ? error.peer : reference.registry);
  }
}
