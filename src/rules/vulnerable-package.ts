import { type AdvisoryGroup, groupAdvisories } from '../domain/advisory-groups.ts';
import { type BaseOf, baseKinds, basesIn } from '../domain/base-image.ts';
import type { Cause } from '../domain/cause.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Draft, RelatedPlace, VulnerabilityFacts } from '../domain/finding.ts';
import { describeOutlook, vendorOf } from '../domain/fix-status.ts';
import type { PackageLocation } from '../domain/location.ts';
import { indexOrigins } from '../domain/package-origin.ts';
import { defineRule, type EvidenceView } from '../domain/rule.ts';
import { opinionOf } from '../domain/scanner-opinion.ts';
import { indexThreats, mergeFacts, severityOf } from '../domain/vulnerability-facts.ts';
import { adviseFix, fixedVersions } from '../domain/vulnerability-fix.ts';
import { vulnerablePackageExamples } from './examples/vulnerable-package.ts';

function subjectOf(facts: VulnerabilityFacts): string {
  const { through = [] } = facts;
  const others = (facts.packages ?? []).filter((name) => name !== facts.package);
  // By the name of its source, it is none of the installed packages itself.
  const also = facts.packages?.includes(facts.package) === true ? 'also ' : '';
  const built =
    others.length === 0 ? '' : ` (${also}${others.slice(0, 5).join(', ')}${others.length > 5 ? ', …' : ''})`;
  const way = through.length === 0 ? '' : `, through ${through.join(' -> ')},`;
  return `${facts.package} ${facts.installed}${built}${way}`;
}

/** The same package in other layers, which need the same fix, and in other lockfiles. */
function otherPlaces(group: AdvisoryGroup, cause: Cause | null): readonly RelatedPlace[] {
  const places = new Map<string, RelatedPlace>();
  const [best] = group.rows;
  for (const { scanner, image, package: found, diffId, path } of group.rows) {
    // The scanners mean different layers: the first that had the package, and the last that wrote its file.
    if (diffId === null || diffId === best.diffId || scanner !== best.scanner) continue;
    const message = path === null ? 'also in this layer' : `also at ${path}`;
    places.set(diffId, { at: { kind: 'package', image, purl: found.purl, diffId }, message });
  }
  const pins = (cause?.pins ?? []).slice(1).map((pin) => ({ at: pin.at, message: 'also pinned here' }));
  return [...places.values(), ...pins];
}

/** What all groups of one image are judged with. */
interface Surroundings {
  readonly view: EvidenceView<'vulnerability' | 'package-origin' | (typeof baseKinds)[number]>;
  readonly threats: ReturnType<typeof indexThreats>;
  readonly originOf: ReturnType<typeof indexOrigins>;
  readonly baseOf: BaseOf;
  /** Scanner and image of everything that a scanner said, be it the system's name only. */
  readonly heard: ReadonlySet<string>;
}

function placeOf(group: AdvisoryGroup, { originOf }: Surroundings): PackageLocation {
  const [best] = group.rows;
  const diffId = best.diffId ?? originOf(best);
  return { kind: 'package', image: group.image, purl: best.package.purl, diffId };
}

function messageOf(group: AdvisoryGroup, facts: VulnerabilityFacts): string {
  const known = facts.kev ? 'known to be exploited; ' : '';
  const fix = describeOutlook(facts, fixedVersions(facts), vendorOf(group.rows[0].package.purl));
  return `${subjectOf(facts)} has ${group.primary} (${known}${opinionOf(facts)}); ${fix}`;
}

function draftOf(group: AdvisoryGroup, surroundings: Surroundings): Draft {
  const merged = mergeFacts(group, surroundings.threats);
  const severity = severityOf(merged);
  const at = placeOf(group, surroundings);
  const cause = surroundings.view.causeOf(at);
  const base = surroundings.baseOf(group.image, cause);
  const { description, remedy, action } = adviseFix(merged, { purl: at.purl, cause, base });
  const examinedBy = (['grype', 'trivy'] as const).filter((name) => surroundings.heard.has(`${name} ${group.image}`));
  const through = cause?.pins?.[0]?.through ?? [];
  const facts = { ...merged, examinedBy, through, remedy, action };
  return {
    at,
    message: messageOf(group, facts),
    identity: [group.primary, group.packageName],
    severity,
    related: otherPlaces(group, cause),
    fix: { description, edits: [] },
    vulnerability: facts,
  };
}

/** All that the rule reads of a run, gathered once. */
function surroundingsOf(view: Surroundings['view'], rows: readonly Evidence<'vulnerability'>[]): Surroundings {
  return {
    view,
    threats: indexThreats(rows),
    originOf: indexOrigins(view.of('package-origin')),
    baseOf: basesIn(view),
    heard: new Set([...rows, ...view.of('operating-system')].map(({ scanner, image }) => `${scanner} ${image}`)),
  };
}

export const vulnerablePackage = defineRule({
  id: 'vulnerable-package',
  summary: 'A package in the image has a known vulnerability',
  severity: 'high',
  confidence: 'high',
  consumes: ['vulnerability', 'package-origin', ...baseKinds],
  docs: {
    why: 'The version installed in the image is listed by an advisory. Trivy and Grype are both asked, as they use different data; what they say under different ids (CVE, GHSA) of the same package is one finding with the worst severity given. An advisory in the CISA catalogue of exploited vulnerabilities counts one step worse.',
    fix: 'Update the package to the fixed version named: in the lockfile where it comes from an install, by a newer base image where it comes from the base. Without a fixed version, decide and write down why it is acceptable in the `triage` list, with an expiry date.',
  },
  examples: vulnerablePackageExamples,
  *check(view) {
    const rows = view.of('vulnerability');
    const surroundings = surroundingsOf(view, rows);
    for (const group of groupAdvisories(rows)) yield draftOf(group, surroundings);
  },
});
