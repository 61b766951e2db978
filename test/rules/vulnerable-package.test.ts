import { describe, expect, it } from 'vitest';
import type { VulnerabilityEvidence } from '../../src/domain/evidence.ts';
import type { Draft } from '../../src/domain/finding.ts';
import { vulnerablePackage } from '../../src/rules/vulnerable-package.ts';
import { createGrypeReader } from '../../src/sources/scanner/grype-report.ts';
import type { ReportReader } from '../../src/sources/scanner/report-json.ts';
import { evidenceOf } from '../../src/sources/scanner/scanner-report.ts';
import { createTrivyReader } from '../../src/sources/scanner/trivy-report.ts';

function read<T>(reader: ReportReader<T>, report: unknown) {
  reader.push(Buffer.from(JSON.stringify(report)));
  return reader.finish();
}

const settings = { images: { minLevel: 'major', overrides: [] } } as const;

function check(evidence: readonly VulnerabilityEvidence[]): readonly Draft[] {
  const frozen = Object.freeze(evidence.map((row) => Object.freeze({ ...row })));
  const of = () => frozen;
  return [...vulnerablePackage.check({ causeOf: () => null, of: of as never, settings })];
}

const openssl: VulnerabilityEvidence = {
  kind: 'vulnerability',
  scanner: 'trivy',
  image: 'app.tar',
  id: 'CVE-2026-1234',
  aliases: [],
  package: { name: 'openssl', version: '3.0.11', purl: 'pkg:deb/debian/openssl@3.0.11?arch=amd64' },
  fixed: ['3.0.15'],
  severity: 'critical',
  epss: null,
  kev: false,
  cvss: null,
  diffId: 'sha256:1',
  path: null,
};
const byGrype: VulnerabilityEvidence = {
  ...openssl,
  scanner: 'grype',
  severity: 'high',
  diffId: null,
  package: { ...openssl.package, purl: 'pkg:deb/debian/openssl@3.0.11?upstream=openssl' },
};

describe('flags', () => {
  it('one finding for what both scanners say, on the package and the layer that Trivy tells', () => {
    const drafts = check([byGrype, openssl]);
    expect(drafts).toHaveLength(1);
    expect(drafts[0]).toEqual({
      at: { kind: 'package', image: 'app.tar', purl: 'pkg:deb/debian/openssl@3.0.11?arch=amd64', diffId: 'sha256:1' },
      message: 'openssl 3.0.11 has CVE-2026-1234 (critical; Trivy and Grype); fixed in 3.0.15',
      identity: ['CVE-2026-1234', 'deb/openssl'],
      severity: 'critical',
      related: [],
      fix: { description: 'update openssl to 3.0.15', edits: [] },
      vulnerability: {
        ids: ['CVE-2026-1234'],
        package: 'openssl',
        installed: '3.0.11',
        fixed: ['3.0.15'],
        scanners: ['grype', 'trivy'],
        severityBy: { trivy: 'critical', grype: 'high' },
        epss: null,
        kev: false,
        cvss: null,
      },
    });
  });

  it.each([
    [
      'no fix',
      { fixed: [] },
      'openssl 3.0.11 has CVE-2026-1234 (critical; Trivy); no fixed version',
      'no fixed version yet; rebuild with --pull when the base image has it',
    ],
    [
      'two fixes',
      { fixed: ['1.1.1', '3.0.15'] },
      'openssl 3.0.11 has CVE-2026-1234 (critical; Trivy); fixed in 1.1.1 or 3.0.15',
      'update openssl to 1.1.1 or 3.0.15',
    ],
    [
      'KEV',
      { severity: 'medium', kev: true },
      'openssl 3.0.11 has CVE-2026-1234 (high, known to be exploited; Trivy); fixed in 3.0.15',
      'update openssl to 3.0.15',
    ],
    [
      'Grype only',
      { scanner: 'grype', severity: 'info' },
      'openssl 3.0.11 has CVE-2026-1234 (info; Grype); fixed in 3.0.15',
      'update openssl to 3.0.15',
    ],
  ] as const)('%s', (_, more, message, description) => {
    const [draft] = check([{ ...openssl, ...more }]);
    expect(draft?.message).toBe(message);
    expect(draft?.fix?.description).toBe(description);
  });

  it('the same package in a second layer as a related place', () => {
    const second = { ...openssl, diffId: 'sha256:2', path: 'opt/openssl' };
    const drafts = check([second, openssl]);
    expect(drafts).toHaveLength(1);
    expect(drafts[0]?.related?.map((place) => [place.at, place.message])).toEqual([
      [{ kind: 'package', image: 'app.tar', purl: openssl.package.purl, diffId: 'sha256:2' }, 'also at opt/openssl'],
    ]);
  });

  it('two installed versions under one identity, so that an update of either keeps the fingerprint', () => {
    const older = {
      ...openssl,
      package: { ...openssl.package, version: '3.0.9', purl: 'pkg:deb/debian/openssl@3.0.9' },
    };
    const drafts = check([older, openssl]);
    expect(drafts.map((draft) => draft.identity)).toEqual([
      ['CVE-2026-1234', 'deb/openssl'],
      ['CVE-2026-1234', 'deb/openssl'],
    ]);
  });

  it('the same whatever the order', () => {
    expect(check([byGrype, openssl])).toEqual(check([openssl, byGrype]));
  });
});

describe('passes', () => {
  it('without vulnerabilities', () => {
    expect(check([])).toEqual([]);
  });
});

describe('its examples', () => {
  it.each(vulnerablePackage.examples.map((example) => [example.title, example] as const))('%s', (_, example) => {
    const { trivy, grype } = example.reports ?? {};
    const reports = [
      ...(trivy === undefined ? [] : [['trivy', read(createTrivyReader(), trivy)] as const]),
      ...(grype === undefined ? [] : [['grype', read(createGrypeReader(), grype)] as const]),
    ];
    const evidence = reports.flatMap(([scanner, report]) => {
      if ('problem' in report) throw new Error(report.problem);
      expect(report.emptiness).toBeNull();
      return evidenceOf(report, scanner, 'image');
    });
    const found = check(evidence).map(({ at, severity }) => ({
      where: at.kind === 'package' ? `image:${at.purl}` : at.kind,
      severity,
    }));
    expect(found).toEqual(example.flags);
  });
});
