import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/domain/usage-error.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { addEntries, type NewEntry } from '../../src/policy/policy-edit.ts';
import { ruleIds } from './samples.ts';

const given: NewEntry = {
  subject: { kind: 'advisory', id: 'CVE-2026-0009' },
  package: null,
  image: null,
  path: null,
  reason: 'parser is never reached',
  owner: null,
  expires: '2026-02-14',
};
const add = (text: string, entries: readonly NewEntry[] = [given]) =>
  addEntries('.hullcheck.yml', text, entries, ruleIds);
const item = (indent: string) =>
  `${indent}- advisory: CVE-2026-0009\n${indent}  reason: parser is never reached\n${indent}  expires: 2026-02-14\n`;
const flow = '{ advisory: CVE-2026-0009, reason: parser is never reached, expires: 2026-02-14 }';
const old = 'rule: root-final-user\n    reason: x\n    expires: 2026-03-01';
const flat = old.replaceAll('    ', '  ');

describe('every other character stays', () => {
  test.each<[string, string, string]>([
    ['a file that is not there', '', `triage:\n${item('  ')}`],
    ['an empty map', '{}\n', `triage:\n${item('  ')}`],
    ['only comments', '# ours\n', `# ours\ntriage:\n${item('  ')}`],
    ['no triage key', 'failOn:  high # strict\n', `failOn:  high # strict\ntriage:\n${item('  ')}`],
    ['no line end at the end', 'failOn: high', `failOn: high\ntriage:\n${item('  ')}`],
    ['an empty list', 'triage: []\nmode: gate\n', `triage:\n${item('  ')}mode: gate\n`],
    ['an empty list with a comment', 'triage: [] # none yet\n', `triage: # none yet\n${item('  ')}`],
    [
      'a list with comments',
      `# top\ntriage:\n  # why\n  - ${old} # until then\n\n# below\nmode: "gate"\n`,
      `# top\ntriage:\n  # why\n  - ${old} # until then\n${item('  ')}\n# below\nmode: "gate"\n`,
    ],
    ['a list without indent', `triage:\n- ${flat}\nmode: gate\n`, `triage:\n- ${flat}\n${item('')}mode: gate\n`],
    [
      'a deep list',
      `triage:\n      -   ${old.replaceAll('\n    ', '\n          ')}`,
      `triage:\n      -   ${old.replaceAll('\n    ', '\n          ')}\n${item('      ')}`,
    ],
    ['an item that begins on its second line', `triage:\n  -\n    ${old}\n`, `triage:\n  -\n    ${old}\n${item('  ')}`],
    [
      'a reason over several lines',
      'triage:\n  - rule: root-final-user\n    expires: 2026-03-01\n    reason: |\n      one\n      two\nmode: gate\n',
      `triage:\n  - rule: root-final-user\n    expires: 2026-03-01\n    reason: |\n      one\n      two\n${item('  ')}mode: gate\n`,
    ],
    [
      'a list in brackets',
      'triage: [{ rule: root-final-user, reason: x, expires: 2026-03-01 }] # a\n',
      `triage: [{ rule: root-final-user, reason: x, expires: 2026-03-01 }, ${flow}] # a\n`,
    ],
    [
      'a list in brackets over several lines',
      'triage: [\n    { rule: root-final-user, reason: x, expires: 2026-03-01 }, # a\n  ]\n',
      `triage: [\n    { rule: root-final-user, reason: x, expires: 2026-03-01 },\n    ${flow}, # a\n  ]\n`,
    ],
    ['CRLF', 'mode: gate\r\n', `mode: gate\r\ntriage:\n${item('  ')}`.replace(/(?<!\r)\n/g, '\r\n')],
  ])('%s', (_, text, expected) => {
    expect(add(text)).toBe(expected);
  });
});

test('any texts of an entry come back as they were', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((value) => /\S/.test(value));
  const optional = fc.option(text);
  fc.assert(
    fc.property(text, optional, optional, optional, (reason, owner, image, path) => {
      const entry = { ...given, reason, owner, image, path };
      const files = [
        '',
        `triage:\n  - ${old}\n`,
        'triage: [{ rule: root-final-user, reason: x, expires: 2026-03-01 }]',
      ];
      for (const file of files) {
        const { at, ...read } = parsePolicy('p', add(file, [entry]), ruleIds).triage.at(-1) ?? {};
        expect(read).toEqual(entry);
        expect(at).toBeDefined();
      }
    }),
  );
});

test.each([
  ['a root in braces', '{ mode: gate }\n'],
  ['a file with an end', 'mode: gate\n...\n'],
])('%s is refused in one sentence, not rewritten', (_, text) => {
  expect(() => add(text)).toThrow(UsageError);
  expect(() => add(text)).toThrow('.hullcheck.yml is written in a way that no triage entry can be added to');
});
