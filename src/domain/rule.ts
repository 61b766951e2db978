import type { Cause } from './cause.ts';
import type { Evidence, EvidenceKind } from './evidence.ts';
import type { Draft } from './finding.ts';
import type { Location } from './location.ts';
import type { Confidence, Severity } from './severity.ts';

/** Which layer entries a rule needs as evidence; all others are only counted. Matched against the base name. */
export interface Interest {
  readonly fileNames: readonly RegExp[];
}

/** How exactly a tag must name a version, weakest first. */
export const tagLevels = ['none', 'channel', 'codename', 'major', 'minor', 'patch', 'digest'] as const;
export type TagLevel = (typeof tagLevels)[number];

/** What the policy sets for rules; the rest of the policy only weighs findings. */
export interface RuleSettings {
  readonly images: {
    readonly minLevel: TagLevel;
    /** Globs over registry/repository, first match wins. */
    readonly overrides: readonly { readonly pattern: string; readonly level: TagLevel }[];
  };
}

/** The evidence a rule asked for by `consumes`, and nothing else. */
export interface EvidenceView<K extends EvidenceKind> {
  of<T extends K>(kind: T): readonly Evidence<T>[];
  /** The instruction behind a place in an image, as far as `trace` found it. */
  causeOf(at: Location): Cause | null;
  readonly settings: RuleSettings;
}

/** A layer of an example image: the files it adds (path in image -> content) and the paths it deletes. */
export interface ExampleLayer {
  readonly createdBy: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly deletes?: readonly string[];
}

/**
 * A case that is printed on the rule's page and run as its test: a small repository and, where the rule needs one, an
 * image. `flags` names what must be found by this rule, everything else must stay silent.
 */
export interface RuleExample {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  readonly image?: {
    readonly layers: readonly ExampleLayer[];
    readonly environment?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly user?: string;
    /** What `--build-arg` was given: recorded in the provenance beside the image, as BuildKit does. */
    readonly buildArguments?: Readonly<Record<string, string>>;
  };
  /** A finished Trivy or Grype report, as the scanner writes it. */
  readonly reports?: { readonly trivy?: unknown; readonly grype?: unknown };
  /** `Dockerfile:3` (path:line of the anchor) or `image:app/.env` (no anchor), each with the severity. Empty: must pass. */
  readonly flags: readonly { readonly where: string; readonly severity: Severity }[];
  /** The day the example is judged on, for rules about expiry; default 2026-01-15. */
  readonly today?: string;
  /** Files of the base tree, for rules about what a pull request changes. */
  readonly base?: Readonly<Record<string, string>>;
}

export interface Rule<K extends EvidenceKind = EvidenceKind> {
  /** The kebab-case name of the defect: also the name of its file, test, page and fixture. */
  readonly id: string;
  /** One sentence, no full stop, as SARIF's shortDescription. */
  readonly summary: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly consumes: readonly K[];
  readonly interest?: Interest;
  /** Info under tests, fixtures and examples: for pins and installs. */
  readonly isLoweredInTests?: boolean;
  /** False: policy can neither lower it nor switch it off, and triage does not apply. */
  readonly isSuppressible?: boolean;
  /** True for secrets: never baselined, never ignored by path, no code frame. */
  readonly isSecret?: boolean;
  readonly docs: { readonly why: string; readonly fix: string };
  readonly examples: readonly RuleExample[];
  check(view: EvidenceView<K>): Iterable<Draft>;
}

/** Makes the type of `consumes` follow from its literal, so that reading another kind is a compile error. */
export function defineRule<const K extends EvidenceKind>(rule: Rule<K>): Rule<K> {
  return rule;
}

/** A rule of any kind, as the registry holds it. Method bivariance makes each `Rule<K>` one of these. */
export type AnyRule = Rule;
