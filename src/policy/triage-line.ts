import type { ReportFinding } from '../domain/report.ts';
import { addDays } from './calendar.ts';

function escapeCharacter(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

/** A plain YAML scalar where that is safe beyond doubt, else a double-quoted one of printable ASCII (YAML 1.2.2, 7.3.1). */
function scalar(text: string): string {
  const isPlain = /^[A-Za-z][A-Za-z0-9_./-]*$/.test(text) && !/^(?:true|false|null)$/i.test(text);
  if (isPlain) return text;
  return JSON.stringify(text).replace(/[^ -~]/gu, escapeCharacter);
}

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
  const fields = subjectOf(finding).map(([name, value]) => `${name}: ${scalar(value)}`);
  const rest = ['reason: why this is acceptable', `expires: ${addDays(today, days)}`];
  return `- { ${[...fields, ...rest].join(', ')} }`;
}
