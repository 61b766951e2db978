import { groupBy } from '../domain/group-by.ts';
import type { Disposition, ReportFinding } from '../domain/report.ts';
import { compareSeverity } from '../domain/severity.ts';
import { subjectOf } from './place.ts';

const ranks: Readonly<Record<Disposition, number>> = {
  blocking: 0,
  advisory: 1,
  'outside-changes': 2,
  baseline: 3,
  triaged: 4,
};

/**
 * What blocks first, then what counts, then what was set aside; worst first in each, and what the team wrote before what
 * its packages bring. The order is otherwise kept.
 */
export function sortFindings(findings: readonly ReportFinding[]): readonly ReportFinding[] {
  return [...findings].sort(
    (a, b) =>
      ranks[a.disposition] - ranks[b.disposition] ||
      compareSeverity(a.severity, b.severity) ||
      Number(a.vulnerability !== null) - Number(b.vulnerability !== null),
  );
}

/** Whether the finding counts in this run: not triaged, not in the baseline, not outside the changes. */
export function isInScope(finding: ReportFinding): boolean {
  return finding.disposition === 'blocking' || finding.disposition === 'advisory';
}

/** One cause with every place it was found in. */
export interface FoldedCause {
  readonly lead: ReportFinding;
  readonly others: readonly ReportFinding[];
  /** Different vulnerabilities that one line of the repository brings. */
  readonly isLine: boolean;
}

/** Findings of the same rule with the same message, weight and disposition are one cause. */
export function causeKey({ ruleId, message, severity, confidence, disposition }: ReportFinding): string {
  return JSON.stringify([ruleId, message, severity, confidence, disposition]);
}

export function foldCauses(findings: readonly ReportFinding[]): readonly FoldedCause[] {
  return [...groupBy(findings, causeKey).values()].flatMap(([lead, ...others]) =>
    lead === undefined ? [] : [{ lead, others, isLine: false }],
  );
}

/** Causes under the file or image they lead in. */
export function groupCauses(causes: readonly FoldedCause[]): ReadonlyMap<string, readonly FoldedCause[]> {
  return groupBy(causes, (cause) => subjectOf(cause.lead.at));
}

/** Findings behind the causes. */
export function countFindings(causes: readonly FoldedCause[]): number {
  return causes.reduce((sum, cause) => sum + 1 + cause.others.length, 0);
}
