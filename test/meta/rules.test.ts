import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rules } from '../../src/rules/registry.ts';
import { listFiles, root } from '../helpers/project-files.ts';

const idOf = (path: string) => path.slice(path.lastIndexOf('/') + 1).replace(/(?:\.test)?\.ts$|\.md$/, '');
const ruleFiles = listFiles('src/rules').filter(
  (path) => /^src\/rules\/[^/]+\.ts$/.test(path) && idOf(path) !== 'registry',
);
const exists = (path: string) => existsSync(new URL(path, root));

it('the registry holds every rule file, and no other', () => {
  expect(rules.map((rule) => rule.id)).toEqual(ruleFiles.map(idOf));
});

describe.each(rules)('$id', (rule) => {
  it('is named like its file, in kebab case, without a number', () => {
    expect(rule.id).toMatch(/^[a-z]+(?:-[a-z]+)+$/);
    expect(readFileSync(new URL(`src/rules/${rule.id}.ts`, root), 'utf8')).toContain(`id: '${rule.id}'`);
  });

  it('has a test of its own', () => {
    expect(exists(`test/rules/${rule.id}.test.ts`)).toBe(true);
  });

  it('has a page', (context) => {
    if (!exists('docs/rules/README.md')) context.skip('docs/rules is not generated yet: npm run generate');
    expect(exists(`docs/rules/${rule.id}.md`)).toBe(true);
  });

  it('says what, why and how, as sentences of their kind', () => {
    expect(rule.summary).toMatch(/^[A-Z].*[^.!?]$/);
    expect(rule.docs.why).toMatch(/^.{80,}\.$/s);
    expect(rule.docs.fix).toMatch(/^.{60,}\.$/s);
    expect(`${rule.summary}${rule.docs.why}${rule.docs.fix}`).not.toContain('!');
  });

  it('has an example that it flags and one that it passes, each with its own title', () => {
    expect(rule.examples.filter((example) => example.flags.length > 0)).not.toEqual([]);
    expect(rule.examples.filter((example) => example.flags.length === 0)).not.toEqual([]);
    const titles = rule.examples.map((example) => example.title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

it('no test or page is left over from a rule that is gone', () => {
  const ids = new Set(ruleFiles.map(idOf));
  const tests = listFiles('test/rules').filter((path) => idOf(path) !== 'examples' && !ids.has(idOf(path)));
  const pages = listFiles('docs/rules').filter((path) => idOf(path) !== 'README' && !ids.has(idOf(path)));
  expect([...tests, ...pages]).toEqual([]);
});
