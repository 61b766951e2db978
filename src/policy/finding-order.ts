import { compareText } from '../domain/compare-text.ts';
import type { Finding } from '../domain/finding.ts';
import { compareSeverity } from '../domain/severity.ts';

/** The repository path a finding is read at, else its path in the image, else `''`. */
export function pathOf(finding: Finding): string {
  if (finding.at.kind === 'file') return finding.at.path;
  if (finding.anchor !== null) return finding.anchor.path;
  return finding.at.kind === 'layer' ? finding.at.path : '';
}

function lineOf(finding: Finding): number {
  return finding.at.kind === 'file' ? finding.at.line : (finding.anchor?.line ?? 0);
}

function comparePlace(a: Finding, b: Finding): number {
  return (
    compareText(pathOf(a), pathOf(b)) ||
    lineOf(a) - lineOf(b) ||
    compareText(a.ruleId, b.ruleId) ||
    compareText(a.message, b.message) ||
    compareText(a.fingerprint, b.fingerprint) ||
    compareText(JSON.stringify(a), JSON.stringify(b))
  );
}

/** Worst first, then by path, line and rule. Total: only equal findings compare as equal. */
export function compareFindings(a: Finding, b: Finding): number {
  return compareSeverity(a.severity, b.severity) || comparePlace(a, b);
}

/** The order in which allowances are spent: mildest first, so that what is left over is the worst. */
export function compareMildestFirst(a: Finding, b: Finding): number {
  return compareSeverity(b.severity, a.severity) || comparePlace(a, b);
}
