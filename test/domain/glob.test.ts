import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../src/domain/glob.ts';

const table: readonly [string, string, boolean][] = [
  ['ghcr.io/me/*', 'ghcr.io/me/app', true],
  ['ghcr.io/me/*', 'ghcr.io/me/app/worker', false],
  ['ghcr.io/me/*', 'ghcr.io/me', false],
  ['ghcr.io/me/**', 'ghcr.io/me/app/worker', true],
  ['ghcr.io/**', 'ghcr.io/me/app/worker', true],
  ['*', 'node', true],
  ['*', 'ollama/ollama', false],
  ['**', 'ollama/ollama', true],
  ['**', '', true],
  ['', '', true],
  ['', 'a', false],
  ['**/node', 'node', true],
  ['**/node', 'docker.io/library/node', true],
  ['**/node', 'docker.io/library/xnode', false],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['a/**/b', 'a/xb', false],
  ['a/**/b', 'ab', false],
  ['a**b', 'a/x/b', true],
  ['a**/b', 'axy/b', true],
  ['vendor/**', 'vendor/a/b.txt', true],
  ['vendor/**', 'vendor', false],
  ['vendor/**', 'myvendor/a', false],
  ['no?e', 'node', true],
  ['no?e', 'no/e', false],
  ['no?e', 'noe', false],
  ['*.env', '.env', true],
  ['a.c', 'abc', false],
  ['[ab]', 'a', false],
  ['[ab]', '[ab]', true],
  ['(a+)+$', '(a+)+$', true],
  ['**/*/**', 'a/b', true],
  ['*-*-*', 'a-b-c', true],
  ['*-*-*', 'a-b', false],
  ['**/**/a', 'a', true],
  ['x**/', 'x/y/', true],
];

/** The same meaning as a regular expression, for short inputs. */
function toRegExp(pattern: string): RegExp {
  const source = pattern.replace(/(^|\/)\*\*\/|\*\*|\*|\?|[^*?]/g, (part, slash: string | undefined) => {
    if (slash !== undefined) return `${slash}(?:[^/]*/)*`;
    if (part === '**') return '[^]*';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  });
  return new RegExp(`^${source}$`);
}

describe('matchesGlob', () => {
  it.each(table)('%j against %j', (pattern, path, expected) => {
    expect(matchesGlob(pattern, path)).toBe(expected);
  });

  it('agrees with a regular expression', () => {
    const text = (...units: string[]) =>
      fc.array(fc.constantFrom(...units), { maxLength: 8 }).map((all) => all.join(''));
    fc.assert(
      fc.property(text('a', 'b', '/', '*', '?', '**/', '/**'), text('a', 'b', '/'), (pattern, path) => {
        fc.pre(!pattern.includes('***') && !/\*\*\/\*\*\//.test(pattern));
        expect(matchesGlob(pattern, path)).toBe(toRegExp(pattern).test(path));
      }),
      { numRuns: 3000 },
    );
  });

  it('takes no exponential time, and refuses endless patterns', () => {
    const started = performance.now();
    expect(matchesGlob(`${'**a'.repeat(100)}!`, 'a'.repeat(2000))).toBe(false);
    expect(matchesGlob('*'.repeat(2000), 'a')).toBe(false);
    expect(performance.now() - started).toBeLessThan(1500);
  });
});
