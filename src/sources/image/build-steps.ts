import type { BuildStepEvidence } from '../../domain/build-evidence.ts';
import type { Instruction } from '../../domain/dockerfile.ts';
import { instructionText } from '../../domain/instruction-text.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { asList, asObject, asText, type JsonObject } from './json-value.ts';

/** A step as one statement records it; which image it is about is told by whose statement it is. */
export type RecordedStep = Omit<BuildStepEvidence, 'kind' | 'image'>;

/** Far above what a build has; a statement is hostile input. */
const mostSteps = 10_000;
const mostSources = 16;
const longestSource = 1024 * 1024;

/** The key of BuildKit's own part, and the name that SLSA v1 statements of some versions give it. */
const metadataKeys = ['https://mobyproject.org/buildkit@v1#metadata', 'buildkit_metadata'];

/**
 * BuildKit's metadata in a provenance statement: under `predicate.metadata` in SLSA v0.2, under
 * `predicate.runDetails.metadata` in SLSA v1 (moby/buildkit solver/llbsolver/provenance/types). Only `mode=max` has it.
 */
function metadataOf(statement: JsonObject): JsonObject | null {
  if (asText(statement['predicateType'])?.startsWith('https://slsa.dev/provenance/') !== true) return null;
  const predicate = asObject(statement['predicate']);
  const holders = [asObject(predicate?.['metadata']), asObject(asObject(predicate?.['runDetails'])?.['metadata'])];
  for (const holder of holders) {
    for (const key of metadataKeys) {
      const metadata = asObject(holder?.[key]);
      if (metadata !== null) return metadata;
    }
  }
  return null;
}

/** A Dockerfile that the statement holds. */
interface RecordedFile {
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

function readFiles(source: JsonObject | null): readonly RecordedFile[] {
  return asList(source?.['infos'])
    .slice(0, mostSources)
    .map((value) => {
      const info = asObject(value);
      const data = asText(info?.['data']) ?? '';
      const bytes = data.length > longestSource * 2 ? Buffer.alloc(0) : Buffer.from(data, 'base64');
      const name = (asText(info?.['filename']) ?? '').slice(0, 4096);
      return { name, instructions: parseDockerfile(name, bytes.toString('utf8')).dockerfile.instructions };
    });
}

interface Place {
  readonly file: RecordedFile;
  readonly instruction: Instruction;
}

/** Infinity when there is none. */
function firstLine(location: JsonObject | null): number {
  const lines = asList(location?.['ranges'])
    .slice(0, mostSteps)
    .map((range) => asObject(asObject(range)?.['start'])?.['line'])
    .filter((line) => typeof line === 'number');
  return lines.reduce((least, line) => Math.min(least, line), Number.POSITIVE_INFINITY);
}

/**
 * Where a step is written: a location has one range per line. What several stages have in common is one step with several
 * locations; the last in the file counts, as the stage that becomes the image is mostly the last.
 */
function readPlace(value: unknown, files: readonly RecordedFile[]): Place | null {
  const places = asList(asObject(value)?.['locations'])
    .slice(0, mostSources)
    .flatMap((item) => readLocation(asObject(item), files));
  const lineOf = ({ instruction }: Place) => instruction.span.line;
  return places.reduce<Place | null>(
    (last, next) => (last !== null && lineOf(last) > lineOf(next) ? last : next),
    null,
  );
}

function readLocation(location: JsonObject | null, files: readonly RecordedFile[]): readonly Place[] {
  const index = location?.['sourceIndex'] ?? 0;
  const file = typeof index === 'number' ? files[index] : undefined;
  const line = firstLine(location);
  const instruction = file?.instructions.find(({ span }) => span.line <= line && line <= span.endLine);
  return file === undefined || instruction === undefined ? [] : [{ file, instruction }];
}

interface Chain {
  readonly place: Place;
  /** How many of the image's layers are there when the step has run. */
  readonly length: number;
}

/** Each compression that was exported has a chain of its own; the one that is the image's own start counts. */
function chainLength(value: unknown, digests: readonly (string | null)[]): number {
  for (const variant of asList(value).slice(0, mostSources)) {
    const chain = asList(variant);
    const isOwn = chain.every((layer, index) => {
      const digest = asText(asObject(layer)?.['digest']);
      return digest !== null && digest === digests[index];
    });
    if (isOwn && chain.length > 0 && chain.length <= digests.length) return chain.length;
  }
  return 0;
}

const stepKey = /^step(\d{1,9}):\d{1,9}$/;

/** Keys are `step2:0`: the step and which of its outputs. In the order of the build, every FROM first. */
function readChains(metadata: JsonObject, digests: readonly (string | null)[]): readonly Chain[] {
  const source = asObject(metadata['source']);
  const locations = asObject(source?.['locations']);
  const files = readFiles(source);
  const found = Object.entries(asObject(metadata['layers']) ?? {})
    .slice(0, mostSteps)
    .flatMap(([key, value]) => {
      const step = stepKey.exec(key)?.[1];
      const place = step === undefined ? null : readPlace(locations?.[`step${step}`], files);
      const length = place === null ? 0 : chainLength(value, digests);
      return place === null || length === 0 ? [] : [{ place, length, order: Number(step) }];
    });
  return found.sort((a, b) => Number(isFrom(b.place)) - Number(isFrom(a.place)) || a.order - b.order);
}

function isFrom({ instruction }: Place): boolean {
  return instruction.keyword === 'FROM';
}

/**
 * The Dockerfile lines behind an image's layers, from one provenance statement: the list under a step is the whole chain up
 * to it, so the step's own layer is the last one, and all of them are a FROM's own. `digests` are those of the layers as
 * stored, base first.
 */
export function readBuildSteps(statement: JsonObject, digests: readonly (string | null)[]): readonly RecordedStep[] {
  const metadata = metadataOf(statement);
  if (metadata === null) return [];
  const places = new Map<number, Place>();
  for (const { place, length } of readChains(metadata, digests)) {
    for (let layer = isFrom(place) ? 0 : length - 1; layer < length; layer++) {
      if (!places.has(layer)) places.set(layer, place);
    }
  }
  return [...places].map(([layer, { file, instruction }]) => ({
    layer,
    dockerfile: file.name,
    line: instruction.span.line,
    endLine: instruction.span.endLine,
    instruction: instructionText(instruction),
  }));
}
