import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { gunzip } from '../../src/sources/image/gzip/gunzip.ts';
import { GzipError } from '../../src/sources/image/gzip/gzip-error.ts';
import type { FuzzCase } from './fuzz.ts';
import { mutate } from './mutate.ts';

const text = Buffer.from('GET /index.html HTTP/1.1\nHost: localhost\n'.repeat(40));
const mixed = Buffer.from(Array.from({ length: 3000 }, (_, index) => (Math.imul(index, 2654435761) >>> 13) & 0xff));
const seeds = [
  gzipSync(text),
  gzipSync(mixed),
  gzipSync(text, { strategy: constants.Z_FIXED }),
  gzipSync(Buffer.concat([mixed.subarray(0, 500), text]), { strategy: constants.Z_HUFFMAN_ONLY }),
  gzipSync(Buffer.alloc(70_000, 'ab'), { strategy: constants.Z_RLE }),
  gzipSync(mixed, { level: 0 }),
  Buffer.concat([gzipSync('first'), gzipSync(text), Buffer.alloc(9)]),
];
/** No input of a few kB may unpack to more than DEFLATE can: 1032 times. */
const largest = 16 * 1024 * 1024;

/** Zlib's reading; null where it refuses. */
function unpackByZlib(bytes: Buffer): Buffer | null {
  try {
    return gunzipSync(bytes, { maxOutputLength: largest });
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) return null;
    throw error;
  }
}

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function unpack(bytes: Buffer, chunkSize: number): Promise<Buffer | GzipError> {
  const parts: Buffer[] = [];
  try {
    for await (const part of gunzip(inChunks(bytes, chunkSize))) parts.push(Buffer.from(part));
  } catch (error) {
    if (error instanceof GzipError) return error;
    throw error;
  }
  return Buffer.concat(parts);
}

/** Zlib and ours agree on what is damaged and what it unpacks to; but zlib looks at nothing behind a zero after a member. */
export function createGzipCase(): FuzzCase {
  return async (random) => {
    const bytes = mutate(seeds[random.below(seeds.length)] ?? text, random);
    const own = await unpack(bytes, 1 + random.below(2000));
    const other = unpackByZlib(bytes);
    if (own instanceof GzipError) {
      if (other !== null && !own.message.includes('incorrect header check'))
        throw new Error(`zlib unpacks it to ${other.length} bytes, and ours says: ${own.message}`);
      return true;
    }
    if (other === null || !own.equals(other)) throw new Error(`unpacks to other bytes than zlib’s, or zlib refuses it`);
    return false;
  };
}
