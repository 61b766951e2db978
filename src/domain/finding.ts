import type { FixStatus } from './fix-status.ts';
import type { Anchor, Location } from './location.ts';
import type { Confidence, Severity } from './severity.ts';

/**
 * Replaces lines `line..endLine` (1-based, inclusive) of `path` by `newText` (no trailing newline). Line 1 to line 0 is of a
 * file that is not there yet: it is created with `newText`.
 */
export interface Edit {
  readonly path: string;
  readonly line: number;
  readonly endLine: number;
  readonly newText: string;
}

/** Whether an edit creates its file. */
export function createsFile({ endLine }: Edit): boolean {
  return endLine === 0;
}

export interface Fix {
  readonly description: string;
  readonly edits: readonly Edit[];
}

export interface RelatedPlace {
  readonly at: Location;
  readonly message: string;
}

export type ScannerName = 'grype' | 'trivy';

/** What vulnerability findings add. `epss` is a probability 0..1; `fixed` is sorted as the advisories give it. */
export interface VulnerabilityFacts {
  readonly ids: readonly string[];
  readonly package: string;
  readonly installed: string;
  readonly fixed: readonly string[];
  readonly scanners: readonly ScannerName[];
  readonly severityBy: Readonly<Partial<Record<ScannerName, Severity>>>;
  readonly epss: number | null;
  readonly kev: boolean;
  readonly cvss: number | null;
  /** All installed packages it is in, where that is not `package` alone: those built from one source. */
  readonly packages?: readonly string[];
  /** The lowest version that every scanner counts as fixed; null where none is known or they cannot be compared. */
  readonly fixedFrom?: string | null;
  /** 0 to 100, as Grype weighs: likelihood times severity. */
  readonly risk?: number | null;
  /** The scanners that examined the image: one of them that is not in `scanners` knows nothing of it. */
  readonly examinedBy?: readonly ScannerName[];
  /** Where a lockfile pins it for another package: the way from the direct dependency to what asks for it. */
  readonly through?: readonly string[];
  /** How the fix comes: by building again, by changing the line, or not yet. */
  readonly remedy?: Remedy;
  /** What the vendor of the package says of a fix, by scanner; only of scanners that tell. */
  readonly statusBy?: Readonly<Partial<Record<ScannerName, FixStatus>>>;
  /** What renews all that the line brings at once: `rebuild with --pull`; null where each package has a fix of its own. */
  readonly action?: string | null;
}

export type Remedy = 'rebuild' | 'update' | 'none';

/** What model findings add. Digests are lower-case hex; `size` in bytes, of the file found. */
export interface ModelFacts {
  readonly path: string;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly size: number | null;
}

/** What a rule yields; `judge` turns it into a Finding. */
export interface Draft {
  readonly at: Location;
  /** Says what is wrong, in one sentence without secret values. Why and how are on the rule's page and in `fix`. */
  readonly message: string;
  /** What makes this defect itself beside rule and path: e.g. the repository name of an image. Never a secret, line or digest. */
  readonly identity: readonly string[];
  /** Defaults to the rule's. */
  readonly severity?: Severity;
  readonly confidence?: Confidence;
  readonly related?: readonly RelatedPlace[];
  readonly fix?: Fix;
  readonly vulnerability?: VulnerabilityFacts;
  readonly model?: ModelFacts;
}

export interface Finding {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly message: string;
  readonly at: Location;
  readonly anchor: Anchor | null;
  readonly related: readonly RelatedPlace[];
  readonly fix: Fix | null;
  readonly fingerprint: string;
  readonly vulnerability: VulnerabilityFacts | null;
  readonly model: ModelFacts | null;
}
