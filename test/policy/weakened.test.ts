import { describe, expect, test } from 'vitest';
import { type Baseline, parseBaseline } from '../../src/policy/baseline.ts';
import { containsGlob, mayOverlap } from '../../src/policy/glob-set.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { defaultPolicy } from '../../src/policy/schema.ts';
import { comparePolicies, type PinnedFile } from '../../src/policy/weakened.ts';
import { fileAt, print, ruleIds, rules } from './samples.ts';

const read = (text: string) => parsePolicy('.hullcheck.yml', text, ruleIds);
const nothing = { rules, baselines: { base: null, head: null }, manifests: { base: [], head: [] } };
const changes = (base: string, head: string) =>
  comparePolicies(read(base), read(head), nothing).map(({ at, what }) => `${at.line} ${what}`);
const entry = (subject: string, expires: string) => `  - { ${subject}, reason: r, expires: ${expires} }\n`;

describe('weaker', () => {
  test.each<[string, string, readonly string[]]>([
    ['failOn: high', '\nfailOn: critical', ['2 failOn goes from high to critical']],
    [
      'failOn: low',
      'failOn:\n  default: high\n  vulnerabilities: never',
      [
        '3 failOn for vulnerabilities goes from low to never',
        '2 failOn for all but vulnerabilities goes from low to high',
      ],
    ],
    [
      'failOn: { default: low }',
      'failOn:\n  vulnerabilities: high\n  default: never',
      ['3 failOn for all but vulnerabilities goes from low to never'],
    ],
    ['failOn: { default: low }', 'mode: gate', ['1 failOn for all but vulnerabilities goes from low to high']],
    ['', 'mode: gate\nonGap: warn', ['2 onGap goes from fail to warn']],
    ['', 'maxTriageDays: 91', ['1 the longest term of a triage entry goes from 90 to 91 days']],
    ['maxTriageDays: 30', 'mode: gate', ['1 the longest term of a triage entry goes from 30 to 90 days']],
    [
      '',
      'vulnerabilities:\n  agree: both\n  fixableOnly: true',
      [
        '3 vulnerabilities without a fixed version block no more',
        '2 vulnerabilities that one scanner reports block no more',
      ],
    ],
    [
      'vulnerabilities: { kev: true, epss: 0.1 }',
      'vulnerabilities:\n  epss: 0.2',
      [
        '1 vulnerabilities known to be exploited no longer block at any severity',
        '2 the EPSS threshold goes from 0.1 to 0.2',
      ],
    ],
    ['vulnerabilities: { epss: 0.1 }', 'mode: gate', ['1 the EPSS threshold goes from 0.1 to none']],
    ['', '\n\nmode: observe', ['3 mode goes from gate to observe']],
    ['', 'rules:\n  root-final-user: off', ['2 rule root-final-user goes from its default to off']],
    ['', 'rules:\n  unpinned-base-image: medium', ['2 rule unpinned-base-image goes from its default to medium']],
    ['', 'rules: { vulnerable-package: high }', ['1 rule vulnerable-package goes from its default to high']],
    ['', 'rules: { tracked-dotenv: high }', ['1 rule tracked-dotenv goes from its default to high']],
    [
      'rules: { root-final-user: high }',
      'rules: { root-final-user: low }',
      ['1 rule root-final-user goes from high to low'],
    ],
    [
      'rules: { root-final-user: high }',
      'mode: gate\nrules: {}',
      ['2 rule root-final-user goes from high to its default'],
    ],
    ['', 'ignorePaths:\n  - vendor/**\n  - docs/**', ['2 ignorePaths gains vendor/**', '3 ignorePaths gains docs/**']],
    ['ignorePaths: [vendor/**]', 'ignorePaths: ["**"]', ['1 ignorePaths gains **']],
    ['ignorePaths: ["*"]', 'ignorePaths: ["**"]', ['1 ignorePaths gains **']],
    ['', 'images:\n  minLevel: tagged', ['2 the level asked of images without an override goes from major to tagged']],
    [
      'images: { minLevel: digest }',
      'mode: gate',
      ['1 the level asked of images without an override goes from digest to major'],
    ],
    ['', 'images:\n  overrides:\n    "a/*": none', ['3 the level asked of images under a/* goes from major to none']],
    [
      'images: { overrides: { "a/*": digest } }',
      'images: { overrides: { "a/*": patch } }',
      ['1 the level asked of images under a/* goes from digest to patch'],
    ],
    [
      'images: { overrides: { "a/*": digest } }',
      'images: {}',
      ['1 the level asked of images without an override goes from digest to major'],
    ],
    [
      'images: { overrides: { "a/*": digest, a/b: none } }',
      'images:\n  overrides:\n    a/b: none\n    "a/*": digest',
      ['3 the level asked of images under a/b goes from digest to none'],
    ],
    [
      'images: { overrides: { "*/me/*": digest } }',
      'images:\n  overrides:\n    "ghcr.io/*/*": minor\n    "*/me/*": digest',
      ['3 the level asked of images under ghcr.io/*/* goes from digest to minor'],
    ],
  ])('%j -> %j', (base, head, expected) => {
    expect(changes(base, head)).toEqual(expected);
  });
});

describe('triage', () => {
  const known = `triage:\n${entry('advisory: CVE-1, package: openssl', '2026-03-31')}`;

  test.each<[string, string, readonly string[]]>([
    [
      'new',
      `${known}${entry('rule: root-final-user', '2026-02-01')}`,
      ['3 the triage entry for rule root-final-user is new, until 2026-02-01'],
    ],
    [
      'longer',
      `triage:\n${entry('advisory: cve-1, package: openssl', '2026-06-30')}`,
      ['2 the triage entry for cve-1 (package openssl) expires on 2026-06-30, no longer on 2026-03-31'],
    ],
    [
      'wider',
      `triage:\n${entry('advisory: CVE-1', '2026-03-31')}`,
      ['2 the triage entry for CVE-1 covers more than before'],
    ],
    [
      'another package',
      `triage:\n${entry('advisory: CVE-1, package: curl', '2026-03-31')}`,
      ['2 the triage entry for CVE-1 (package curl) covers more than before'],
    ],
    ['shorter', `triage:\n${entry('advisory: CVE-1, package: openssl', '2026-02-01')}`, []],
    ['narrower', `triage:\n${entry('advisory: CVE-1, package: openssl, image: a', '2026-03-31')}`, []],
    ['moved', `\n\n${known}`, []],
    ['gone', 'mode: gate', []],
  ])('%s', (_, head, expected) => {
    expect(changes(known, head)).toEqual(expected);
  });
});

describe('not weaker', () => {
  test.each([
    ['the same', 'failOn: high\nrules: { root-final-user: off }', 'rules: { root-final-user: off }\nfailOn: high'],
    ['stricter', 'onGap: warn\nmode: observe\nfailOn: critical', 'failOn: low'],
    ['a rule raised', '', 'rules: { root-final-user: high, unpinned-base-image: critical, leaked-dotenv: critical }'],
    ['a rule back on', 'rules: { root-final-user: off }', ''],
    ['an ignored folder below another', 'ignorePaths: [vendor/**]', 'ignorePaths: [vendor/a/**, vendor/b.txt]'],
    [
      'a stricter image level',
      'images: { overrides: { "a/*": none } }',
      'images: { minLevel: patch, overrides: { "a/*": minor } }',
    ],
    [
      'a stricter override inside',
      'images: { overrides: { "a/**": none } }',
      'images: { overrides: { a/b: patch, "a/**": none } }',
    ],
    [
      'a stricter override aside',
      'images: { overrides: { "a/*": digest } }',
      'images: { overrides: { "b/*": minor, "a/*": digest } }',
    ],
  ])('%s', (_, base, head) => {
    expect(changes(base, head)).toEqual([]);
  });
});

test('a policy that is deleted or new is measured against the defaults', () => {
  const strict = read('failOn: low');
  const [gone] = comparePolicies(strict, defaultPolicy, nothing);
  expect([gone?.at.path, gone?.at.line]).toEqual(['.hullcheck.yml', 1]);
  expect(comparePolicies(defaultPolicy, strict, nothing)).toEqual([]);
  expect(comparePolicies(defaultPolicy, read('mode: observe'), nothing)).toHaveLength(1);
});

describe('the baseline', () => {
  const file = (counts: Readonly<Record<string, number>>): Baseline =>
    parseBaseline(
      'b.json',
      JSON.stringify(
        {
          version: 1,
          entries: Object.entries(counts).map(([fingerprint, count]) => ({
            fingerprint,
            rule: 'r',
            path: 'p',
            count,
            message: 'm',
          })),
        },
        null,
        1,
      ),
    );
  const grown = (base: Baseline | null, head: Baseline | null) =>
    comparePolicies(defaultPolicy, defaultPolicy, { ...nothing, baselines: { base, head } }).map(
      ({ at, what }) => `${at.path}:${at.line} ${what}`,
    );

  test.each<[string, Baseline | null, Baseline | null, readonly string[]]>([
    ['new', null, file({ [print(1)]: 2 }), ['b.json:5 the baseline excuses 2 more findings than before']],
    [
      'another entry',
      file({ [print(1)]: 1 }),
      file({ [print(1)]: 1, [print(2)]: 1 }),
      ['b.json:12 the baseline excuses 1 more finding than before'],
    ],
    [
      'a higher count',
      file({ [print(1)]: 1 }),
      file({ [print(1)]: 4 }),
      ['b.json:5 the baseline excuses 3 more findings than before'],
    ],
    ['shrunk', file({ [print(1)]: 2, [print(2)]: 1 }), file({ [print(1)]: 1 }), []],
    ['gone', file({ [print(1)]: 2 }), null, []],
  ])('%s', (_, base, head, expected) => {
    expect(grown(base, head)).toEqual(expected);
  });
});

describe('the model manifest', () => {
  const pinned = (partial: Partial<PinnedFile> = {}): PinnedFile => ({
    path: 'm.gguf',
    sha256: 'aa',
    revision: 'r1',
    at: fileAt('model-manifest.yml', 8),
    ...partial,
  });

  test.each<[string, readonly PinnedFile[], PinnedFile, number]>([
    ['digest changed at the same revision', [pinned()], pinned({ sha256: 'bb' }), 1],
    ['digest and revision changed', [pinned()], pinned({ sha256: 'bb', revision: 'r2' }), 0],
    ['no revision on both sides', [pinned({ revision: null })], pinned({ sha256: 'bb', revision: null }), 0],
    ['nothing changed', [pinned()], pinned(), 0],
    ['another file', [pinned({ path: 'n.gguf' })], pinned({ sha256: 'bb' }), 0],
    ['one of two entries still fits', [pinned(), pinned({ sha256: 'bb' })], pinned({ sha256: 'bb' }), 0],
  ])('%s', (_, base, head, expected) => {
    const found = comparePolicies(defaultPolicy, defaultPolicy, { ...nothing, manifests: { base, head: [head] } });
    expect(found.map(({ at }) => at)).toEqual(expected === 0 ? [] : [fileAt('model-manifest.yml', 8)]);
  });
});

test.each([
  ['**', 'a/b', true],
  ['a/**', 'a/b/*', true],
  ['a/**', 'a/**', true],
  ['a/**', 'a', false],
  ['a/**', 'ab/c', false],
  ['a*/**', 'ab/c', false],
  ['*', '**', false],
  ['a/?', 'a/*', false],
])('%s contains %s: %s', (outer, inner, expected) => {
  expect(containsGlob(outer, inner)).toBe(expected);
});

test.each([
  ['a/*', 'b/*', false],
  ['a/*', 'a/b', true],
  ['*/b', 'a/*', true],
  ['a/b', 'a/c', false],
])('%s may overlap %s: %s', (a, b, expected) => {
  expect([mayOverlap(a, b), mayOverlap(b, a)]).toEqual([expected, expected]);
});
