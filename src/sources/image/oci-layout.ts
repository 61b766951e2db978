import { createHash } from 'node:crypto';
import type { Platform } from '../../domain/image.ts';
import type { BlobProblem, DocumentReader } from './documents.ts';
import { asList, asObject, asText, type JsonObject, parseObject } from './json-value.ts';
import { blobName, type ImageManifest, isBlobProblem, type StoredLayer } from './manifest.ts';
import { isChosen, type PlatformChoice, platformName, platformOf } from './platform.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly annotations: JsonObject;
  readonly platform: Platform | null;
}

const digestPattern = /^sha256:[0-9a-f]{64}$/;
/** Nested indexes deeper than any tool writes. */
const depthLimit = 5;

function descriptorOf(value: unknown): Descriptor | null {
  const object = asObject(value);
  const digest = asText(object?.['digest']);
  if (object === null || digest === null || !digestPattern.test(digest)) return null;
  return {
    mediaType: asText(object['mediaType']) ?? '',
    digest,
    annotations: asObject(object['annotations']) ?? {},
    platform: platformOf(object['platform']),
  };
}

function isIndex(document: JsonObject): boolean {
  return Array.isArray(document['manifests']);
}

/** BuildKit marks attestation manifests in the index that lists them (moby/buildkit docs/attestations/attestation-storage.md). */
function attestedDigest(descriptor: Descriptor): string | null {
  const isAttestation = descriptor.annotations['vnd.docker.reference.type'] === 'attestation-manifest';
  return isAttestation ? (asText(descriptor.annotations['vnd.docker.reference.digest']) ?? '') : null;
}

function storedLayer(value: unknown): StoredLayer | null {
  const descriptor = descriptorOf(value);
  return descriptor === null
    ? null
    : { name: blobName(descriptor.digest), digest: descriptor.digest, mediaType: descriptor.mediaType };
}

function storedLayers(document: JsonObject): readonly StoredLayer[] | null {
  const layers: StoredLayer[] = [];
  for (const value of asList(document['layers'])) {
    const layer = storedLayer(value);
    if (layer === null) return null;
    layers.push(layer);
  }
  return layers;
}

interface Found {
  readonly manifests: ImageManifest[];
  /** Attestation manifests by the digest of the image they are about. */
  readonly attestations: Map<string, Map<string, Descriptor>>;
  readonly problems: Set<string>;
  readonly choice: PlatformChoice;
  /** Platforms that were passed over because another was chosen. */
  readonly otherPlatforms: Set<string>;
}

/** A document whose bytes must have the digest that names it. */
async function readDocument(documents: DocumentReader, digest: string): Promise<JsonObject | string> {
  const bytes = await documents.read(blobName(digest));
  if (isBlobProblem(bytes)) return bytes.problem;
  const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (actual !== digest) return `${blobName(digest)} does not have the digest its name states`;
  return parseObject(bytes) ?? `${blobName(digest)} is not JSON`;
}

function addImage(document: JsonObject, descriptor: Descriptor, found: Found): void {
  const config = descriptorOf(document['config']);
  const layers = storedLayers(document);
  if (config === null || layers === null) {
    found.problems.add(`the manifest ${descriptor.digest} has no valid config and layers`);
    return;
  }
  const tag =
    asText(descriptor.annotations['io.containerd.image.name']) ??
    asText(descriptor.annotations['org.opencontainers.image.ref.name']);
  found.manifests.push({
    tags: tag === null ? [] : [tag],
    manifestDigest: descriptor.digest,
    configName: blobName(config.digest),
    configDigest: config.digest,
    layers,
    attestations: [],
  });
}

function addAttestation({ attestations }: Found, subject: string, descriptor: Descriptor): void {
  const known = attestations.get(subject) ?? new Map<string, Descriptor>();
  attestations.set(subject, known.set(descriptor.digest, descriptor));
}

async function walk(
  documents: DocumentReader,
  document: JsonObject,
  depth: number,
  seen: Set<string>,
  found: Found,
): Promise<void> {
  for (const value of asList(document['manifests'])) {
    const descriptor = descriptorOf(value);
    if (descriptor === null) {
      found.problems.add('an index names a manifest without a valid sha256 digest');
      continue;
    }
    const attested = attestedDigest(descriptor);
    if (attested !== null) addAttestation(found, attested, descriptor);
    if (attested !== null || seen.has(descriptor.digest)) continue;
    seen.add(descriptor.digest);
    if (isChosen(descriptor.platform, found.choice)) await visit(documents, descriptor, depth, seen, found);
    else if (descriptor.platform !== null) found.otherPlatforms.add(platformName(descriptor.platform));
  }
}

async function visit(
  documents: DocumentReader,
  descriptor: Descriptor,
  depth: number,
  seen: Set<string>,
  found: Found,
): Promise<void> {
  const document = await readDocument(documents, descriptor.digest);
  if (typeof document === 'string') found.problems.add(document);
  else if (!isIndex(document)) addImage(document, descriptor, found);
  else if (depth >= depthLimit) found.problems.add(`indexes are nested more than ${depthLimit} deep`);
  else await walk(documents, document, depth + 1, seen, found);
}

/** What attests to an image: the layers of its attestation manifests. */
async function readAttestations(
  documents: DocumentReader,
  manifest: ImageManifest,
  found: Found,
): Promise<readonly StoredLayer[]> {
  const layers: StoredLayer[] = [];
  for (const digest of found.attestations.get(manifest.manifestDigest ?? '')?.keys() ?? []) {
    const document = await readDocument(documents, digest);
    if (typeof document === 'string') found.problems.add(document);
    else layers.push(...(storedLayers(document) ?? []));
  }
  return layers;
}

export interface OciImages {
  readonly manifests: readonly ImageManifest[];
  readonly problems: readonly string[];
  /** Platforms that were passed over because another was chosen, ready to print. */
  readonly otherPlatforms: readonly string[];
}

/**
 * All images of the chosen platform that an OCI layout names, through nested indexes; attestations are joined to the
 * image they are about (OCI image-spec image-layout.md).
 */
export async function readOciLayout(
  documents: DocumentReader,
  choice: PlatformChoice,
): Promise<OciImages | BlobProblem> {
  const bytes = await documents.read('index.json');
  if (isBlobProblem(bytes)) return bytes;
  const index = parseObject(bytes);
  if (index === null || !isIndex(index)) return { problem: 'index.json is not an OCI index' };
  const found: Found = {
    manifests: [],
    attestations: new Map(),
    problems: new Set(),
    choice,
    otherPlatforms: new Set(),
  };
  await walk(documents, index, 1, new Set(), found);
  const manifests: ImageManifest[] = [];
  for (const manifest of found.manifests)
    manifests.push({ ...manifest, attestations: await readAttestations(documents, manifest, found) });
  return { manifests, problems: [...found.problems], otherPlatforms: [...found.otherPlatforms] };
}
