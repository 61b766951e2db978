import { describe, expect, it } from 'vitest';
import { Composer, parseAllDocuments } from 'yaml';
import { isTooNested, readTokens } from '../../src/domain/yaml-nesting.ts';

describe('isTooNested', () => {
  it.each([
    ['flow lists', '['.repeat(100_000)],
    ['flow maps', '{a: '.repeat(100_000)],
    ['block lists', '- '.repeat(100_000)],
    ['explicit keys', '? '.repeat(100_000)],
    ['indentation', Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['too many tokens', 'a: b\n'.repeat(100_000)],
  ])('refuses %s', (_, text) => {
    expect(isTooNested(text)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['brackets in text', `a: "${'['.repeat(1000)}"\nb: |\n  ${'{'.repeat(1000)}\n# ${'['.repeat(1000)}\n`],
    ['thirty levels', `${'['.repeat(30)}${']'.repeat(30)}`],
    ['broken YAML', 'a: [}'],
  ])('accepts %s', (_, text) => {
    expect(isTooNested(text)).toBe(false);
  });
});

describe('readTokens', () => {
  it.each([
    ['one document', 'a: 1\nb: [x, "y"]\n'],
    ['several', '---\na: &x 1\n...\n---\n- *y\n- |\n  text\n'],
    ['broken YAML', 'a: [}\nb: "'],
    ['a comment alone', '# nothing\n'],
  ])('composes to what the text parses to: %s', (_, text) => {
    const documents = [...new Composer({ prettyErrors: false }).compose(readTokens(text) ?? [])];
    const parsed = parseAllDocuments(text, { prettyErrors: false });
    expect(
      documents.map((document) => [String(document.contents), document.errors.map((error) => error.code)]),
    ).toEqual(parsed.map((document) => [String(document.contents), document.errors.map((error) => error.code)]));
  });
});
