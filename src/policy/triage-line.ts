import type { ReportFinding } from '../domain/report.ts';
import { addDays } from './calendar.ts';
import { asciiScalar } from './yaml-scalar.ts';

function subjectOf(finding: ReportFinding): readonly (readonly [string, string])[] {
  const ids = finding.vulnerability?.ids ?? [];
  const advisory = ids.find((id) => id.startsWith('CVE-')) ?? ids[0];
  if (advisory !== undefined) return [['advisory', advisory]];
  const { at, anchor } = finding;
  const rule = ['rule', finding.ruleId] as const;
  if (at.kind === 'file' || at.kind === 'layer') return [rule, ['path', at.path]];
  return [rule, anchor === null ? ['image', at.image] : ['path', anchor.path]];
}

/**
 * The entry that accepts a finding for that many days, as one line to paste under `triage:`. The reason is a placeholder that
 * the reader replaces. `today` is `YYYY-MM-DD` in UTC.
 */
export function triageLine(finding: ReportFinding, today: string, days: number): string {
  const fields = subjectOf(finding).map(([name, value]) => `${name}: ${asciiScalar(value)}`);
  const rest = ['reason: why this is acceptable', `expires: ${addDays(today, days)}`];
  return `- { ${[...fields, ...rest].join(', ')} }`;
}
