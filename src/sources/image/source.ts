import { randomBytes } from 'node:crypto';
import type { BuildToolEvidence } from '../../domain/build-evidence.ts';
import type { Evidence } from '../../domain/evidence.ts';
import { type Gap, gap } from '../../domain/gap.ts';
import { parseHistoryStep } from '../../domain/history-step.ts';
import type { Image } from '../../domain/image.ts';
import { limitHint } from '../../domain/image-limits.ts';
import type { LayerEntryEvidence, SecretMatchEvidence } from '../../domain/layer-evidence.ts';
import type { LayerLocation } from '../../domain/location.ts';
import type { ImageRequest } from '../../request.ts';
import type { Redactor } from '../secret/redactor.ts';
import type { ImageAccess } from './image-access.ts';
import { closeLayerCache, openLayerCache } from './layer-cache.ts';
import type { LayerInterest } from './layer-content.ts';
import { scanLayers } from './layer-pool.ts';
import { type LayerScan, type LayerTask, unreadLayer } from './layer-scan.ts';
import { type EntryFate, resolveFates } from './layer-state.ts';
import { openImages, type StoredImage } from './open-images.ts';
import { originsOf, secretOrigin } from './origin.ts';
import { findOrigins } from './package-database.ts';
import { credentialSettings } from './settings.ts';
import { placesOfDatabases, visibleDatabase } from './visible-database.ts';

/** The kinds an image gives. */
export type ImageEvidenceKind =
  | 'image'
  | 'image-setting'
  | 'layer-entry'
  | 'secret-match'
  | 'build-step'
  | 'build-tool'
  | 'package-origin';

/** An image that was read, with the path of its operating system's list of packages; null where it shows none. */
export interface ReadImage extends StoredImage {
  readonly packageDatabase: string | null;
}

export interface ImageReading {
  readonly evidence: readonly Evidence<ImageEvidenceKind>[];
  readonly gaps: readonly Gap[];
  /** The images read, with where they lie: what scanners are pointed at. */
  readonly images: readonly ReadImage[];
  readonly layers: number;
  readonly layerEntries: number;
  readonly bytes: number;
}

export interface ImageInterest {
  readonly fileNames: readonly RegExp[];
  readonly hashPaths: readonly string[];
}

/** Layers that several images share are read once. */
function layerTasks(images: readonly StoredImage[], interest: LayerInterest): ReadonlyMap<string, LayerTask> {
  const tasks = new Map<string, LayerTask>();
  for (const image of images) {
    for (const layer of image.layers) {
      if ('missing' in layer) continue;
      const key = scanKey(layer.task);
      if (!tasks.has(key)) tasks.set(key, { ...layer.task, interest });
    }
  }
  return tasks;
}

function scanKey(task: Omit<LayerTask, 'interest'>): string {
  return `${task.blob.file}\0${task.blob.offset}\0${task.diffId}`;
}

function locate(image: Image, layer: number, path: string, fate: EntryFate): LayerLocation {
  const diffId = image.layers[layer]?.diffId ?? '';
  return { kind: 'layer', image: image.label, layer, diffId, path, state: fate.state };
}

/** What hides an entry, and the start of the instruction that did. */
function hidingOf(image: Image, { hiddenInLayer }: EntryFate) {
  const step = hiddenInLayer === null ? null : (image.layers[hiddenInLayer]?.historyIndex ?? null);
  const createdBy = step === null ? '' : (image.history[step]?.createdBy ?? '');
  const { keyword, text } = parseHistoryStep(createdBy);
  const hiddenBy = `${keyword} ${text}`.replace(/\s+/g, ' ').trim().slice(0, 80);
  return { hiddenInLayer, hiddenBy: hiddenBy === '' ? null : hiddenBy };
}

/** Turns what the layers of one image hold into evidence, each entry with its fate in the layers above. */
function layerEvidence(
  image: Image,
  scans: readonly LayerScan[],
  now: number,
): {
  readonly evidence: readonly (LayerEntryEvidence | SecretMatchEvidence | BuildToolEvidence)[];
  readonly packageDatabase: string | null;
} {
  const tables = scans.map(({ content: { paths } }) => Buffer.from(paths.buffer, paths.byteOffset, paths.byteLength));
  const places = scans.flatMap((scan, layer) =>
    [...scan.content.matches, ...scan.content.keys, ...scan.content.buildTools].map(({ path }) => ({ path, layer })),
  );
  const databases = placesOfDatabases(tables);
  const fateOf = resolveFates(tables, [...places, ...databases]);
  const contents = scans.map((scan) => scan.content);
  const asked = contents.flatMap(({ matches, keys }) => [...matches, ...keys].map(({ path }) => path));
  const originOf = originsOf(contents, asked);
  const evidence = scans.flatMap((scan, layer) => {
    const entries = scan.content.matches.map((match): LayerEntryEvidence => {
      const fate = fateOf(match.path, layer);
      const at = locate(image, layer, match.path, fate);
      return {
        kind: 'layer-entry',
        at,
        ...hidingOf(image, fate),
        size: match.size,
        dotenv: match.dotenv,
        credential: match.credential,
        origin: originOf(match.path),
        sha256: match.sha256,
      };
    });
    const keys = scan.content.keys.map((key): SecretMatchEvidence => {
      const fate = fateOf(key.path, layer);
      return {
        kind: 'secret-match',
        at: locate(image, layer, key.path, fate),
        ...hidingOf(image, fate),
        detector: key.detector,
        what: key.what,
        revokeUrl: key.revokeUrl,
        isExpired: key.expires !== null && key.expires < now,
        isValidated: key.isValidated,
        origin: secretOrigin(originOf(key.path), key.published !== null),
        identity: key.identity,
      };
    });
    const tools = scan.content.buildTools.flatMap((tool): readonly BuildToolEvidence[] => {
      const fate = fateOf(tool.path, layer);
      const { path, ...facts } = tool;
      return fate.state === 'present' ? [{ kind: 'build-tool', at: locate(image, layer, path, fate), ...facts }] : [];
    });
    return [...entries, ...keys, ...tools];
  });
  return { evidence, packageDatabase: visibleDatabase(databases, fateOf) };
}

function layerGaps(image: Image, scans: readonly LayerScan[]): readonly Gap[] {
  return scans.flatMap((scan, layer) =>
    scan.problems.map((problem) =>
      gap(
        'image/layer',
        `${image.label} layer ${layer}`,
        `layer ${layer} of ${image.label} was not fully examined: ${problem}`,
        layerHint(problem),
      ),
    ),
  );
}

function pathGap({ label }: Image, problem: string): Gap {
  const unknown = 'what later layers overwrite or delete, and what packages own, is not known';
  const sentence = `${label} was not fully examined: ${problem}; ${unknown}`;
  return gap('image/layer', label, sentence, layerHint(problem));
}

function layerHint(problem: string): string {
  const raise = limitHint(problem);
  if (raise !== null) return raise;
  if (problem.includes('rpm database'))
    return 'rebuild it with rpmdb --rebuilddb in the layer that writes it; until then secrets in files of packages count as the team’s';
  if (problem.includes('compressed'))
    return 'save the image with plain, gzip or zstd layers, e.g. docker save, or skopeo copy --dest-compress-format gzip';
  if (problem.includes('foreign')) return 'pull the image with an engine, and pass its docker save archive';
  return 'save or pull the image again; if it stays, the image is damaged or was tampered with';
}

/** Reads every requested image whole: config, history, provenance and each byte of each layer. */
export async function readImages(
  requests: readonly ImageRequest[],
  interest: ImageInterest,
  access: ImageAccess,
  redactor: Redactor,
): Promise<ImageReading> {
  const identityKey = randomBytes(32);
  const now = Date.parse(access.host.clock.today()) / 1000;
  const cache = requests.length === 0 ? null : await openLayerCache(access.cache, access.directory, access.host);
  const opened = await openImages(requests, access);
  const tasks = layerTasks(opened.images, { ...interest, identityKey });
  const keys = [...tasks.keys()];
  const { scans: scanned, lostPaths } = await scanLayers([...tasks.values()], cache, access.host);
  const results = scanned.map(({ scan }) => scan);
  if (cache !== null) {
    const uses = scanned.flatMap(({ use }) => use ?? []);
    await closeLayerCache(cache, uses, access.host);
  }
  const scans = new Map(keys.map((key, index) => [key, results[index]]));
  for (const scan of results) for (const secret of scan.content.secrets) redactor.learn(secret);

  const evidence: Evidence<ImageEvidenceKind>[] = [];
  const gaps: Gap[] = [...opened.gaps];
  const images: ReadImage[] = [];
  for (const stored of opened.images) {
    const { image } = stored;
    const own = stored.layers.flatMap((layer) =>
      'missing' in layer ? unreadLayer(layer.missing) : (scans.get(scanKey(layer.task)) ?? []),
    );
    evidence.push({ kind: 'image', image });
    for (const step of stored.steps) evidence.push({ kind: 'build-step', image: image.label, ...step });
    evidence.push(...credentialSettings(image.label, stored.settings, identityKey, redactor));
    const found = layerEvidence(image, own, now);
    evidence.push(...found.evidence);
    images.push({ ...stored, packageDatabase: found.packageDatabase });
    const installed = own.map(({ content }, index) => ({
      diffId: image.layers[index]?.diffId ?? '',
      installed: content.installed,
    }));
    for (const origin of findOrigins(image.label, installed)) evidence.push(origin);
    gaps.push(...layerGaps(image, own));
    if (lostPaths !== null && own.length > 0) gaps.push(pathGap(image, lostPaths));
  }
  return {
    evidence,
    gaps,
    images,
    layers: opened.images.reduce((sum, stored) => sum + stored.layers.length, 0),
    layerEntries: results.reduce((sum, scan) => sum + scan.content.entries, 0),
    bytes: results.reduce((sum, scan) => sum + scan.bytes, 0),
  };
}
