import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ImageBlobs, sha256, type TarFile } from '../../src/demo/docker-save.ts';

/** Path -> content of an image archive or folder, before it is put into either. */
export type ImageFiles = Readonly<Record<string, string | Uint8Array>>;

const imageManifest = 'application/vnd.oci.image.manifest.v1+json';
const imageIndex = 'application/vnd.oci.image.index.v1+json';

/** docker save up to Docker 24: `<id>/layer.tar` and `<hash>.json`. */
export function dockerClassicFiles({ tag, config, layers }: ImageBlobs): ImageFiles {
  const names = layers.map((layer, index) => `${sha256(Buffer.from(`${index}${sha256(layer)}`))}/layer.tar`);
  const configName = `${sha256(config)}.json`;
  return {
    ...Object.fromEntries(names.map((name, index) => [name, layers[index] ?? ''])),
    ...Object.fromEntries(names.map((name) => [name.replace('layer.tar', 'VERSION'), '1.0'])),
    [configName]: config,
    'manifest.json': JSON.stringify([{ Config: configName, RepoTags: [tag], Layers: names }]),
    repositories: JSON.stringify({}),
  };
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Blobs of an OCI layout, collected as they are named. */
export interface BlobCollection {
  readonly files: ImageFiles;
  add(content: string | Uint8Array, mediaType: string): Descriptor;
}

export function collectBlobs(): BlobCollection {
  const files: Record<string, Uint8Array> = {};
  return {
    files,
    add(content, mediaType) {
      const bytes = Buffer.from(content);
      const digest = sha256(bytes);
      files[`blobs/sha256/${digest}`] = bytes;
      return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
    },
  };
}

export interface OciOptions {
  /** How each layer is stored; default: as it is. */
  readonly compress?: (layer: Buffer, index: number) => Uint8Array;
  /** Recorded in an attestation manifest beside the image, as BuildKit does with mode=max. */
  readonly buildArguments?: Readonly<Record<string, string>>;
}

/** Adds the manifest of one image; its descriptor. */
export function addImage(blobs: BlobCollection, image: ImageBlobs, options: OciOptions = {}): Descriptor {
  const config = blobs.add(image.config, 'application/vnd.oci.image.config.v1+json');
  const layers = image.layers.map((layer, index) =>
    blobs.add(options.compress?.(layer, index) ?? layer, 'application/vnd.oci.image.layer.v1.tar'),
  );
  return blobs.add(JSON.stringify({ schemaVersion: 2, mediaType: imageManifest, config, layers }), imageManifest);
}

/** An attestation manifest about `subject` that records build arguments. */
export function addAttestation(
  blobs: BlobCollection,
  subject: Descriptor,
  arguments_: Readonly<Record<string, string>>,
) {
  const args = Object.fromEntries(Object.entries(arguments_).map(([name, value]) => [`build-arg:${name}`, value]));
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://slsa.dev/provenance/v0.2',
    predicate: { invocation: { parameters: { frontend: 'dockerfile.v0', args } } },
  };
  return addStatement(blobs, subject, statement);
}

/** An attestation manifest about `subject` (moby/buildkit docs/attestations/attestation-storage.md). */
export function addStatement(blobs: BlobCollection, subject: Descriptor, statement: unknown) {
  const config = blobs.add('{}', 'application/vnd.oci.image.config.v1+json');
  const layers = [blobs.add(JSON.stringify(statement), 'application/vnd.in-toto+json')];
  const manifest = blobs.add(
    JSON.stringify({ schemaVersion: 2, mediaType: imageManifest, config, layers }),
    imageManifest,
  );
  return {
    ...manifest,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': subject.digest,
    },
  };
}

export function indexText(manifests: readonly object[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: imageIndex, manifests });
}

/** Puts an index into a blob of its own, as the containerd image store and BuildKit do; its descriptor. */
export function addIndex(blobs: BlobCollection, manifests: readonly object[]): Descriptor {
  return blobs.add(indexText(manifests), imageIndex);
}

export function layoutFiles(blobs: BlobCollection, manifests: readonly object[]): ImageFiles {
  return { 'oci-layout': '{"imageLayoutVersion":"1.0.0"}', ...blobs.files, 'index.json': indexText(manifests) };
}

/** An OCI layout of one image, with its attestation where build arguments were given. */
export function ociFiles(image: ImageBlobs, options: OciOptions = {}): ImageFiles {
  const blobs = collectBlobs();
  const manifest = addImage(blobs, image, options);
  const named = { ...manifest, annotations: { 'io.containerd.image.name': image.tag } };
  const { buildArguments } = options;
  return layoutFiles(blobs, [
    named,
    ...(buildArguments === undefined ? [] : [addAttestation(blobs, manifest, buildArguments)]),
  ]);
}

export function tarEntries(files: ImageFiles, prefix = ''): readonly TarFile[] {
  return Object.entries(files).map(([name, content]) => [`${prefix}${name}`, content] as const);
}

export async function writeFolder(folder: string, files: ImageFiles): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
}
