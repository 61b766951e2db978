import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTrivyReader } from '../../../src/sources/scanner/trivy-report.ts';

/** In parts of a few bytes, as they may end anywhere. */
function readTrivyReport(text: string) {
  const reader = createTrivyReader();
  const bytes = Buffer.from(text);
  const step = bytes.length > 100_000 ? bytes.length : 7;
  for (let start = 0; start < bytes.length; start += step) reader.push(bytes.subarray(start, start + step));
  return reader.finish();
}

const diffId = `sha256:${'a'.repeat(64)}`;
const openssl = {
  VulnerabilityID: 'CVE-2026-1234',
  VendorIDs: ['DSA-9999-1'],
  PkgID: 'openssl@3.0.11-1',
  PkgName: 'openssl',
  PkgIdentifier: { PURL: 'pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12.5', UID: '1' },
  InstalledVersion: '3.0.11-1',
  FixedVersion: '3.0.15-1',
  Status: 'fixed',
  Layer: { Digest: 'sha256:bb', DiffID: diffId },
  Severity: 'CRITICAL',
  CVSS: { nvd: { V2Score: 10, V3Score: 9.1 }, redhat: { V3Score: 7.5 } },
};
const lodash = {
  VulnerabilityID: 'CVE-2099-0002',
  VendorIDs: ['GHSA-aaaa-bbbb-cccc'],
  PkgName: 'lodash',
  PkgPath: '/app/node_modules/lodash/package.json',
  PkgIdentifier: { PURL: 'pkg:npm/lodash@4.17.20' },
  InstalledVersion: '4.17.20',
  FixedVersion: '4.17.21, 5.0.0',
  Layer: { DiffID: diffId },
  Severity: 'UNKNOWN',
};

function reportOf(vulnerabilities: readonly unknown[], more: object = {}): string {
  return JSON.stringify({
    SchemaVersion: 2,
    Trivy: { Version: '0.74.0' },
    ArtifactName: 'app.tar',
    ArtifactType: 'container_image',
    Metadata: { OS: { Family: 'debian', Name: '12.5' }, ImageID: `sha256:${'c'.repeat(64)}`, DiffIDs: [diffId] },
    Results: [{ Target: 'app.tar (debian 12.5)', Class: 'os-pkgs', Packages: [{}], Vulnerabilities: vulnerabilities }],
    ...more,
  });
}

function read(text: string) {
  const report = readTrivyReport(text);
  if ('problem' in report) throw new Error(report.problem);
  return report;
}

function problemOf(text: string): string {
  const report = readTrivyReport(text);
  return 'problem' in report ? report.problem : 'read without a problem';
}

describe('a report as Trivy writes it', () => {
  const report = read(reportOf([openssl, lodash]));

  it('keeps what the report says of itself', () => {
    expect(report).toMatchObject({
      version: '0.74.0',
      artifact: 'app.tar',
      identity: { imageId: `sha256:${'c'.repeat(64)}`, diffIds: [diffId] },
      operatingSystem: { name: 'debian 12.5', isEndOfLife: false },
      packages: 1,
      emptiness: null,
      madeOn: null,
    });
  });

  it.each([
    ['2026-11-20T23:59:59.123456789Z', '2026-11-20'],
    ['yesterday', null],
    ['2026-11-20', null],
  ])('says when it was made: %s', (CreatedAt, expected) => {
    expect(read(reportOf([], { CreatedAt })).madeOn).toBe(expected);
  });

  it('maps a package of the operating system', () => {
    expect(report.rows[0]).toEqual({
      id: 'CVE-2026-1234',
      aliases: ['DSA-9999-1'],
      package: {
        name: 'openssl',
        version: '3.0.11-1',
        purl: 'pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12.5',
        source: null,
      },
      fixed: ['3.0.15-1'],
      status: 'fixed',
      severity: 'critical',
      epss: null,
      kev: false,
      cvss: 9.1,
      diffId,
      path: null,
    });
  });

  it.each([
    ['affected', 'affected'],
    ['under_investigation', 'under-investigation'],
    ['fix_deferred', 'deferred'],
    ['will_not_fix', 'will-not-fix'],
    ['end_of_life', 'end-of-life'],
    ['unknown', null],
    ['not_affected', null],
    ['constructor', null],
    [undefined, null],
  ])('says what the vendor says of a fix: %s', (status, expected) => {
    expect(read(reportOf([{ ...openssl, Status: status }])).rows[0]?.status).toBe(expected);
  });

  it.each([
    [
      { SrcName: 'openssl', SrcVersion: '3.0.11', SrcRelease: '1', SrcEpoch: 1 },
      { name: 'openssl', version: '1:3.0.11-1' },
    ],
    [
      { SrcName: 'openssl', SrcVersion: '3.0.11-1' },
      { name: 'openssl', version: '3.0.11-1' },
    ],
    [{ SrcName: 'openssl' }, { name: 'openssl', version: null }],
    [{}, null],
  ])('says what a package was built from: %j', (source, expected) => {
    const results = [{ Packages: [{ ID: openssl.PkgID, ...source }], Vulnerabilities: [openssl] }];
    expect(read(reportOf([], { Results: results })).rows[0]?.package.source).toEqual(expected);
  });

  it('says when the operating system is at its end', () => {
    const metadata = { OS: { Family: 'debian', Name: '9.13', EOSL: true } };
    expect(read(reportOf([], { Metadata: metadata })).operatingSystem).toEqual({
      name: 'debian 9.13',
      isEndOfLife: true,
    });
    expect(problemOf(reportOf([], { Metadata: { OS: { Family: 'debian', EOSL: 'yes' } } }))).toContain(
      'Metadata.OS.EOSL',
    );
  });

  it('maps a package of a language, with several fixed versions and its path', () => {
    expect(report.rows[1]).toMatchObject({
      aliases: ['GHSA-aaaa-bbbb-cccc'],
      fixed: ['4.17.21', '5.0.0'],
      severity: 'medium',
      cvss: null,
      path: 'app/node_modules/lodash/package.json',
    });
  });

  it('takes CVSS 2 only where nothing newer is given', () => {
    expect(read(reportOf([{ ...openssl, CVSS: { nvd: { V2Score: 6.5 } } }])).rows[0]?.cvss).toBe(6.5);
  });

  it('makes a package URL where there is none', () => {
    const { PkgIdentifier: _, ...without } = openssl;
    expect(read(reportOf([without])).rows[0]?.package.purl).toBe('pkg:generic/openssl@3.0.11-1');
  });

  it('reads a report without results, metadata or identity', () => {
    const bare = read(JSON.stringify({ SchemaVersion: 2, Metadata: {} }));
    expect(bare.identity).toEqual({ imageId: null, diffIds: [] });
    expect(bare.rows).toEqual([]);
  });
});

describe('a report that proves nothing', () => {
  it('has neither operating system nor package', () => {
    expect(read(JSON.stringify({ SchemaVersion: 2, Metadata: {}, Results: null })).emptiness).toMatch(
      /^lists no operating system and no package/,
    );
  });

  it('has an operating system and no package', () => {
    expect(read(reportOf([], { Results: [] })).emptiness).toMatch(/^lists no package of debian 12\.5/);
  });

  it('is not one that lists packages', () => {
    expect(read(reportOf([])).emptiness).toBeNull();
  });
});

describe('a hostile or changed report', () => {
  const whole = reportOf([openssl]);
  it('lists more than is read', () => {
    const rows = Array.from({ length: 500_000 }, () => '{"VulnerabilityID":"CVE-1","PkgName":"a"}').join();
    const text = `{"SchemaVersion":2,"Results":[{"Vulnerabilities":[${rows}]}]}`;
    expect(problemOf(text)).toBe('lists more than 200000 vulnerabilities');
  });

  it.each([
    [
      'given twice',
      `{"SchemaVersion":2,"Results":[{"Vulnerabilities":[${JSON.stringify(openssl)}],"Vulnerabilities":[]}]}`,
    ],
    ['spelt with an escape', `{"SchemaVersion":2,"Results":[{"Vulnerabiliti\\u0065s":[${JSON.stringify(openssl)}]}]}`],
    [
      'in results given twice',
      `{"SchemaVersion":2,"Results":[{"Vulnerabilities":[${JSON.stringify(openssl)}]}],"Results":[]}`,
    ],
  ])('hides no row in a list %s', (_, text) => {
    expect(problemOf(text)).toMatch(/^has a shape .+ is not given once and under its plain name$/);
  });

  it.each([
    ['\u202e::error::[x](javascript:a)\r\n', '\\u{202e}::error::[x](javascript:a)\\r\\n'],
    ['::error::x', ': :error::x'],
    ['a\u001b[31m\u0000', 'a\\x1b[31m\\x00'],
  ])('forges nothing through names, ids and versions: %j', (hostile, shown) => {
    const forged = { VulnerabilityID: hostile, PkgName: hostile, InstalledVersion: hostile, FixedVersion: hostile };
    const [row] = read(reportOf([{ ...openssl, ...forged }])).rows;
    expect([row?.id, row?.package.name, row?.package.version, ...(row?.fixed ?? [])]).toEqual(Array(4).fill(shown));
  });

  it.each([
    ['nothing', '', 'is not JSON, or is cut off'],
    ['half a report', whole.slice(0, whole.length / 2), 'is not JSON, or is cut off'],
    ['depth', '['.repeat(2_000_000), 'is not JSON, or is cut off'],
    ['a list', '[]', 'the report is not an object'],
    ['another schema', JSON.stringify({ SchemaVersion: 3 }), 'SchemaVersion is not 2'],
    ['a Grype report', JSON.stringify({ matches: [] }), 'SchemaVersion is not 2'],
    ['results of another type', reportOf([], { Results: {} }), 'Results is not a list'],
    ['a row that is a text', reportOf(['x']), 'Results[0].Vulnerabilities[0] is not an object'],
    [
      'an id that is a number',
      reportOf([openssl, { ...openssl, VulnerabilityID: 7 }]),
      'Results[0].Vulnerabilities[1].VulnerabilityID is not a text',
    ],
    [
      'an empty id',
      reportOf([{ ...openssl, VulnerabilityID: '' }]),
      'Vulnerabilities[0].VulnerabilityID is not a text that is not empty',
    ],
    ['aliases as a text', reportOf([{ ...openssl, VendorIDs: 'x' }]), 'Vulnerabilities[0].VendorIDs is not a list'],
    [
      'an unknown severity',
      reportOf([{ ...openssl, Severity: 'SEVERE' }]),
      'Vulnerabilities[0].Severity is not a known severity',
    ],
    [
      'a severity named like an object member',
      reportOf([{ ...openssl, Severity: 'constructor' }]),
      'Vulnerabilities[0].Severity is not a known severity',
    ],
    [
      'a score out of range',
      reportOf([{ ...openssl, CVSS: { nvd: { V3Score: 11 } } }]),
      'CVSS.nvd.V3Score is not a number from 0 to 10',
    ],
    ['a layer that is a text', reportOf([{ ...openssl, Layer: 'x' }]), 'Vulnerabilities[0].Layer is not an object'],
    ['diffIDs that are numbers', reportOf([], { Metadata: { DiffIDs: [1] } }), 'Metadata.DiffIDs[0] is not a text'],
  ])('names what is wrong with %s', (_, text, expected) => {
    expect(problemOf(text)).toContain(expected);
  });

  it('neutralises and bounds every text', () => {
    const row = read(
      reportOf([
        {
          ...openssl,
          VulnerabilityID: 'CVE-1\n::error::x',
          PkgName: `::error::${'n'.repeat(100_000)}`,
          VendorIDs: Array.from({ length: 10_000 }, (_, i) => `A-${i}`),
          PkgPath: 'a\u202eb',
        },
      ]),
    ).rows[0];
    expect(row?.id).toBe('CVE-1\\n::error::x');
    expect(row?.package.name).toMatch(/^: :error::n+…$/);
    expect(row?.package.name.length).toBeLessThan(300);
    expect(row?.aliases).toHaveLength(100);
    expect(row?.path).toBe('a\\u{202e}b');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('Results', 'Metadata', 'Trivy', 'ArtifactName'), (value, key) => {
        readTrivyReport(JSON.stringify({ SchemaVersion: 2, [key]: value }));
        readTrivyReport(JSON.stringify(value));
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(openssl)), fc.jsonValue(), (key, value) => {
        readTrivyReport(reportOf([{ ...openssl, [key]: value }]));
      }),
    );
  });
});
