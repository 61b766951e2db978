import type { ScannerName, VulnerabilityFacts } from './finding.ts';

/** As a sentence names them. */
export const scannerTitles: Readonly<Record<ScannerName, string>> = { grype: 'Grype', trivy: 'Trivy' };
const order: readonly ScannerName[] = ['trivy', 'grype'];

/** Whether all that examined the image say it, and say it alike: nothing a reader has to weigh. */
export function isUnanimous({ scanners, severityBy, examinedBy = scanners }: VulnerabilityFacts): boolean {
  return (
    examinedBy.every((name) => scanners.includes(name)) && new Set(scanners.map((name) => severityBy[name])).size < 2
  );
}

/** `Trivy and Grype`, `Trivy critical, Grype high` where they differ, `Trivy only` where the other one had a say. */
export function opinionOf(facts: VulnerabilityFacts): string {
  const { scanners, severityBy, examinedBy = scanners } = facts;
  const named = order.filter((name) => scanners.includes(name));
  const isAlone = named.length === 1 && examinedBy.length > 1;
  if (named.length < 2) return `${named.map((name) => scannerTitles[name]).join('')}${isAlone ? ' only' : ''}`;
  if (isUnanimous(facts)) return named.map((name) => scannerTitles[name]).join(' and ');
  return named.map((name) => `${scannerTitles[name]} ${severityBy[name] ?? 'unrated'}`).join(', ');
}
