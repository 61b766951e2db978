import { expect, test } from 'vitest';
import { parsePolicy } from '../../src/policy/parse.ts';
import { defaultPolicy, type Policy } from '../../src/policy/schema.ts';
import { comparePolicies } from '../../src/policy/weakened.ts';
import { weakenedPolicy } from '../../src/rules/weakened-policy.ts';
import { fileAt, ruleIds, rules } from '../policy/samples.ts';

function policyOf(files: Readonly<Record<string, string>>): Policy {
  const text = files['.hullcheck.yml'];
  return text === undefined ? defaultPolicy : parsePolicy('.hullcheck.yml', text, ruleIds);
}

test.each(weakenedPolicy.examples)('$title', (example) => {
  const changes = comparePolicies(policyOf(example.base ?? {}), policyOf(example.files), {
    rules,
    baselines: { base: null, head: null },
    manifests: { base: [], head: [] },
  });
  const found = [
    ...weakenedPolicy.check({ causeOf: () => null, of: () => changes, settings: { images: defaultPolicy.images } }),
  ];
  expect(
    found.map(({ at }) => ({
      where: at.kind === 'file' ? `${at.path}:${at.line}` : at.kind,
      severity: weakenedPolicy.severity,
    })),
  ).toEqual(example.flags);
});

test('each change is a draft of its own at its line', () => {
  const change = {
    kind: 'policy-change',
    at: fileAt('.hullcheck.yml', 3),
    what: 'mode goes from gate to observe',
  } as const;
  const drafts = [
    ...weakenedPolicy.check({ causeOf: () => null, of: () => [change], settings: { images: defaultPolicy.images } }),
  ];
  expect(drafts).toEqual([{ at: change.at, message: change.what, identity: [change.what] }]);
  expect(weakenedPolicy.isSuppressible).toBe(false);
});
