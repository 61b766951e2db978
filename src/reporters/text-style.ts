import type { ReportFinding, Verdict } from '../domain/report.ts';
import type { Severity } from '../domain/severity.ts';

/** Colours by meaning, so that the layout never names one. Without colour every function returns its text. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly severity: (severity: Severity, text: string) => string;
  readonly verdict: (verdict: Verdict, text: string) => string;
  /** In front of a finding: a mark where symbols show, nothing otherwise. */
  readonly mark: (finding: ReportFinding) => string;
}

/** SGR parameters, ECMA-48 8.3.117. */
const severityCodes: Readonly<Record<Severity, string>> = {
  critical: '1;31',
  high: '31',
  medium: '33',
  low: '36',
  info: '34',
};

const verdictCodes: Readonly<Record<Verdict, string>> = { fail: '1;31', incomplete: '1;33', pass: '1;32' };

function markOf(finding: ReportFinding): string {
  if (finding.disposition === 'blocking') return '✖ ';
  return finding.disposition === 'advisory' ? '▲ ' : '● ';
}

export function createStyle(color: boolean): Style {
  const paint = (code: string, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    strong: (text) => paint('1', text),
    dim: (text) => paint('2', text),
    severity: (severity, text) => paint(severityCodes[severity], text),
    verdict: (verdict, text) => paint(verdictCodes[verdict], text),
    mark: (finding) => (color ? markOf(finding) : ''),
  };
}
