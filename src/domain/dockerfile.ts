import type { FileLocation, Span } from './location.ts';

/** A heredoc of an instruction: its body is what the shell (RUN) or the file (COPY) gets. */
export interface Heredoc {
  readonly name: string;
  readonly body: string;
  readonly isExpanded: boolean;
  /** Offset of the body's first character in the Dockerfile's text. */
  readonly bodyStart: number;
}

/** A flag such as `--from=builder`, with the span of its value. */
export interface InstructionFlag {
  readonly name: string;
  readonly value: string;
  readonly valueSpan: Span;
}

/**
 * One instruction. `keyword` is upper case; `argumentText` is everything after keyword and flags, with comment lines
 * and line continuations blanked to spaces so that offsets still hold (`argumentStart` + i is the Dockerfile offset).
 */
export interface Instruction {
  readonly keyword: string;
  readonly flags: readonly InstructionFlag[];
  readonly argumentText: string;
  readonly argumentStart: number;
  readonly span: Span;
  readonly heredocs: readonly Heredoc[];
  /** Index into `stages`; -1 before the first FROM. */
  readonly stage: number;
  /** The instruction wrapped in ONBUILD, if this is one. */
  readonly trigger: Instruction | null;
}

export interface BuildStage {
  readonly index: number;
  /** Lower case; null when the stage has no AS. */
  readonly name: string | null;
  /** The FROM's image text with ARG defaults filled in. */
  readonly base: string;
  /** The stage it builds on, when `base` names one. */
  readonly parent: number | null;
  readonly from: Instruction;
}

/** A parsed Dockerfile, the ground on which layers are traced to lines. */
export interface DockerfileEvidence {
  readonly kind: 'dockerfile';
  readonly path: string;
  readonly at: FileLocation;
  readonly escape: '\\' | '`';
  readonly stages: readonly BuildStage[];
  readonly instructions: readonly Instruction[];
  /** Default values of ARGs before the first FROM. */
  readonly globalArguments: Readonly<Record<string, string>>;
}
