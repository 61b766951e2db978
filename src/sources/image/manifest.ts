import { createHash } from 'node:crypto';
import type { HistoryEntry, Image, Layer } from '../../domain/image.ts';
import type { Host } from '../../host/host.ts';
import { type Blob, type BlobProblem, type BlobStore, readBlob } from './blob-store.ts';
import { asList, asObject, asText, asTextList, type JsonObject, parseObject } from './json-value.ts';

/** Where a layer's bytes are, and what they must hash to where the manifest says. */
export interface StoredLayer {
  readonly name: string;
  /** Of the bytes as stored, with `sha256:`; null where nothing states it (classic docker save). */
  readonly digest: string | null;
  readonly mediaType: string | null;
}

/** An image found in an archive or folder, its config read, its layers not yet. */
export interface ImageManifest {
  readonly tags: readonly string[];
  /** With `sha256:`; null for docker save, which has no manifest blob. */
  readonly manifestDigest: string | null;
  readonly configName: string;
  readonly configDigest: string | null;
  readonly layers: readonly StoredLayer[];
  /** Attestation manifests that say they are about this image. */
  readonly attestations: readonly StoredLayer[];
}

/** Index, manifest and config documents above this are refused (a real one is a few kB). */
export const documentLimit = 4 * 1024 * 1024;

export function blobName(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** The digest a blob's own name states, as in `blobs/sha256/<hex>`. */
function digestOfName(name: string): string | null {
  const match = /(?:^|\/)blobs\/sha256\/([0-9a-f]{64})$/.exec(name);
  return match?.[1] === undefined ? null : `sha256:${match[1]}`;
}

export function isBlobProblem(value: object): value is BlobProblem {
  return 'problem' in value;
}

/** manifest.json of docker save: classic `<id>/layer.tar` folders and, from Docker 25 on, the blobs form (moby#44598). */
export async function readDockerManifest(
  store: BlobStore,
  host: Host,
): Promise<readonly ImageManifest[] | BlobProblem> {
  const bytes = await readBlob(store, 'manifest.json', documentLimit, host);
  if (isBlobProblem(bytes)) return bytes;
  const images = dockerImages(bytes);
  return images ?? { problem: 'manifest.json is not the manifest of a docker save' };
}

function dockerImages(bytes: Buffer): readonly ImageManifest[] | null {
  const wrapped = parseObject(Buffer.concat([Buffer.from('{"images":'), bytes, Buffer.from('}')]));
  if (wrapped === null || !Array.isArray(wrapped['images'])) return null;
  const images = asList(wrapped['images']).map(asObject);
  const manifests: ImageManifest[] = [];
  for (const image of images) {
    const configName = asText(image?.['Config']);
    if (image === null || configName === null || !Array.isArray(image['Layers'])) return null;
    const names = asTextList(image['Layers']);
    if (names.length !== asList(image['Layers']).length) return null;
    manifests.push({
      tags: asTextList(image['RepoTags']),
      manifestDigest: null,
      configName,
      configDigest: digestOfName(configName) ?? classicConfigDigest(configName),
      layers: names.map((name) => ({ name, digest: digestOfName(name), mediaType: null })),
      attestations: [],
    });
  }
  return manifests;
}

/** Classic docker save names the config `<its sha256>.json`. */
function classicConfigDigest(name: string): string | null {
  const match = /^([0-9a-f]{64})\.json$/.exec(name);
  return match?.[1] === undefined ? null : `sha256:${match[1]}`;
}

function historyOf(config: JsonObject): readonly HistoryEntry[] {
  return asList(config['history']).map((item) => {
    const entry = asObject(item);
    return { createdBy: asText(entry?.['created_by']) ?? '', isEmptyLayer: entry?.['empty_layer'] === true };
  });
}

/** History steps that made a layer, in order; only usable when there are as many as layers. */
function layerSteps(history: readonly HistoryEntry[]): readonly number[] {
  return history.flatMap((entry, index) => (entry.isEmptyLayer ? [] : [index]));
}

function labelsOf(value: unknown): Readonly<Record<string, string>> {
  const labels = Object.entries(asObject(value) ?? {}).flatMap(([name, label]) =>
    typeof label === 'string' ? [[name, label]] : [],
  );
  return Object.fromEntries(labels);
}

export interface ImageConfig {
  readonly image: Image;
  /** Where the config itself lies. */
  readonly config: Blob;
  /** ENTRYPOINT, CMD and healthcheck words. */
  readonly commandWords: readonly string[];
}

function layersOf(
  manifest: ImageManifest,
  diffIds: readonly string[],
  history: readonly HistoryEntry[],
): readonly Layer[] {
  const steps = layerSteps(history);
  const hasSteps = steps.length === diffIds.length;
  return diffIds.map((diffId, index) => ({
    index,
    diffId,
    digest: manifest.layers[index]?.digest ?? null,
    historyIndex: hasSteps ? (steps[index] ?? null) : null,
  }));
}

/** The config blob, verified against its digest; OCI image-spec config.md. */
export async function readConfig(
  store: BlobStore,
  manifest: ImageManifest,
  label: string,
  host: Host,
): Promise<ImageConfig | BlobProblem> {
  const bytes = await readBlob(store, manifest.configName, documentLimit, host);
  if (isBlobProblem(bytes)) return bytes;
  const blob = await store.find(manifest.configName);
  if (blob === null) return { problem: `${manifest.configName} is missing` };
  const configDigest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (manifest.configDigest !== null && manifest.configDigest !== configDigest) {
    return { problem: `the config ${manifest.configName} does not have the digest its name states` };
  }
  const config = parseObject(bytes);
  const diffIds = asTextList(asObject(config?.['rootfs'])?.['diff_ids']);
  if (config === null) return { problem: `the config ${manifest.configName} is not JSON` };
  if (diffIds.length !== manifest.layers.length) {
    return { problem: `the config names ${diffIds.length} layers and the manifest ${manifest.layers.length}` };
  }
  const settings = asObject(config['config']);
  const history = historyOf(config);
  const healthcheck = asObject(settings?.['Healthcheck']);
  return {
    image: {
      label,
      tags: manifest.tags,
      configDigest,
      platform: {
        os: asText(config['os']) ?? '',
        architecture: asText(config['architecture']) ?? '',
        variant: asText(config['variant']) ?? '',
      },
      layers: layersOf(manifest, diffIds, history),
      history,
      user: asText(settings?.['User']) ?? '',
      environment: asTextList(settings?.['Env']),
      labels: labelsOf(settings?.['Labels']),
    },
    config: blob,
    commandWords: [settings?.['Entrypoint'], settings?.['Cmd'], healthcheck?.['Test'], settings?.['OnBuild']].flatMap(
      asTextList,
    ),
  };
}
