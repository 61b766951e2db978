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

/** How bad it is beside its severity: exploited, EPSS, CVSS, risk of 100. */
function weightOf(facts: VulnerabilityFacts): readonly string[] {
  return [
    ...(facts.kev ? ['known to be exploited'] : []),
    ...(facts.epss === null ? [] : [`EPSS ${(facts.epss * 100).toFixed(1)} %`]),
    ...(facts.cvss === null ? [] : [`CVSS ${facts.cvss}`]),
    ...(facts.risk == null ? [] : [`risk ${facts.risk.toFixed(1)}`]),
  ];
}

/** The same with the severity by scanner: `known to be exploited; EPSS 2.0 %; trivy high`. */
export function describeRisk(facts: VulnerabilityFacts): string {
  const bySource = facts.scanners.map((scanner) => `${scanner} ${facts.severityBy[scanner] ?? 'unrated'}`);
  return [...weightOf(facts), ...bySource].join('; ');
}

/** Beside the message, which names id, package and versions: `also GHSA-…; EPSS 2.0 %; risk 1.6`. Empty where there is no more. */
export function describeVulnerability(facts: VulnerabilityFacts): string {
  const others = listIds({ ...facts, ids: facts.ids.slice(1) });
  return [...(others === '' ? [] : [`also ${others}`]), ...weightOf({ ...facts, kev: false })].join('; ');
}

/** One line each: the file, the digest the manifest lists, the digest found. */
export function describeModel(facts: ModelFacts): readonly string[] {
  return [
    facts.size === null ? showPath(facts.path) : `${showPath(facts.path)}, ${formatBytes(facts.size)}`,
    ...(facts.expected === null ? [] : [`expected ${neutralise(facts.expected, 80)}`]),
    ...(facts.actual === null ? [] : [`found ${neutralise(facts.actual, 80)}`]),
  ];
}
