import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupAdvisories } from '../../src/domain/advisory-groups.ts';
import type { VulnerabilityEvidence } from '../../src/domain/evidence.ts';
import { indexThreats, mergeFacts, severityOf } from '../../src/domain/vulnerability-facts.ts';

interface RowWords extends Partial<VulnerabilityEvidence> {
  readonly purl?: string;
  readonly version?: string;
  readonly name?: string;
  readonly source?: VulnerabilityEvidence['package']['source'];
}

function row(more: RowWords): VulnerabilityEvidence {
  const { purl = 'pkg:deb/debian/openssl@3.0.11-1', version = '3.0.11-1', name = 'openssl', source, ...rest } = more;
  return {
    kind: 'vulnerability',
    scanner: 'trivy',
    image: 'app.tar',
    id: 'CVE-2026-1',
    aliases: [],
    package: { name, version, purl, ...(source === undefined ? {} : { source }) },
    fixed: [],
    severity: 'high',
    epss: null,
    kev: false,
    cvss: null,
    diffId: null,
    path: null,
    ...rest,
  };
}

const trivy = (id: string, aliases: readonly string[], purl: string, version?: string) =>
  row({ scanner: 'trivy', id, aliases, purl, ...(version === undefined ? {} : { version }) });
const grype = (id: string, aliases: readonly string[], purl: string, version?: string) =>
  row({ scanner: 'grype', id, aliases, purl, ...(version === undefined ? {} : { version }) });

const bash = 'pkg:deb/debian/bash@5.2.15-2';

const byTrivy = (more: RowWords) => row({ scanner: 'trivy', id: 'CVE-1', ...more });
const byGrype = (more: RowWords) => row({ scanner: 'grype', id: 'CVE-1', ...more });

/** Pairs of one Trivy and one Grype row: how many findings they are, and under which ids. */
const pairs: readonly [string, VulnerabilityEvidence, VulnerabilityEvidence, readonly (readonly string[])[]][] = [
  ['the same id and package URL', trivy('CVE-1', [], bash), grype('CVE-1', [], bash), [['CVE-1']]],
  [
    'qualifiers that differ',
    trivy('CVE-1', [], `${bash}?arch=amd64&distro=debian-12.5`),
    grype('CVE-1', [], `${bash}?arch=amd64&upstream=bash%405.2&distro=debian-12`),
    [['CVE-1']],
  ],
  [
    'CVE with GHSA alias, and GHSA with CVE alias',
    trivy('CVE-2099-2', ['GHSA-aaaa'], 'pkg:npm/lodash@4.17.20'),
    grype('GHSA-aaaa', ['CVE-2099-2'], 'pkg:npm/lodash@4.17.20'),
    [['CVE-2099-2', 'GHSA-aaaa']],
  ],
  [
    'ids tied only by a common alias',
    trivy('GHSA-aaaa', ['CVE-3'], 'pkg:golang/a/b@v1.0.0'),
    grype('GO-2026-1', ['CVE-3'], 'pkg:golang/a/b@v1.0.0'),
    [['CVE-3', 'GHSA-aaaa', 'GO-2026-1']],
  ],
  ['ids in other letters', trivy('CVE-1', ['ghsa-aaaa'], bash), grype('GHSA-AAAA', [], bash), [['CVE-1', 'ghsa-aaaa']]],
  [
    'an epoch that only one keeps in the version',
    trivy('CVE-1', [], 'pkg:deb/debian/git@2.39.5-0?epoch=1', '1:2.39.5-0'),
    grype('CVE-1', [], 'pkg:deb/debian/git@1%3A2.39.5-0', '1:2.39.5-0'),
    [['CVE-1']],
  ],
  [
    'distributions that are named differently',
    trivy('CVE-1', [], 'pkg:rpm/redhat/acl@2.3.1-3.el9'),
    grype('CVE-1', [], 'pkg:rpm/rhel/acl@2.3.1-3.el9'),
    [['CVE-1']],
  ],
  [
    'a v that only one writes',
    trivy('CVE-1', [], 'pkg:golang/stdlib@v1.22.1'),
    grype('CVE-1', [], 'pkg:golang/stdlib@1.22.1'),
    [['CVE-1']],
  ],
  [
    'Python names in two spellings',
    trivy('CVE-1', [], 'pkg:pypi/Typing_Extensions@4.0'),
    grype('CVE-1', [], 'pkg:pypi/typing-extensions@4.0'),
    [['CVE-1']],
  ],
  [
    'a scope that only one encodes',
    trivy('CVE-1', [], 'pkg:npm/%40scope/name@1.0.0'),
    grype('CVE-1', [], 'pkg:npm/@scope/name@1.0.0'),
    [['CVE-1']],
  ],
  [
    'a version only beside the package URL',
    trivy('CVE-1', [], 'pkg:npm/@scope/name', '1.0.0'),
    grype('CVE-1', [], 'pkg:npm/%40scope/name@1.0.0'),
    [['CVE-1']],
  ],
  [
    'a subpath in one',
    trivy('CVE-1', [], 'pkg:golang/a/b@v1.0.0'),
    grype('CVE-1', [], 'pkg:golang/a/b@v1.0.0#cmd/x'),
    [['CVE-1']],
  ],
  [
    'an erratum of two CVEs and one of those CVEs',
    trivy('CVE-1', ['ELSA-2026-1'], 'pkg:rpm/oracle/acl@1-1'),
    grype('ELSA-2026-1', ['CVE-1', 'CVE-2'], 'pkg:rpm/oracle/acl@1-1'),
    [
      ['CVE-1', 'ELSA-2026-1'],
      ['CVE-2', 'ELSA-2026-1'],
    ],
  ],
  [
    'two CVEs that one erratum corrects',
    trivy('CVE-1', ['DSA-1-1'], bash),
    grype('CVE-2', ['DSA-1-1'], bash),
    [
      ['CVE-1', 'DSA-1-1'],
      ['CVE-2', 'DSA-1-1'],
    ],
  ],
  ['an erratum that names no CVE', trivy('RHSA-2026:1', [], bash), grype('RHSA-2026:1', [], bash), [['RHSA-2026:1']]],
  ['two ids', trivy('CVE-1', [], bash), grype('CVE-2', [], bash), [['CVE-1'], ['CVE-2']]],
  [
    'two versions',
    trivy('CVE-1', [], 'pkg:npm/a@1.0.0'),
    grype('CVE-1', [], 'pkg:npm/a@1.0.1'),
    [['CVE-1'], ['CVE-1']],
  ],
  ['two packages', trivy('CVE-1', [], 'pkg:npm/a@1'), grype('CVE-1', [], 'pkg:npm/b@1'), [['CVE-1'], ['CVE-1']]],
  ['two types', trivy('CVE-1', [], 'pkg:npm/a@1'), grype('CVE-1', [], 'pkg:pypi/a@1'), [['CVE-1'], ['CVE-1']]],
  [
    'two namespaces of one language',
    trivy('CVE-1', [], 'pkg:maven/org.a/core@1'),
    grype('CVE-1', [], 'pkg:maven/org.b/core@1'),
    [['CVE-1'], ['CVE-1']],
  ],
  [
    'two images',
    trivy('CVE-1', [], bash),
    row({ scanner: 'grype', id: 'CVE-1', purl: bash, image: 'other.tar' }),
    [['CVE-1'], ['CVE-1']],
  ],
  [
    'a binary package and the source package it was built from',
    byTrivy({ purl: 'pkg:deb/debian/libssl3@3.0.11-1', source: { name: 'openssl', version: '3.0.11-1' } }),
    byGrype({ purl: 'pkg:deb/debian/openssl@3.0.11-1' }),
    [['CVE-1']],
  ],
  [
    'two binary packages of one source',
    byTrivy({ purl: 'pkg:deb/debian/libssl3@3.0.11-1', source: { name: 'openssl', version: '3.0.11-1' } }),
    byGrype({ purl: 'pkg:deb/debian/openssl@3.0.11-1', source: { name: 'openssl', version: null } }),
    [['CVE-1']],
  ],
  [
    'a binary package with an epoch and a version of its own',
    byTrivy({ purl: 'pkg:deb/debian/bsdutils@2.38.1-5?epoch=1', source: { name: 'util-linux', version: '2.38.1-5' } }),
    byGrype({ purl: 'pkg:deb/debian/mount@2.38.1-5', source: { name: 'util-linux', version: null } }),
    [['CVE-1']],
  ],
  [
    'a source that only one scanner knows',
    byTrivy({ purl: 'pkg:apk/alpine/libcrypto3@3.1.4-r5', source: { name: 'openssl', version: '3.1.4-r5' } }),
    byGrype({ purl: 'pkg:apk/alpine/libcrypto3@3.1.4-r5?arch=x86_64' }),
    [['CVE-1']],
  ],
  [
    'RPM packages with epoch in the source version',
    byTrivy({
      purl: 'pkg:rpm/redhat/openssl-libs@3.0.7-27.el9?epoch=1',
      source: { name: 'openssl', version: '1:3.0.7-27.el9' },
    }),
    byGrype({ purl: 'pkg:rpm/rhel/openssl-libs@1:3.0.7-27.el9', source: { name: 'openssl', version: '3.0.7-27.el9' } }),
    [['CVE-1']],
  ],
  [
    'an RPM version that ends with its architecture',
    byTrivy({ purl: 'pkg:rpm/rocky/acl@2.3.1-3.el9?arch=x86_64' }),
    byGrype({ purl: 'pkg:rpm/rockylinux/acl@2.3.1-3.el9.x86_64?arch=x86_64' }),
    [['CVE-1']],
  ],
  [
    'binary packages of two sources',
    byTrivy({ purl: 'pkg:deb/debian/libssl3@1', source: { name: 'openssl', version: '1' } }),
    byGrype({ purl: 'pkg:deb/debian/libssl1.1@1', source: { name: 'openssl1', version: '1' } }),
    [['CVE-1'], ['CVE-1']],
  ],
  [
    'sources of npm packages, which mean nothing',
    byTrivy({ purl: 'pkg:npm/a@1', source: { name: 'c', version: '1' } }),
    byGrype({ purl: 'pkg:npm/b@1', source: { name: 'c', version: '1' } }),
    [['CVE-1'], ['CVE-1']],
  ],
  [
    'a Go module in other letters, its path cut into a subpath',
    byTrivy({ purl: 'pkg:golang/github.com/azure/sdk/storage/blob@v1.0.0', name: 'github.com/Azure/sdk/storage/blob' }),
    byGrype({ purl: 'pkg:golang/github.com/Azure/sdk@v1.0.0#storage/blob', name: 'github.com/Azure/sdk/storage/blob' }),
    [['CVE-1']],
  ],
  [
    "Go's standard library as the toolchain names it",
    byTrivy({ purl: 'pkg:golang/stdlib@v1.22.1' }),
    byGrype({ purl: 'pkg:golang/stdlib', version: 'go1.22.1' }),
    [['CVE-1']],
  ],
  [
    'a module of Go from before it was one',
    byTrivy({ purl: 'pkg:golang/github.com/docker/docker@v24.0.7%2Bincompatible' }),
    byGrype({ purl: 'pkg:golang/github.com/docker/docker@v24.0.7' }),
    [['CVE-1']],
  ],
  [
    'a jar whose group Syft does not know',
    byTrivy({ purl: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1' }),
    byGrype({ purl: 'pkg:maven/log4j-core/log4j-core@2.14.1' }),
    [['CVE-1']],
  ],
  [
    'a package without a package URL',
    byTrivy({ purl: 'pkg:gem/rails@7.0.8' }),
    byGrype({ purl: 'pkg:generic/rails@7.0.8', name: 'rails' }),
    [['CVE-1']],
  ],
  [
    'names in other letters where they mean the same',
    byTrivy({ purl: 'pkg:composer/Symfony/HTTP-Kernel@v6.4.0', version: 'v6.4.0' }),
    byGrype({ purl: 'pkg:composer/symfony/http-kernel@v6.4.0' }),
    [['CVE-1']],
  ],
  [
    "an id that a distributor's database made of the CVE",
    trivy('CVE-2024-1', [], bash),
    grype('DEBIAN-CVE-2024-1', [], bash),
    [['CVE-2024-1', 'DEBIAN-CVE-2024-1']],
  ],
  [
    'PYSEC and GHSA over their CVE',
    trivy('PYSEC-2024-1', ['CVE-2024-5'], 'pkg:pypi/a@1'),
    grype('GHSA-aaaa', ['CVE-2024-5'], 'pkg:pypi/a@1'),
    [['CVE-2024-5', 'GHSA-aaaa', 'PYSEC-2024-1']],
  ],
  [
    'RUSTSEC and its CVE',
    trivy('RUSTSEC-2024-1', ['CVE-2024-5'], 'pkg:cargo/a@1'),
    grype('CVE-2024-5', [], 'pkg:cargo/a@1'),
    [['CVE-2024-5', 'RUSTSEC-2024-1']],
  ],
  [
    'an erratum of Amazon and the CVE it corrects',
    trivy('ALAS2-2024-1', ['CVE-2024-5'], 'pkg:rpm/amazon/curl@1-1'),
    grype('CVE-2024-5', [], 'pkg:rpm/amzn/curl@1-1'),
    [['CVE-2024-5', 'ALAS2-2024-1']],
  ],
  [
    'a chain of aliases that no row has whole',
    trivy('GO-2024-2687', ['GHSA-aaaa'], 'pkg:golang/golang.org/x/net@v0.17.0'),
    grype('CVE-2023-5', ['GHSA-aaaa'], 'pkg:golang/golang.org/x/net@v0.17.0'),
    [['CVE-2023-5', 'GHSA-aaaa', 'GO-2024-2687']],
  ],
  [
    'two major versions of one Go module',
    trivy('CVE-1', [], 'pkg:golang/github.com/golang-jwt/jwt@v3.2.2'),
    grype('CVE-1', [], 'pkg:golang/github.com/golang-jwt/jwt/v4@v3.2.2'),
    [['CVE-1'], ['CVE-1']],
  ],
  [
    'one package for two architectures',
    trivy('CVE-1', [], `${bash}?arch=amd64`),
    grype('CVE-1', [], `${bash}?arch=arm64`),
    [['CVE-1']],
  ],
  [
    'an epoch of the binary package that its source does not have',
    byTrivy({
      purl: 'pkg:deb/debian/libc6-dev@1:2.36-9?epoch=1',
      version: '1:2.36-9',
      source: { name: 'glibc', version: '2.36-9' },
    }),
    byGrype({ purl: 'pkg:deb/debian/libc6@2.36-9', source: { name: 'glibc', version: null } }),
    [['CVE-1']],
  ],
  [
    'an Ubuntu notice of two CVEs and one of them',
    trivy('CVE-1', [], 'pkg:deb/ubuntu/curl@7.81.0-1'),
    grype('USN-6000-1', ['CVE-1', 'CVE-2'], 'pkg:deb/ubuntu/curl@7.81.0-1'),
    [
      ['CVE-1', 'USN-6000-1'],
      ['CVE-2', 'USN-6000-1'],
    ],
  ],
  [
    'an erratum of Red Hat beside the CVE, and the CVE alone',
    trivy('CVE-2024-5', ['RHSA-2024:1234'], 'pkg:rpm/redhat/curl@7.76.1-26.el9?epoch=0'),
    grype('CVE-2024-5', [], 'pkg:rpm/rhel/curl@7.76.1-26.el9?arch=x86_64'),
    [['CVE-2024-5', 'RHSA-2024:1234']],
  ],
  [
    'a Maven package that is named with a colon beside its package URL',
    byTrivy({ purl: 'pkg:maven/org.yaml/snakeyaml@1.30', name: 'org.yaml:snakeyaml', version: '1.30' }),
    byGrype({ purl: 'pkg:maven/org.yaml/snakeyaml@1.30?type=jar', name: 'snakeyaml', version: '1.30' }),
    [['CVE-1']],
  ],
  [
    'a Python name with dots',
    trivy('CVE-1', [], 'pkg:pypi/zope.interface@5.0'),
    grype('CVE-1', [], 'pkg:pypi/Zope--Interface@5.0'),
    [['CVE-1']],
  ],
  [
    'names of npm packages that differ in letters',
    trivy('CVE-1', [], 'pkg:npm/JSONStream@1.3.5'),
    grype('CVE-1', [], 'pkg:npm/jsonstream@1.3.5'),
    [['CVE-1'], ['CVE-1']],
  ],
  [
    'an erratum of SUSE and one of Gentoo, which tie nothing',
    trivy('SUSE-SU-2024:1-1', ['CVE-1', 'CVE-2'], 'pkg:rpm/suse/curl@1-1'),
    grype('CVE-2', ['GLSA-2024-1'], 'pkg:rpm/sles/curl@1-1'),
    [
      ['CVE-1', 'SUSE-SU-2024:1-1'],
      ['CVE-2', 'GLSA-2024-1', 'SUSE-SU-2024:1-1'],
    ],
  ],
  [
    'escapes that do not decode',
    trivy('CVE-1', [], 'pkg:npm/%E0%A4%A@1'),
    grype('CVE-1', [], 'pkg:npm/%E0%A4%A@1'),
    [['CVE-1']],
  ],
];

describe('rows of two scanners', () => {
  it.each(pairs)('%s', (_, first, second, expected) => {
    expect(groupAdvisories([first, second]).map((group) => group.ids)).toEqual(expected);
    expect(groupAdvisories([second, first]).map((group) => group.ids)).toEqual(expected);
  });

  it('are tied by what a third row knows, also of another package', () => {
    const groups = groupAdvisories([
      trivy('CVE-1', [], 'pkg:npm/a@1'),
      grype('GHSA-a', [], 'pkg:npm/a@1'),
      grype('GHSA-a', ['CVE-1'], 'pkg:npm/b@1'),
    ]);
    expect(groups.map((group) => [group.packageName, group.ids])).toEqual([
      ['npm/a', ['CVE-1', 'GHSA-a']],
      ['npm/b', ['CVE-1', 'GHSA-a']],
    ]);
  });

  it('are named by the CVE, then the GHSA, an erratum last', () => {
    const primaryOf = (ids: readonly string[]) => groupAdvisories(ids.map((id) => trivy(id, ids, bash)))[0]?.primary;
    expect(primaryOf(['PYSEC-1', 'GHSA-b', 'CVE-9'])).toBe('CVE-9');
    expect(primaryOf(['PYSEC-1', 'GHSA-b'])).toBe('GHSA-b');
    expect(groupAdvisories([trivy('PYSEC-1', ['DSA-1-1'], bash)])[0]?.primary).toBe('PYSEC-1');
  });

  it('give the same groups in any order', () => {
    const rows = pairs.flatMap(([, first, second]) => [first, second]);
    const expected = groupAdvisories(rows);
    fc.assert(
      fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (shuffled) => {
        expect(groupAdvisories(shuffled)).toEqual(expected);
      }),
    );
  });

  it('lose no row and no flaw', () => {
    const ids = fc.constantFrom('CVE-1', 'CVE-2', 'GHSA-a', 'GHSA-b', 'DSA-1-1', 'ELSA-2026-1');
    const rows = fc.array(
      fc
        .tuple(
          ids,
          fc.array(ids, { maxLength: 3 }),
          fc.constantFrom('pkg:npm/a@1', 'pkg:npm/a@2', '', 'pkg:', '@', '%'),
        )
        .map(([id, aliases, purl]) => trivy(id, aliases, purl)),
    );
    fc.assert(
      fc.property(rows, (given) => {
        const groups = groupAdvisories(given);
        expect(new Set(groups.flatMap((group) => group.rows))).toEqual(new Set(given));
        const told = new Set(groups.flatMap((group) => group.ids));
        for (const one of given) expect(told).toContain(one.id);
      }),
    );
  });

  it('are grouped in linear time', () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => trivy(`GHSA-${i}`, [`GHSA-${i + 1}`], bash));
    const start = performance.now();
    expect(groupAdvisories(rows)).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe('what the scanners say together', () => {
  const factsOf = (...rows: readonly VulnerabilityEvidence[]) => {
    const [group] = groupAdvisories(rows);
    if (group === undefined) throw new Error('no group');
    return mergeFacts(group);
  };

  it('is the worst severity of each, the highest scores and every fixed version', () => {
    const facts = factsOf(
      row({ scanner: 'grype', severity: 'medium', epss: 0.2, cvss: 5, fixed: ['3.0.15'] }),
      row({ scanner: 'grype', severity: 'high', epss: 0.7, kev: true }),
      row({ scanner: 'trivy', severity: 'low', cvss: 7.5, fixed: ['3.0.15', '3.1.7'], diffId: 'sha256:x' }),
    );
    expect(facts).toMatchObject({
      ids: ['CVE-2026-1'],
      package: 'openssl',
      installed: '3.0.11-1',
      fixed: ['3.0.15', '3.1.7'],
      scanners: ['grype', 'trivy'],
      severityBy: { grype: 'high', trivy: 'low' },
      epss: 0.7,
      kev: true,
      cvss: 7.5,
    });
    expect(severityOf(facts)).toBe('critical');
  });

  it.each([
    ['the same', ['3.0.15'], ['3.0.15'], '3.0.15'],
    ['the higher of two', ['3.0.15'], ['3.0.13', '3.0.16'], '3.0.15'],
    ['what is above the installed version', ['1.1.1', '3.0.15', '3.1.0'], ['3.0.15'], '3.0.15'],
    ['by number, not by letter', ['3.0.9', '3.0.12'], ['3.0.100'], '3.0.100'],
    ['what one scanner alone names', ['3.0.15'], [], '3.0.15'],
    ['none', [], [], null],
  ] as const)('is the lowest fixed version that both count as fixed: %s', (_, trivyFixes, grypeFixes, expected) => {
    const facts = factsOf(row({ scanner: 'trivy', fixed: trivyFixes }), row({ scanner: 'grype', fixed: grypeFixes }));
    expect(facts.fixedFrom).toBe(expected);
  });

  it('is no single fixed version where versions cannot be compared', () => {
    const facts = factsOf(row({ purl: 'pkg:npm/a@1.0.0', version: '1.0.0', fixed: ['next', 'latest'] }));
    expect(facts.fixedFrom).toBeNull();
  });

  it('is compared with the version of the source, which advisories are about', () => {
    const facts = factsOf(
      row({
        purl: 'pkg:deb/debian/bsdutils@2.38.1-5?epoch=1',
        version: '1:2.38.1-5',
        source: { name: 'util-linux', version: '2.38.1-5' },
        fixed: ['2.38.1-4', '2.38.1-6', '2.40-1'],
      }),
    );
    expect(facts.fixedFrom).toBe('2.38.1-6');
  });

  it('names several packages by their source', () => {
    const source = { name: 'openssl', version: '3.0.11-1' };
    const facts = factsOf(
      row({ name: 'libssl3', purl: 'pkg:deb/debian/libssl3@3.0.11-1', source }),
      row({ name: 'openssl', purl: 'pkg:deb/debian/openssl@3.0.11-1', source }),
    );
    expect(facts).toMatchObject({ package: 'openssl', packages: ['libssl3', 'openssl'] });
    expect(factsOf(row({ name: 'libssl3', source })).package).toBe('libssl3');
  });

  it('takes likelihood and exploitation from rows about other packages, and weighs them as Grype does', () => {
    const known = row({ scanner: 'grype', id: 'GHSA-a', aliases: ['CVE-2026-1'], purl: 'pkg:npm/a@1', epss: 0.91 });
    const exploited = { ...known, kev: true };
    const [group] = groupAdvisories([row({ severity: 'high' })]);
    if (group === undefined) throw new Error('no group');
    expect(mergeFacts(group, indexThreats([]))).toMatchObject({ epss: null, kev: false, risk: null });
    expect(mergeFacts(group, indexThreats([known]))).toMatchObject({ epss: 0.91, kev: false, risk: 68.25 });
    expect(mergeFacts(group, indexThreats([exploited]))).toMatchObject({ epss: 0.91, kev: true, risk: 78.75 });
  });

  it('takes no likelihood from an erratum, whose numbers are those of its worst flaw', () => {
    const erratum = row({ scanner: 'grype', id: 'ELSA-2026-1', aliases: ['CVE-1', 'CVE-2'], epss: 0.9, kev: true });
    expect(indexThreats([erratum])).toEqual(new Map());
  });

  it.each([
    ['critical', true, 'critical'],
    ['high', true, 'critical'],
    ['info', true, 'low'],
    ['medium', false, 'medium'],
  ] as const)('%s with KEV %s is %s', (severity, kev, expected) => {
    expect(severityOf(factsOf(row({ severity, kev })))).toBe(expected);
  });
});
