/** Longest code of DEFLATE, in bits. */
const longest = 15;

/** Bits of an entry, as inflate.wat reads them. */
export const literalFlag = 0x8000_0000;
export const endOfBlock = 0x8000 | 0x4000;
export const noSymbol = 0x8000 | 0x2000;
const furtherTable = 0x8000;

/** A table as inflate.wat has it. */
export interface DecodeTable {
  readonly entries: Uint32Array;
  /** By how many bits its first part is looked up. */
  readonly bits: number;
  /** Whether there may be a single code, of one bit. */
  readonly allowsSingle: boolean;
}

const counts = new Uint16Array(longest + 1);
const starts = new Uint16Array(longest + 2);
const sorted = new Uint16Array(320);

/** Sorts the symbols by code length, then by number; how many have a code. */
function sortSymbols(lengths: Uint8Array): number {
  counts.fill(0);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  const unused = counts[0] ?? 0;
  counts[0] = 0;
  starts[1] = 0;
  for (let length = 1; length <= longest; length++) starts[length + 1] = (starts[length] ?? 0) + (counts[length] ?? 0);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol] ?? 0;
    if (length === 0) continue;
    const place = starts[length] ?? 0;
    sorted[place] = symbol;
    starts[length] = place + 1;
  }
  return lengths.length - unused;
}

/** What the codes leave of all there could be, in codes of 15 bits: 0 for a complete set, less for too many. */
function unusedCodes(): number {
  let left = 1;
  for (let length = 1; length <= longest; length++) left = 2 * left - (counts[length] ?? 0);
  return left;
}

/** The next code of this length in canonical order, its bits reversed; -1 behind the last. */
function following(code: number, length: number): number {
  const zeros = code ^ ((1 << length) - 1);
  if (zeros === 0) return -1;
  const bit = 1 << (31 - Math.clz32(zeros));
  return (code & (bit - 1)) | bit;
}

/** Bits of the further table that holds all codes which begin like the one of this length, `same` of which are to come. */
function furtherBits(length: number, same: number, bits: number): number {
  let size = length - bits;
  for (let used = same; used < 1 << size; ) {
    size += 1;
    used = 2 * used + (counts[bits + size] ?? 0);
  }
  return size;
}

/** Puts an entry wherever the low bits of the index, counted from `from`, are its code. */
function spread(entries: Uint32Array, from: number, bits: number, code: number, length: number, result: number): void {
  const entry = entryOf(result, length);
  for (let at = code; at < 1 << bits; at += 1 << length) entries[from + at] = entry;
}

const entryOf = (result: number, length: number): number => result + (length << 8) + length;

/** Fills the table for the first `count` of the sorted symbols. */
function fillCodes({ entries, bits }: DecodeTable, count: number, lengths: Uint8Array, results: Uint32Array): void {
  let prefix = -1;
  let from = 0;
  let further = 0;
  let end = 1 << bits;
  let code = 0;
  for (let index = 0; index < count; index++) {
    const symbol = sorted[index] ?? 0;
    const length = lengths[symbol] ?? 0;
    const result = results[symbol] ?? 0;
    if (length <= bits) spread(entries, 0, bits, code, length, result);
    else {
      if ((code & ((1 << bits) - 1)) !== prefix) {
        prefix = code & ((1 << bits) - 1);
        // Sorting left where the symbols of each length end.
        further = furtherBits(length, (starts[length] ?? 0) - index, bits);
        from = end;
        end += 1 << further;
        entries[prefix] = furtherTable | (from << 16) | (further << 8) | bits;
      }
      spread(entries, from, further, code >> bits, length - bits, result);
    }
    code = following(code, length);
  }
}

/**
 * Fills a table for canonical codes of these lengths (RFC 1951, 3.2.2); `results` holds an entry per symbol without its
 * code's length. False for a set of codes that zlib refuses: too many or too few, but for none at all.
 */
export function fillTable(table: DecodeTable, lengths: Uint8Array, results: Uint32Array): boolean {
  const count = sortSymbols(lengths);
  if (unusedCodes() !== 0) {
    const isSingle = table.allowsSingle && count === 1 && counts[1] === 1;
    if (count > 0 && !isSingle) return false;
    table.entries.fill(entryOf(noSymbol, 1), 0, 1 << table.bits);
  }
  fillCodes(table, count, lengths, results);
  return true;
}
