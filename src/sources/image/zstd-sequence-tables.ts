import { type BlockBytes, buildFseTable, type EntropyTable, readFseTable, singleSymbolTable } from './zstd-entropy.ts';
import { damaged } from './zstd-frame.ts';

interface TableKind {
  readonly limits: { readonly log: number; readonly symbol: number };
  readonly standard: EntropyTable;
}

const ones = (count: number) => Array<number>(count).fill(1);
const twos = (count: number) => Array<number>(count).fill(2);
const rare = (count: number) => Array<number>(count).fill(-1);

/** Largest tables and predefined distributions: RFC 8878, 3.1.1.3.2.1 and 3.1.1.3.2.2. */
const kinds: { readonly literal: TableKind; readonly offset: TableKind; readonly match: TableKind } = {
  literal: {
    limits: { log: 9, symbol: 35 },
    standard: buildFseTable([4, 3, ...twos(11), ...ones(3), ...twos(9), 3, 2, ...ones(5), ...rare(4)], 6),
  },
  offset: {
    limits: { log: 8, symbol: 31 },
    standard: buildFseTable([...ones(6), ...twos(3), ...ones(15), ...rare(5)], 5),
  },
  match: {
    limits: { log: 9, symbol: 52 },
    standard: buildFseTable([1, 4, 3, ...twos(6), ...ones(37), ...rare(7)], 6),
  },
};

/** The tables of the last block that had sequences: a later block of the frame may use them again. */
export interface SequenceTables {
  readonly literal: EntropyTable;
  readonly offset: EntropyTable;
  readonly match: EntropyTable;
}

/** The Sequences_Section as far as its head goes. */
export interface SequencesHead {
  readonly count: number;
  /** Null when there are no sequences. */
  readonly tables: SequenceTables | null;
  /** Where the bit stream begins. */
  readonly start: number;
}

function readCount(bytes: Uint8Array, at: number): { readonly count: number; readonly next: number } {
  const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
  if (first < 128) return { count: first, next: at + 1 };
  if (first < 255) return { count: ((first - 128) << 8) + second, next: at + 2 };
  return { count: second + (third << 8) + 0x7f00, next: at + 3 };
}

interface ReadTable {
  readonly table: EntropyTable;
  readonly next: number;
}

function readTable(
  block: BlockBytes,
  at: number,
  end: number,
  mode: number,
  kind: TableKind,
  last: EntropyTable | undefined,
): ReadTable {
  if (mode === 0) return { table: kind.standard, next: at };
  if (mode === 3 && last !== undefined) return { table: last, next: at };
  if (mode === 3 || at >= end) throw damaged('a block has no table for its sequences');
  if (mode === 2) return readFseTable(block, at, end, kind.limits);
  const symbol = block.bytes[at] ?? 0;
  if (symbol > kind.limits.symbol) throw damaged('a sequence code is not known');
  return { table: singleSymbolTable(symbol), next: at + 1 };
}

/** Reads the head of a Sequences_Section (RFC 8878, 3.1.1.3.2.1) at `at` in a block that ends at `end`. */
export function readSequencesHead(
  block: BlockBytes,
  at: number,
  end: number,
  last: SequenceTables | null,
): SequencesHead {
  const { count, next } = readCount(block.bytes, at);
  if (next > end) throw damaged('a block is cut short');
  if (count === 0) return { count, tables: null, start: next };
  const modes = block.bytes[next] ?? 0;
  if (next >= end || (modes & 3) !== 0) throw damaged('a block has table modes that are not known');
  const literal = readTable(block, next + 1, end, modes >> 6, kinds.literal, last?.literal);
  const offset = readTable(block, literal.next, end, (modes >> 4) & 3, kinds.offset, last?.offset);
  const match = readTable(block, offset.next, end, (modes >> 2) & 3, kinds.match, last?.match);
  const tables = { literal: literal.table, offset: offset.table, match: match.table };
  return { count, tables, start: match.next };
}
