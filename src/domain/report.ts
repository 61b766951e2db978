import type { Finding } from './finding.ts';
import type { Gap } from './gap.ts';
import type { AttributedSbom } from './sbom.ts';
import type { Severity } from './severity.ts';

/** Exactly one per finding, the first that holds, in this order. */
export const dispositions = ['triaged', 'baseline', 'outside-changes', 'blocking', 'advisory'] as const;
export type Disposition = (typeof dispositions)[number];

/** The ways a report can be written, in the order the help lists them. */
export const reportFormats = ['text', 'json', 'sarif', 'markdown', 'html', 'github'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export type Verdict = 'pass' | 'fail' | 'incomplete';

/** Lines of a repository file around a finding, already redacted; never for findings about secrets. */
export interface CodeFrame {
  readonly firstLine: number;
  readonly lines: readonly string[];
}

/** How a vulnerability stands to an earlier report of the same image. */
export const vulnerabilityChanges = ['new', 'newly-disclosed', 'severity-changed'] as const;
export type VulnerabilityChange = (typeof vulnerabilityChanges)[number];

/** A vulnerability that an earlier report has and this one has not. */
export interface FixedVulnerability {
  readonly advisory: string;
  readonly package: string;
  readonly installed: string;
  readonly severity: Severity;
  readonly image: string;
}

/** Vulnerabilities against an earlier report: three groups of this report's, counted, and those that are gone. */
export interface Delta {
  readonly new: number;
  readonly newlyDisclosed: number;
  readonly severityChanged: number;
  readonly fixed: readonly FixedVulnerability[];
}

export interface ReportFinding extends Finding {
  readonly disposition: Disposition;
  /** Why it has that disposition, e.g. the triage reason or `critical >= fail-on critical`. */
  readonly reason: string;
  readonly frame: CodeFrame | null;
  /** Absent without an earlier report, for what is no vulnerability, and for what did not change. */
  readonly change?: VulnerabilityChange;
}

export interface Counts {
  readonly findings: number;
  readonly blocking: number;
  readonly advisory: number;
  readonly triaged: number;
  readonly baseline: number;
  readonly outsideChanges: number;
  readonly gaps: number;
}

/** Which program a scanner was. */
export interface ScannerProgramCoverage {
  /** 64 hexadecimal digits, of the bytes that were run. */
  readonly sha256: string;
  /** It is a release whose digest Hullcheck itself has. */
  readonly isLocked: boolean;
  /** Where it came from: a path, `the tool cache`, or the host it was downloaded from. */
  readonly origin: string;
}

/** What a scanner knew. */
export interface ScannerDatabaseCoverage {
  /** `YYYY-MM-DD`; null where it does not say. */
  readonly built: string | null;
  /** 64 hexadecimal digits; null where it could not be read. */
  readonly sha256: string | null;
  /** Where it came from: the mirror, or that or why it was not updated. */
  readonly origin: string;
}

export interface ScannerCoverage {
  readonly name: 'trivy' | 'grype';
  /** `chosen-off`: `--scanner none` or not selected; `not-needed`: no image. */
  readonly state: 'ran' | 'imported' | 'failed' | 'chosen-off' | 'not-needed';
  readonly version: string | null;
  readonly detail: string;
  /** Null when none was run here. */
  readonly program: ScannerProgramCoverage | null;
  readonly database: ScannerDatabaseCoverage | null;
}

/** Which image was read, and the Dockerfile it was paired with. */
export interface ImageCoverage {
  readonly label: string;
  readonly dockerfile: string | null;
  readonly layers: number;
  /** Of its layers, base layer first. */
  readonly diffIds: readonly string[];
  readonly pairing: string;
}

export interface Coverage {
  readonly files: number;
  readonly images: number;
  readonly layers: number;
  readonly layerEntries: number;
  readonly bytes: number;
  readonly models: number;
  readonly scanners: readonly ScannerCoverage[];
  readonly pairings: readonly ImageCoverage[];
  /** What the user chose not to examine, as short phrases for the verdict line: `source only`, `no scanner`. */
  readonly chosenOff: readonly string[];
}

export interface StageTiming {
  readonly stage: string;
  readonly milliseconds: number;
}

export interface Report {
  readonly tool: { readonly name: 'hullcheck'; readonly version: string };
  readonly subject: string;
  readonly verdict: Verdict;
  /** `observe`: the exit code is 0 whatever the verdict. */
  readonly mode: 'gate' | 'observe';
  readonly exitCode: 0 | 1 | 3;
  readonly counts: Counts;
  /** Worst first; blocking before the rest. */
  readonly findings: readonly ReportFinding[];
  readonly gaps: readonly (Gap & { readonly triagedBy: string | null })[];
  readonly coverage: Coverage;
  /** Short sentences worth reading that are neither findings nor gaps, e.g. which policy was used. */
  readonly notes: readonly string[];
  /** Null without an earlier report. */
  readonly delta: Delta | null;
  /** The longest term the policy allows a triage entry, in days. */
  readonly maxTriageDays: number;
  readonly timings: readonly StageTiming[];
  /** One per image that was read, where they were asked for and could be had; they are no part of the report itself. */
  readonly sboms: readonly AttributedSbom[];
}
