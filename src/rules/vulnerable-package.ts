import { type AdvisoryGroup, groupAdvisories } from '../domain/advisory-groups.ts';
import type { Draft, RelatedPlace, ScannerName, VulnerabilityFacts } from '../domain/finding.ts';
import { defineRule } from '../domain/rule.ts';
import type { Severity } from '../domain/severity.ts';
import { mergeFacts, severityOf } from '../domain/vulnerability-facts.ts';

/** More fixed versions than this are no list a person reads; the first ones come from the worst-placed row. */
const shownVersions = 5;

function namesOf(scanners: readonly ScannerName[]): string {
  const names = [scanners.includes('trivy') ? 'Trivy' : null, scanners.includes('grype') ? 'Grype' : null];
  return names.filter((name) => name !== null).join(' and ');
}

function messageOf(group: AdvisoryGroup, facts: VulnerabilityFacts, severity: Severity): string {
  const known = facts.kev ? ', known to be exploited' : '';
  const fixed = facts.fixed.slice(0, shownVersions).join(' or ');
  const subject = `${facts.package} ${facts.installed} has ${group.primary}`;
  return `${subject} (${severity}${known}; ${namesOf(facts.scanners)}); ${fixed === '' ? 'no fixed version' : `fixed in ${fixed}`}`;
}

/** The same package in other layers, which need the same fix. */
function otherPlaces(group: AdvisoryGroup): readonly RelatedPlace[] {
  const places = new Map<string, RelatedPlace>();
  for (const { image, package: found, diffId, path } of group.rows) {
    if (diffId === null || diffId === group.rows[0].diffId) continue;
    const message = path === null ? 'also in this layer' : `also at ${path}`;
    places.set(diffId, { at: { kind: 'package', image, purl: found.purl, diffId }, message });
  }
  return [...places.values()];
}

function draftOf(group: AdvisoryGroup): Draft {
  const facts = mergeFacts(group);
  const severity = severityOf(facts);
  const [best] = group.rows;
  const description =
    facts.fixed.length > 0
      ? `update ${facts.package} to ${facts.fixed.slice(0, shownVersions).join(' or ')}`
      : 'no fixed version yet; rebuild with --pull when the base image has it';
  return {
    at: { kind: 'package', image: group.image, purl: best.package.purl, diffId: best.diffId },
    message: messageOf(group, facts, severity),
    identity: [group.primary, group.packageName],
    severity,
    related: otherPlaces(group),
    fix: { description, edits: [] },
    vulnerability: facts,
  };
}

const exampleLayers = [{ createdBy: 'COPY app /app # buildkit', files: { 'app/main': 'program' } }];
const exampleFiles = { Dockerfile: 'FROM debian:12.5\nCOPY app /app\nUSER 1000\n' };
const openssl = {
  PkgName: 'openssl',
  InstalledVersion: '3.0.11-1',
  PkgIdentifier: { PURL: 'pkg:deb/debian/openssl@3.0.11-1?arch=amd64' },
};
const debian = {
  Target: 'app (debian 12.5)',
  Class: 'os-pkgs',
  Type: 'debian',
  Packages: [{ Name: 'openssl', Version: '3.0.11-1' }],
};
const trivyReport = (vulnerabilities: readonly object[]) => ({
  SchemaVersion: 2,
  ArtifactName: 'app.tar',
  Metadata: {},
  Results: [{ ...debian, Vulnerabilities: vulnerabilities }],
});

export const vulnerablePackage = defineRule({
  id: 'vulnerable-package',
  summary: 'A package in the image has a known vulnerability',
  severity: 'high',
  confidence: 'high',
  consumes: ['vulnerability'],
  docs: {
    why: 'The version installed in the image is listed by an advisory. Trivy and Grype are both asked, as they use different data; what they say under different ids (CVE, GHSA) of the same package is one finding with the worst severity given. An advisory in the CISA catalogue of exploited vulnerabilities counts one step worse.',
    fix: 'Update the package to the fixed version named: in the lockfile where it comes from an install, by a newer base image where it comes from the base. Without a fixed version, decide and write down why it is acceptable in the `triage` list, with an expiry date.',
  },
  examples: [
    {
      title: 'both scanners report the same flaw',
      files: exampleFiles,
      image: { user: '1000', layers: exampleLayers },
      reports: {
        trivy: trivyReport([
          { ...openssl, VulnerabilityID: 'CVE-2026-1234', Severity: 'CRITICAL', FixedVersion: '3.0.15-1' },
        ]),
        grype: {
          matches: [
            {
              vulnerability: { id: 'CVE-2026-1234', severity: 'High', fix: { versions: ['3.0.15-1'], state: 'fixed' } },
              relatedVulnerabilities: [],
              artifact: {
                name: 'openssl',
                version: '3.0.11-1',
                purl: 'pkg:deb/debian/openssl@3.0.11-1?upstream=openssl',
              },
            },
          ],
          descriptor: { name: 'grype', version: '0.120.1' },
        },
      },
      flags: [{ where: 'image:pkg:deb/debian/openssl@3.0.11-1?arch=amd64', severity: 'critical' }],
    },
    {
      title: 'a report that lists packages and no vulnerability',
      files: exampleFiles,
      image: { user: '1000', layers: exampleLayers },
      reports: { trivy: trivyReport([]) },
      flags: [],
    },
  ],
  *check(view) {
    for (const group of groupAdvisories(view.of('vulnerability'))) yield draftOf(group);
  },
});
