import { describe, expect, it } from 'vitest';
import type { Cause } from '../../src/domain/cause.ts';
import type { ImageReferenceEvidence, VulnerabilityEvidence } from '../../src/domain/evidence.ts';
import type { Draft } from '../../src/domain/finding.ts';
import type {
  BaseReleaseEvidence,
  LockedPackageEvidence,
  LockManager,
  OperatingSystemEvidence,
  PackageOriginEvidence,
} from '../../src/domain/package-evidence.ts';
import { parseReference } from '../../src/domain/reference.ts';
import type { RuleExample } from '../../src/domain/rule.ts';
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

interface Surroundings {
  readonly cause?: Cause;
  readonly origins?: readonly PackageOriginEvidence[];
  /** What the FROM behind the cause names. */
  readonly image?: string;
  readonly systems?: readonly OperatingSystemEvidence[];
  readonly releases?: readonly BaseReleaseEvidence[];
}

/** The FROM of the first line of a Dockerfile. */
function namedIn(text: string): ImageReferenceEvidence {
  const at = { kind: 'file', path: 'Dockerfile', line: 1, column: 6, endLine: 1, endColumn: 9 } as const;
  const reference = parseReference(text);
  return { kind: 'image-reference', at, usedAt: at, role: 'from', text, reference, unresolved: [], written: text };
}

function check(
  evidence: readonly VulnerabilityEvidence[],
  { cause, origins = [], image, systems = [], releases = [] }: Surroundings = {},
): readonly Draft[] {
  const kinds: Readonly<Record<string, readonly unknown[]>> = {
    vulnerability: Object.freeze(evidence.map((row) => Object.freeze({ ...row }))),
    'package-origin': origins,
    'image-reference': image === undefined ? [] : [namedIn(image)],
    'operating-system': systems,
    'base-release': releases,
  };
  const of = (kind: string) => kinds[kind] ?? [];
  return [...vulnerablePackage.check({ causeOf: () => cause ?? null, of: of as never, settings })];
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
      message: 'openssl 3.0.11 has CVE-2026-1234 (Trivy critical, Grype high); fixed in 3.0.15',
      identity: ['CVE-2026-1234', 'deb/openssl'],
      severity: 'critical',
      related: [],
      fix: { description: 'rebuild with --pull: openssl 3.0.15 is published', edits: [] },
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
        packages: ['openssl'],
        fixedFrom: '3.0.15',
        risk: null,
        examinedBy: ['grype', 'trivy'],
        through: [],
        remedy: 'rebuild',
        statusBy: {},
        action: 'rebuild with --pull',
      },
    });
  });

  it('who said what: both, one of two, or the only one asked', () => {
    const bash = { ...openssl.package, name: 'bash', purl: 'pkg:deb/debian/bash@5' };
    const saidBy = (...rows: readonly VulnerabilityEvidence[]) =>
      check(rows).map(({ message }) => / \((.*)\);/.exec(message)?.[1]);
    expect(saidBy(openssl, { ...byGrype, severity: 'critical' })).toEqual(['Trivy and Grype']);
    expect(saidBy(openssl, { ...byGrype, package: bash })).toEqual(['Grype only', 'Trivy only']);
    expect(saidBy(openssl)).toEqual(['Trivy']);
    expect(saidBy(openssl, { ...byGrype, image: 'other.tar' })).toEqual(['Trivy', 'Grype']);
  });

  it.each([
    ['app.tar', '(Trivy only)'],
    ['other.tar', '(Trivy)'],
  ])('a scanner that found nothing in %s, but told its system', (image, expected) => {
    const system = { kind: 'operating-system', scanner: 'grype', name: 'debian 12', isEndOfLife: false } as const;
    const [draft] = check([openssl], { systems: [{ ...system, image }] });
    expect(draft?.message).toContain(expected);
  });

  it('packages built from one source as one finding', () => {
    const source = { name: 'openssl', version: '3.0.11' };
    const library = { ...openssl.package, name: 'libssl3', purl: 'pkg:deb/debian/libssl3@3.0.11', source };
    const [draft, ...others] = check([openssl, { ...openssl, package: library }]);
    expect(others).toEqual([]);
    expect(draft?.message).toMatch(/^openssl 3\.0\.11 \(also libssl3\) has CVE-2026-1234 /);
    expect(draft?.identity).toEqual(['CVE-2026-1234', 'deb/openssl']);
  });

  it('the layer that the package databases tell, where no scanner does', () => {
    const origins: readonly PackageOriginEvidence[] = [
      {
        kind: 'package-origin',
        image: 'app.tar',
        type: 'deb',
        name: 'openssl',
        version: '1:3.0.11',
        diffId: 'sha256:7',
      },
    ];
    expect(check([byGrype], { origins })[0]?.at).toMatchObject({ diffId: 'sha256:7' });
    expect(check([openssl], { origins })[0]?.at).toMatchObject({ diffId: 'sha256:1' });
  });

  it.each([
    ['no fix', { fixed: [] }, 'openssl 3.0.11 has CVE-2026-1234 (Trivy); no fix yet', 'no fix yet for openssl'],
    [
      'two fixes',
      { fixed: ['1.1.1', '3.0.15'] },
      'openssl 3.0.11 has CVE-2026-1234 (Trivy); fixed in 3.0.15',
      'rebuild with --pull: openssl 3.0.15 is published',
    ],
    [
      'KEV',
      { severity: 'medium', kev: true },
      'openssl 3.0.11 has CVE-2026-1234 (known to be exploited; Trivy); fixed in 3.0.15',
      'rebuild with --pull: openssl 3.0.15 is published',
    ],
    [
      'Grype only',
      { scanner: 'grype', severity: 'info' },
      'openssl 3.0.11 has CVE-2026-1234 (Grype); fixed in 3.0.15',
      'rebuild with --pull: openssl 3.0.15 is published',
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

describe('the fix', () => {
  const layerOf = (instruction: string): Cause => ({
    path: 'Dockerfile',
    line: 1,
    endLine: 1,
    instruction,
    confidence: 'high',
  });

  it.each([
    ['FROM debian:12', 'rebuild with --pull: openssl 3.0.15 is published', 'rebuild'],
    ['RUN apt-get install openssl', 'rebuild with --pull --no-cache: openssl 3.0.15 is published', 'rebuild'],
  ])('of a package that %s brought', (instruction, description, remedy) => {
    const [draft] = check([openssl], { cause: layerOf(instruction) });
    expect([draft?.fix?.description, draft?.vulnerability?.remedy]).toEqual([description, remedy]);
  });

  const release = (advised: string | null): BaseReleaseEvidence => ({
    kind: 'base-release',
    path: 'Dockerfile',
    line: 1,
    advised,
  });
  const digest = `sha256:${'a'.repeat(64)}`;
  const newDigest = `sha256:${'b'.repeat(64)}`;
  const published = ': openssl 3.0.15 is published';

  it.each([
    ['debian:12', undefined, 'rebuild with --pull', 'rebuild'],
    ['node:22-alpine', undefined, 'rebuild with --pull', 'rebuild'],
    [
      'debian:12.5',
      'debian:12.11',
      'write `debian:12.11` in FROM and rebuild (debian:12.5 stays as it was built)',
      'update',
    ],
    ['debian:12.11', null, 'rebuild with --pull (debian:12.11 is the newest tag of its series)', 'rebuild'],
    [
      'debian:12.5',
      undefined,
      'write a newer tag of debian 12 in FROM and rebuild (debian:12.5 stays as it was built)',
      'update',
    ],
    [
      'ghcr.io/me/app:sha-0a1b2c3',
      undefined,
      'write a newer tag of ghcr.io/me/app:sha-0a1b2c3 in FROM and rebuild (ghcr.io/me/app:sha-0a1b2c3 stays as it was built)',
      'update',
    ],
    [
      `node:22.3.0-alpine3.19@${digest}`,
      `node:22.12.0-alpine3.21@${newDigest}`,
      `write \`node:22.12.0-alpine3.21@${newDigest}\` in FROM and rebuild (a digest stays as it was built)`,
      'update',
    ],
    [
      `node:22.3.0-alpine3.19@${digest}`,
      undefined,
      'write a newer tag of node 22 and its digest in FROM and rebuild (a digest stays as it was built)',
      'update',
    ],
    [
      `debian:12@${digest}`,
      undefined,
      'write the newest digest of debian:12 in FROM and rebuild (a digest stays as it was built)',
      'update',
    ],
    [
      `debian:12@${digest}`,
      null,
      'update the packages in a RUN, or wait for a newer base (debian:12 has no newer build)',
      'update',
    ],
    [
      `debian@${digest}`,
      undefined,
      'write a newer digest in FROM and rebuild (a digest stays as it was built)',
      'update',
    ],
  ] as const)('of a package from the base %s, for which the registry answers %s', (image, advised, action, remedy) => {
    const releases = advised === undefined ? [] : [release(advised)];
    const [draft] = check([openssl], { cause: layerOf(`FROM ${image}`), image, releases });
    expect(draft?.fix?.description).toBe(`${action}${published}`);
    expect(draft?.vulnerability).toMatchObject({ action, remedy });
  });

  it.each([
    ['debian:13.1', 'write `debian:13.1` in FROM and rebuild (debian 10 gets no security updates any more)'],
    [undefined, 'write a later release in FROM and rebuild (debian 10 gets no security updates any more)'],
  ])('of a base whose series has ended is the next one: %s', (advised, action) => {
    const systems: readonly OperatingSystemEvidence[] = [
      { kind: 'operating-system', scanner: 'trivy', image: 'app.tar', name: 'debian 10.13', isEndOfLife: true },
    ];
    const given = {
      cause: layerOf('FROM debian:10'),
      image: 'debian:10',
      systems,
      releases: advised === undefined ? [] : [release(advised)],
    };
    expect(check([openssl], given)[0]?.fix?.description).toBe(`${action}${published}`);
    const [unfixed] = check([{ ...openssl, fixed: [] }], given);
    expect(unfixed?.fix?.description).toBe(action);
    expect(unfixed?.vulnerability?.remedy).toBe('none');
  });

  it.each([
    [{ status: 'affected' }, {}, 'no fix yet', 'no fix yet for openssl'],
    [
      { status: 'will-not-fix' },
      { status: 'affected' },
      'no fix: Debian does not plan one, says Trivy',
      'Debian does not plan to fix openssl: remove it where it is not needed, or triage it with the reason',
    ],
    [
      { status: 'will-not-fix' },
      { status: 'will-not-fix' },
      'no fix: Debian does not plan one',
      'Debian does not plan to fix openssl: remove it where it is not needed, or triage it with the reason',
    ],
    [
      { status: 'deferred' },
      { status: 'affected' },
      'no fix yet: Debian has put it off, says Trivy',
      'no fix yet for openssl',
    ],
    [
      { status: 'under-investigation' },
      {},
      'no fix yet: Debian is still investigating, says Trivy',
      'no fix yet for openssl',
    ],
    [
      { status: 'deferred' },
      { status: 'will-not-fix' },
      'no fix: Debian does not plan one, says Grype; Debian has put it off, says Trivy',
      'Debian does not plan to fix openssl: remove it where it is not needed, or triage it with the reason',
    ],
    [
      { status: 'end-of-life' },
      {},
      'no fix: Debian no longer supports it, says Trivy',
      'Debian no longer supports openssl: remove it where it is not needed, or triage it with the reason',
    ],
    [
      { status: 'will-not-fix' },
      { status: 'fixed', fixed: ['3.0.15'] },
      'fixed in 3.0.15 (Debian does not plan one, says Trivy)',
      'rebuild with --pull: openssl 3.0.15 is published',
    ],
    [
      { status: 'affected' },
      { status: 'fixed' },
      'fixed in a version that is not named',
      'rebuild with --pull: a fixed openssl is published',
    ],
  ] as const)('of what the vendor says: %j and %j', (trivy, grype, outlook, description) => {
    const [draft] = check([
      { ...openssl, fixed: [], ...trivy },
      { ...byGrype, fixed: [], ...grype },
    ]);
    expect(draft?.message).toBe(`openssl 3.0.11 has CVE-2026-1234 (Trivy critical, Grype high); ${outlook}`);
    expect(draft?.fix?.description).toBe(description);
  });

  it('of a language package without one is of its maintainer', () => {
    const found = { name: 'lodash', version: '4.17.20', purl: 'pkg:npm/lodash@4.17.20' };
    const [draft] = check([{ ...openssl, package: found, fixed: [], status: 'will-not-fix' }]);
    expect(draft?.message).toMatch(/; no fix: its maintainer does not plan one$/);
  });

  const lodash: VulnerabilityEvidence = {
    ...openssl,
    package: { name: 'lodash', version: '4.17.20', purl: 'pkg:npm/lodash@4.17.20' },
    fixed: ['4.17.21'],
  };
  const at = { kind: 'file', path: 'package-lock.json', line: 9, column: 1, endLine: 9, endColumn: 1 } as const;
  const pinBy = (
    manager: LockManager,
    through: readonly string[],
    more: Partial<LockedPackageEvidence> = {},
  ): Cause => {
    const pin: LockedPackageEvidence = {
      kind: 'locked-package',
      at,
      manager,
      name: 'lodash',
      version: '4.17.20',
      purl: 'pkg:npm/lodash@4.17.20',
      isDirect: through.length === 0,
      through,
      ...more,
    };
    return { path: at.path, line: 9, endLine: 9, instruction: 'lodash 4.17.20', confidence: 'high', pins: [pin] };
  };

  it.each([
    ['npm', [], 'update lodash to 4.17.21: npm install lodash@4.17.21'],
    ['pnpm', [], 'update lodash to 4.17.21: pnpm add lodash@4.17.21'],
    ['poetry', [], "update lodash to 4.17.21: poetry add 'lodash@>=4.17.21'"],
    [
      'cargo',
      ['app'],
      'update lodash to 4.17.21: cargo update -p lodash --precise 4.17.21; where the range of app does not allow it, update app',
    ],
    ['pip', [], 'update lodash to 4.17.21 in package-lock.json, with its hashes where it has them'],
    [
      'npm',
      ['express', 'body-parser'],
      'update lodash to 4.17.21: npm update lodash; where the range of body-parser does not allow it, update express, or set an override',
    ],
    ['go', ['x'], 'update lodash to 4.17.21: go get lodash@v4.17.21'],
  ] as const)('of a package that %s pins, through %j', (manager, through, description) => {
    const [draft] = check([lodash], { cause: pinBy(manager, through) });
    expect(draft?.fix?.description).toBe(description);
    expect(draft?.vulnerability?.remedy).toBe('update');
    const way = through.length === 0 ? '' : `, through ${through.join(' -> ')},`;
    expect(draft?.message).toMatch(new RegExp(`^lodash 4\\.17\\.20${way} has `));
  });

  it('holds no command where a name could hold another one', () => {
    const cause = pinBy('npm', [], { name: 'lodash; curl evil' });
    expect(check([lodash], { cause })[0]?.fix?.description).toBe(
      'update lodash; curl evil to 4.17.21 in package-lock.json',
    );
    const hostile = { ...lodash, fixed: ['5.0.0$(id)'] };
    expect(check([hostile], { cause: pinBy('npm', []) })[0]?.fix?.description).toBe(
      'update lodash to 5.0.0$(id) in package-lock.json',
    );
  });

  it("of Go's standard library is the toolchain", () => {
    const cause = pinBy('go', [], { name: 'stdlib', at: { ...at, path: 'go.mod' } });
    expect(check([lodash], { cause })[0]?.fix?.description).toBe(
      'build with Go 4.17.21: update the toolchain in go.mod and the image that builds',
    );
  });

  it('names the other lockfiles that pin the package', () => {
    const cause = pinBy('npm', []);
    const second = { ...at, path: 'web/package-lock.json' };
    const [pin] = cause.pins ?? [];
    if (pin === undefined) throw new Error('no pin');
    const [draft] = check([lodash], { cause: { ...cause, pins: [pin, { ...pin, at: second }] } });
    expect(draft?.related).toEqual([{ at: second, message: 'also pinned here' }]);
  });
});

describe('passes', () => {
  it('without vulnerabilities', () => {
    expect(check([])).toEqual([]);
  });
});

describe('its examples', () => {
  it.each(vulnerablePackage.examples.map((example) => [example.title, example] as const))('%s', (_, example) => {
    const { trivy, grype }: NonNullable<RuleExample['reports']> = example.reports ?? {};
    const reports = [
      ...(trivy === undefined ? [] : [['trivy', read(createTrivyReader(), trivy)] as const]),
      ...(grype === undefined ? [] : [['grype', read(createGrypeReader(), grype)] as const]),
    ];
    const evidence = reports.flatMap(([scanner, report]) => {
      if ('problem' in report) throw new Error(report.problem);
      expect(report.emptiness).toBeNull();
      return evidenceOf(report, scanner, 'image');
    });
    expect(check(evidence).map(({ severity }) => severity)).toEqual(example.flags.map(({ severity }) => severity));
  });
});
