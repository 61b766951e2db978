import { createHash } from 'node:crypto';
import { type RecordedStep, readBuildSteps } from './build-steps.ts';
import type { DocumentReader } from './documents.ts';
import { asList, asObject, parseObject } from './json-value.ts';
import { isBlobProblem, type StoredLayer } from './manifest.ts';
import type { Setting } from './settings.ts';

const depthLimit = 12;

/** Build arguments as BuildKit records them: keys `build-arg:NAME` anywhere in the statement (SLSA v0.2 and v1 put them in different places). */
function buildArguments(value: unknown, depth: number): readonly Setting[] {
  if (depth > depthLimit) return [];
  if (Array.isArray(value)) return asList(value).flatMap((item) => buildArguments(item, depth + 1));
  return Object.entries(asObject(value) ?? {}).flatMap(([key, item]) =>
    key.startsWith('build-arg:') && typeof item === 'string'
      ? [{ part: 'provenance' as const, name: key.slice('build-arg:'.length), value: item, historyIndex: null }]
      : buildArguments(item, depth + 1),
  );
}

/** What an image's attestations tell, and why some could not be read. */
export interface Provenance {
  readonly settings: readonly Setting[];
  readonly steps: readonly RecordedStep[];
  readonly problems: readonly string[];
}

/** Reads the attestations of an image whose layers, as stored and base first, have these digests. */
export async function readProvenance(
  documents: DocumentReader,
  attestations: readonly StoredLayer[],
  digests: readonly (string | null)[],
): Promise<Provenance> {
  const settings: Setting[] = [];
  const steps: RecordedStep[] = [];
  const problems: string[] = [];
  for (const attestation of attestations) {
    const bytes = await documents.read(attestation.name);
    const statement = isBlobProblem(bytes) ? null : parseObject(bytes);
    if (isBlobProblem(bytes)) problems.push(bytes.problem);
    else if (attestation.digest !== `sha256:${createHash('sha256').update(bytes).digest('hex')}`)
      problems.push(`${attestation.name} does not have the digest its name states`);
    else if (statement === null) problems.push(`${attestation.name} is not JSON`);
    else {
      settings.push(...buildArguments(statement, 0));
      const isNew = (step: RecordedStep) => !steps.some(({ layer }) => layer === step.layer);
      steps.push(...readBuildSteps(statement, digests).filter(isNew));
    }
  }
  return { settings, steps, problems };
}
