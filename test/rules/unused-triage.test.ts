import { expect, test } from 'vitest';
import { parsePolicy } from '../../src/policy/parse.ts';
import { reviewTriage } from '../../src/policy/triage.ts';
import { unusedTriage } from '../../src/rules/unused-triage.ts';
import { finding, ruleIds, rules, sourceOnly, today, vulnerable, withImage } from '../policy/samples.ts';

const policy = parsePolicy(
  '.hullcheck.yml',
  `triage:
  - { rule: unpinned-base-image, reason: r, expires: 2026-03-31 }
  - { rule: tracked-dotenv, reason: r, expires: 2026-03-31 }
  - { advisory: CVE-2026-0001, reason: r, expires: 2026-03-31 }
  - { advisory: CVE-2026-0002, reason: r, expires: 2026-03-31 }
  - { advisory: CVE-2026-0003, image: "worker:*", reason: r, expires: 2026-03-31 }
  - { advisory: CVE-2026-0004, reason: r, expires: 2026-01-14 }
`,
  ruleIds,
);

test.each([
  [
    'with an image and a scanner',
    withImage,
    [
      '3 the triage entry for rule tracked-dotenv matches nothing',
      '5 the triage entry for CVE-2026-0002 matches nothing',
    ],
  ],
  ['from source only', sourceOnly, ['3 the triage entry for rule tracked-dotenv matches nothing']],
])('%s', (_, coverage, expected) => {
  const evidence = reviewTriage(policy, { findings: [finding(), vulnerable()], gaps: [], coverage }, today, rules);
  const drafts = [
    ...unusedTriage.check({ causeOf: () => null, of: () => evidence, settings: { images: policy.images } }),
  ];
  expect(drafts.map(({ at, message }) => `${at.kind === 'file' ? at.line : at.kind} ${message}`)).toEqual(expected);
});
