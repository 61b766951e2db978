import type { BuildStage, DockerfileEvidence, Instruction } from '../domain/dockerfile.ts';
import { type HistoryStep, parseHistoryStep, similarity } from '../domain/history-step.ts';
import type { HistoryEntry } from '../domain/image.ts';

/** Which instruction of a Dockerfile made which history entry. */
export interface Alignment {
  readonly dockerfile: DockerfileEvidence;
  readonly target: number;
  /** Instructions of the target stage and the stages it builds on, base first. */
  readonly instructions: readonly Instruction[];
  /** Index into `instructions` by history index. */
  readonly byHistory: ReadonlyMap<number, number>;
  /** Share of the instructions found in the history, weighted by how alike they are: 0 to 1. */
  readonly score: number;
}

/** Longer histories or Dockerfiles than any build makes; the table below is quadratic. */
const stepLimit = 1000;

function stageChain(dockerfile: DockerfileEvidence, target: number): readonly BuildStage[] {
  const chain: BuildStage[] = [];
  for (let index: number | null = target; index !== null; ) {
    const stage: BuildStage | undefined = dockerfile.stages[index];
    if (stage === undefined || chain.includes(stage)) break;
    chain.unshift(stage);
    index = stage.parent;
  }
  return chain;
}

/** Instructions that leave a history entry, in the order they ran. */
function chainInstructions(dockerfile: DockerfileEvidence, target: number): readonly Instruction[] {
  const stages = new Set(stageChain(dockerfile, target).map((stage) => stage.index));
  return dockerfile.instructions
    .filter((instruction) => stages.has(instruction.stage) && instruction.keyword !== 'FROM')
    .slice(0, stepLimit);
}

function instructionText(instruction: Instruction): string {
  return [instruction.argumentText, ...instruction.heredocs.map((heredoc) => heredoc.body)].join(' ');
}

/** How likely one step came from one instruction: 0 never, up to 1. */
function likeness(step: HistoryStep, instruction: Instruction): number {
  if (step.keyword !== instruction.keyword) return 0;
  const alike = similarity(step.text, instructionText(instruction));
  // COPY and ADD of the classic builder name content by hash, and every value may be a variable: the keyword alone counts.
  return instruction.keyword === 'RUN' ? alike : 0.4 + 0.6 * alike;
}

/** Best total likeness of instructions[i..] against steps[h..]; on equal totals the later step wins, as a build's own steps come last. */
function alignSteps(steps: readonly HistoryStep[], instructions: readonly Instruction[]): ReadonlyMap<number, number> {
  const width = steps.length + 1;
  const best = new Float64Array((instructions.length + 1) * width);
  const scores = instructions.map((instruction) => steps.map((step) => likeness(step, instruction)));
  const at = (i: number, h: number) => best[i * width + h] ?? 0;
  for (let i = 1; i <= instructions.length; i++) {
    for (let h = 1; h <= steps.length; h++) {
      const matched = at(i - 1, h - 1) + (scores[i - 1]?.[h - 1] ?? 0);
      best[i * width + h] = Math.max(matched, at(i - 1, h), at(i, h - 1));
    }
  }
  const byHistory = new Map<number, number>();
  for (let i = instructions.length, h = steps.length; i > 0 && h > 0; ) {
    const score = scores[i - 1]?.[h - 1] ?? 0;
    if (score > 0.2 && at(i, h) === at(i - 1, h - 1) + score) {
      byHistory.set(h - 1, i - 1);
      i -= 1;
      h -= 1;
    } else if (at(i, h) === at(i - 1, h)) i -= 1;
    else h -= 1;
  }
  return byHistory;
}

function alignTarget(dockerfile: DockerfileEvidence, target: number, steps: readonly HistoryStep[]): Alignment {
  const instructions = chainInstructions(dockerfile, target);
  const byHistory = alignSteps(steps, instructions);
  let total = 0;
  for (const [history, index] of byHistory) {
    const step = steps[history];
    const instruction = instructions[index];
    if (step !== undefined && instruction !== undefined) total += likeness(step, instruction);
  }
  return {
    dockerfile,
    target,
    instructions,
    byHistory,
    score: instructions.length === 0 ? 0 : total / instructions.length,
  };
}

/** The best alignment over all stages, as `--target` is not known; the last stage on equal scores. */
export function alignDockerfile(dockerfile: DockerfileEvidence, history: readonly HistoryEntry[]): Alignment | null {
  const steps = history.slice(-stepLimit).map((entry) => parseHistoryStep(entry.createdBy));
  const offset = history.length - steps.length;
  const alignments = dockerfile.stages.map((stage) => alignTarget(dockerfile, stage.index, steps));
  const best = alignments.reduceRight<Alignment | null>(
    (found, next) => (found === null || next.score > found.score ? next : found),
    null,
  );
  if (best === null) return null;
  return { ...best, byHistory: new Map([...best.byHistory].map(([step, index]) => [step + offset, index])) };
}

/** The FROM that names the image's real base. */
export function baseInstruction(alignment: Alignment): Instruction | null {
  return stageChain(alignment.dockerfile, alignment.target)[0]?.from ?? null;
}
