import { neutralise } from '../domain/neutral-text.ts';
import type { Report, ReportFinding } from '../domain/report.ts';
import { sortFindings } from './folding.ts';
import { count, formatNumber } from './wording.ts';

/** One group of vulnerabilities against the base report, with as many of its members as are listed. */
export interface DeltaGroup {
  readonly title: string;
  readonly lines: readonly string[];
}

const listed = 10;

/** `2 new, 1 newly disclosed, 0 with another severity, 3 fixed since the base report`; null without one. */
export function deltaLine({ delta }: Report): string | null {
  if (delta === null) return null;
  const parts = [
    `${formatNumber(delta.new)} new`,
    `${formatNumber(delta.newlyDisclosed)} newly disclosed`,
    `${formatNumber(delta.severityChanged)} with another severity`,
    `${formatNumber(delta.fixed.length)} fixed`,
  ];
  return parts.join(', ');
}

function groupOf(title: string, sentences: readonly string[]): readonly DeltaGroup[] {
  if (sentences.length === 0) return [];
  const rest = sentences.length - listed;
  const lines = sentences.slice(0, listed).map((sentence) => neutralise(sentence, 300));
  return [
    {
      title: `${title}: ${formatNumber(sentences.length)}`,
      lines: rest > 0 ? [...lines, `and ${count(rest, 'more', 'more')}`] : lines,
    },
  ];
}

/** The groups that the list of findings in scope does not show: what was there before, and what is gone. */
export function deltaGroups({ delta, findings }: Report): readonly DeltaGroup[] {
  if (delta === null) return [];
  const changed = (change: ReportFinding['change']) =>
    sortFindings(findings.filter((finding) => finding.change === change));
  return [
    ...groupOf(
      'Newly disclosed',
      changed('newly-disclosed').map(({ message }) => message),
    ),
    ...groupOf(
      'With another severity',
      changed('severity-changed').map(({ message, reason, disposition }) =>
        disposition === 'outside-changes' ? `${message}; ${reason}` : message,
      ),
    ),
    ...groupOf(
      'Fixed',
      delta.fixed.map((one) => `${one.package} ${one.installed} had ${one.advisory} (${one.severity}) in ${one.image}`),
    ),
  ];
}
