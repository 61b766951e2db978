import { describe, expect, test } from 'vitest';
import type { TriageEntryEvidence } from '../../src/domain/evidence.ts';
import type { RuleExample } from '../../src/domain/rule.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { defaultPolicy } from '../../src/policy/schema.ts';
import { reviewTriage } from '../../src/policy/triage.ts';
import { expiredTriage } from '../../src/rules/expired-triage.ts';
import { unusedTriage } from '../../src/rules/unused-triage.ts';
import { fileAt, ruleIds, rules, sourceOnly } from '../policy/samples.ts';

function evidenceOf(example: RuleExample): readonly TriageEntryEvidence[] {
  const text = example.files['.hullcheck.yml'] ?? '';
  const policy = parsePolicy('.hullcheck.yml', text, ruleIds);
  return reviewTriage(policy, { findings: [], gaps: [], coverage: sourceOnly }, example.today ?? '2026-01-15', rules);
}

const entry = (state: TriageEntryEvidence['state'], covered = 0): TriageEntryEvidence => ({
  kind: 'triage-entry',
  at: fileAt('.hullcheck.yml', 7),
  subject: 'CVE-2026-0001',
  state,
  expires: '2025-12-31',
  daysLeft: -15,
  latest: '2026-04-15',
  covered,
});

const triageRules = [expiredTriage, unusedTriage];

function check(rule: (typeof triageRules)[number], evidence: readonly TriageEntryEvidence[]) {
  return [...rule.check({ causeOf: () => null, of: () => evidence, settings: { images: defaultPolicy.images } })];
}

describe.each(triageRules)('$id', (rule) => {
  test.each(rule.examples)('$title', (example) => {
    const found = check(rule, evidenceOf(example)).map(({ at }) => {
      return { where: at.kind === 'file' ? `${at.path}:${at.line}` : at.kind, severity: rule.severity };
    });
    expect(found).toEqual(example.flags);
  });
});

describe('expired-triage', () => {
  test('says what counts again, at the entry', () => {
    expect(check(expiredTriage, [entry('expired', 3), entry('used', 1), entry('unused'), entry('unjudged')])).toEqual([
      {
        at: fileAt('.hullcheck.yml', 7),
        message: 'the triage entry for CVE-2026-0001 expired on 2025-12-31: what it covered counts again (3)',
        identity: ['CVE-2026-0001'],
      },
    ]);
  });

  test('says when nothing is left of it', () => {
    const [draft] = check(expiredTriage, [entry('expired', 0)]);
    expect(draft?.message).toBe(
      'the triage entry for CVE-2026-0001 expired on 2025-12-31: it matches nothing in this run',
    );
  });
});
