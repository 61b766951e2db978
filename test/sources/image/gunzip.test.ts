import { constants, gunzipSync, gzipSync, type ZlibOptions } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gunzip } from '../../../src/sources/image/gzip/gunzip.ts';

async function* inChunks(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? bytes.length);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

interface Outcome {
  readonly content: Buffer;
  readonly problem: string | null;
}

async function unpack(stored: Buffer, sizes: readonly number[] = [stored.length]): Promise<Outcome> {
  const parts: Buffer[] = [];
  try {
    for await (const part of gunzip(inChunks(stored, sizes))) parts.push(Buffer.from(part));
  } catch (error) {
    return { content: Buffer.concat(parts), problem: error instanceof Error ? error.message : String(error) };
  }
  return { content: Buffer.concat(parts), problem: null };
}

async function problemOf(stored: Buffer): Promise<string | null> {
  return (await unpack(stored)).problem?.match(/^its gzip data is damaged \((.*)\)$/)?.[1] ?? null;
}

/** Bytes that look random, the same in each run. */
function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

const strategies = [
  constants.Z_DEFAULT_STRATEGY,
  constants.Z_FIXED,
  constants.Z_HUFFMAN_ONLY,
  constants.Z_RLE,
  constants.Z_FILTERED,
];
const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(...strategies),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
});
/** Runs, repeats from near and far, and what does not compress. */
const content = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 60 }).map((text) => Buffer.from(text)),
      fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3000 })).map(([length, times]) => {
        return Buffer.concat(Array.from({ length: Math.ceil(times / length) }, () => noise(length, length)));
      }),
      fc.integer({ min: 0, max: 40_000 }).map((length) => noise(length, length)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat([...parts, ...parts.slice(0, 2)]));

describe('gunzip', () => {
  it('gives what was compressed, however it was and wherever the chunks end', async () => {
    await fc.assert(
      fc.asyncProperty(
        content,
        options,
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 }),
        async (bytes, how, sizes) => {
          const { content: unpacked, problem } = await unpack(gzipSync(bytes, how), sizes);
          expect(problem).toBeNull();
          expect(unpacked.equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each<readonly [string, Buffer, ZlibOptions]>([
    ['nothing', Buffer.alloc(0), {}],
    ['a byte', Buffer.from('a'), {}],
    ['a run longer than all buffers', Buffer.alloc(9_000_000, 'x'), {}],
    ['three bytes over and over', Buffer.alloc(3_000_001, 'abc'), {}],
    ['seven bytes over and over', Buffer.alloc(3_000_001, 'abcdefg'), {}],
    ['repeats as far back as can be', Buffer.concat([noise(32_768), noise(32_768), noise(32_768)]), { level: 9 }],
    ['stored blocks larger than all buffers', noise(3_000_000), { level: 0 }],
    ['what does not compress', noise(3_000_000), {}],
    [
      'codes of all lengths',
      Buffer.concat(Array.from({ length: 17 }, (_, n) => Buffer.alloc(2 ** n, 65 + n))),
      {
        strategy: constants.Z_HUFFMAN_ONLY,
      },
    ],
  ])('%s', async (_, bytes, how) => {
    for (const sizes of [[1_000_000], [65_536], [4099]]) {
      const { content: unpacked, problem } = await unpack(gzipSync(bytes, how), sizes);
      expect(problem).toBeNull();
      expect(unpacked.equals(bytes)).toBe(true);
    }
  });

  it('reads all members, as eStargz has one for each file, and drops zeros behind the last', async () => {
    const members = Array.from({ length: 300 }, (_, index) => Buffer.from(`member ${index}\n`.repeat(index)));
    const stored = Buffer.concat([...members.map((part) => gzipSync(part)), Buffer.alloc(600)]);
    for (const sizes of [[stored.length], [7], [512]]) {
      const { content: unpacked, problem } = await unpack(stored, sizes);
      expect(problem).toBeNull();
      expect(unpacked.equals(Buffer.concat(members))).toBe(true);
    }
  });

  /** Behind the ten bytes all headers begin with come extra field, name, comment and checksum, as the flags say. */
  function withHeader(flag: number, fields: Buffer): Buffer {
    const plain = gzipSync('content');
    const start = Buffer.from(plain.subarray(0, 10));
    start[3] = flag;
    return Buffer.concat([start, fields, plain.subarray(10)]);
  }

  it('reads headers with all fields', async () => {
    const fields = Buffer.concat([Buffer.from([3, 0]), Buffer.from('abcname\0comment\0')]);
    expect(await unpack(withHeader(4 | 8 | 16, fields))).toEqual({ content: Buffer.from('content'), problem: null });
  });

  it.each<readonly [string, Buffer, string]>([
    ['no gzip', Buffer.from('text that is none'), 'incorrect header check'],
    ['something behind it', Buffer.concat([gzipSync('a'), Buffer.from('more')]), 'incorrect header check'],
    ['something behind zeros', Buffer.concat([gzipSync('a'), Buffer.from('\0more')]), 'incorrect header check'],
    ['a member behind zeros', Buffer.concat([gzipSync('a'), Buffer.of(0), gzipSync('b')]), 'incorrect header check'],
    ['another method', Buffer.from([0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 0, 0]), 'unknown compression method'],
    ['flags nobody knows', withHeader(0x20, Buffer.alloc(0)), 'unknown header flags set'],
    ['a wrong checksum of the header', withHeader(2, Buffer.from([1, 2])), 'header crc mismatch'],
    ['a name without an end', withHeader(8, Buffer.alloc(70_000, 'n')), 'a name or comment without an end'],
    ['no bytes', Buffer.alloc(0), 'unexpected end of file'],
  ])('%s is told', async (_, stored, problem) => {
    expect(await problemOf(stored)).toBe(problem);
  });

  it('tells of wrong checksum and size, after what was unpacked', async () => {
    const stored = gzipSync('content '.repeat(100));
    for (const [at, problem] of [
      [8, 'incorrect data check'],
      [4, 'incorrect length check'],
    ] as const) {
      const changed = Buffer.from(stored);
      changed[changed.length - at] = (changed.at(-at) ?? 0) ^ 1;
      expect(await unpack(changed)).toEqual({
        content: Buffer.from('content '.repeat(100)),
        problem: `its gzip data is damaged (${problem})`,
      });
    }
  });

  it('cut anywhere, it gives the beginning of the content and says that the end is missing', async () => {
    const bytes = Buffer.concat([noise(700), Buffer.alloc(2000, 'ab'), noise(300)]);
    for (const how of [{}, { level: 0 }, { strategy: constants.Z_FIXED }]) {
      const stored = gzipSync(bytes, how);
      for (let length = 0; length < stored.length; length += 1 + (length % 3)) {
        const { content: unpacked, problem } = await unpack(stored.subarray(0, length), [100]);
        expect(problem).toBe('its gzip data is damaged (unexpected end of file)');
        // Zeros stand in for the bits behind the end: a symbol or two of them may follow.
        expect(unpacked.subarray(0, -300)).toEqual(bytes.subarray(0, Math.max(0, unpacked.length - 300)));
      }
    }
  }, 60_000);

  it('agrees with zlib about every change of a byte', async () => {
    const stored = gzipSync(Buffer.concat([Buffer.from('a text of words and words '.repeat(20)), noise(200)]));
    for (let at = 0; at < stored.length; at++) {
      const changed = Buffer.from(stored);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const { content: unpacked, problem } = await unpack(changed, [64]);
      const byZlib = (() => {
        try {
          return gunzipSync(changed);
        } catch {
          return null;
        }
      })();
      expect(problem === null, `byte ${at}: ${problem}`).toBe(byZlib !== null);
      if (byZlib !== null) expect(unpacked).toEqual(byZlib);
    }
  });

  it('passes the error of what it reads on, after what was unpacked', async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield gzipSync(noise(100_000)).subarray(0, 50_000);
      throw new Error('the disk is gone');
    }
    let size = 0;
    const read = async () => {
      for await (const part of gunzip(failing())) size += part.length;
    };
    await expect(read()).rejects.toThrow('the disk is gone');
    expect(size).toBeGreaterThan(40_000);
  });
});
