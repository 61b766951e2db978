import { expect, test } from 'vitest';
import { parsePolicy } from '../../src/policy/parse.ts';
import { reviewTriage } from '../../src/policy/triage.ts';
import { expiringTriage } from '../../src/rules/expiring-triage.ts';
import { ruleIds, rules, sourceOnly, today } from '../policy/samples.ts';

/** What the rule says of an entry that ends on that day, in a run without an image. */
function messages(expires: string, rest = ''): readonly string[] {
  const text = `${rest}\ntriage:\n  - { advisory: CVE-2026-0001, reason: r, expires: ${expires} }\n`;
  const policy = parsePolicy('.hullcheck.yml', text, ruleIds);
  const evidence = reviewTriage(policy, { findings: [], gaps: [], coverage: sourceOnly }, today, rules);
  const view = { causeOf: () => null, of: () => evidence, settings: { images: policy.images } };
  return [...expiringTriage.check(view)].map(
    ({ at, message }) => `${at.kind === 'file' ? at.line : at.kind} ${message}`,
  );
}

test.each([
  ['2026-01-14', []],
  ['2026-01-15', ['3 the triage entry for CVE-2026-0001 ends after 2026-01-15: today is its last day']],
  ['2026-01-16', ['3 the triage entry for CVE-2026-0001 ends after 2026-01-16: one day is left']],
  ['2026-01-29', ['3 the triage entry for CVE-2026-0001 ends after 2026-01-29: 14 days are left']],
  ['2026-01-30', []],
])('an entry until %s, which this run could not judge', (expires, expected) => {
  expect(messages(expires)).toEqual(expected);
});

test('an entry that lasts too long is not told twice', () => {
  expect(messages('2026-01-20', 'maxTriageDays: 4')).toEqual([]);
});
