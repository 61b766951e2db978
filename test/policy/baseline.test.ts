import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/domain/usage-error.ts';
import { baselineCounts, countFingerprints, parseBaseline, renderBaseline } from '../../src/policy/baseline.ts';
import { fileAt, finding, print, rules, vulnerable } from './samples.ts';

const path = '.hullcheck-baseline.json';
const findings = [
  vulnerable(),
  finding({ at: fileAt('b/Dockerfile', 4) }),
  finding({ at: fileAt('a/Dockerfile', 9) }),
  finding({ ruleId: 'leaked-dotenv', fingerprint: print(3) }),
  finding({ ruleId: 'weakened-policy', fingerprint: print(4) }),
];

const rendered = `{
  "version": 1,
  "entries": [
    {"fingerprint":"${print(1)}","rule":"unpinned-base-image","path":"a/Dockerfile","count":2,"message":"node:latest has no version"},
    {"fingerprint":"${print(2)}","rule":"vulnerable-package","path":"Dockerfile","count":1,"message":"openssl 3.0.1 has CVE-2026-0001"}
  ]
}
`;

test('one sorted line per fingerprint, without secrets and what cannot be suppressed', () => {
  expect(renderBaseline(findings, rules)).toBe(rendered);
});

test('no findings are a baseline too', () => {
  expect(parseBaseline(path, renderBaseline([], rules)).entries).toEqual([]);
});

test('does not depend on the order of findings', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(findings, { minLength: findings.length }), (shuffled) => {
      expect(renderBaseline(shuffled, rules)).toBe(rendered);
    }),
  );
});

test('reads back with the line of each entry', () => {
  const baseline = parseBaseline(path, rendered);
  expect(baseline.entries.map((entry) => [entry.fingerprint, entry.count, entry.at.line])).toEqual([
    [print(1), 2, 4],
    [print(2), 1, 5],
  ]);
  expect([...baselineCounts(baseline)]).toEqual([
    [print(1), 2],
    [print(2), 1],
  ]);
});

test('a message that quotes a fingerprint does not move an entry', () => {
  const tricky = finding({ message: `"fingerprint":"${print(2)}"`, ruleId: 'a', fingerprint: print(1) });
  const text = renderBaseline([tricky, vulnerable()], rules);
  expect(parseBaseline(path, text).entries.map((entry) => entry.at.line)).toEqual([4, 5]);
});

test('control characters of a message stay on their line', () => {
  const text = renderBaseline([finding({ message: 'a\nb\u202e' })], rules);
  expect(text.split('\n')).toHaveLength(7);
  expect(text).not.toContain('\u202e');
});

test('counts by fingerprint', () => {
  expect([...countFingerprints(findings)]).toEqual([
    [print(2), 1],
    [print(1), 2],
    [print(3), 1],
    [print(4), 1],
  ]);
  expect(baselineCounts(null).size).toBe(0);
});

describe('a broken baseline is a usage error', () => {
  const entry = { fingerprint: print(1), rule: 'r', path: 'p', count: 1, message: 'm' };
  const file = (...entries: readonly unknown[]) => JSON.stringify({ version: 1, entries });

  test.each([
    ['no JSON', '{', 'no valid JSON'],
    ['a list', '[]', 'version 1'],
    ['null', 'null', 'version 1'],
    ['another version', '{"version":2,"entries":[]}', 'version 1'],
    ['no entries', '{"version":1}', 'list of entries'],
    ['more keys', '{"version":1,"entries":[],"x":1}', 'list of entries'],
    ['no object', file(entry, 1), 'entry 2'],
    ['an extra key', file({ ...entry, x: 1 }), 'entry 1'],
    ['no fingerprint', file({ ...entry, fingerprint: 'abc' }), 'entry 1'],
    ['count 0', file({ ...entry, count: 0 }), 'entry 1'],
    ['count 1.5', file({ ...entry, count: 1.5 }), 'entry 1'],
    ['a missing message', file({ ...entry, message: undefined }), 'entry 1'],
    ['a repeated fingerprint', file(entry, entry), 'there twice'],
  ])('%s', (_, text, message) => {
    const read = () => parseBaseline(path, text);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
    expect(read).toThrow(`${path}:1: `);
  });
});
