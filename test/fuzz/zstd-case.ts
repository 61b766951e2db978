import { decodeZstd, ZstdError } from '../../src/sources/image/zstd.ts';
import { blockLimit, createFrameReader } from '../../src/sources/image/zstd-frame.ts';
import { compressedBlock, rawBlock, rleBlock, skippableFrame, zstdChunked, zstdFrame } from '../helpers/zstd-bytes.ts';
import type { FuzzCase } from './fuzz.ts';
import { mutate } from './mutate.ts';

const text = Buffer.from('GET /index.html HTTP/1.1\n'.repeat(40));
const seeds = [
  zstdChunked(text, 100),
  zstdFrame([rawBlock(text, false), rleBlock(7, 100_000, false), rawBlock('end')], { checksum: Buffer.alloc(4) }),
  zstdFrame([rawBlock('abc')], { contentSize: 3 }),
  Buffer.concat([skippableFrame('x'), zstdFrame([rleBlock(1, 9)]), skippableFrame(text, 9)]),
  // Raw literals and one sequence with codes of one value each (RFC 8878, 3.1.1.3).
  zstdFrame([compressedBlock(Buffer.from([0x40, 97, 98, 99, 100, 97, 98, 99, 100, 1, 0x54, 8, 1, 0, 1]))]),
  zstdFrame([compressedBlock(Buffer.concat([Buffer.from([0x20]), text.subarray(0, 4), Buffer.of(0)]))]),
];

function splitFrames(bytes: Buffer, chunkSize: number): void {
  const reader = createFrameReader();
  let taken = 0;
  for (let start = 0; start < bytes.length; start += chunkSize) {
    reader.push(bytes.subarray(start, start + chunkSize));
    for (let token = reader.next(); token !== null; token = reader.next()) taken += token.bytes.length;
  }
  if (taken > bytes.length) throw new Error(`${taken} bytes of tokens from ${bytes.length}`);
  reader.finish();
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function decode(bytes: Buffer): Promise<void> {
  let size = 0;
  for await (const part of decodeZstd(one(bytes))) size += part.length;
  if (size > bytes.length * blockLimit) throw new Error(`${size} bytes from ${bytes.length}`);
}

/** Frames are split; of one input in eight the content is decoded too. */
export function createZstdCase(): FuzzCase {
  return async (random) => {
    const bytes = mutate(seeds[random.below(seeds.length)] ?? text, random);
    try {
      splitFrames(bytes, 1 + random.below(2000));
      if (random.below(8) === 0) await decode(bytes);
      return false;
    } catch (error) {
      if (error instanceof ZstdError) return true;
      throw error;
    }
  };
}
