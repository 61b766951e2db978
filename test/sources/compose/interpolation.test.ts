import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate, interpolatePieces } from '../../../src/sources/compose/interpolation.ts';

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

  it('leaves longer values alone', () => {
    const long = 'x'.repeat(4096).concat('$', 'A');
    expect(interpolate(long)).toEqual({ text: long, unresolved: [], variables: 0 });
  });
});

describe('interpolatePieces', () => {
  it('tells where each piece comes from', () => {
    const written = 'FROM a:§{T:-1}\nRUN §§x §Y'.replaceAll('§', '$');
    expect(interpolatePieces(written).map(({ text, start, end, isLiteral }) => [text, start, end, isLiteral])).toEqual([
      ['FROM a:', 0, 7, true],
      ['1', 7, 14, false],
      ['\nRUN ', 14, 19, true],
      ['$', 19, 21, false],
      ['x ', 21, 23, true],
      ['$'.concat('{Y}'), 23, 25, false],
    ]);
  });

  it('covers the text, and ends soon at any length', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('$', '{', '}', ':-', 'A', '$$', '${A:-', 'x\n')), (units) => {
        const written = units.join('');
        const pieces = interpolatePieces(written);
        expect(pieces.map(({ start, end }) => written.slice(start, end)).join('')).toBe(written);
        for (const { text, start, end, isLiteral } of pieces) {
          if (isLiteral) expect(text).toBe(written.slice(start, end));
        }
      }),
    );
    const started = performance.now();
    const units = '$'.concat('{A:-').repeat(80_000);
    expect(interpolatePieces(units).length).toBeGreaterThan(0);
    expect(interpolatePieces(units + '}'.repeat(80_000)).length).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(4000);
  });
});
