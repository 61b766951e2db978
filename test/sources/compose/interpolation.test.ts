import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate } from '../../../src/sources/compose/interpolation.ts';

/** Written with § for the dollar sign. */
const table: readonly [string, string, string[], number][] = [
  ['node:22', 'node:22', [], 0],
  ['node:§{TAG:-22}', 'node:22', [], 1],
  ['node:§{TAG-22}', 'node:22', [], 1],
  ['node:§{TAG:-}', 'node:', [], 1],
  ['node:§TAG', 'node:§{TAG}', ['TAG'], 1],
  ['node:§{TAG}', 'node:§{TAG}', ['TAG'], 1],
  ['node:§{TAG:?set TAG: now}', 'node:§{TAG}', ['TAG'], 1],
  ['node:§{TAG?}', 'node:§{TAG}', ['TAG'], 1],
  ['node:22§{SUFFIX:+-slim}', 'node:22', [], 1],
  ['§{IMAGE:-node:§{TAG:-22}}', 'node:22', [], 2],
  ['§{IMAGE:-node:§{TAG}}', 'node:§{TAG}', ['TAG'], 2],
  ['§{REGISTRY:-docker.io}/node:§{TAG:-22}', 'docker.io/node:22', [], 2],
  ['§A/§B:§A', '§{A}/§{B}:§{A}', ['A', 'B'], 3],
  ['a§§b', 'a§b', [], 0],
  ['a§§{TAG}', 'a§{TAG}', [], 0],
  ['§', '§', ['§'], 1],
  ['§{', '§{', ['§{'], 1],
  ['§{TAG', '§{TAG', ['§{TAG'], 1],
  ['§{1:-x}', '§{1:-x}', ['§{1:-x}'], 1],
];

describe('interpolate', () => {
  it.each(table)('%s', (written, text, unresolved, variables) => {
    const dollars = (value: string) => value.replaceAll('§', '$');
    expect(interpolate(dollars(written))).toEqual({
      text: dollars(text),
      unresolved: unresolved.map(dollars),
      variables,
    });
  });

  it('never throws, and ends soon on hostile nesting', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('$', '{', '}', ':-', 'A', '$$', '${A:-')), (units) => {
        expect(typeof interpolate(units.join('')).text).toBe('string');
      }),
    );
    const started = performance.now();
    for (const length of [4000, 400_000]) {
      const units = '$'.concat('{A:-').repeat(length / 5);
      expect(interpolate(units).text.length).toBeGreaterThan(0);
      expect(interpolate(units + '}'.repeat(length / 5)).text.length).toBeGreaterThan(0);
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
