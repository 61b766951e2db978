import { parseDecimal, parseSize } from './tar-number.ts';
import { type PaxRecords, recordValue } from './tar-pax.ts';

/** A run of bytes that is stored; the rest of a sparse file is holes. */
export interface Fragment {
  readonly offset: number;
  readonly length: number;
}

/**
 * How a sparse file's map is stored: in the header and blocks behind it (old GNU), in PAX records (formats 0.0 and
 * 0.1), or before the data (format 1.0).
 */
export type SparseMap =
  | { readonly kind: 'header'; readonly fragments: readonly Fragment[]; readonly hasMore: boolean }
  | { readonly kind: 'records'; readonly fragments: readonly Fragment[] }
  | { readonly kind: 'body' };

/** Bytes of a map that are read, as in Go (archive/tar maxSpecialFileSize). */
export const mapLimit = 1 << 20;

const pairSize = 24;
/** Where the map lies in the header and in a block behind it, and the flag that says another block follows. */
const places = { header: { start: 386, pairs: 4, flag: 482 }, block: { start: 0, pairs: 21, flag: 504 } } as const;

/** Whether another block of an old GNU map follows this one: any flag but zero says so. */
export function hasMoreSparse(block: Buffer, place: 'header' | 'block'): boolean {
  return block[places[place].flag] !== 0;
}

/** The part of an old GNU map in one block; null when it is malformed. */
export function oldFragments(block: Buffer, place: 'header' | 'block'): readonly Fragment[] | null {
  const { start, pairs } = places[place];
  const fragments: Fragment[] = [];
  for (let at = start; at < start + pairs * pairSize && block[at] !== 0; at += pairSize) {
    const offset = parseSize(block, at, 12);
    const length = parseSize(block, at + 12, 12);
    if (offset === null || length === null) return null;
    fragments.push({ offset, length });
  }
  return fragments;
}

/** Pairs of offset and length; null where one is no number. */
function pairUp(numbers: readonly string[]): readonly Fragment[] | null {
  const fragments: Fragment[] = [];
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const offset = parseDecimal(numbers[i] ?? '');
    const length = parseDecimal(numbers[i + 1] ?? '');
    if (offset === null || length === null) return null;
    fragments.push({ offset, length });
  }
  return fragments;
}

/** What PAX records say of a sparse file; null: it is none, or of a version nobody knows. */
export function sparseRecords(records: PaxRecords): SparseMap | 'invalid' | null {
  const map = recordValue(records, 'GNU.sparse.map');
  const version = `${recordValue(records, 'GNU.sparse.major') ?? ''}.${recordValue(records, 'GNU.sparse.minor') ?? ''}`;
  if (version === '1.0') return { kind: 'body' };
  if (version !== '0.0' && version !== '0.1' && (version !== '.' || map === null)) return null;
  const numbers = map === null ? [] : map.split(',');
  const count = parseDecimal(recordValue(records, 'GNU.sparse.numblocks') ?? '');
  const fragments = count === null || numbers.length !== 2 * count ? null : pairUp(numbers);
  return fragments === null ? 'invalid' : { kind: 'records', fragments };
}

/** In order, apart, and within the file (archive/tar validateSparseEntries). */
export function areValid(fragments: readonly Fragment[], size: number): boolean {
  let end = 0;
  for (const { offset, length } of fragments) {
    if (offset < end || offset + length > size) return false;
    end = offset + length;
  }
  return true;
}

/** Collects a map of format 1.0 from the blocks a body begins with: lines with the count and the numbers. */
export class BodyMap {
  readonly #blocks: Buffer[] = [];
  #lines = 0;
  #needed: number | null = null;

  /** The map when it is whole, null while blocks are missing. */
  push(block: Buffer): readonly Fragment[] | 'invalid' | null {
    if ((this.#blocks.length + 1) * block.length > mapLimit) return 'invalid';
    this.#blocks.push(Buffer.from(block));
    for (const byte of block) if (byte === 10) this.#lines += 1;
    if (this.#needed === null) {
      if (this.#lines === 0) return null;
      const count = parseDecimal(this.#text().split('\n', 1)[0] ?? '');
      if (count === null || count > mapLimit) return 'invalid';
      this.#needed = 1 + 2 * count;
    }
    if (this.#lines < this.#needed) return null;
    return pairUp(this.#text().split('\n').slice(1, this.#needed)) ?? 'invalid';
  }

  #text(): string {
    return Buffer.concat(this.#blocks).toString('latin1');
  }
}

/** Puts stored bytes and holes in their order. A class because it is a state machine fed by its caller. */
export class SparseBody {
  readonly #fragments: readonly Fragment[];
  readonly #size: number;
  readonly #data: (chunk: Buffer) => void;
  readonly #hole: (length: number) => void;
  #index = 0;
  #position = 0;

  constructor(
    fragments: readonly Fragment[],
    size: number,
    data: (chunk: Buffer) => void,
    hole: (length: number) => void,
  ) {
    this.#fragments = fragments.filter((fragment) => fragment.length > 0);
    this.#size = size;
    this.#data = data;
    this.#hole = hole;
  }

  /** False when there are more bytes than the map knows of. */
  push(chunk: Buffer): boolean {
    for (let done = 0; done < chunk.length; ) {
      const fragment = this.#fragments[this.#index];
      if (fragment === undefined) return false;
      this.#skipTo(fragment.offset);
      const end = fragment.offset + fragment.length;
      const part = chunk.subarray(done, done + end - this.#position);
      this.#data(part);
      done += part.length;
      this.#position += part.length;
      if (this.#position === end) this.#index += 1;
    }
    return true;
  }

  /** False when bytes that the map names are missing. */
  end(): boolean {
    if (this.#index < this.#fragments.length) return false;
    this.#skipTo(this.#size);
    return true;
  }

  #skipTo(offset: number): void {
    if (offset > this.#position) this.#hole(offset - this.#position);
    this.#position = Math.max(this.#position, offset);
  }
}
