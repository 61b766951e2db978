import type { IgnorePattern } from './ignore-pattern.ts';
import type { DotenvFacts } from './layer-evidence.ts';
import type { FileLocation, LayerLocation } from './location.ts';

/** A pattern of an ignore file, with where it is written. */
export interface IgnoreLine extends IgnorePattern {
  readonly at: FileLocation;
}

/** A file that says what builds leave out of their context: `.dockerignore`, or a Dockerfile's own beside it. */
export interface IgnoreFileEvidence {
  readonly kind: 'ignore-file';
  readonly path: string;
  /** The first character. */
  readonly at: FileLocation;
  readonly patterns: readonly IgnoreLine[];
  /** Its folder: the build context of a `.dockerignore`. '' is the root. */
  readonly directory: string;
  /** The Dockerfile it belongs to: for that one it takes the place of any `.dockerignore`. Null for a `.dockerignore`. */
  readonly dockerfile: string | null;
  /** What a pattern that is added has to follow. */
  readonly lastLine: { readonly line: number; readonly text: string };
}

/** A dotenv file of the checked folder, whether git knows it or not: a build takes what lies there. */
export interface DotenvFileEvidence {
  readonly kind: 'dotenv-file';
  readonly path: string;
  /** False when git ignores it. */
  readonly isTracked: boolean;
  readonly dotenv: DotenvFacts;
}

/** One source of a COPY or ADD that takes from the build context. */
export interface ContextCopyEvidence {
  readonly kind: 'context-copy';
  /** The instruction. */
  readonly at: FileLocation;
  /** The instruction as a sentence quotes it, on one line. */
  readonly instruction: string;
  /** Path of the Dockerfile. */
  readonly dockerfile: string;
  /** What the context most likely is where no build says it; '' is the root. */
  readonly likelyFolder: string;
  /** Path or pattern below the context; '' is the context as a whole. */
  readonly source: string;
  /** Absolute in the image, where files of a copied folder land; null when it is not known. */
  readonly target: string | null;
  /** Patterns of `--exclude`, relative to the source. */
  readonly excludes: readonly IgnorePattern[];
  /** Whether the stage is the last one or one that the last is built on. */
  readonly isFinal: boolean;
}

/**
 * A variable that a Dockerfile declares and that holds a credential: by a vendor's format of its value, or by its name with
 * a value that is no placeholder, or by its name where the build gives the value and a step uses it. Values never leave the
 * source.
 */
export interface BuildVariableEvidence {
  readonly kind: 'build-variable';
  /** Name and value. */
  readonly at: FileLocation;
  readonly keyword: 'ARG' | 'ENV';
  readonly name: string;
  readonly proof: 'vendor' | 'name';
  readonly vendor: string | null;
  readonly revokeUrl: string | null;
  /** The step that uses an ARG without a value; null where the value stands in the file. */
  readonly usedAt: FileLocation | null;
  /** Whether a stage that becomes the image has it. */
  readonly isFinal: boolean;
}

/** The step behind one layer, as the image's build provenance records it. */
export interface BuildStepEvidence {
  readonly kind: 'build-step';
  readonly image: string;
  /** Counts from 0 at the base. */
  readonly layer: number;
  /** Name of the Dockerfile as recorded: of the file alone, or with folders. */
  readonly dockerfile: string;
  /** Lines of the recorded Dockerfile, 1-based. */
  readonly line: number;
  readonly endLine: number;
  /** The recorded instruction, as `instructionText` gives it. */
  readonly instruction: string;
}

/** What builds need and a running service does not. */
export const buildToolKinds = ['compiler', 'headers', 'cache'] as const;
export type BuildToolKind = (typeof buildToolKinds)[number];

/** Build tools of one kind and name that one layer brings and the final image shows. */
export interface BuildToolEvidence {
  readonly kind: 'build-tool';
  /** One of its files. */
  readonly at: LayerLocation;
  readonly toolKind: BuildToolKind;
  /** e.g. `gcc`, `apt package lists`. */
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
}
