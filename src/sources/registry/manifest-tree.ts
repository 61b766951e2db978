import { createHash } from 'node:crypto';
import { neutralise } from '../../domain/neutral-text.ts';
import type { ImageReference } from '../../domain/reference.ts';
import { UsageError } from '../../domain/usage-error.ts';
import { asList, asObject, asText, type JsonObject, parseObject } from '../image/json-value.ts';
import { isChosen, type PlatformChoice, platformName, platformOf } from '../image/platform.ts';
import { RegistryError } from './registry-error.ts';
import type { Session } from './session.ts';
import { readBody } from './transport.ts';

/** A blob that a manifest names. */
export interface BlobDescriptor {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** Kept outside of registries (`urls`); it may be absent. */
  readonly isForeign: boolean;
}

/** A manifest as the registry has it. */
export interface FetchedManifest {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly mediaType: string;
  /** As the index that lists it has them. */
  readonly annotations: JsonObject;
  readonly blobs: readonly BlobDescriptor[];
}

/** All kinds at once: a registry that is not told may convert to a form with another digest (distribution#4715). */
const accepted = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
/** What registries accept at least, and few more (OCI distribution-spec, Pushing Manifests). */
const documentLimit = 4 * 1024 * 1024;
const documentMilliseconds = 60_000;
const depthLimit = 5;
/** More than any index of a real image names. */
const manifestLimit = 500;

const digestPattern = /^sha256:[0-9a-f]{64}$/;
const damagedHint = 'pull it with another tool and see whether it complains; if it does, push the image again';

function broken(problem: string): RegistryError {
  return new RegistryError(`cannot be read: ${problem}`, damagedHint);
}

function blobOf(value: unknown): BlobDescriptor {
  const object = asObject(value);
  const digest = asText(object?.['digest']) ?? '';
  const size = object?.['size'];
  if (!digestPattern.test(digest)) throw broken('its manifest names a blob without a valid sha256 digest');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw broken(`its manifest gives ${digest} no valid size`);
  return { digest, size, isForeign: asList(object?.['urls']).length > 0 };
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

interface Document {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly mediaType: string;
  readonly json: JsonObject;
}

/** Fetches by tag or digest and compares the digest of the very bytes with what was asked for and with what the registry says. */
async function fetchDocument(session: Session, reference: string): Promise<Document | 'missing'> {
  const response = await session.get(`manifests/${reference}`, { accept: accepted }, documentMilliseconds);
  if (response.status === 404) {
    response.discard();
    return 'missing';
  }
  const bytes = await readBody(response, documentLimit, `its manifest ${reference}`);
  if (response.status !== 200)
    throw new RegistryError(
      `cannot be fetched: ${session.peer} answers with status ${response.status}`,
      'run again later, or save the image and pass the archive',
    );
  const digest = sha256(bytes);
  const stated = response.headers['docker-content-digest'] ?? digest;
  const asked = reference.includes(':') ? reference : digest;
  if ((stated.startsWith('sha256:') && stated !== digest) || asked !== digest)
    throw broken(`its manifest ${reference} does not have the digest that names it`);
  const json = parseObject(bytes);
  if (json === null) throw broken(`its manifest ${reference} is not JSON`);
  const stored = response.headers['content-type']?.split(';')[0]?.trim();
  return { bytes, digest, mediaType: asText(json['mediaType']) ?? stored ?? '', json };
}

/** The digest behind a tag: of the index where there is one. Null where the registry has no such tag. */
export async function fetchDigest(session: Session, tag: string): Promise<string | null> {
  const document = await fetchDocument(session, tag);
  return document === 'missing' ? null : document.digest;
}

function manifestOf({ bytes, digest, mediaType, json }: Document, annotations: JsonObject): FetchedManifest {
  if (json['config'] === undefined || !Array.isArray(json['layers']))
    throw broken(
      `its manifest ${digest} is of a kind that is not read (${neutralise(mediaType, 100) || 'no media type'})`,
    );
  return { bytes, digest, mediaType, annotations, blobs: [json['config'], ...asList(json['layers'])].map(blobOf) };
}

interface Listed {
  readonly digest: string;
  readonly annotations: JsonObject;
  readonly platform: ReturnType<typeof platformOf>;
}

function listedOf(value: unknown): Listed {
  const object = asObject(value);
  const digest = asText(object?.['digest']) ?? '';
  if (!digestPattern.test(digest)) throw broken('its index names a manifest without a valid sha256 digest');
  return { digest, annotations: asObject(object?.['annotations']) ?? {}, platform: platformOf(object?.['platform']) };
}

function attestedDigest({ annotations }: Listed): string | null {
  const isAttestation = annotations['vnd.docker.reference.type'] === 'attestation-manifest';
  return isAttestation ? (asText(annotations['vnd.docker.reference.digest']) ?? '') : null;
}

interface Walk {
  readonly session: Session;
  readonly choice: PlatformChoice;
  readonly found: FetchedManifest[];
  readonly seen: Set<string>;
  /** Platforms that indexes name, chosen or not. */
  readonly platforms: Set<string>;
}

/** An index's images of the chosen platform first, then what attests to them. */
async function walkIndex(index: Document, depth: number, walk: Walk): Promise<void> {
  const listed = asList(index.json['manifests']).map(listedOf);
  const images = listed.filter((item) => attestedDigest(item) === null);
  for (const { platform } of images) if (platform !== null) walk.platforms.add(platformName(platform));
  for (const item of images) if (isChosen(item.platform, walk.choice)) await visit(item, depth, walk);
  const isFound = (digest: string) => walk.found.some((manifest) => manifest.digest === digest);
  for (const item of listed) if (isFound(attestedDigest(item) ?? '')) await visit(item, depth, walk);
}

async function visit(item: Listed, depth: number, walk: Walk): Promise<void> {
  if (walk.seen.has(item.digest)) return;
  walk.seen.add(item.digest);
  if (walk.seen.size > manifestLimit) throw broken(`its index names more than ${manifestLimit} manifests`);
  const document = await fetchDocument(walk.session, item.digest);
  if (document === 'missing') throw broken(`its index names ${item.digest}, which the registry does not have`);
  if (!Array.isArray(document.json['manifests'])) walk.found.push(manifestOf(document, item.annotations));
  else if (depth >= depthLimit) throw broken(`its indexes are nested more than ${depthLimit} deep`);
  else await walkIndex(document, depth + 1, walk);
}

/**
 * The manifests behind a reference: of all platforms, or of the chosen one, with what attests to them. Throws a
 * UsageError where the registry has no such image or not for that platform, a RegistryError where it cannot be read.
 */
export async function fetchManifests(
  session: Session,
  reference: ImageReference,
  choice: PlatformChoice,
): Promise<readonly FetchedManifest[]> {
  const wanted = reference.digest ?? reference.tag ?? 'latest';
  if (reference.digest !== null && !digestPattern.test(reference.digest))
    throw new RegistryError('was not examined: only sha256 digests are read', 'name the image by its tag');
  const document = await fetchDocument(session, wanted);
  if (document === 'missing')
    throw new UsageError(
      `the registry ${session.peer} has no image ${reference.repository}${reference.digest === null ? ':' : '@'}${wanted}`,
      'check the name and the tag',
    );
  if (!Array.isArray(document.json['manifests'])) return [manifestOf(document, {})];
  const walk: Walk = { session, choice, found: [], seen: new Set([document.digest]), platforms: new Set() };
  await walkIndex(document, 1, walk);
  if (walk.found.length > 0) return walk.found;
  if (choice === null || walk.platforms.size === 0) throw broken('its index names no image');
  throw new UsageError(
    `${reference.repository} is not there for ${platformName(choice)}`,
    `it is there for ${[...walk.platforms].sort().join(', ')}`,
  );
}
