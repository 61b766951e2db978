import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupAdvisories, mergeFacts, severityOf } from '../../src/domain/advisory-groups.ts';
import type { VulnerabilityEvidence } from '../../src/domain/evidence.ts';

function row(more: Partial<VulnerabilityEvidence> & { purl?: string; version?: string }): VulnerabilityEvidence {
  const { purl = 'pkg:deb/debian/openssl@3.0.11-1', version = '3.0.11-1', ...rest } = more;
  return {
    kind: 'vulnerability',
    scanner: 'trivy',
    image: 'app.tar',
    id: 'CVE-2026-1',
    aliases: [],
    package: { name: 'openssl', version, purl },
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
    expect(facts).toEqual({
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
    ['critical', true, 'critical'],
    ['high', true, 'critical'],
    ['info', true, 'low'],
    ['medium', false, 'medium'],
  ] as const)('%s with KEV %s is %s', (severity, kev, expected) => {
    expect(severityOf(factsOf(row({ severity, kev })))).toBe(expected);
  });
});
