import { type Gap, gap } from '../../domain/gap.ts';
import type { Image } from '../../domain/image.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import { UsageError } from '../../domain/usage-error.ts';
import { describeProblem, type Host } from '../../host/host.ts';
import type { ImageRequest } from '../../request.ts';
import { type BlobStore, openArchive, openFolder } from './blob-store.ts';
import type { RecordedStep } from './build-steps.ts';
import type { LayerTask } from './layer-scan.ts';
import { type ImageManifest, isBlobProblem, readConfig, readDockerManifest } from './manifest.ts';
import { readOciLayout } from './oci-layout.ts';
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
  readonly settings: readonly Setting[];
  /** The Dockerfile lines its build provenance records. */
  readonly steps: readonly RecordedStep[];
  readonly layers: readonly { readonly task: Omit<LayerTask, 'interest'> }[];
}

interface Opened {
  readonly images: readonly StoredImage[];
  readonly gaps: readonly Gap[];
}

const notReadYet: Readonly<Record<string, string>> = {
  'docker-daemon': 'docker save NAME -o image.tar, then --image image.tar',
  registry: 'skopeo copy docker://NAME docker-archive:image.tar, then --image image.tar',
};

function imageGap(request: ImageRequest, reason: string, hint: string): Opened {
  return { images: [], gaps: [gap('image', request.text, neutralise(`${request.text} ${reason}`), hint)] };
}

async function openStore(request: ImageRequest, host: Host): Promise<BlobStore | Opened> {
  const status = await host.files.status(request.target);
  if (status === null)
    throw new UsageError(
      `the image ${request.text} does not exist`,
      'give --image the path of a docker save, an OCI archive or an OCI layout folder',
    );
  try {
    const target = await host.files.realPath(request.target);
    const kind = (await host.files.status(target))?.kind;
    if (kind === 'directory') return await openFolder(target, host);
    if (kind !== 'file')
      return imageGap(request, 'is neither a file nor a folder', 'pass an image archive or an OCI layout folder');
    const store = await openArchive(target, host);
    return 'problem' in store ? imageGap(request, store.problem, store.hint) : store;
  } catch (error) {
    return imageGap(request, describeProblem(error), 'check the path and its permissions');
  }
}

/** docker save from Docker 25 on is an OCI layout too, and only there are the attestations listed. */
async function withAttestations(
  store: BlobStore,
  manifests: readonly ImageManifest[],
  host: Host,
): Promise<readonly ImageManifest[]> {
  const layout = store.names.has('index.json') ? await readOciLayout(store, host) : null;
  if (layout === null || isBlobProblem(layout)) return manifests;
  return manifests.map((manifest) => {
    const twin = layout.manifests.find((other) => other.configDigest === manifest.configDigest);
    return { ...manifest, manifestDigest: twin?.manifestDigest ?? null, attestations: twin?.attestations ?? [] };
  });
}

/** docker save's manifest.json wins where both are there: it has the repository tags. */
async function listImages(
  request: ImageRequest,
  store: BlobStore,
  host: Host,
): Promise<{ form: ImageForm; manifests: readonly ImageManifest[]; problems: readonly string[] } | Opened> {
  if (store.names.has('manifest.json') && !store.isFolder) {
    const manifests = await readDockerManifest(store, host);
    if (isBlobProblem(manifests))
      return imageGap(request, `cannot be read: ${manifests.problem}`, 'save the image again');
    return { form: 'docker-archive', manifests: await withAttestations(store, manifests, host), problems: [] };
  }
  if (!store.names.has('index.json')) {
    return imageGap(
      request,
      'is not an image: it has neither manifest.json nor index.json',
      'pass an image made by docker save, an OCI archive or an OCI layout folder',
    );
  }
  const layout = await readOciLayout(store, host);
  if (isBlobProblem(layout)) return imageGap(request, `cannot be read: ${layout.problem}`, 'save the image again');
  return { form: store.isFolder ? 'oci-dir' : 'oci-archive', ...layout };
}

function labelOf(request: ImageRequest, manifest: ImageManifest, index: number, count: number): string {
  if (count === 1) return request.text;
  return `${request.text}#${neutralise(manifest.tags[0] ?? String(index + 1), 200)}`;
}

async function loadImage(
  request: ImageRequest,
  store: BlobStore,
  form: ImageForm,
  manifest: ImageManifest,
  label: string,
  host: Host,
): Promise<Opened> {
  const config = await readConfig(store, manifest, label, host);
  if (isBlobProblem(config)) return imageGap(request, `cannot be read: ${config.problem}`, 'save the image again');
  const layers: { task: Omit<LayerTask, 'interest'> }[] = [];
  for (const [index, layer] of manifest.layers.entries()) {
    const blob = await store.find(layer.name);
    if (blob === null)
      return imageGap(
        request,
        `cannot be read: layer ${index} (${neutralise(layer.name, 120)}) is missing`,
        'save the image again; a layer kept only in a registry cannot be examined',
      );
    layers.push({ task: { blob, digest: layer.digest, diffId: config.image.layers[index]?.diffId ?? '' } });
  }
  const digests = manifest.layers.map((layer) => layer.digest);
  const provenance = await readProvenance(store, manifest.attestations, digests, host);
  return {
    images: [
      {
        image: config.image,
        form,
        path: request.target,
        manifestDigest: manifest.manifestDigest,
        settings: [...settingsOf(config.image, config.commandWords), ...provenance.settings],
        steps: provenance.steps,
        layers,
      },
    ],
    gaps: provenance.problems.map((problem) =>
      gap(
        'image/provenance',
        label,
        neutralise(`the build provenance of ${label} cannot be read: ${problem}`),
        'save the image again',
      ),
    ),
  };
}

async function openImage(request: ImageRequest, host: Host): Promise<Opened> {
  const instead = notReadYet[request.transport];
  if (instead !== undefined)
    return imageGap(request, `was not examined: ${request.transport} images are not read yet`, instead);
  const store = await openStore(request, host);
  if ('images' in store) return store;
  const listed = await listImages(request, store, host);
  if ('images' in listed) return listed;
  if (listed.manifests.length === 0 && listed.problems.length === 0)
    return imageGap(request, 'holds no image', 'save the image again, naming it');
  const parts: Opened[] = listed.problems.map((problem) =>
    imageGap(request, `was not fully examined: ${problem}`, 'save the image again'),
  );
  for (const [index, manifest] of listed.manifests.entries()) {
    parts.push(
      await loadImage(
        request,
        store,
        listed.form,
        manifest,
        labelOf(request, manifest, index, listed.manifests.length),
        host,
      ),
    );
  }
  return { images: parts.flatMap((part) => part.images), gaps: parts.flatMap((part) => part.gaps) };
}

/** Opens every requested image; what cannot be used is a gap, a path that is not there a UsageError. */
export async function openImages(requests: readonly ImageRequest[], host: Host): Promise<Opened> {
  const parts: Opened[] = [];
  for (const request of requests) parts.push(await openImage(request, host));
  return { images: parts.flatMap((part) => part.images), gaps: parts.flatMap((part) => part.gaps) };
}
