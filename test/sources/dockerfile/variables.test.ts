import { describe, expect, it } from 'vitest';
import { expandWord, platformScope, type Scope } from '../../../src/sources/dockerfile/variables.ts';

const dollars = (text: string): string => text.replaceAll('§', '$');

/** Each default stands in a line of its own, 100 characters apart. */
function scopeOf(defaults: Readonly<Record<string, string>>): Scope {
  const scope = new Map(platformScope);
  for (const [index, [name, text]] of Object.entries(defaults).entries()) {
    const start = (index + 1) * 100;
    scope.set(name, expandWord({ text: dollars(text), start, end: start + text.length }, scope, '\\'));
  }
  return scope;
}

function expand(text: string, defaults: Readonly<Record<string, string>> = {}) {
  return expandWord({ text: dollars(text), start: 0, end: text.length }, scopeOf(defaults), '\\');
}

describe('expandWord', () => {
  it.each<readonly [string, Readonly<Record<string, string>>, string, readonly string[]]>([
    ['a§{X}b', { X: '1' }, 'a1b', []],
    ['§X-§{Y}', { X: '1' }, '1-§{Y}', ['Y']],
    ['§{X:-d}', {}, 'd', []],
    ['§{X-d}', { X: '' }, '', []],
    ['§{X:-d}', { X: '' }, 'd', []],
    ['§{X:-§{Y:-e}}', {}, 'e', []],
    ['§{X:-§Y}', { X: '1' }, '1', []],
    ['§{X:-§Y}', {}, '§Y', ['Y']],
    ['§{X:+a}', { X: '1' }, 'a', []],
    ['§{X:+§Y}', {}, '', []],
    ['§{X+a}', { X: '' }, 'a', []],
    ['§{X:?m}', { X: '1' }, '1', []],
    ['§{X:?m}', {}, '§{X:?m}', ['X']],
    ['§{X#a}', { X: 'ab' }, '§{X#a}', ['X']],
    ['§{X', {}, '§{X', ['X']],
    ['§{}', {}, '§{}', ['§{}']],
    ['\\§X', { X: '1' }, '§X', []],
    ["'§X'", { X: '1' }, '§X', []],
    ['"§X y"', { X: '1' }, '1 y', []],
    ['"a\\b\\"c"', {}, 'a\\b"c', []],
    ['a\\b', {}, 'ab', []],
    ['§', {}, '§', []],
    ['§TARGETARCH', {}, 'amd64', []],
  ])('%s with %j', (text, defaults, expected, unresolved) => {
    expect(expand(text, defaults)).toMatchObject({ text: dollars(expected), unresolved: unresolved.map(dollars) });
  });

  it('remembers where each piece is written', () => {
    const { leaves } = expand('a:§{V}-§TARGETOS§N§{M:-m}', { V: '"20"' });
    expect(leaves.map(({ origin, text, start, end }) => [origin, text, start, end])).toEqual([
      ['written', 'a:', 0, 2],
      ['argument', '20', 101, 103],
      ['written', '-', 6, 7],
      ['platform', 'linux', 0, 0],
      ['unresolved', '$N', 16, 18],
      ['written', 'm', 23, 24],
    ]);
  });

  it('does not overflow on deep nesting', () => {
    expect(expand('§{A:-'.repeat(50_000)).unresolved).toContain('A');
  });
});
