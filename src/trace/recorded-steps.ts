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

/** The same text on the same line, or the nearest one: the file may have changed since the build. */
function placeStep(step: BuildStepEvidence, byText: InstructionsByText): PlacedStep | null {
  const found = byText.get(step.instruction) ?? [];
  const distance = ({ span }: Instruction) => Math.abs(span.line - step.line);
  const [nearest] = [...found].sort((a, b) => distance(a) - distance(b));
  if (nearest === undefined) return null;
  return { instruction: nearest, confidence: found.length === 1 || distance(nearest) === 0 ? 'high' : 'medium' };
}

function place(steps: readonly BuildStepEvidence[], dockerfile: DockerfileEvidence): Placement {
  const byText = indexInstructions(dockerfile);
  const byLayer = new Map<number, PlacedStep>();
  let unmoved = 0;
  for (const step of steps) {
    const placed = placeStep(step, byText);
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
