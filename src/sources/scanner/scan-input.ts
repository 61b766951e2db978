import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Image } from '../../domain/image.ts';
import { describeProblem, type Host } from '../../host/host.ts';
import type { Blob } from '../image/blob-store.ts';
import { compressionOf, magicSize } from '../image/compression.ts';
import { type Spool, SpoolLimitError, spoolHint } from '../image/spool.ts';

/** An image that was read, and where its parts lie. */
export interface ScannedImage {
  readonly image: Image;
  readonly form: 'docker-archive' | 'oci-archive' | 'oci-dir';
  /** Absolute. */
  readonly path: string;
  /** The archive or folder holds no other image. */
  readonly isAlone: boolean;
  readonly config: Blob;
  /** Where its operating system lists its packages; null where it has none. */
  readonly packageDatabase: string | null;
  /** Base first; `missing` says why a layer is not there. */
  readonly layers: readonly ({ readonly task: { readonly blob: Blob } } | { readonly missing: string })[];
}

/** What a scanner is pointed at: a docker save archive of one image, or an OCI layout folder of one manifest. */
export interface ScanInput {
  readonly form: 'docker-archive' | 'oci-dir';
  /** Absolute. */
  readonly path: string;
  /** Of the layout's manifest; null for an archive. */
  readonly manifestDigest: string | null;
}

/** Why something was not scanned, and what the user can do. */
export interface ScanProblem {
  readonly reason: string;
  readonly hint: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const chunkSize = 1024 * 1024;
const imageManifest = 'application/vnd.oci.image.manifest.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar';
const layerSuffixes = { none: '', gzip: '+gzip', zstd: '+zstd', unknown: '' } as const;

function sha256(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

async function* readParts({ file, offset, size }: Blob, host: Host): AsyncGenerator<Buffer> {
  const opened = await host.files.open(file);
  try {
    for (let done = 0; done < size; ) {
      const target = Buffer.allocUnsafeSlow(Math.min(chunkSize, size - done));
      const count = await opened.readAt(target, offset + done);
      if (count === 0) return;
      done += count;
      yield target.subarray(0, count);
    }
  } finally {
    await opened.close();
  }
}

async function digestOf(blob: Blob, host: Host): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of readParts(blob, host)) hash.update(part);
  return `sha256:${hash.digest('hex')}`;
}

async function mediaTypeOf(blob: Blob, host: Host): Promise<string> {
  const start: Buffer[] = [];
  for await (const part of readParts({ ...blob, size: Math.min(blob.size, magicSize) }, host)) start.push(part);
  return layerType + layerSuffixes[compressionOf(Buffer.concat(start))];
}

/** A file of its own gets a second name where the disk allows it; one inside an archive is copied. */
async function place(blob: Blob, digest: string, folder: string, context: LayoutContext): Promise<void> {
  const { host, spool } = context;
  const target = join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length));
  // The same layer twice in one image is one blob.
  if ((await host.files.status(target)) !== null) return;
  const isWhole = blob.offset === 0 && blob.size === (await host.files.status(blob.file))?.size;
  // No symbolic links: scanners refuse a blob that is one.
  if (isWhole && (await host.files.link(blob.file, target))) return;
  await spool.write(target, readParts(blob, host));
}

interface LayoutContext {
  readonly host: Host;
  readonly spool: Spool;
}

async function writeLayout(scanned: ScannedImage, blobs: readonly Blob[], context: LayoutContext): Promise<ScanInput> {
  const { host, spool } = context;
  const folder = await spool.makeFolder();
  await host.files.makeFolder(join(folder, 'blobs', 'sha256'));
  const layers: Descriptor[] = [];
  for (const [index, blob] of blobs.entries()) {
    const digest = scanned.image.layers[index]?.digest ?? (await digestOf(blob, host));
    await place(blob, digest, folder, context);
    layers.push({ mediaType: await mediaTypeOf(blob, host), digest, size: blob.size });
  }
  await place(scanned.config, scanned.image.configDigest, folder, context);
  const config = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: scanned.image.configDigest,
    size: scanned.config.size,
  };
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: imageManifest, config, layers });
  const manifestDigest = sha256(manifest);
  const entry = { mediaType: imageManifest, digest: manifestDigest, size: Buffer.byteLength(manifest) };
  await host.files.write(join(folder, 'blobs', 'sha256', manifestDigest.slice('sha256:'.length)), manifest);
  await host.files.write(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  await host.files.write(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return { form: 'oci-dir', path: folder, manifestDigest };
}

function describeLayoutError(error: unknown, label: string): ScanProblem {
  if (error instanceof SpoolLimitError)
    return { reason: `${label} could not be laid out for the scanners: ${error.message}`, hint: spoolHint };
  return {
    reason: `${label} could not be laid out for the scanners: its folder ${describeProblem(error)}`,
    hint: 'make room there, or point TMPDIR at another disk',
  };
}

async function prepare(scanned: ScannedImage, context: LayoutContext): Promise<ScanInput | ScanProblem> {
  const { form, path, isAlone, image } = scanned;
  if (form === 'docker-archive' && isAlone) return { form, path, manifestDigest: null };
  const blobs: Blob[] = [];
  for (const [index, layer] of scanned.layers.entries()) {
    if (!('missing' in layer)) blobs.push(layer.task.blob);
    else
      return {
        reason: `layer ${index} of ${image.label} is not there: ${layer.missing}`,
        hint: 'save the image again',
      };
  }
  try {
    return await writeLayout(scanned, blobs, context);
  } catch (error) {
    return describeLayoutError(error, image.label);
  }
}

/**
 * Gives what both scanners can read, made once per image when the first of them asks. Neither reads all that is passed to
 * `--image`: Trivy takes no OCI archive, looks up a manifest in the outermost index only, and without a digest takes the first
 * it finds, be it an attestation or another platform; both refuse an archive of several images. So all but an archive of one
 * image is presented as a layout folder with one manifest, whose blobs are not copied where they are files already.
 */
export function createScanInputs(context: LayoutContext): (scanned: ScannedImage) => Promise<ScanInput | ScanProblem> {
  const made = new Map<ScannedImage, Promise<ScanInput | ScanProblem>>();
  return (scanned) => {
    const known = made.get(scanned) ?? prepare(scanned, context);
    made.set(scanned, known);
    return known;
  };
}
