import { countBy } from '../domain/group-by.ts';
import type { Report, ReportFinding } from '../domain/report.ts';

/**
 * Where the findings of a report went in one output. Each finding is in exactly one of the counts: named with its
 * place, part of a number in a line that says how many more there are, or part of the number of those set aside.
 */
export interface Ledger {
  readonly shown: number;
  readonly more: number;
  readonly triaged: number;
  readonly baseline: number;
  readonly outsideChanges: number;
}

/** The findings that policy set aside, as counts; `shown` and `more` are zero. */
export function countSetAside(findings: readonly ReportFinding[]): Ledger {
  const count = countBy(findings, ({ disposition }) => disposition);
  return {
    shown: 0,
    more: 0,
    triaged: count('triaged'),
    baseline: count('baseline'),
    outsideChanges: count('outside-changes'),
  };
}

/** Findings in equal findings out: no reporter dropped one without saying so. */
export function isBalanced(ledger: Ledger, report: Report): boolean {
  const { shown, more, triaged, baseline, outsideChanges } = ledger;
  return shown + more + triaged + baseline + outsideChanges === report.findings.length;
}
