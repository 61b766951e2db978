import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLabels, type Listing } from '../../../src/sources/image/image-labels.ts';

const platform = (text: string) => {
  const [os = '', architecture = '', variant = ''] = text.split('/');
  return { os, architecture, variant };
};
const listing = (number: number, tag: string | null, on = 'linux/amd64'): Listing => {
  return { tag, platform: platform(on), number };
};

describe('images of one archive', () => {
  it.each<[string, readonly Listing[], readonly string[]]>([
    ['by tag', [listing(1, 'app:1'), listing(2, 'app:2')], ['a.tar#app:1', 'a.tar#app:2']],
    [
      'by platform where a tag is missing',
      [listing(1, 'app:1'), listing(2, null, 'linux/arm64/v8')],
      ['a.tar#linux/amd64', 'a.tar#linux/arm64/v8'],
    ],
    [
      'by platform where they share a tag',
      [listing(1, 'app:1'), listing(2, 'app:1', 'linux/arm64')],
      ['a.tar#linux/amd64', 'a.tar#linux/arm64'],
    ],
    ['by number, all of them, where neither tells', [listing(1, 'app:1'), listing(2, null)], ['a.tar#1', 'a.tar#2']],
    ['by number where they share a tag', [listing(1, 'app:1'), listing(2, 'app:1')], ['a.tar#1', 'a.tar#2']],
    ['by place in the archive', [listing(2, null), listing(4, null)], ['a.tar#2', 'a.tar#4']],
    [
      'by number where long tags differ at the end',
      [listing(1, `${'a'.repeat(400)}1`), listing(2, `${'a'.repeat(400)}2`)],
      ['a.tar#1', 'a.tar#2'],
    ],
    ['not by a tag that is a number of another', [listing(1, '2'), listing(2, null)], ['a.tar#1', 'a.tar#2']],
  ])('are named %s', (_, listings, expected) => {
    expect(createLabels(['a.tar'])('a.tar', listings)).toEqual(expected);
  });

  it('are never named as another archive, or as an image of it', () => {
    const labelsOf = createLabels(['a', 'a#b', 'a#b#x']);
    expect(labelsOf('a', [listing(1, 'b'), listing(2, 'b#x')])).toEqual(['a#b#2', 'a#b#x#2']);
    expect(labelsOf('a#b', [listing(1, 'x'), listing(2, '2')])).toEqual(['a#b#x#3', 'a#b#2#2']);
  });
});

it('no two images of a run share a label, and what came before does not depend on what follows', () => {
  const name = fc.constantFrom('a', 'a#1', 'a#b', '1', '2', 'b', '2#2', '#');
  const one = fc.record({ tag: fc.option(name), on: fc.constantFrom('linux/amd64', 'linux/arm64') });
  const archives = fc.uniqueArray(fc.tuple(name, fc.array(one, { minLength: 2, maxLength: 5 })), {
    selector: ([text]) => text,
    maxLength: 5,
  });
  fc.assert(
    fc.property(archives, (all) => {
      const labelsOf = createLabels(all.map(([text]) => text));
      const labels = all.flatMap(([text, images]) =>
        labelsOf(
          text,
          images.map(({ tag, on }, index) => listing(index + 1, tag, on)),
        ),
      );
      const named = [...labels, ...all.map(([text]) => text)];
      expect(new Set(named).size).toBe(named.length);
    }),
  );
});
