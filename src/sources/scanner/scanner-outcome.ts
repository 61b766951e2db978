import type { Evidence } from '../../domain/evidence.ts';
import { type Gap, gap } from '../../domain/gap.ts';
import type { ScannerCoverage } from '../../domain/report.ts';
import type { SbomAttempt } from './choose-sbom.ts';
import { ageText, isAgeKnown } from './database.ts';
import type { Scanner } from './run-scanner.ts';
import type { ScanProblem } from './scan-input.ts';
import { evidenceOf, type ScannerReport, systemEvidenceOf } from './scanner-report.ts';

export type ScannerEvidence = Evidence<'vulnerability' | 'operating-system'>;

/** What the scanners found, could not do, and covered; `coverage` has one entry per scanner. */
export interface ScannerOutcome {
  readonly evidence: readonly ScannerEvidence[];
  readonly gaps: readonly Gap[];
  readonly coverage: readonly ScannerCoverage[];
  /** What is worth reading and is no gap, as a database that was not updated. */
  readonly notes: readonly string[];
  /** Empty where no SBOM was asked for. */
  readonly sbomAttempts: readonly SbomAttempt[];
}

/** What one scanner, or one report, said of one image. */
export type ImageOutcome = Pick<ScannerOutcome, 'evidence' | 'gaps' | 'sbomAttempts'>;

function scannerGap(scanner: Scanner, subject: string, problem: ScanProblem): Gap {
  return gap(`scanner/${scanner.name}`, subject, problem.reason, problem.hint);
}

export function failed(scanner: Scanner, subject: string, problem: ScanProblem): ImageOutcome {
  return { evidence: [], gaps: [scannerGap(scanner, subject, problem)], sbomAttempts: [] };
}

/** What a report of an image must live up to. */
interface Expectation {
  /** The list of packages that the image shows; null where it shows none, or no image was read. */
  readonly packageDatabase: string | null;
  /** Days after which the database behind a report is too old. */
  readonly oldestDays: number;
  /** A finished report may not say with what database it was made: Trivy's never do. */
  readonly mayHideAge: boolean;
}

/** Why a report that was read proves less than it seems to; null where it does not. */
function shortcoming(scanner: Scanner, report: ScannerReport, expected: Expectation): ScanProblem | null {
  const { packageDatabase, oldestDays, mayHideAge } = expected;
  if (report.emptiness !== null) {
    const reason = `the report of ${scanner.name} ${report.emptiness}`;
    const hint =
      'check that the image is whole; where it holds no package on purpose, accept this gap in the triage list';
    return { reason, hint };
  }
  if (report.operatingSystem === null && packageDatabase !== null) {
    const reason = `the report of ${scanner.name} names no operating system, although the image has ${packageDatabase}: its packages were not examined`;
    const hint = 'keep etc/os-release in the image, and in a Debian etc/debian_version: scanners tell it by them';
    return { reason, hint };
  }
  const days = report.databaseAgeDays;
  if (days === null ? mayHideAge : isAgeKnown(days) && days <= oldestDays) return null;
  const which = isAgeKnown(days) ? `a database ${ageText(days)}` : 'a database whose age cannot be told';
  const reason = `the report of ${scanner.name} was made with ${which}`;
  const hint = isAgeKnown(days)
    ? 'update the database and scan again: newer vulnerabilities are missing from this report'
    : 'update the database, and check the clock of this machine: it must say on what day it was built';
  return { reason, hint };
}

/** Rows of a report that was read, with a gap where it has a shortcoming. */
export function accepted(
  scanner: Scanner,
  report: ScannerReport,
  label: string,
  expected: Expectation,
  sbom: SbomAttempt['outcome'] | null = null,
): ImageOutcome {
  const problem = shortcoming(scanner, report, expected);
  return {
    evidence: [...evidenceOf(report, scanner.name, label), ...systemEvidenceOf(report, scanner.name, label)],
    gaps: problem === null ? [] : [scannerGap(scanner, label, problem)],
    sbomAttempts: sbom === null ? [] : [{ image: label, scanner: scanner.name, outcome: sbom }],
  };
}
