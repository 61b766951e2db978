import type { Compression } from '../../domain/image.ts';
import { gunzip } from './gzip/gunzip.ts';
import { GzipError } from './gzip/gzip-error.ts';
import { decodeZstd, ZstdError } from './zstd.ts';

/** How many bytes `compressionOf` looks at. */
export const magicSize = 8;

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

/**
 * The content behind compressed chunks, which must stay valid. What it gives is valid until the next is asked for. See
 * `decodingProblem` for what it rejects with.
 */
export function decompress(chunks: AsyncIterable<Buffer>, compression: 'gzip' | 'zstd'): AsyncIterable<Buffer> {
  return compression === 'gzip' ? gunzip(chunks) : decodeZstd(chunks);
}

/** Damage of compressed data that another thread met: the clause that `decodingProblem` gives. */
export class DecodingError extends Error {
  override readonly name = 'DecodingError';
}

/** What is wrong with compressed data, as a clause of its own: `its gzip data is damaged (…)`; null: it is another error. */
export function decodingProblem(error: unknown): string | null {
  const isDamage = error instanceof ZstdError || error instanceof GzipError || error instanceof DecodingError;
  return isDamage ? error.message : null;
}
