import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeZstd, hasNativeZstd } from '../../../src/sources/image/zstd.ts';
import { defaultWindowLimit } from '../../../src/sources/image/zstd-frame.ts';
import { decodeInScript } from '../../../src/sources/image/zstd-script.ts';
import {
  compressedBlock,
  rawBlock,
  rleBlock,
  skippableFrame,
  zstdChunked,
  zstdFrame,
  zstdStored,
} from '../../helpers/zstd-bytes.ts';

async function* inChunks(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? bytes.length);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

type Decode = (chunks: AsyncIterable<Buffer>, windowLimit: number) => AsyncIterable<Buffer>;
const decoders: readonly (readonly [string, Decode])[] = [
  ['in script', decodeInScript],
  ...(hasNativeZstd ? [['by Node', decodeZstd] as const] : []),
];

/** Short enough to be shown when a test fails. */
function summary(content: string): string {
  if (content.length < 200) return content;
  return `${content.length} bytes ${createHash('sha256').update(content, 'latin1').digest('hex')}`;
}

/** The content (see `summary`), or the problem as `!…`. */
async function outcome(
  decode: Decode,
  bytes: Buffer,
  { sizes = [bytes.length], window = defaultWindowLimit } = {},
): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const part of decode(inChunks(bytes, sizes), window)) parts.push(part);
  } catch (error) {
    return `!${error instanceof Error ? `${error.name} ${error.message}` : error}`;
  }
  return summary(Buffer.concat(parts).toString('latin1'));
}

/** Text with few words, so that a compressor uses all it has. */
function wordsOf(length: number): string {
  const words = 'layer secret image digest frame window block literal offset match hull check'.split(' ');
  let seed = 7;
  let text = '';
  while (text.length < length) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    text += `${words[(seed >>> 16) % words.length]}${(seed >>> 8) % 97} `;
  }
  return text.slice(0, length);
}

/** 2400 characters of `wordsOf` by libzstd 1.5.7: a window of 1 KiB, blocks that use earlier tables again, a checksum. */
const threeBlocks = Buffer.from(
  'KLUv/QQAlAkAYo0lGoAlagON8e4bP+YXPZtFBnYqu7u790ttQgoE2CREwNHUXtoPHr/blnep2pysjMjPtuP1a7mo2nmUf9epfT9jYASkcJnzx0bm' +
    '7yrvr82XBAUxR6ozO3fWzzyGEEEp6phd9YwzJQGj3nZmQYKDqLXGJiECjqZyV5VByoCWYhwMyBiqPxiSBFB7DFqKIqlMJBCQo/oKGhBSVKix' +
    'XDun4P4ZQEKj1KkHEBqK8QbMoAiFZ0EDLSRYChk4GQ2rJRV2soRy5emNXczc0GNLKWSi0Vj2Wg4iC2jBxD7viJXf0YVWgeNxo34KHRFGkqZo' +
    'B4J8Uiu3yrjm0BRlDrHrq18B9S/W8xFhOiMrcti3GbAFUNUR60N1AdQJEuaGSDr7eL7c5bG81qPH9t39ScL40YcEB1UF9AYAcwULav+t/t/T' +
    'dj+rnuKyKfJpZqPtYaNiM+vpZGvUzPNjXfzJ07O5zHZs166HxgFhrLDyASBCQghj+HnxIac1EnmUo30CC4vGGKJL0Wu/DLHmZf15GP3g5eJj' +
    '8UM+Ldwzm/mx+WDj/7aWeBDWUymP5OaWTNaduOhOVgerwq6tes7Kp2k4nIpGRKehQCqQcC9jTFQMX/pvzCfo/HHaoX53kZ6SmAvX/qZ+wa1e' +
    '7jNU3rZvJRqWo5ofIyKjkqKl0TShXY9eNlrQeeSqpajGU6dW2auykCwtCUIFp5Mh31M9tAYAs8ULiKAUxal85zB57Vp113j12me8dnu9X/UO' +
    'n/M8qPxbveY8R0XTdxsiLvKpZu/qEQNb+BASZuEtB0QTiQ1B+5r1ABEaxcs6bxYFMqLLOnoieChStxJXrt2O4em61q4KOYzk2Hs8y5qsBMa1' +
    'zdBW4EXXHErqomXUF+IGVA2tStGXyWYoVndO8cj42ZdfoOU2/5gJOT9pCb0EjqoDVzdBoaIK16LnhYs3YhV7sa9f4jC8aa6mQn1nH6owadmo' +
    'ZshU/hDx7Cal6XU/W1majeQs1cfmoRGzEAEAAK34k0g=',
  'base64',
);
/** 300 characters of it in one segment of stated size, with a checksum. */
const oneSegment = Buffer.from(
  'KLUv/WQsAHUFABLJGxiAJW6Ng35a1Gutm59cJrQvSeRFKGcyoiDMCzWcwV6+oD/WZjaNyGeNPlre1J9mBqp5cDdIR9AiLshEZk2z/wHG4UlszAs1XOcRlGQA' +
    'UMptN3PzlZydEY7kRrqDR0o+cK3NGUEkt+sFQtQdXL6gDxgAbKADDqs0PFPgqhKrGsYh2MRIFxrBAJMxDNxFxg8b+GIZlWHgUoMBajNva4pEp0anSfBQGakaN3iYUK+7Pvg=',
  'base64',
);

const [hello, world] = [zstdFrame([rawBlock('hello ')]), zstdFrame([rawBlock('world')])];
const note = skippableFrame('not content');

const whole: readonly (readonly [string, Buffer, string])[] = [
  ['a raw block', hello, 'hello '],
  ['an empty frame', zstdFrame([rawBlock('')]), ''],
  ['raw and rle blocks', zstdFrame([rawBlock('ab', false), rleBlock(0x63, 5, false), rawBlock('d')]), 'abcccccd'],
  ['a stated size', zstdFrame([rawBlock('abc')], { contentSize: 3 }), 'abc'],
  ['the dictionary number 0', zstdFrame([rawBlock('abc')], { dictionary: 0 }), 'abc'],
  ['two frames', Buffer.concat([hello, world]), 'hello world'],
  ['a frame to skip first', Buffer.concat([note, hello]), 'hello '],
  ['frames to skip between', Buffer.concat([hello, note, skippableFrame('', 15), world]), 'hello world'],
  ['a frame to skip last', Buffer.concat([hello, world, note]), 'hello world'],
  ['real blocks', threeBlocks, wordsOf(2400)],
  ['a real segment', oneSegment, wordsOf(300)],
  [
    'real frames and one to skip',
    Buffer.concat([oneSegment, note, threeBlocks, hello]),
    `${wordsOf(300)}${wordsOf(2400)}hello `,
  ],
  ['200 frames', zstdChunked(Buffer.from(wordsOf(140_000))), wordsOf(140_000)],
  ['more than a block', zstdStored(Buffer.from(wordsOf(300_000))), wordsOf(300_000)],
];

const treeless = compressedBlock(Buffer.of(3 | (6 << 4), 0, 0, 0));
const repeating = compressedBlock(Buffer.of(0, 1, 0xff & ~3, 1));
const ended = '!ZstdError its zstd data ends before it is complete';
const foreign = '!ZstdError its zstd data has bytes that belong to no frame';
const broken: readonly (readonly [string, Buffer, string | RegExp])[] = [
  ['nothing', Buffer.alloc(0), '!ZstdError its zstd data is empty'],
  ['nothing but frames to skip', Buffer.concat([note, note]), '!ZstdError its zstd data is empty'],
  ['text behind a frame', Buffer.concat([hello, Buffer.from('more text')]), foreign],
  ['three bytes of text behind a frame', Buffer.concat([hello, Buffer.from('end')]), foreign],
  ['zeros behind a frame', Buffer.concat([hello, Buffer.alloc(512)]), foreign],
  ['a frame of an old version', Buffer.from('27b52ffd0000000000', 'hex'), foreign],
  ['the beginning of another frame', Buffer.concat([hello, world.subarray(0, 3)]), ended],
  ['a frame to skip that is cut short', Buffer.concat([hello, note.subarray(0, -1)]), ended],
  ['the head of a frame to skip', Buffer.concat([hello, note.subarray(0, 6)]), ended],
  [
    'a dictionary',
    zstdFrame([rawBlock('abc')], { dictionary: 7 }),
    '!ZstdError its zstd data needs the dictionary 7, which no image brings',
  ],
  [
    'a reserved bit',
    zstdFrame([rawBlock('abc')], { bits: 8 }),
    '!ZstdError its zstd data is damaged: a reserved bit is set in a frame header',
  ],
  [
    'a block of a type that is not known',
    zstdFrame([compressedBlock(Buffer.of(1, 2), true, 3)]),
    '!ZstdError its zstd data is damaged: a block has a type that is not known',
  ],
  [
    'a block larger than its frame',
    zstdFrame([rleBlock(0, 2)], { contentSize: 1 }),
    '!ZstdError its zstd data is damaged: a block is larger than its frame allows',
  ],
  [
    'a block larger than any',
    zstdFrame([rleBlock(0, 128 * 1024 + 1)]),
    '!ZstdError its zstd data is damaged: a block is larger than its frame allows',
  ],
  [
    'a window of 160 MiB',
    zstdFrame([rawBlock('abc')], { window: (17 << 3) | 2 }),
    '!ZstdError its zstd data needs a window of 167772160 bytes of memory, more than the limit of 134217728',
  ],
  [
    'a size that is not the content’s',
    zstdFrame([rawBlock('abc')], { contentSize: 4 }),
    /^!ZstdError its zstd data is damaged: /,
  ],
  ['a table of a block that is not there', zstdFrame([treeless]), /^!ZstdError its zstd data is damaged: /],
  ['tables of sequences that are not there', zstdFrame([repeating]), /^!ZstdError its zstd data is damaged: /],
];

describe.each(decoders)('zstd decoded %s', (_, decode) => {
  it.each(whole)('%s', async (_name, bytes, content) => {
    expect(await outcome(decode, bytes)).toBe(summary(content));
    expect(await outcome(decode, bytes, { sizes: [1, 7, 300] })).toBe(summary(content));
  });

  it.each(broken)('%s is a problem', async (_name, bytes, problem) => {
    if (typeof problem === 'string') expect(await outcome(decode, bytes)).toBe(problem);
    else expect(await outcome(decode, bytes)).toMatch(problem);
  });

  it('allows a larger window when told to', async () => {
    const bytes = zstdFrame([rawBlock('abc')], { window: (17 << 3) | 2 });
    expect(await outcome(decode, bytes, { window: 2 ** 28 })).toBe('abc');
  });

  it.each([
    [
      'hand-made',
      Buffer.concat([zstdFrame([rawBlock('ab', false), rleBlock(0x63, 5)], { checksum: Buffer.alloc(4, 1) })]),
    ],
    ['real', oneSegment],
    ['real, three blocks', threeBlocks],
  ])('is a problem wherever one frame is cut: %s', async (_name, bytes) => {
    for (let length = 1; length < bytes.length; length++) {
      expect(await outcome(decode, bytes.subarray(0, length)), `${length} bytes`).toBe(ended);
    }
  });

  it('gives the same for any chunking', async () => {
    const bytes = Buffer.concat([oneSegment, note, threeBlocks, zstdChunked(Buffer.from(wordsOf(5000)), 90)]);
    const content = summary(`${wordsOf(300)}${wordsOf(2400)}${wordsOf(5000)}`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 20 }), async (sizes) => {
        expect(await outcome(decode, bytes, { sizes })).toBe(content);
      }),
      { numRuns: 60 },
    );
  });

  it('never fails in another way, whatever bytes are changed', async () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(change, { minLength: 1, maxLength: 4 }), async (isLong, changes) => {
        const bytes = Buffer.from(isLong ? threeBlocks : oneSegment);
        for (const [at, mask] of changes) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ mask;
        const result = await outcome(decode, bytes);
        if (result.startsWith('!')) expect(result).toMatch(/^!ZstdError its zstd data /);
      }),
      { numRuns: 2000 },
    );
  });

  it('hands on what goes wrong with its source', async () => {
    const source = async function* () {
      yield hello;
      throw new Error('disk');
    };
    await expect(async () => {
      for await (const part of decode(source(), defaultWindowLimit)) expect(part.toString()).toBe('hello ');
    }).rejects.toThrow('disk');
  });

  it('can be left before its end', async () => {
    const bytes = zstdStored(Buffer.alloc(5_000_000, 'x'));
    for await (const part of decode(inChunks(bytes, [100_000]), defaultWindowLimit)) {
      expect(part[0]).toBe(0x78);
      break;
    }
  });
});

it('a block that claims 98,047 copies ends at once', async () => {
  const body = Buffer.from([0x00, 0xff, 0xff, 0xff, 0x54, 0, 0, 52, ...Array<number>(200).fill(0xff)]);
  const bytes = zstdFrame([compressedBlock(body)], { window: 0x58 });
  const started = performance.now();
  expect(await outcome(decodeInScript, bytes)).toMatch(/^!ZstdError/);
  expect(performance.now() - started).toBeLessThan(1000);
});

it.runIf(hasNativeZstd)('a checksum that is wrong is a problem where Node decodes', async () => {
  const bytes = Buffer.from(oneSegment);
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  expect(await outcome(decodeZstd, bytes)).toMatch(/^!ZstdError its zstd data is damaged: /);
});

function hasProgram(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.runIf(hasProgram('zstd')).each(decoders)('what the zstd program writes, decoded %s', (_, decode) => {
  const compress = (content: Buffer, options: readonly string[]) =>
    execFileSync('zstd', ['--quiet', '--stdout', ...options], { input: content, maxBuffer: 2 ** 28 });
  const mixed = Buffer.concat([
    Buffer.from(wordsOf(400_000)),
    Buffer.alloc(300_000),
    Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * index * 2654435761) >>> 13)),
    Buffer.from(wordsOf(400_000)),
  ]);

  it.each(['-1', '-3', '-9 --no-check', '-19', '--ultra -22', '--long=27', '--fast=5', '-3 -B100KB'])(
    '%s',
    async (options) => {
      const bytes = compress(mixed, options.split(' '));
      const twice = Buffer.concat([bytes, note, bytes]);
      const expected = summary(Buffer.concat([mixed, mixed]).toString('latin1'));
      expect(await outcome(decode, twice, { sizes: [60_000] })).toBe(expected);
    },
  );

  it('with a window of 2 GiB is a problem', async () => {
    const bytes = compress(mixed, ['--ultra', '--long=31', '-1']);
    expect(await outcome(decode, bytes)).toMatch(/^!ZstdError its zstd data needs a window of \d+ bytes of memory/);
  });
});
