import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGrypeReader } from '../../../src/sources/scanner/grype-report.ts';

/** In parts of a few bytes, as they may end anywhere. */
function readGrypeReport(text: string) {
  const reader = createGrypeReader();
  const bytes = Buffer.from(text);
  const step = bytes.length > 100_000 ? bytes.length : 7;
  for (let start = 0; start < bytes.length; start += step) reader.push(bytes.subarray(start, start + step));
  return reader.finish();
}

const diffId = `sha256:${'a'.repeat(64)}`;
const lodash = {
  vulnerability: {
    id: 'GHSA-aaaa-bbbb-cccc',
    dataSource: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
    severity: 'High',
    cvss: [{ type: 'Secondary', version: '3.1', vector: 'x', metrics: { baseScore: 7.4 } }],
    fix: { versions: ['4.17.21'], state: 'fixed' },
    advisories: [],
    risk: 68.25,
  },
  relatedVulnerabilities: [
    {
      id: 'CVE-2099-0002',
      severity: 'Medium',
      cvss: [
        { version: '3.1', metrics: { baseScore: 8.1 } },
        { version: '2.0', metrics: { baseScore: 9.9 } },
      ],
      epss: [{ cve: 'CVE-2099-0002', epss: 0.91, percentile: 0.99, date: '2026-11-20' }],
      knownExploited: [{ cve: 'CVE-2099-0002', dateAdded: '2026-01-01' }],
    },
  ],
  matchDetails: [{ type: 'exact-direct-match' }],
  artifact: {
    name: 'lodash',
    version: '4.17.20',
    type: 'npm',
    locations: [{ path: '/app/node_modules/lodash/package.json', layerID: diffId }],
    purl: 'pkg:npm/lodash@4.17.20',
    upstreams: [],
  },
};

function reportOf(matches: unknown, more: object = {}): string {
  return JSON.stringify({
    matches,
    source: {
      type: 'image',
      target: {
        userInput: 'app.tar',
        imageID: `sha256:${'c'.repeat(64)}`,
        layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', digest: diffId, size: 10 }],
      },
    },
    distro: { name: 'debian', version: '12', idLike: [] },
    descriptor: {
      name: 'grype',
      version: '0.120.1',
      db: { status: { schemaVersion: 'v6.1.9', built: '2026-11-01T00:00:00Z', valid: true } },
      timestamp: '2026-11-22T12:00:00.123456789Z',
    },
    ...more,
  });
}

function read(text: string) {
  const report = readGrypeReport(text);
  if ('problem' in report) throw new Error(report.problem);
  return report;
}

describe('a report as Grype writes it', () => {
  it('keeps what the report says of itself, and the age of its database', () => {
    expect(read(reportOf([]))).toEqual({
      version: '0.120.1',
      artifact: 'app.tar',
      identity: { imageId: `sha256:${'c'.repeat(64)}`, diffIds: [diffId] },
      operatingSystem: { name: 'debian 12', isEndOfLife: false },
      packages: null,
      rows: [],
      emptiness: null,
      madeOn: '2026-11-22',
      databaseAgeDays: 21,
    });
  });

  it('maps a match, with EPSS, KEV and score of the related advisory, and the layer of its file', () => {
    expect(read(reportOf([lodash])).rows).toEqual([
      {
        id: 'GHSA-aaaa-bbbb-cccc',
        aliases: ['CVE-2099-0002'],
        package: { name: 'lodash', version: '4.17.20', purl: 'pkg:npm/lodash@4.17.20', source: null },
        fixed: ['4.17.21'],
        status: 'fixed',
        severity: 'high',
        epss: 0.91,
        kev: true,
        cvss: 8.1,
        risk: 68.25,
        diffId,
        path: 'app/node_modules/lodash/package.json',
      },
    ]);
  });

  it('takes no layer for a package of the operating system, and says what it was built from', () => {
    const artifact = {
      ...lodash.artifact,
      type: 'deb',
      name: 'libssl3',
      upstreams: [{ name: 'openssl', version: '3.0.11-1' }, { name: 'other' }],
    };
    const [row] = read(reportOf([{ ...lodash, artifact }])).rows;
    expect(row?.diffId).toBeNull();
    expect(row?.package.source).toEqual({ name: 'openssl', version: '3.0.11-1' });
    const unversioned = { ...artifact, upstreams: [{ name: 'openssl' }] };
    expect(read(reportOf([{ ...lodash, artifact: unversioned }])).rows[0]?.package.source).toEqual({
      name: 'openssl',
      version: null,
    });
  });

  it.each([
    ['an alert on a package', [{ alerts: [{ type: 'distro-eol', message: 'x' }] }], true],
    ['another alert', [{ alerts: [{ type: 'distro-unknown' }] }], false],
    ['none', [], false],
    ['an empty object', {}, false],
  ])('takes the end of life of the distribution from %s', (_, alertsByPackage, isEndOfLife) => {
    expect(read(reportOf([], { alertsByPackage })).operatingSystem).toEqual({ name: 'debian 12', isEndOfLife });
  });

  it('knows no operating system where none is named', () => {
    expect(read(reportOf([], { distro: { name: '', version: '' } })).operatingSystem).toBeNull();
  });

  it.each([
    ['Critical', 'critical'],
    ['High', 'high'],
    ['Medium', 'medium'],
    ['Low', 'low'],
    ['Negligible', 'info'],
    ['Unknown', 'medium'],
    ['', 'medium'],
  ])('severity %s is %s', (word, severity) => {
    const match = { ...lodash, vulnerability: { ...lodash.vulnerability, severity: word } };
    expect(read(reportOf([match])).rows[0]?.severity).toBe(severity);
  });

  it.each([
    ['not-fixed', 'affected'],
    ['wont-fix', 'will-not-fix'],
    ['unknown', null],
    ['', null],
  ])('fix state %s is %s', (state, status) => {
    const match = { ...lodash, vulnerability: { ...lodash.vulnerability, fix: { versions: [], state } } };
    expect(read(reportOf([match])).rows[0]?.status).toBe(status);
  });

  it('reads a match without fix, related advisories and scores', () => {
    const match = {
      vulnerability: { id: 'CVE-1', fix: { versions: null, state: 'wont-fix' } },
      artifact: { name: 'a' },
    };
    expect(read(reportOf([match])).rows[0]).toMatchObject({
      aliases: [],
      fixed: [],
      status: 'will-not-fix',
      epss: null,
      kev: false,
      cvss: null,
      package: { name: 'a', version: '', purl: 'pkg:generic/a@' },
      path: null,
    });
  });

  it('has no identity when it is about a folder or an SBOM', () => {
    const report = read(reportOf([], { source: { type: 'directory', target: '/src' } }));
    expect(report).toMatchObject({ artifact: '/src', identity: { imageId: null, diffIds: [] } });
  });

  it('knows no database age without the two dates', () => {
    expect(read(reportOf([], { descriptor: { name: 'grype' } })).databaseAgeDays).toBeNull();
    expect(read(reportOf([], { descriptor: undefined })).databaseAgeDays).toBeNull();
  });
});

describe('a hostile or changed report', () => {
  const whole = reportOf([lodash]);
  it.each([
    ['half a report', whole.slice(0, -40), 'is not JSON, or is cut off'],
    ['null', 'null', 'matches is not a list, as in a Grype JSON report'],
    ['a Trivy report', JSON.stringify({ SchemaVersion: 2 }), 'matches is not a list, as in a Grype JSON report'],
    ['matches as an object', reportOf({}), 'matches is not a list'],
    ['no vulnerability', reportOf([{ artifact: { name: 'a' } }]), 'matches[0].vulnerability.id is not a text'],
    ['no artifact', reportOf([{ vulnerability: { id: 'CVE-1' } }]), 'matches[0].artifact.name is not a text'],
    [
      'EPSS above 1',
      reportOf([{ ...lodash, vulnerability: { ...lodash.vulnerability, epss: [{ epss: 91 }] } }]),
      'matches[0].vulnerability.epss[0].epss is not a number from 0 to 1',
    ],
    [
      'KEV as a truth value',
      reportOf([{ ...lodash, vulnerability: { ...lodash.vulnerability, knownExploited: true } }]),
      'matches[0].vulnerability.knownExploited is not a list',
    ],
    [
      'a fix that is a text',
      reportOf([{ ...lodash, vulnerability: { ...lodash.vulnerability, fix: { versions: '4.17.21' } } }]),
      'matches[0].vulnerability.fix.versions is not a list',
    ],
    [
      'layers without digest',
      reportOf([], { source: { type: 'image', target: { layers: [{}] } } }),
      'source.target.layers[0].digest is not a text',
    ],
  ])('names what is wrong with %s', (_, text, expected) => {
    const report = readGrypeReport(text);
    expect('problem' in report ? report.problem : 'read without a problem').toContain(expected);
  });

  it('neutralises ids with newlines', () => {
    const match = { ...lodash, vulnerability: { ...lodash.vulnerability, id: 'CVE-1\r\n##[error]x' } };
    expect(read(reportOf([match])).rows[0]?.id).toBe('CVE-1\\r\\n## [error]x');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('matches', 'source', 'descriptor'), (value, key) => {
        readGrypeReport(JSON.stringify({ matches: [], [key]: value }));
        readGrypeReport(
          reportOf([
            { ...lodash, artifact: value },
            { ...lodash, vulnerability: value },
          ]),
        );
      }),
    );
  });
});
