import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  indexRules,
  isExcusable,
  isProtected,
  isSuppressible,
  needsImage,
  needsScanner,
} from '../../src/policy/rule-class.ts';
import { unsuppressibleRules } from '../../src/policy/schema.ts';
import { rules } from './samples.ts';

const byId = indexRules(rules);
const idsWhere = (holds: (rule: (typeof rules)[number]) => boolean) => rules.filter(holds).map((rule) => rule.id);

describe('what a rule is to the policy', () => {
  test.each([
    ['protected', isProtected, ['leaked-dotenv', 'tracked-dotenv', 'vulnerable-package', 'unsafe-model-format']],
    ['needing an image', needsImage, ['root-final-user', 'leaked-dotenv', 'vulnerable-package']],
    ['needing a scanner', needsScanner, ['vulnerable-package']],
  ])('%s', (_, holds, expected) => {
    expect(idsWhere(holds)).toEqual(expected);
  });

  test.each([
    ['unpinned-base-image', true, true],
    ['leaked-dotenv', true, false],
    ['weakened-policy', false, false],
    ['not-registered', true, true],
  ])('%s is suppressible: %s, excusable: %s', (id, suppressible, excusable) => {
    expect([isSuppressible(byId.get(id)), isExcusable(byId.get(id))]).toEqual([suppressible, excusable]);
  });
});

test('the policy names as unsuppressible exactly the rules that say so', async () => {
  const folder = new URL('../../src/rules/', import.meta.url);
  const texts = readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== 'registry.ts');
  const found: string[] = [];
  for (const name of texts) {
    const exported: Readonly<Record<string, unknown>> = await import(new URL(name, folder).href);
    for (const rule of Object.values(exported)) {
      const isRule = typeof rule === 'object' && rule !== null && 'isSuppressible' in rule && 'id' in rule;
      if (isRule && rule.isSuppressible === false) found.push(String(rule.id));
    }
  }
  expect(found).toEqual(unsuppressibleRules);
});
