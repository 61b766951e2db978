import { type Gap, gap } from '../../domain/gap.ts';
import type { Image } from '../../domain/image.ts';
import { type ImageLimits, limitHint, overLimit } from '../../domain/image-limits.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import { UsageError } from '../../domain/usage-error.ts';
import type { ImageRequest } from '../../request.ts';
import type { Blob, BlobStore } from './blob-store.ts';
import type { RecordedStep } from './build-steps.ts';
import { createDocumentReader, type DocumentReader } from './documents.ts';
import type { ImageAccess } from './image-access.ts';
import { createLabels } from './image-labels.ts';
import type { LayerTask } from './layer-scan.ts';
import {
  type ImageConfig,
  type ImageManifest,
  isBlobProblem,
  readConfig,
  readDockerManifest,
  type StoredLayer,
} from './manifest.ts';
import { readOciLayout } from './oci-layout.ts';
import { type OpenedStore, openStore } from './open-store.ts';
import { isChosen, type PlatformChoice, platformName } from './platform.ts';
import { readProvenance } from './provenance.ts';
import { type Setting, settingsOf } from './settings.ts';

export type ImageForm = 'docker-archive' | 'oci-archive' | 'oci-dir';

/** An image whose config was read and whose layers are known by place. */
export interface StoredImage {
  readonly image: Image;
  readonly form: ImageForm;
  /** Absolute path of the archive or folder. */
  readonly path: string;
  readonly manifestDigest: string | null;
  /** The archive or folder holds no other image. */
  readonly isAlone: boolean;
  readonly config: Blob;
  readonly settings: readonly Setting[];
  /** The Dockerfile lines its build provenance records. */
  readonly steps: readonly RecordedStep[];
  /** Base first; `missing` says why a layer cannot be read. */
  readonly layers: readonly ({ readonly task: Omit<LayerTask, 'interest'> } | { readonly missing: string })[];
}

interface Opened {
  readonly images: readonly StoredImage[];
  readonly gaps: readonly Gap[];
}

function imageGap(request: ImageRequest, reason: string, hint: string): Opened {
  const sentence = neutralise(`${request.text} ${reason}`);
  return { images: [], gaps: [gap('image', request.text, sentence, limitHint(reason) ?? hint)] };
}

/** A store, and what reads its documents. */
interface Documented {
  readonly store: BlobStore;
  readonly documents: DocumentReader;
}

/** Images that a store lists, of the chosen platform as far as the list says. */
interface Listed {
  readonly form: ImageForm;
  readonly manifests: readonly ImageManifest[];
  readonly problems: readonly string[];
  readonly otherPlatforms: readonly string[];
}

/**
 * docker save from Docker 25 on is an OCI layout too, and only there are attestations and further platforms listed; those
 * that the layout names and the archive does not hold were not saved.
 */
async function withLayout(
  { store, documents }: Documented,
  manifests: readonly ImageManifest[],
  choice: PlatformChoice,
): Promise<Omit<Listed, 'form'>> {
  const layout = store.names.has('index.json') ? await readOciLayout(documents, choice) : null;
  if (layout === null || isBlobProblem(layout)) return { manifests, problems: [], otherPlatforms: [] };
  const own = manifests.map((manifest) => {
    const twin = layout.manifests.find((other) => other.configDigest === manifest.configDigest);
    return { ...manifest, manifestDigest: twin?.manifestDigest ?? null, attestations: twin?.attestations ?? [] };
  });
  const isTold = own.every((manifest) => manifest.configDigest !== null);
  const isNew = (other: ImageManifest) => own.every((manifest) => manifest.configDigest !== other.configDigest);
  const further = isTold ? layout.manifests.filter(isNew) : [];
  return { manifests: [...own, ...further], problems: [], otherPlatforms: layout.otherPlatforms };
}

/** docker save's manifest.json wins where both are there: it has the repository tags. */
async function listImages(
  request: ImageRequest,
  opened: Documented,
  { platform }: ImageAccess,
): Promise<Listed | Opened> {
  const { store, documents } = opened;
  if (store.names.has('manifest.json') && !store.isFolder) {
    const manifests = await readDockerManifest(documents);
    if (isBlobProblem(manifests))
      return imageGap(request, `cannot be read: ${manifests.problem}`, 'save the image again');
    return { form: 'docker-archive', ...(await withLayout(opened, manifests, platform)) };
  }
  if (!store.names.has('index.json')) {
    return imageGap(
      request,
      'is not an image: it has neither manifest.json nor index.json',
      'pass an image made by docker save, an OCI archive or an OCI layout folder',
    );
  }
  const layout = await readOciLayout(documents, platform);
  if (isBlobProblem(layout)) return imageGap(request, `cannot be read: ${layout.problem}`, 'save the image again');
  return { form: store.isFolder ? 'oci-dir' : 'oci-archive', ...layout };
}

/** An image whose config was read. */
interface Configured extends ImageConfig {
  readonly manifest: ImageManifest;
  /** Its place in the list. */
  readonly number: number;
}

/** Reads the configs, and passes over what is not for the chosen platform. */
async function readConfigs(
  request: ImageRequest,
  documents: DocumentReader,
  listed: Listed,
  { platform }: ImageAccess,
): Promise<{ readonly images: readonly Configured[]; readonly isAlone: boolean; readonly gaps: readonly Gap[] }> {
  const images: Configured[] = [];
  let unread = 0;
  const problems = new Set<string>();
  const others = new Set(listed.otherPlatforms);
  for (const [index, manifest] of listed.manifests.entries()) {
    const config = await readConfig(documents, manifest, request.text);
    if (isBlobProblem(config)) {
      unread += 1;
      problems.add(config.problem);
    } else if (isChosen(config.image.platform, platform)) images.push({ ...config, manifest, number: index + 1 });
    else others.add(platformName(config.image.platform));
  }
  const gaps = [...problems].flatMap(
    (problem) => imageGap(request, `cannot be read: ${problem}`, 'save the image again').gaps,
  );
  const isAlone = images.length + unread === 1;
  if (platform === null || images.length + gaps.length + listed.problems.length > 0) return { images, isAlone, gaps };
  throw new UsageError(
    `${neutralise(request.text, 400)} is not there for ${platformName(platform)}`,
    `it is there for ${[...others].sort().join(', ')}`,
  );
}

/** A layer that is not in the archive or folder. */
function whyMissing({ mediaType }: StoredLayer): string {
  const isForeign = /nondistributable|foreign/.test(mediaType ?? '');
  return isForeign ? 'it is a foreign layer, which lies outside of the image' : 'it is missing';
}

/** Which diffID each blob was said to have: another one for the same bytes cannot be true, and is not read for. */
type StatedDiffIds = Map<string, string>;

function findLayer(
  layer: StoredLayer,
  blob: Blob | null,
  diffId: string,
  stated: StatedDiffIds,
  limits: ImageLimits,
): StoredImage['layers'][number] {
  if (blob === null) return { missing: whyMissing(layer) };
  const key = `${blob.file}\0${blob.offset}`;
  const known = stated.get(key) ?? diffId;
  if (known !== diffId) return { missing: 'another diffID is stated for the same layer elsewhere' };
  stated.set(key, diffId);
  return { task: { blob, digest: layer.digest, diffId, limits } };
}

async function loadImage(
  opened: Documented & OpenedStore,
  { form, manifests, otherPlatforms }: Listed,
  { image, commandWords, manifest }: Configured,
  label: string,
  stated: StatedDiffIds,
  limits: ImageLimits,
): Promise<Opened> {
  const { store, documents, path } = opened;
  const config = await store.find(manifest.configName);
  if (config === null) {
    const reason = `${label} cannot be read: its config went away while it was read`;
    return { images: [], gaps: [gap('image', label, neutralise(reason, 600), 'save the image again')] };
  }
  const layers: StoredImage['layers'][number][] = [];
  for (const [index, layer] of manifest.layers.entries()) {
    const diffId = image.layers[index]?.diffId ?? '';
    layers.push(findLayer(layer, await store.find(layer.name), diffId, stated, limits));
  }
  const digests = manifest.layers.map((layer) => layer.digest);
  const isAlone = manifests.length === 1 && otherPlatforms.length === 0;
  const provenance = await readProvenance(documents, manifest.attestations, digests);
  const stored: StoredImage = {
    image: { ...image, label },
    form,
    path,
    manifestDigest: manifest.manifestDigest,
    isAlone,
    config,
    settings: [...settingsOf(image, commandWords), ...provenance.settings],
    steps: provenance.steps,
    layers,
  };
  const gaps = provenance.problems.map((problem) =>
    gap(
      'image/provenance',
      label,
      neutralise(`the build provenance of ${label} cannot be read: ${problem}`),
      limitHint(problem) ?? 'save the image again',
    ),
  );
  return { images: [stored], gaps };
}

async function openImage(
  request: ImageRequest,
  access: ImageAccess,
  labelsOf: ReturnType<typeof createLabels>,
): Promise<Opened> {
  const found = await openStore(request, access);
  if ('problem' in found) return imageGap(request, found.problem, found.hint);
  const { imageLimits } = access;
  const opened = { ...found, documents: createDocumentReader(found.store, imageLimits, access.host) };
  const listed = await listImages(request, opened, access);
  if ('images' in listed) return listed;
  const count = listed.manifests.length + listed.problems.length + listed.otherPlatforms.length;
  if (count === 0) return imageGap(request, 'holds no image', 'save the image again, naming it');
  if (listed.manifests.length > imageLimits.images) {
    const what = `was not examined: it holds ${listed.manifests.length} images`;
    return imageGap(request, overLimit(imageLimits, 'images', what), 'save one image alone');
  }
  const configured = await readConfigs(request, opened.documents, listed, access);
  const parts: Opened[] = listed.problems.map((problem) =>
    imageGap(request, `was not fully examined: ${problem}`, 'save the image again'),
  );
  const listings = configured.images.map(({ image, manifest, number }) => {
    return { tag: manifest.tags[0] ?? null, platform: image.platform, number };
  });
  const labels = configured.isAlone ? [request.text] : labelsOf(request.text, listings);
  const stated: StatedDiffIds = new Map();
  for (const [index, image] of configured.images.entries()) {
    const label = labels[index] ?? request.text;
    const { length } = image.manifest.layers;
    if (length <= imageLimits.layers) parts.push(await loadImage(opened, listed, image, label, stated, imageLimits));
    else {
      const what = `was not examined: ${label} has ${length} layers`;
      parts.push(imageGap(request, overLimit(imageLimits, 'layers', what), 'save the image again'));
    }
  }
  return {
    images: parts.flatMap((part) => part.images),
    gaps: [...configured.gaps, ...parts.flatMap((part) => part.gaps)],
  };
}

/**
 * Opens every requested image; what cannot be used is a gap. Throws a UsageError for a path, name or platform that is
 * not there.
 */
export async function openImages(requests: readonly ImageRequest[], access: ImageAccess): Promise<Opened> {
  const parts: Opened[] = [];
  const labelsOf = createLabels(requests.map(({ text }) => text));
  for (const request of requests) parts.push(await openImage(request, access, labelsOf));
  return { images: parts.flatMap((part) => part.images), gaps: parts.flatMap((part) => part.gaps) };
}
