import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Compression } from '../../domain/image.ts';
import { decodeZstd, ZstdError } from './zstd.ts';

/** How many bytes `compressionOf` looks at. */
export const magicSize = 8;
/** Zlib is twice as fast with parts of this size as with its own of 16 KiB. */
const chunkSize = 1024 * 1024;

interface Magic {
  readonly bytes: string;
  readonly compression: Compression;
  /** What people call it. */
  readonly name: string;
}

const magics: readonly Magic[] = [
  { bytes: '1f8b', compression: 'gzip', name: 'gzip' },
  { bytes: '28b52ffd', compression: 'zstd', name: 'zstd' },
  { bytes: '425a68', compression: 'unknown', name: 'bzip2' },
  { bytes: 'fd377a585a00', compression: 'unknown', name: 'xz' },
  { bytes: '504b0304', compression: 'unknown', name: 'zip' },
];

function magicOf(start: Buffer): Magic | null {
  const hex = start.toString('hex');
  // zstd:chunked may begin with a skippable frame, 184D2A50 to 184D2A5F.
  if (/^5.2a4d18/.test(hex)) return { bytes: '', compression: 'zstd', name: 'zstd' };
  return magics.find((magic) => hex.startsWith(magic.bytes)) ?? null;
}

/** By magic, never by name or media type: stores disagree about those. */
export function compressionOf(start: Buffer): Compression {
  return magicOf(start)?.compression ?? 'none';
}

/** `gzip`, `xz` and so on; null where nothing says that it is compressed. */
export function compressionName(start: Buffer): string | null {
  return magicOf(start)?.name ?? null;
}

function inflate(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize });
  const source = Readable.from(chunks, { objectMode: true, highWaterMark: 2 });
  source.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => source.destroy());
  return source.pipe(gunzip);
}

/** The content behind compressed chunks, which must stay valid. See `decodingProblem` for what it rejects with. */
export function decompress(chunks: AsyncIterable<Buffer>, compression: 'gzip' | 'zstd'): AsyncIterable<Buffer> {
  return compression === 'gzip' ? inflate(chunks) : decodeZstd(chunks);
}

/** What is wrong with compressed data, as a clause of its own: `its gzip data is damaged (…)`; null: it is another error. */
export function decodingProblem(error: unknown): string | null {
  if (error instanceof ZstdError) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return error instanceof Error && typeof code === 'string' && code.startsWith('Z_')
    ? `its gzip data is damaged (${error.message})`
    : null;
}
