import { expect, test } from 'vitest';
import { parsePolicy } from '../../src/policy/parse.ts';
import { reviewTriage } from '../../src/policy/triage.ts';
import { overlongTriage } from '../../src/rules/overlong-triage.ts';
import { ruleIds, rules, sourceOnly, today } from '../policy/samples.ts';

/** What the rule says of an entry that ends on that day, in a run without an image. */
function messages(expires: string, rest = ''): readonly string[] {
  const text = `${rest}\ntriage:\n  - { advisory: CVE-2026-0001, reason: r, expires: ${expires} }\n`;
  const policy = parsePolicy('.hullcheck.yml', text, ruleIds);
  const evidence = reviewTriage(policy, { findings: [], gaps: [], coverage: sourceOnly }, today, rules);
  const view = { causeOf: () => null, of: () => evidence, settings: { images: policy.images } };
  return [...overlongTriage.check(view)].map(
    ({ at, message }) => `${at.kind === 'file' ? at.line : at.kind} ${message}`,
  );
}

test.each([
  ['2026-04-15', '', []],
  [
    '2026-04-16',
    '',
    [
      '3 the triage entry for CVE-2026-0001 lasts until 2026-04-16, 91 days ahead, so it covers nothing: today 2026-04-15 is the latest day allowed',
    ],
  ],
  ['2026-04-16', 'maxTriageDays: 91', []],
  [
    '2026-01-20',
    'maxTriageDays: 4',
    [
      '3 the triage entry for CVE-2026-0001 lasts until 2026-01-20, 5 days ahead, so it covers nothing: today 2026-01-19 is the latest day allowed',
    ],
  ],
])('an entry until %s with "%s"', (expires, rest, expected) => {
  expect(messages(expires, rest)).toEqual(expected);
});
