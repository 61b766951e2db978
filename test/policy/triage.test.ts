import { describe, expect, test } from 'vitest';
import { gap } from '../../src/domain/gap.ts';
import { defaultPolicy, type TriageEntry } from '../../src/policy/schema.ts';
import { coversFinding, describeEntry, reviewTriage, triageFinding } from '../../src/policy/triage.ts';
import { entry, fileAt, finding, print, rules, sourceOnly, today, vulnerable, withImage } from './samples.ts';

const layer = finding({
  ruleId: 'leaked-dotenv',
  at: { kind: 'layer', image: 'ghcr.io/me/app:1', layer: 2, diffId: 'sha256:00', path: 'app/.env', state: 'deleted' },
  anchor: { path: 'api/Dockerfile', line: 7 },
});
const policyOf = (triage: readonly TriageEntry[]) => ({ ...defaultPolicy, triage });
const advisory = (id: string, rest: Partial<TriageEntry> = {}) => entry({ subject: { kind: 'advisory', id }, ...rest });
const rule = (id: string, rest: Partial<TriageEntry> = {}) => entry({ subject: { kind: 'rule', id }, ...rest });

const vulnerability = vulnerable().vulnerability;
const builtFromOne = vulnerability === null ? null : { ...vulnerability, packages: ['libssl3', 'openssl'] };

describe('what an entry covers', () => {
  test.each([
    ['an id', advisory('CVE-2026-0001'), vulnerable(), true],
    ['an alias in another case', advisory('ghsa-AAAA-bbbb-cccc'), vulnerable(), true],
    ['a longer id', advisory('CVE-2026-00011'), vulnerable(), false],
    ['an advisory elsewhere', advisory('CVE-2026-0001'), finding(), false],
    ['a rule', rule('unpinned-base-image'), finding(), true],
    ['another rule', rule('root-final-user'), finding(), false],
    ['a gap entry never a finding', entry({ subject: { kind: 'gap', id: print(1) } }), finding(), false],
    ['a file path', rule('unpinned-base-image', { path: 'Docker*' }), finding(), true],
    ['another file path', rule('unpinned-base-image', { path: 'api/**' }), finding(), false],
    ['a layer path', rule('leaked-dotenv', { path: 'app/.env' }), layer, true],
    ['the anchor of a layer', rule('leaked-dotenv', { path: 'api/**' }), layer, true],
    ['one folder only', rule('leaked-dotenv', { path: '*' }), layer, false],
    ['a package', advisory('CVE-2026-0001', { package: 'openssl' }), vulnerable(), true],
    [
      'a package built from the same source',
      advisory('CVE-2026-0001', { package: 'libssl3' }),
      vulnerable({ vulnerability: builtFromOne }),
      true,
    ],
    ['a package URL', advisory('CVE-2026-0001', { package: 'pkg:deb/debian/openssl' }), vulnerable(), true],
    [
      'a package URL with version',
      advisory('CVE-2026-0001', { package: 'pkg:deb/openssl@3.0.1?arch=x' }),
      vulnerable(),
      true,
    ],
    [
      'a package URL of another version',
      advisory('CVE-2026-0001', { package: 'pkg:deb/debian/openssl@3.0.2' }),
      vulnerable(),
      false,
    ],
    ['a package URL of another type', advisory('CVE-2026-0001', { package: 'pkg:npm/openssl' }), vulnerable(), false],
    [
      'a package URL of no vulnerability',
      rule('unpinned-base-image', { package: 'pkg:deb/openssl' }),
      finding(),
      false,
    ],
    ['another package', advisory('CVE-2026-0001', { package: 'libssl' }), vulnerable(), false],
    ['a package of no vulnerability', rule('unpinned-base-image', { package: '**' }), finding(), false],
    ['an image', advisory('CVE-2026-0001', { image: 'ghcr.io/me/*' }), vulnerable(), true],
    ['another image', advisory('CVE-2026-0001', { image: 'worker*' }), vulnerable(), false],
    ['an image for a file', rule('unpinned-base-image', { image: '**' }), finding(), false],
    ['all that narrow together', advisory('CVE-2026-0001', { package: 'openssl', image: 'x' }), vulnerable(), false],
  ])('%s', (_, given, at, expected) => {
    expect(coversFinding(given, at)).toBe(expected);
  });
});

describe('expiry', () => {
  test.each([
    ['2026-01-14', null],
    ['2026-01-15', 'parser is never reached'],
    ['2026-01-16', 'parser is never reached'],
    ['2026-04-15', 'parser is never reached'],
    ['2026-04-16', null],
    ['9999-12-31', null],
  ])('an entry until %s', (expires, reason) => {
    expect(triageFinding(policyOf([entry({ expires })]), finding(), today)?.reason ?? null).toBe(reason);
  });

  test('an expired entry does not shadow one in force', () => {
    const entries = [entry({ expires: '2025-01-01', reason: 'old' }), entry({ reason: 'new' })];
    expect(triageFinding(policyOf(entries), finding(), today)?.reason).toBe('new');
  });
});

describe('the review', () => {
  const hole = gap('workspace', 'Dockerfile', 'it cannot be read', 'make it readable');
  const failed = {
    ...withImage,
    scanners: [
      ...withImage.scanners,
      { name: 'trivy', state: 'failed', version: null, detail: 'no database', program: null, database: null },
    ],
  } satisfies typeof withImage;
  const oneScanner = {
    ...withImage,
    scanners: [
      { name: 'grype', state: 'imported', version: null, detail: '', program: null, database: null },
      { name: 'trivy', state: 'chosen-off', version: null, detail: 'not selected', program: null, database: null },
    ],
  } satisfies typeof withImage;
  const review = (given: TriageEntry, coverage = withImage, findings = [finding(), vulnerable(), vulnerable()]) =>
    reviewTriage(policyOf([given]), { findings, gaps: [hole], coverage }, today, rules).map(({ state, covered }) => [
      state,
      covered,
    ]);

  test.each<[string, TriageEntry, typeof withImage, string, number]>([
    ['covers one finding', rule('unpinned-base-image'), withImage, 'used', 1],
    ['covers two findings', advisory('CVE-2026-0001'), withImage, 'used', 2],
    ['covers a gap', entry({ subject: { kind: 'gap', id: hole.fingerprint } }), withImage, 'used', 1],
    ['would have covered two', advisory('CVE-2026-0001', { expires: '2026-01-14' }), withImage, 'expired', 2],
    ['expired and matches nothing', rule('root-final-user', { expires: '2026-01-14' }), withImage, 'expired', 0],
    ['matches nothing', rule('root-final-user'), withImage, 'unused', 0],
    ['an advisory the scanner did not report', advisory('CVE-1'), withImage, 'unused', 0],
    ['an advisory without scanners', advisory('CVE-1'), sourceOnly, 'unjudged', 0],
    ['an advisory after a failed scanner', advisory('CVE-1'), failed, 'unjudged', 0],
    ['an advisory in an image not examined', advisory('CVE-1', { image: 'worker:*' }), withImage, 'unjudged', 0],
    ['an advisory in an examined image', advisory('CVE-1', { image: 'ghcr.io/me/*' }), withImage, 'unused', 0],
    ['an advisory with one scanner left out', advisory('CVE-1'), oneScanner, 'unjudged', 0],
    ['an entry for ten years', advisory('CVE-2026-0001', { expires: '2036-01-01' }), withImage, 'overlong', 2],
    ['a rule in an image not examined', rule('root-final-user', { image: 'worker:*' }), withImage, 'unjudged', 0],
    ['an image rule without an image', rule('root-final-user'), sourceOnly, 'unjudged', 0],
    ['a file rule without an image', rule('tracked-dotenv'), sourceOnly, 'unused', 0],
    ['a gap that is not there', entry({ subject: { kind: 'gap', id: print(9) } }), withImage, 'unused', 0],
    ['a gap without an image', entry({ subject: { kind: 'gap', id: print(9) } }), sourceOnly, 'unjudged', 0],
    ['a rule about entries themselves', rule('unused-triage'), withImage, 'unjudged', 0],
  ])('%s', (_, given, coverage, state, covered) => {
    expect(review(given, coverage)).toEqual([[state, covered]]);
  });

  test('a hole in an image leaves its rules unjudged', () => {
    const inLayer = gap('image', 'app:1 layer 2', 'it cannot be unpacked', 'build it again');
    const facts = { findings: [], gaps: [inLayer], coverage: withImage };
    expect(reviewTriage(policyOf([rule('root-final-user')]), facts, today, rules)[0]?.state).toBe('unjudged');
  });

  test('is in the order of the file, each at its entry', () => {
    const triage = [
      rule('root-final-user', { at: fileAt('p.yml', 9) }),
      rule('unpinned-base-image', { at: fileAt('p.yml', 3) }),
    ];
    const reviewed = reviewTriage(
      policyOf(triage),
      { findings: [finding()], gaps: [], coverage: withImage },
      today,
      rules,
    );
    expect(reviewed).toEqual([
      {
        kind: 'triage-entry',
        at: fileAt('p.yml', 9),
        subject: 'rule root-final-user',
        state: 'unused',
        expires: '2026-03-31',
        daysLeft: 75,
        latest: '2026-04-15',
        covered: 0,
      },
      {
        kind: 'triage-entry',
        at: fileAt('p.yml', 3),
        subject: 'rule unpinned-base-image',
        state: 'used',
        expires: '2026-03-31',
        daysLeft: 75,
        latest: '2026-04-15',
        covered: 1,
      },
    ]);
  });
});

test('an entry is named by its subject and globs', () => {
  expect(describeEntry(advisory('CVE-1', { package: 'openssl', image: 'app:*' }))).toBe(
    'CVE-1 (package openssl, image app:*)',
  );
  expect(describeEntry(rule('root-final-user'))).toBe('rule root-final-user');
});
