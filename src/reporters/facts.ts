import type { ModelFacts, VulnerabilityFacts } from '../domain/finding.ts';
import { shortOutlook } from '../domain/fix-status.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { showPath } from './place.ts';
import { count, formatBytes } from './wording.ts';

const idsNamed = 6;

/** `CVE-1, CVE-2 and 3 more ids`, shortened where one package has very many. */
export function listIds(facts: VulnerabilityFacts): string {
  const named = facts.ids.slice(0, idsNamed).map((id) => neutralise(id, 60));
  const rest = facts.ids.length - named.length;
  return rest > 0 ? `${named.join(', ')} and ${count(rest, 'more id')}` : named.join(', ');
}

function describeFix(facts: VulnerabilityFacts): string {
  const versions = facts.fixedFrom == null ? facts.fixed.slice(0, 3) : [facts.fixedFrom];
  const fixed = versions.map((version) => neutralise(version, 60));
  return fixed.length === 0 ? shortOutlook(facts) : `fixed in ${fixed.join(' or ')}`;
}

/** `1.0.1, fixed in 1.0.2` or `1.0.1, no fix yet`. */
export function describeVersions(facts: VulnerabilityFacts): string {
  return `${neutralise(facts.installed, 60)}, ${describeFix(facts)}`;
}

/** What the advisories and scanners say of its weight: exploited, EPSS, CVSS, risk of 100, severity by scanner. */
export function describeRisk(facts: VulnerabilityFacts): string {
  const bySource = facts.scanners.map((scanner) => `${scanner} ${facts.severityBy[scanner] ?? 'unrated'}`);
  return [
    ...(facts.kev ? ['known to be exploited'] : []),
    ...(facts.epss === null ? [] : [`EPSS ${(facts.epss * 100).toFixed(1)} %`]),
    ...(facts.cvss === null ? [] : [`CVSS ${facts.cvss}`]),
    ...(facts.risk == null ? [] : [`risk ${facts.risk.toFixed(1)}`]),
    ...bySource,
  ].join('; ');
}

/** Beside the message, which names package and version: `fixed in 1.0.2; CVE-…; known to be exploited`. */
export function describeVulnerability(facts: VulnerabilityFacts): string {
  return [describeFix(facts), listIds(facts), describeRisk(facts)].filter((part) => part !== '').join('; ');
}

/** One line each: the file, the digest the manifest lists, the digest found. */
export function describeModel(facts: ModelFacts): readonly string[] {
  return [
    facts.size === null ? showPath(facts.path) : `${showPath(facts.path)}, ${formatBytes(facts.size)}`,
    ...(facts.expected === null ? [] : [`expected ${neutralise(facts.expected, 80)}`]),
    ...(facts.actual === null ? [] : [`found ${neutralise(facts.actual, 80)}`]),
  ];
}
