import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planFingerprints } from '../../../../scripts/plan-anchors.ts';
import { type AnchorPlace, AnchorStream } from '../../../../src/sources/secret/anchor/anchor-stream.ts';
import { comparedBytes } from '../../../../src/sources/secret/anchor/fingerprint.ts';
import { createScalarSearch } from '../../../../src/sources/secret/anchor/scalar-search.ts';
import { type AnchorSearch, dataSize, slack } from '../../../../src/sources/secret/anchor/search.ts';
import { createSimdSearch } from '../../../../src/sources/secret/anchor/simd-search.ts';
import { detectors } from '../../../../src/sources/secret/detectors/table.ts';

const tableAnchors = [...new Set(detectors.flatMap((detector) => detector.anchors))];
const smallAnchors = ['aab', 'aaba', 'abab', 'bab', 'aaaaaaaaaaaaaaaaaaaab'];

function simdSearch(anchors: readonly string[]): AnchorSearch {
  const search = createSimdSearch(planFingerprints(anchors));
  if (search === null) throw new Error('this engine has no WebAssembly SIMD');
  return search;
}

const engines: readonly (readonly [string, (anchors: readonly string[]) => AnchorSearch])[] = [
  ['SIMD', simdSearch],
  ['scalar', (anchors) => createScalarSearch(planFingerprints(anchors))],
];

const inOrder = (hits: readonly (readonly [number, number])[]) => [...hits].sort((a, b) => a[0] - b[0] || a[1] - b[1]);

function searchAll(search: AnchorSearch, content: Buffer): readonly (readonly [number, number])[] {
  const hits: [number, number][] = [];
  search.data.fill(0, content.length, content.length + slack);
  content.copy(search.data);
  search.search(0, content.length, (at, anchor) => {
    if (at >= 0) hits.push([at, anchor]);
  });
  return inOrder(hits);
}

/** The definition: every place where the compared part of an anchor stands. */
function searchPlainly(anchors: readonly string[], content: Buffer): readonly (readonly [number, number])[] {
  const hits: [number, number][] = [];
  anchors.forEach((text, anchor) => {
    const compared = text.slice(0, comparedBytes);
    for (let at = content.indexOf(compared); at >= 0; at = content.indexOf(compared, at + 1)) hits.push([at, anchor]);
  });
  return inOrder(hits);
}

describe.each(engines)('%s', (_, create) => {
  const small = create(smallAnchors);
  const full = create(tableAnchors);

  it('finds what stands there, in text made of the anchors’ letters', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 200 }), (text) => {
        const content = Buffer.from(text);
        expect(searchAll(small, content)).toEqual(searchPlainly(smallAnchors, content));
      }),
      { numRuns: 1000 },
    );
  });

  it('finds each anchor of the table at each alignment, at the start, in the middle and at the end', () => {
    for (const [index, anchor] of tableAnchors.entries()) {
      const at = index % 33;
      const content = Buffer.from(`${anchor}${'.'.repeat(at)}${anchor}\0\xff${anchor}`, 'latin1');
      expect(searchAll(full, content), anchor).toEqual(searchPlainly(tableAnchors, content));
    }
  });

  it('finds anchors in any bytes between any others', () => {
    const piece = fc.oneof(
      fc.constantFrom(...tableAnchors).map((text) => Buffer.from(text)),
      fc.constantFrom(...tableAnchors).map((text) => Buffer.from(text.slice(0, -1))),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const content = Buffer.concat(pieces);
        expect(searchAll(full, content)).toEqual(searchPlainly(tableAnchors, content));
      }),
      { numRuns: 500 },
    );
  });

  it('tells more hits than fit its table at once', () => {
    const content = Buffer.from('bab'.repeat(20_000));
    expect(searchAll(small, content)).toHaveLength(searchPlainly(smallAnchors, content).length);
  });

  it('searches only where it is told to', () => {
    const content = Buffer.from('.bab.bab.bab.');
    content.copy(small.data);
    small.data.fill(0, content.length, content.length + slack);
    for (let split = 0; split <= content.length; split++) {
      const hits: number[] = [];
      small.search(0, split, (at) => hits.push(at));
      small.search(split, content.length, (at) => hits.push(at));
      expect(hits).toEqual([1, 5, 9]);
    }
  });
});

it('both engines offer the same room', () => {
  expect(engines.map(([, create]) => create(smallAnchors).data.length)).toEqual([dataSize, dataSize]);
});

it('an anchor of two bytes is refused', () => {
  expect(() => planFingerprints(['abc', 'ab'])).toThrow('three bytes');
});

describe.each(engines)('a stream over %s', (_, create) => {
  const reach = { before: 8, after: () => 40 };

  function tell(pieces: readonly Buffer[]): readonly string[] {
    const told: string[] = [];
    const stream = new AnchorStream(create(smallAnchors), smallAnchors, reach, (place: AnchorPlace) => {
      const { text, at } = place.textAround(reach.before, reach.after());
      told.push(`${place.anchor} ${text.slice(0, at)}|${text.slice(at)}`);
    });
    for (const piece of pieces) stream.push(piece);
    stream.end();
    return told;
  }

  it('tells the same, with the same text around, wherever chunks end', () => {
    const content = fc
      .string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 150 })
      .map((text) => Buffer.from(text));
    fc.assert(
      fc.property(content, fc.array(fc.nat(150), { maxLength: 12 }), (bytes, cuts) => {
        const ends = [...cuts, bytes.length].map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b);
        const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        expect(tell(pieces)).toEqual(tell([bytes]));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what an anchor can reach when its room is used up', () => {
    const chunk = Buffer.alloc(1024 * 1024, '.');
    const content = Buffer.concat([chunk, Buffer.from('12345678bab'), chunk, Buffer.from('12345678bab'), chunk]);
    const expected = `3 12345678|bab${'.'.repeat(37)}`;
    for (const size of [content.length, 1024 * 1024, 1024 * 1024 + 5, 65_536]) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < content.length; at += size) pieces.push(content.subarray(at, at + size));
      expect(tell(pieces)).toEqual([expected, expected]);
    }
  });

  it('starts afresh with each file', () => {
    const told: number[] = [];
    const stream = new AnchorStream(create(smallAnchors), smallAnchors, reach, ({ anchor }) => told.push(anchor));
    for (const part of ['ba', 'b', '.bab', '']) {
      stream.push(Buffer.from(part));
      stream.end();
    }
    expect(told).toEqual([3]);
  });
});
