import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { UsageError } from '../../src/domain/usage-error.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { defaultPolicy, policyKeys, triageKeys } from '../../src/policy/schema.ts';
import { print, ruleIds } from './samples.ts';

const path = '.hullcheck.yml';
const schema = JSON.parse(readFileSync(new URL('../../docs/policy.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv2020({ allErrors: true });
formats.default(ajv);
const isValid = ajv.compile(schema);

function read(text: string) {
  return parsePolicy(path, text, ruleIds);
}

function problemOf(text: string): UsageError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('expected a UsageError');
}

const full = `# yaml-language-server: $schema=docs/policy.schema.json
failOn: { vulnerabilities: critical, default: medium }
onGap: warn
mode: observe
baseline: .hullcheck-baseline.json
rules:
  root-final-user: off
  leaked-dotenv: critical
images:
  minLevel: tagged
  overrides:
    "ghcr.io/me/*": digest
    nginx: none
ignorePaths: ["vendor/**", docs/*]
triage:
  - advisory: CVE-2026-0001
    package: openssl
    image: ghcr.io/me/*
    reason: parser is never reached
    owner: "@me"
    expires: 2026-12-31
  - { rule: root-final-user, path: worker/**, reason: needs port 80, expires: 2027-02-28 }

  -
    gap: ${print(7)}
    reason: known
    expires: "2026-06-30"
`;

describe('a full policy', () => {
  const policy = read(full);

  test('has every setting', () => {
    expect(policy).toMatchObject({
      path,
      failOn: { vulnerabilities: 'critical', default: 'medium' },
      onGap: 'warn',
      mode: 'observe',
      baseline: '.hullcheck-baseline.json',
      rules: { 'root-final-user': 'off', 'leaked-dotenv': 'critical' },
      images: {
        minLevel: 'codename',
        overrides: [
          { pattern: 'ghcr.io/me/*', level: 'digest' },
          { pattern: 'nginx', level: 'none' },
        ],
      },
      ignorePaths: ['vendor/**', 'docs/*'],
    });
  });

  test('has its triage entries with the place of each', () => {
    expect(policy.triage).toEqual([
      {
        subject: { kind: 'advisory', id: 'CVE-2026-0001' },
        path: null,
        package: 'openssl',
        image: 'ghcr.io/me/*',
        reason: 'parser is never reached',
        owner: '@me',
        expires: '2026-12-31',
        at: { kind: 'file', path, line: 16, column: 5, endLine: 21, endColumn: 24 },
      },
      {
        subject: { kind: 'rule', id: 'root-final-user' },
        path: 'worker/**',
        package: null,
        image: null,
        reason: 'needs port 80',
        owner: null,
        expires: '2027-02-28',
        at: { kind: 'file', path, line: 22, column: 5, endLine: 22, endColumn: 91 },
      },
      {
        subject: { kind: 'gap', id: print(7) },
        path: null,
        package: null,
        image: null,
        reason: 'known',
        owner: null,
        expires: '2026-06-30',
        at: { kind: 'file', path, line: 25, column: 5, endLine: 27, endColumn: 26 },
      },
    ]);
  });

  test.each([
    ['failOn', 2],
    ['failOn.default', 2],
    ['onGap', 3],
    ['mode', 4],
    ['baseline', 5],
    ['rules.root-final-user', 7],
    ['images.minLevel', 10],
    ['images.overrides.ghcr.io/me/*', 12],
    ['ignorePaths[1]', 14],
    ['triage[2].gap', 25],
  ])('knows that %s is on line %i', (key, line) => {
    expect(policy.places.get(key)?.line).toBe(line);
  });
});

describe('what is left out', () => {
  test.each(['', '# nothing yet\n', '{}', '---\n'])('%j has the defaults', (text) => {
    expect(read(text)).toEqual({ ...defaultPolicy, path });
  });

  test('one word sets both thresholds', () => {
    expect(read('failOn: never\n').failOn).toEqual({ vulnerabilities: 'never', default: 'never' });
  });

  test('a map sets only what it names', () => {
    expect(read('failOn: { default: low }\n').failOn).toEqual({ vulnerabilities: 'critical', default: 'low' });
  });

  test.each([
    ['none', 'none'],
    ['tagged', 'codename'],
    ['major', 'major'],
    ['minor', 'minor'],
    ['patch', 'patch'],
    ['digest', 'digest'],
  ])('minLevel %s is the tag level %s', (word, level) => {
    expect(read(`images: { minLevel: ${word} }`).images.minLevel).toBe(level);
  });

  test('YAML 1.1 does not turn off into false or a date into a time', () => {
    const text = '%YAML 1.1\n---\nrules: { root-final-user: off }\n';
    expect(read(text).rules).toEqual({ 'root-final-user': 'off' });
  });
});

const entry = (lines: string) => `triage:\n  - ${lines.replaceAll('\n', '\n    ')}\n`;

/** Text, line, what the message says, what the hint says. */
const broken: readonly (readonly [string, number, string, string])[] = [
  ['onGap: fail\nfailon: high\n', 2, 'unknown key "failon"', 'did you mean failOn?'],
  ['failOn:\n  default: low\n  vulnerabilites: low\n', 3, 'unknown key "failOn.vulnerabilites"', 'vulnerabilities?'],
  ['failOn: hihg\n', 1, 'failOn is "hihg"', 'did you mean high?'],
  ['failOn: info\n', 1, 'failOn is "info"', 'critical, high, medium, low, never'],
  ['failOn: [high]\n', 1, 'failOn is not a map', 'a map'],
  ['\nmode: gated\n', 2, 'mode is "gated"', 'did you mean gate?'],
  ['mode:\n', 1, 'mode has no value', 'remove the key'],
  ['onGap: false\n', 1, 'onGap is not one of fail, warn', 'fail, warn'],
  ['baseline: ../b.json\n', 1, 'baseline is "../b.json"', 'inside the checked folder'],
  ['baseline: /b.json\n', 1, 'baseline is "/b.json"', 'inside the checked folder'],
  ['rules:\n  rot-final-user: off\n', 2, 'names no rule: "rot-final-user"', 'did you mean root-final-user?'],
  ['rules:\n  root-final-user: no\n', 2, 'rules.root-final-user is "no"', 'off'],
  ['rules:\n  weakened-policy: low\n', 2, 'weakened-policy, which no policy can change', 'remove it'],
  ['rules: [root-final-user]\n', 1, 'rules is not a map', 'a map'],
  ['rules:\n  __proto__: off\n', 2, 'names no rule: "__proto__"', 'valid here'],
  ['images: { minLevel: codename }\n', 1, 'images.minLevel is "codename"', 'tagged'],
  ['images:\n  overrides:\n    a: digest\n    b: diges\n', 4, 'images.overrides.b is "diges"', 'did you mean digest?'],
  ['ignorePaths: vendor/**\n', 1, 'ignorePaths is not a list', 'a list'],
  ['ignorePaths:\n  - a\n  - 7\n', 3, 'ignorePaths[1] is not text', 'put it in quotes'],
  ['ignorePaths:\n  - a\n  - [b]\n', 3, 'ignorePaths[1] is not text', 'give text'],
  [entry(`gap: ${'1'.repeat(32)}\nreason: x\nexpires: 2026-06-30`), 2, 'triage[0].gap is not text', 'put it in quotes'],
  ['ignorePaths:\n  - a\n  - ""\n', 3, 'ignorePaths[1] is empty', 'text'],
  ['maxTriageDays: 0\n', 1, 'maxTriageDays is 0', 'from 1 to 3650'],
  ['maxTriageDays: 1.5\n', 1, 'maxTriageDays is 1.5', 'whole number'],
  ['maxTriageDays: long\n', 1, 'maxTriageDays is not a number', 'a number'],
  ['vulnerabilities:\n  fixable: true\n', 2, 'unknown key "vulnerabilities.fixable"', 'fixableOnly'],
  ['vulnerabilities: { kev: yes }\n', 1, 'vulnerabilities.kev is not true or false', 'true or false'],
  ['vulnerabilities:\n  epss: 50\n', 2, 'vulnerabilities.epss is 50', 'probability'],
  ['vulnerabilities:\n  epss: 0\n', 2, 'vulnerabilities.epss is 0', 'probability'],
  ['vulnerabilities: { agree: all }\n', 1, 'vulnerabilities.agree is "all"', 'any, both'],
  ['triage:\n  rule: x\n', 1, 'triage is not a list', 'a list'],
  [entry('rule: root-final-user\nexpires: 2026-06-30'), 2, 'triage[0] has no reason', 'why'],
  [entry('rule: root-final-user\nreason: x'), 2, 'triage[0] has no expires', 'YYYY-MM-DD'],
  [entry('reason: x\nexpires: 2026-06-30'), 2, 'no advisory, rule or gap', 'exactly one'],
  [
    entry('rule: root-final-user\nadvisory: A-1\nreason: x\nexpires: 2026-06-30'),
    2,
    'advisory and rule',
    'exactly one',
  ],
  [entry('rule: root-user\nreason: x\nexpires: 2026-06-30'), 2, 'triage[0].rule names no rule', 'valid here'],
  [entry('rule: weakened-policy\nreason: x\nexpires: 2026-06-30'), 2, 'no policy can change', 'remove it'],
  [entry('advisory: CVE 1\nreason: x\nexpires: 2026-06-30'), 2, 'no advisory id: "CVE 1"', 'CVE-2026-0001'],
  [entry('gap: abc\nreason: x\nexpires: 2026-06-30'), 2, 'no fingerprint: "abc"', '32 hex digits'],
  [entry(`gap: ${print(1)}\nreason: x\nexpires: 2026-06-30\npath: a`), 5, 'path cannot narrow a gap', 'exactly one'],
  [entry('rule: root-final-user\nreason: x\nexpires: 2026-02-30'), 4, 'no date: "2026-02-30"', 'YYYY-MM-DD'],
  [entry('rule: root-final-user\nreason: x\nexpires: 30.06.2026'), 4, 'no date: "30.06.2026"', 'YYYY-MM-DD'],
  [entry('rule: root-final-user\nreason: x\nexpires: 2026-6-3'), 4, 'no date: "2026-6-3"', 'YYYY-MM-DD'],
  [entry('rule: root-final-user\nreason: x\nexpires: 2026-06-30\nexpire: 1'), 5, 'triage[0].expire"', 'mean expires?'],
  [entry('rule: root-final-user\nreason: "  "\nexpires: 2026-06-30'), 3, 'triage[0].reason is empty', 'text'],
];

const unreadable: readonly (readonly [string, number, string])[] = [
  ['mode: gate\nonGap: fail\nmode: gate\n', 3, '"mode" is there twice'],
  ['rules:\n  root-final-user: off\n  "root-final-user": low\n', 3, '"rules.root-final-user" is there twice'],
  ['mode: gate\nonGap: [\n', 3, 'the YAML cannot be read'],
  ['mode: gate\n---\nmode: gate\n', 2, 'the YAML cannot be read'],
  ['mode: !secret gate\n', 1, 'the YAML cannot be read'],
  ['mode: &a gate\nonGap: *a\n', 2, 'onGap is a YAML alias'],
  ['? [mode]\n: gate\n', 1, 'a key is not plain text'],
  ['- mode\n', 1, 'the file is not a map'],
  ['gate\n', 1, 'the file is not a map'],
  [`mode: ${'['.repeat(100_000)}`, 1, 'nested too deeply'],
  ['- '.repeat(100_000), 1, 'nested too deeply'],
  [`# ${'x'.repeat(600_000)}`, 1, 'larger than 512 KiB'],
];

describe('a broken policy is a usage error', () => {
  test.each(broken)('%j on line %i: %s', (text, line, message, hint) => {
    const problem = problemOf(text);
    expect(problem.message).toContain(`${path}:${line}: `);
    expect(problem.message).toContain(message);
    expect(problem.hint).toContain(hint);
  });

  test.each(unreadable.map(([text, line, message]) => [text.slice(0, 40), text, line, message] as const))(
    '%j cannot be read',
    (_, text, line, message) => {
      const problem = problemOf(text);
      expect(problem.message).toContain(`${path}:${line}: `);
      expect(problem.message).toContain(message);
    },
  );

  test('CRLF line ends count once', () => {
    expect(problemOf('mode: gate\r\nonGap: fail\r\nfailon: high\r\n').message).toContain(`${path}:3: `);
  });

  test('a hostile key cannot forge a second line of output', () => {
    const { message } = problemOf('"a\\n::error::x": 1\n');
    expect(message).not.toContain('\n');
  });
});

describe('reader and schema agree', () => {
  const good = [
    full,
    '{}',
    'failOn: never',
    'failOn: {}',
    'maxTriageDays: 3650',
    'vulnerabilities: { fixableOnly: true, kev: false, epss: 0.5, agree: both }',
    'vulnerabilities: {}',
    'rules: {}',
    'triage: []',
    '$schema: ./docs/policy.schema.json',
    'images: {}',
    'images: { overrides: {} }',
    'baseline: a/..b/c.json',
    entry('advisory: ghsa-1234\nreason: x\nexpires: 2028-02-29'),
  ];
  /** The schema only knows the shape of a rule id: the ids themselves are the registry's. */
  const onlyReader = ['rot-final-user', 'rule: root-user'];

  test.each(good)('good: %j', (text) => {
    expect(isValid(parse(text)), JSON.stringify(isValid.errors)).toBe(true);
    expect(() => read(text)).not.toThrow();
  });

  test.each(broken.map(([text]) => text).filter((text) => !onlyReader.some((part) => text.includes(part))))(
    'bad: %j',
    (text) => {
      expect(isValid(parse(text))).toBe(false);
    },
  );

  const value = fc.constantFrom<unknown>(
    'high',
    'off',
    'gate',
    'warn',
    'digest',
    '',
    'a/b',
    '2026-06-30',
    1,
    null,
    [],
    {},
  );
  const record = (keys: readonly string[]) => fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 5 });
  const anyPolicy = fc.record(
    {
      failOn: fc.oneof(value, record(['vulnerabilities', 'default', 'x'])),
      onGap: value,
      mode: value,
      baseline: value,
      rules: fc.oneof(value, record(['root-final-user', 'weakened-policy'])),
      images: fc.oneof(value, fc.record({ minLevel: value, overrides: record(['a', 'b/*']) }, { requiredKeys: [] })),
      ignorePaths: fc.oneof(value, fc.array(value, { maxLength: 2 })),
      triage: fc.oneof(value, fc.array(record(triageKeys.filter((key) => key !== 'rule')), { maxLength: 2 })),
    },
    { requiredKeys: [] },
  );

  test('on any mix of keys and values', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        const isRead = (() => {
          try {
            read(JSON.stringify(policy));
            return true;
          } catch (error) {
            expect(error).toBeInstanceOf(UsageError);
            return false;
          }
        })();
        expect(isRead).toBe(isValid(policy));
      }),
      { numRuns: 500 },
    );
  });

  test('the schema has every key, each with a description', () => {
    expect(Object.keys(schema.properties).sort()).toEqual([...policyKeys].sort());
    expect(Object.keys(schema.$defs.entry.properties).sort()).toEqual([...triageKeys].sort());
    const walk = (node: unknown): readonly string[] => {
      if (typeof node !== 'object' || node === null) return [];
      return Object.entries(node).flatMap(([key, child]) => {
        const own =
          key === 'properties' && typeof child === 'object' && child !== null
            ? Object.entries(child).flatMap(([name, property]) =>
                property === false || Reflect.has(Object(property), 'description') ? [] : [name],
              )
            : [];
        return [...own, ...walk(child)];
      });
    };
    expect(walk(schema)).toEqual([]);
  });
});

test('no text makes the reader throw anything but a usage error', () => {
  const words = fc.constantFrom(
    'triage',
    ':',
    '\n',
    '  ',
    '- ',
    'rule',
    '{',
    '}',
    '[',
    ']',
    '"',
    '*a',
    '&a',
    '!',
    '|',
    '#',
    '2026-01-01',
    '\t',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words, { maxLength: 30 }).map((parts) => parts.join('')),
      ),
      (text) => {
        try {
          read(text);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      },
    ),
  );
});
