import { describe, expect, it } from 'vitest';
import { rules } from '../../src/rules/registry.ts';
import { checkExample, whereOf } from '../helpers/check-example.ts';

/** One line per finding; findings of other rules that are only worth knowing do not count. */
describe.each(rules)('$id', (rule) => {
  it('has an example that it flags and one that it passes', () => {
    expect(rule.examples.some((example) => example.flags.length > 0)).toBe(true);
    expect(rule.examples.some((example) => example.flags.length === 0)).toBe(true);
  });

  it.each(rule.examples)('$title', async (example) => {
    const { findings, gaps } = await checkExample(example);
    const counted = findings.filter((finding) => finding.ruleId === rule.id || finding.severity !== 'info');
    const found = counted.map((finding) => `${finding.ruleId} ${whereOf(finding)} ${finding.severity}`);
    const expected = example.flags.map(({ where, severity }) => `${rule.id} ${where} ${severity}`);
    expect(found.sort()).toEqual(expected.sort());
    expect(gaps).toEqual([]);
  });
});
