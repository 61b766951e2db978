import type { BuildStepEvidence } from '../domain/build-evidence.ts';
import type { DockerfileEvidence, Instruction } from '../domain/dockerfile.ts';
import { instructionText } from '../domain/instruction-text.ts';
import type { Confidence } from '../domain/severity.ts';

/** The instruction behind a layer. */
export interface PlacedStep {
  readonly instruction: Instruction;
  readonly confidence: Confidence;
}

/** A Dockerfile of the repository that has what an image's provenance records, with the instruction of each layer. */
export interface Placement {
  readonly dockerfile: DockerfileEvidence;
  readonly byLayer: ReadonlyMap<number, PlacedStep>;
  /** How many of them are on the very line that was recorded. */
  readonly unmoved: number;
}

type InstructionsByText = ReadonlyMap<string, readonly Instruction[]>;

function indexInstructions({ instructions }: DockerfileEvidence): InstructionsByText {
  const byText = new Map<string, Instruction[]>();
  for (const instruction of instructions) {
    const text = instructionText(instruction);
    const known = byText.get(text);
    if (known === undefined) byText.set(text, [instruction]);
    else known.push(instruction);
  }
  return byText;
}

/** The same text on the same line, else the nearest one that no other step has: the file may have changed since the build. */
function placeStep(step: BuildStepEvidence, byText: InstructionsByText, taken: Set<Instruction>): PlacedStep | null {
  const found = byText.get(step.instruction) ?? [];
  const distance = ({ span }: Instruction) => Math.abs(span.line - step.line);
  const isOthers = (instruction: Instruction) => taken.has(instruction) && distance(instruction) > 0;
  const [best] = [...found].sort((a, b) => Number(isOthers(a)) - Number(isOthers(b)) || distance(a) - distance(b));
  if (best === undefined) return null;
  taken.add(best);
  return { instruction: best, confidence: found.length === 1 || distance(best) === 0 ? 'high' : 'medium' };
}

/** Layers of one base have one step: what was placed for its line holds for all of them. */
function place(steps: readonly BuildStepEvidence[], dockerfile: DockerfileEvidence): Placement {
  const byText = indexInstructions(dockerfile);
  const byLine = new Map<number, PlacedStep | null>();
  const byLayer = new Map<number, PlacedStep>();
  const taken = new Set<Instruction>();
  let unmoved = 0;
  for (const step of [...steps].sort((a, b) => a.layer - b.layer)) {
    const known = byLine.get(step.line);
    const placed = known === undefined ? placeStep(step, byText, taken) : known;
    byLine.set(step.line, placed);
    if (placed === null) continue;
    byLayer.set(step.layer, placed);
    if (placed.instruction.span.line === step.line) unmoved += 1;
  }
  return { dockerfile, byLayer, unmoved };
}

/**
 * The Dockerfiles that have at least half of the steps an image's provenance records, word for word, the likeliest first;
 * several where the repository has copies of one.
 */
export function placeSteps(
  steps: readonly BuildStepEvidence[],
  dockerfiles: readonly DockerfileEvidence[],
): readonly Placement[] {
  if (steps.length === 0) return [];
  const placements = dockerfiles.map((dockerfile) => place(steps, dockerfile));
  const enough = placements.filter(({ byLayer }) => byLayer.size * 2 >= steps.length && byLayer.size > 0);
  const best = enough.sort((a, b) => b.byLayer.size - a.byLayer.size || b.unmoved - a.unmoved);
  return best.filter(({ byLayer, unmoved }) => byLayer.size === best[0]?.byLayer.size && unmoved === best[0].unmoved);
}
