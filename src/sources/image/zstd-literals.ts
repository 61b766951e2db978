import { type BlockBytes, type EntropyTable, readHuffmanTable, streamEnd } from './zstd-entropy.ts';
import { damaged } from './zstd-frame.ts';

/** The Literals_Section of a block (RFC 8878, 3.1.1.3.1), decoded. */
export interface Literals {
  readonly count: number;
  /** The Huffman table that a later block of the frame may use again; null: none yet. */
  readonly table: EntropyTable | null;
  /** Where the sequences begin. */
  readonly next: number;
}

interface LiteralsHead {
  readonly kind: 'raw' | 'rle' | 'coded' | 'treeless';
  readonly streams: 1 | 4;
  readonly count: number;
  /** Stored bytes, for coded literals. */
  readonly stored: number;
  readonly start: number;
}

const kinds = ['raw', 'rle', 'coded', 'treeless'] as const;

function plainHead(kind: 'raw' | 'rle', bytes: Uint8Array, at: number): LiteralsHead {
  const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
  const format = (first >> 2) & 3;
  const stored = 0;
  if ((format & 1) === 0) return { kind, streams: 1, count: first >> 3, stored, start: at + 1 };
  if (format === 1) return { kind, streams: 1, count: (first >> 4) | (second << 4), stored, start: at + 2 };
  return { kind, streams: 1, count: (first >> 4) | (second << 4) | (third << 12), stored, start: at + 3 };
}

function readHead(bytes: Uint8Array, at: number): LiteralsHead {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = bytes.subarray(at, at + 5);
  const kind = kinds[first & 3] ?? 'raw';
  if (kind === 'raw' || kind === 'rle') return plainHead(kind, bytes, at);
  const format = (first >> 2) & 3;
  const word = (first | (second << 8) | (third << 16) | (fourth << 24)) >>> 0;
  const streams = format === 0 ? 1 : 4;
  if (format < 2) return { kind, streams, count: (word >> 4) & 0x3ff, stored: (word >>> 14) & 0x3ff, start: at + 3 };
  if (format === 2) return { kind, streams, count: (word >> 4) & 0x3fff, stored: word >>> 18, start: at + 4 };
  return { kind, streams, count: (word >> 4) & 0x3ffff, stored: (word >>> 22) | (fifth << 10), start: at + 5 };
}

/** One Huffman stream, read from its end, becomes `target[from..to]`; it must be used up exactly. */
function decodeStream(
  { view }: BlockBytes,
  first: number,
  start: number,
  { entries, log }: EntropyTable,
  target: Uint8Array,
  from: number,
  to: number,
): void {
  const mask = (1 << log) - 1;
  let bit = start;
  for (let index = from; index < to; index++) {
    const low = bit - log;
    const entry = entries[(view.getInt32(low >> 3, true) >>> (low & 7)) & mask] ?? 0;
    target[index] = entry;
    bit -= entry >> 8;
    if (bit < first) break;
  }
  if (bit !== first) throw damaged('a literal stream does not fit its block');
}

/** Where the four streams begin and the last ends, by the jump table (RFC 8878, 3.1.1.3.1.6). */
function streamBounds({ view }: BlockBytes, start: number, end: number): readonly number[] {
  const first = start + 6;
  const second = first + view.getUint16(start, true);
  const third = second + view.getUint16(start + 2, true);
  const fourth = third + view.getUint16(start + 4, true);
  if (fourth > end) throw damaged('a literal stream does not fit its block');
  return [first, second, third, fourth, end];
}

function decodeStreams(
  block: BlockBytes,
  start: number,
  end: number,
  table: EntropyTable,
  target: Uint8Array,
  { streams, count }: LiteralsHead,
): void {
  const bounds = streams === 1 ? [start, end] : streamBounds(block, start, end);
  const part = streams === 1 ? count : (count + 3) >> 2;
  if (streams === 4 && count < 6) throw damaged('a literal stream does not fit its block');
  for (let index = 0; index < streams; index++) {
    const [from = end, to = end] = bounds.slice(index);
    const last = Math.min((index + 1) * part, count);
    decodeStream(block, from * 8, streamEnd(block, from, to), table, target, index * part, last);
  }
}

/** Decodes the literals at `at` of a block that ends at `end` into `target`, which holds `limit` bytes at least. */
export function readLiterals(
  block: BlockBytes,
  at: number,
  end: number,
  limit: number,
  last: EntropyTable | null,
  target: Uint8Array,
): Literals {
  const { bytes } = block;
  const head = readHead(bytes, at);
  const { kind, count, start } = head;
  const stored = kind === 'raw' ? count : kind === 'rle' ? 1 : head.stored;
  const next = start + stored;
  if (count > limit || next > end) throw damaged('literals do not fit their block');
  if (kind === 'raw') target.set(bytes.subarray(start, next));
  if (kind === 'rle') target.fill(bytes[start] ?? 0, 0, count);
  if (kind === 'raw' || kind === 'rle') return { count, table: last, next };
  const read = kind === 'coded' ? readHuffmanTable(block, start, next) : { table: last, next: start };
  if (read.table === null) throw damaged('a block has no table for its literals');
  decodeStreams(block, read.next, next, read.table, target, head);
  return { count, table: read.table, next };
}
