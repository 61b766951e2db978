import type { ModelFacts, VulnerabilityFacts } from '../domain/finding.ts';
import { shortOutlook } from '../domain/fix-status.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { isUnanimous, opinionOf } from '../domain/scanner-opinion.ts';
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

const exploited = 'known to be exploited';

/** EPSS, CVSS and risk of 100; without a known likelihood Grype's risk is 0, which says nothing. */
function weights({ epss, cvss, risk }: VulnerabilityFacts): readonly string[] {
  return [
    ...(epss === null ? [] : [`EPSS ${(epss * 100).toFixed(1)} %`]),
    ...(cvss === null ? [] : [`CVSS ${cvss}`]),
    ...(risk == null || risk === 0 ? [] : [`risk ${risk.toFixed(1)}`]),
  ];
}

/** What the advisories and scanners say of its weight: exploited, EPSS, CVSS, risk, and who says so. */
export function describeRisk(facts: VulnerabilityFacts): string {
  return [...(facts.kev ? [exploited] : []), ...weights(facts), opinionOf(facts)].join('; ');
}

/** What the message does not say: `also GHSA-…; EPSS 1.2 %; CVSS 9.4`. */
export function describeVulnerability(facts: VulnerabilityFacts): string {
  const [, ...others] = facts.ids;
  const also = others.length === 0 ? [] : [`also ${listIds({ ...facts, ids: others })}`];
  return [...also, ...weights(facts)].join('; ');
}

/** One of several of a line: `glibc 2.36-9, fixed in 2.36-10; known to be exploited; in libc6; Grype only`. */
export function describeMember(facts: VulnerabilityFacts): string {
  const names = (facts.packages ?? []).filter((name) => name !== facts.package).map((name) => neutralise(name, 60));
  const rest = names.length > 5 ? ', …' : '';
  // By the name of its source, it is none of the installed packages itself.
  const also = facts.packages?.includes(facts.package) === true ? 'also' : 'in';
  return [
    `${neutralise(facts.package, 120)} ${describeVersions(facts)}`,
    ...(facts.kev ? [exploited] : []),
    ...(names.length === 0 ? [] : [`${also} ${names.slice(0, 5).join(', ')}${rest}`]),
    ...(isUnanimous(facts) ? [] : [opinionOf(facts)]),
  ].join('; ');
}

/** One line each, of what the message does not say: the file with its size, the digest listed, the digest found. */
export function describeModel(facts: ModelFacts, message: string): readonly string[] {
  const size = facts.size === null ? '' : formatBytes(facts.size);
  const isNamed = message.includes(showPath(facts.path));
  const isMeasured = size === '' || message.includes(`${facts.size} bytes`);
  const file = isNamed ? [] : [showPath(facts.path)];
  const about = [...file, ...(isMeasured ? [] : [isNamed ? `size ${size}` : size])].join(', ');
  return [
    ...(about === '' ? [] : [about]),
    ...(facts.expected === null ? [] : [`expected ${neutralise(facts.expected, 80)}`]),
    ...(facts.actual === null ? [] : [`found ${neutralise(facts.actual, 80)}`]),
  ];
}
