import type { BuildStepEvidence, ContextCopyEvidence } from '../domain/build-evidence.ts';
import { type Cause, type Causes, diffIdKey, layerKey, pathKey, settingKey } from '../domain/cause.ts';
import type { DockerfileEvidence, Instruction } from '../domain/dockerfile.ts';
import type { Evidence, ImageSettingEvidence } from '../domain/evidence.ts';
import type { Image, Layer } from '../domain/image.ts';
import { neutralise } from '../domain/neutral-text.ts';
import type { ImageCoverage } from '../domain/report.ts';
import type { Confidence } from '../domain/severity.ts';
import { type Alignment, alignDockerfile, baseInstruction } from './alignment.ts';
import { findWriter, instructionsIn } from './merged-layer.ts';
import { tracePins } from './package-pins.ts';
import { type Placement, placeSteps } from './recorded-steps.ts';

/** Below this a Dockerfile is not taken for the one an image was built from. */
const leastScore = 0.35;

/** A Dockerfile the user named, for one image or for all. */
export interface NamedDockerfile {
  readonly path: string;
  readonly image: string | null;
}

export interface Tracing {
  readonly causes: Causes;
  readonly pairings: readonly ImageCoverage[];
}

function confidenceOf(alignment: Alignment): Confidence {
  if (alignment.score > 0.8) return 'high';
  return alignment.score > 0.55 ? 'medium' : 'low';
}

function causeOf(dockerfile: DockerfileEvidence, instruction: Instruction, confidence: Confidence): Cause {
  const text = `${instruction.keyword} ${instruction.argumentText.replace(/\s+/g, ' ').trim()}`;
  return {
    path: dockerfile.path,
    line: instruction.span.line,
    endLine: instruction.span.endLine,
    instruction: neutralise(text, 120),
    confidence,
  };
}

function candidates(
  image: Image,
  dockerfiles: readonly DockerfileEvidence[],
  named: readonly NamedDockerfile[],
): { readonly files: readonly DockerfileEvidence[]; readonly isNamed: boolean } {
  const mine = named.filter((entry) => entry.image === image.label || entry.image === null).map((entry) => entry.path);
  const files = dockerfiles.filter((file) => mine.includes(file.path));
  return files.length > 0 ? { files, isNamed: true } : { files: dockerfiles, isNamed: false };
}

/** What an image was built from, as far as it can be told. */
interface Match {
  readonly alignment: Alignment | null;
  /** Null without a provenance that fits a Dockerfile here. */
  readonly placement: Placement | null;
}

function bestOf<T extends { readonly alignment: Alignment }>(matches: readonly T[]): T | null {
  return matches.reduce<T | null>(
    (found, next) => (found === null || next.alignment.score > found.alignment.score ? next : found),
    null,
  );
}

/** The provenance before the history: it names the very lines, and the history only decides between copies of a file. */
function matchImage(
  image: Image,
  dockerfiles: readonly DockerfileEvidence[],
  steps: readonly BuildStepEvidence[],
  named: readonly NamedDockerfile[],
): Match {
  const { files, isNamed } = candidates(image, dockerfiles, named);
  const align = (file: DockerfileEvidence) => alignDockerfile(file, image.history);
  const recorded = placeSteps(steps, files).flatMap((placement) => {
    const alignment = align(placement.dockerfile);
    return alignment === null ? [] : [{ placement, alignment }];
  });
  const found = bestOf(recorded);
  if (found !== null) return found;
  const best = bestOf(files.flatMap((file) => align(file) ?? []).map((alignment) => ({ alignment })));
  const isSure = best !== null && (isNamed || best.alignment.score >= leastScore);
  return { alignment: isSure ? best.alignment : null, placement: null };
}

/** The instruction behind a history step: its own, else the last one before it, else the FROM. */
function stepCause(alignment: Alignment, historyIndex: number): Cause | null {
  const sure = confidenceOf(alignment);
  for (let index = historyIndex; index >= 0; index--) {
    const instruction = alignment.instructions[alignment.byHistory.get(index) ?? -1];
    if (instruction !== undefined)
      return causeOf(alignment.dockerfile, instruction, index === historyIndex ? sure : 'low');
  }
  return fromCause(alignment);
}

function lastOf(
  instructions: readonly Instruction[],
  keywords: readonly string[],
  mentions: string,
): Instruction | null {
  const pattern = new RegExp(`(?:^|[\\s"'])${mentions.replace(/[^\w]/g, '.')}(?:[=\\s"']|$)`);
  return (
    instructions.findLast(
      (instruction) =>
        keywords.includes(instruction.keyword) && (mentions === '' || pattern.test(instruction.argumentText)),
    ) ?? null
  );
}

const keywordsByPart: Readonly<Record<string, readonly string[]>> = {
  env: ['ENV', 'ARG'],
  label: ['LABEL'],
  history: ['ARG', 'ENV', 'RUN'],
  provenance: ['ARG'],
  entrypoint: ['ENTRYPOINT', 'CMD', 'HEALTHCHECK'],
};

function settingCause(alignment: Alignment, setting: ImageSettingEvidence): Cause | null {
  const keywords = keywordsByPart[setting.part] ?? [];
  // The provenance is of the whole build: an argument of any stage stands in it.
  const instructions = setting.part === 'provenance' ? alignment.dockerfile.instructions : alignment.instructions;
  const instruction = lastOf(instructions, keywords, setting.part === 'entrypoint' ? '' : setting.name);
  if (instruction !== null) return causeOf(alignment.dockerfile, instruction, confidenceOf(alignment));
  return setting.historyIndex === null ? null : stepCause(alignment, setting.historyIndex);
}

function userCause(alignment: Alignment): Cause | null {
  const instruction = lastOf(alignment.instructions, ['USER'], '') ?? baseInstruction(alignment);
  return instruction === null ? null : causeOf(alignment.dockerfile, instruction, confidenceOf(alignment));
}

function fromCause(alignment: Alignment): Cause | null {
  const from = baseInstruction(alignment);
  return from === null ? null : causeOf(alignment.dockerfile, from, confidenceOf(alignment));
}

/** The lines from the first of these instructions to the last. */
function rangeCause(alignment: Alignment, instructions: readonly Instruction[]): Cause | null {
  const [first, last] = [instructions[0], instructions.at(-1)];
  if (first === undefined || last === undefined) return null;
  const { line } = first.span;
  const { endLine } = last.span;
  const instruction = `lines ${line} to ${endLine}`;
  return { path: alignment.dockerfile.path, line, endLine, instruction, confidence: 'low', isRange: true };
}

/** What made a layer, and for each of these paths in it what wrote that, where several instructions made it. */
interface LayerCauses {
  readonly layer: Cause | null;
  readonly paths: ReadonlyMap<string, Cause>;
}

function layerCauses(
  layer: Layer,
  image: Image,
  { alignment, placement }: Match,
  paths: readonly string[],
  copies: readonly ContextCopyEvidence[],
): LayerCauses {
  const placed = placement?.byLayer.get(layer.index);
  if (placement !== null && placed !== undefined) {
    return { layer: causeOf(placement.dockerfile, placed.instruction, placed.confidence), paths: new Map() };
  }
  if (alignment === null || layer.historyIndex === null) return { layer: null, paths: new Map() };
  const makers = instructionsIn(layer, image.layers[layer.index - 1], image.history, alignment);
  const [only, ...others] = makers;
  if (only === undefined) return { layer: stepCause(alignment, layer.historyIndex), paths: new Map() };
  if (others.length === 0) {
    return { layer: causeOf(alignment.dockerfile, only, confidenceOf(alignment)), paths: new Map() };
  }
  const sure = confidenceOf(alignment) === 'low' ? 'low' : 'medium';
  const told = paths.flatMap((path) => {
    const writer = findWriter(path, makers, alignment, copies);
    return writer === null ? [] : [[path, causeOf(alignment.dockerfile, writer, sure)] as const];
  });
  return { layer: rangeCause(alignment, makers), paths: new Map(told) };
}

/** The paths of an image that something is told of, by layer. */
function toldPaths(evidence: readonly Evidence[], image: Image): ReadonlyMap<number, ReadonlySet<string>> {
  const paths = new Map<number, Set<string>>();
  for (const item of evidence) {
    if (!('at' in item) || item.at.kind !== 'layer' || item.at.image !== image.label) continue;
    const { layer, path } = item.at;
    const known = paths.get(layer);
    if (known === undefined) paths.set(layer, new Set([path]));
    else known.add(path);
  }
  return paths;
}

function pairingOf(image: Image, { alignment, placement }: Match): ImageCoverage {
  const diffIds = image.layers.map(({ diffId }) => diffId);
  const common = { label: image.label, layers: image.layers.length, diffIds };
  if (placement !== null) {
    const { byLayer, dockerfile } = placement;
    const share = `lines of ${byLayer.size} of ${image.layers.length} layers from its build provenance`;
    return { ...common, dockerfile: dockerfile.path, pairing: share };
  }
  if (alignment === null) return { ...common, dockerfile: null, pairing: 'no Dockerfile here matches its history' };
  const { path } = alignment.dockerfile;
  const share = `${alignment.byHistory.size} of ${alignment.instructions.length} instructions found in its history`;
  return { ...common, dockerfile: path, pairing: share };
}

function isKind<K extends Evidence['kind']>(kind: K): (item: Evidence) => item is Extract<Evidence, { kind: K }> {
  return (item): item is Extract<Evidence, { kind: K }> => item.kind === kind;
}

/**
 * Joins images to the Dockerfiles they were built from, layer, setting and user to the line that made them; and
 * packages to the lines of lockfiles that pin them.
 */
export function trace(evidence: readonly Evidence[], named: readonly NamedDockerfile[]): Tracing {
  const dockerfiles = evidence.filter(isKind('dockerfile'));
  const settings = evidence.filter(isKind('image-setting'));
  const steps = evidence.filter(isKind('build-step'));
  const systems = evidence.filter(isKind('operating-system'));
  const copies = evidence.filter(isKind('context-copy'));
  const stepsOf = (image: Image) => steps.filter((step) => step.image === image.label);
  const layers = new Map<string, Cause>();
  const paths = new Map<string, Cause>();
  const settingCauses = new Map<string, Cause>();
  const layerByDiffId = new Map<string, number>();
  const pairings: ImageCoverage[] = [];
  const remember = (map: Map<string, Cause>, key: string, cause: Cause | null) => {
    if (cause !== null) map.set(key, cause);
  };
  for (const { image } of evidence.filter(isKind('image'))) {
    const match = matchImage(image, dockerfiles, stepsOf(image), named);
    const { alignment } = match;
    pairings.push(pairingOf(image, match));
    for (const layer of image.layers) layerByDiffId.set(diffIdKey(image.label, layer.diffId), layer.index);
    if (alignment === null) continue;
    const told = toldPaths(evidence, image);
    for (const layer of image.layers) {
      const found = layerCauses(layer, image, match, [...(told.get(layer.index) ?? [])], copies);
      remember(layers, layerKey(image.label, layer.index), found.layer);
      for (const [path, cause] of found.paths) paths.set(pathKey(image.label, layer.index, path), cause);
    }
    for (const setting of settings.filter((item) => item.image === image.label)) {
      remember(settingCauses, settingKey(image.label, setting.part, setting.name), settingCause(alignment, setting));
    }
    remember(settingCauses, settingKey(image.label, 'user', image.user), userCause(alignment));
    for (const system of systems.filter((item) => item.image === image.label)) {
      remember(settingCauses, settingKey(image.label, 'os', system.name), fromCause(alignment));
    }
  }
  const pins = tracePins(evidence.filter(isKind('vulnerability')), evidence.filter(isKind('locked-package')), copies);
  return { causes: { layers, paths, settings: settingCauses, layerByDiffId, pins }, pairings };
}
