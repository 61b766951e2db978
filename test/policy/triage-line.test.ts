import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Finding } from '../../src/domain/finding.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { coversFinding } from '../../src/policy/triage.ts';
import { triageLine } from '../../src/policy/triage-line.ts';
import { facts, fileAt, finding, ruleIds, today, vulnerable } from './samples.ts';

const line = (given: Finding) =>
  triageLine({ ...given, disposition: 'blocking', reason: 'high is at or above fail-on high', frame: null }, today, 90);
const rest = 'reason: why this is acceptable, expires: 2026-04-15 }';
const image = { kind: 'image', image: 'ghcr.io/me/app:1', part: 'user', name: '' } as const;
const layer = { kind: 'layer', image: 'a', layer: 0, diffId: 'sha256:0', path: 'app/.env', state: 'present' } as const;

test.each([
  ['a vulnerability', vulnerable(), `- { advisory: CVE-2026-0001, ${rest}`],
  [
    'a vulnerability whose CVE comes second',
    vulnerable({ vulnerability: { ...facts, ids: ['GHSA-a', 'CVE-2026-2'] } }),
    `- { advisory: CVE-2026-2, ${rest}`,
  ],
  ['a file', finding(), `- { rule: unpinned-base-image, path: Dockerfile, ${rest}`],
  ['a layer', finding({ at: layer }), `- { rule: unpinned-base-image, path: app/.env, ${rest}`],
  [
    'an anchored setting',
    finding({ at: image, anchor: { path: 'api/Dockerfile', line: 3 } }),
    `- { rule: unpinned-base-image, path: api/Dockerfile, ${rest}`,
  ],
  [
    'a setting without anchor',
    finding({ at: image }),
    `- { rule: unpinned-base-image, image: "ghcr.io/me/app:1", ${rest}`,
  ],
  [
    'a path that is no plain text',
    finding({ at: fileAt('.env, }', 1) }),
    `- { rule: unpinned-base-image, path: ".env, }", ${rest}`,
  ],
  [
    'a path with a line end',
    finding({ at: fileAt('a\nb\u202e', 1) }),
    `- { rule: unpinned-base-image, path: "a\\nb\\u202e", ${rest}`,
  ],
  [
    'a path that reads as a word of YAML',
    finding({ at: fileAt('null', 1) }),
    `- { rule: unpinned-base-image, path: "null", ${rest}`,
  ],
])('%s', (_, given, expected) => {
  expect(line(given)).toBe(expected);
});

test('any path gives one line that the policy reads and that covers the finding', () => {
  const anyPath = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((path) => /\S/.test(path));
  fc.assert(
    fc.property(anyPath, (path) => {
      const given = finding({ at: fileAt(path, 1) });
      const text = line(given);
      expect(text).toMatch(/^[ -~]+$/);
      const [entry] = parsePolicy('.hullcheck.yml', `triage:\n  ${text}\n`, ruleIds).triage;
      expect(entry?.path).toBe(path);
      expect(entry !== undefined && coversFinding(entry, given)).toBe(true);
    }),
  );
});
