import { type BlockBytes, bitsAt, type EntropyTable, streamEnd } from './zstd-entropy.ts';
import { damaged } from './zstd-frame.ts';
import type { SequencesHead, SequenceTables } from './zstd-sequence-tables.ts';

/** Baselines and extra bits of sequence codes: a code means `base[code]` plus `bits[code]` bits (RFC 8878, 3.1.1.3.2.1.1). */
interface CodeTable {
  readonly base: Int32Array;
  readonly bits: Int32Array;
}

function codeTable(first: number, plain: number, extraBits: readonly number[]): CodeTable {
  const bits = Int32Array.from([...Array<number>(plain).fill(0), ...extraBits]);
  const base = new Int32Array(bits.length);
  let next = first;
  for (const [code, width] of bits.entries()) {
    base[code] = next;
    next += 1 << width;
  }
  return { base, bits };
}

const literalCodes = codeTable(0, 16, [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
const matchCodes = codeTable(3, 32, [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
/** Codes beyond mean offsets larger than any window that is accepted. */
const offsetCodeLimit = 28;
const unreachable = 2 ** 30;
/** What `bitsAt` gives at once. */
const readLimit = 25;

/** Where decoded bytes go. */
export interface Target {
  /** Holds the history before `end` and room for a block behind it. */
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Where the block must end at the latest. */
  readonly limit: number;
  /** Bytes before `end` that belong to the frame, at most its window. */
  readonly reach: number;
  readonly window: number;
}

/** What the sequences of a block are made with. */
export interface SequenceInput {
  readonly block: BlockBytes;
  readonly end: number;
  readonly head: SequencesHead;
  readonly tables: SequenceTables;
  readonly literals: Uint8Array;
  readonly literalCount: number;
  /** The three last offsets; brought up to date. */
  readonly recent: Int32Array;
}

/** Below this a loop is faster than a call. */
const callThreshold = 32;

function copyLiterals(literals: Uint8Array, from: number, length: number, bytes: Uint8Array, at: number): void {
  if (length >= callThreshold) bytes.set(literals.subarray(from, from + length), at);
  else for (let index = 0; index < length; index++) bytes[at + index] = literals[from + index] ?? 0;
}

function copyMatch(bytes: Uint8Array, at: number, distance: number, length: number): void {
  const from = at - distance;
  if (distance >= length && length >= callThreshold) bytes.copyWithin(at, from, from + length);
  else for (let index = 0; index < length; index++) bytes[at + index] = bytes[from + index] ?? 0;
}

function readOffset(block: BlockBytes, bit: number, code: number): number {
  if (code <= readLimit) return (1 << code) + bitsAt(block, bit, code);
  if (code > offsetCodeLimit) return unreachable;
  const low = code - readLimit;
  return (1 << code) + ((bitsAt(block, bit + low, readLimit) << low) | bitsAt(block, bit, low));
}

/** The distance behind an offset value, and the three last ones brought up to date (RFC 8878, 3.1.1.5). */
function resolveOffset(value: number, literalLength: number, recent: Int32Array): number {
  const first = recent[0] ?? 0;
  const second = recent[1] ?? 0;
  const third = recent[2] ?? 0;
  const index = value > 3 ? 3 : value - 1 + (literalLength === 0 ? 1 : 0);
  if (index === 0) return first;
  const distance = value > 3 ? value - 3 : index === 1 ? second : index === 2 ? third : first - 1;
  if (index !== 1) recent[2] = second;
  recent[1] = first;
  recent[0] = distance;
  return distance;
}

interface States {
  literal: number;
  offset: number;
  match: number;
  bit: number;
}

function firstStates(block: BlockBytes, tables: SequenceTables, start: number, end: number): States {
  const { literal, offset, match } = tables;
  const bit = streamEnd(block, start, end) - literal.log - offset.log - match.log;
  if (bit < start * 8) throw damaged('a bit stream is cut short');
  return {
    literal: bitsAt(block, bit + offset.log + match.log, literal.log),
    offset: bitsAt(block, bit + match.log, offset.log),
    match: bitsAt(block, bit, match.log),
    bit,
  };
}

function nextState(entry: number, block: BlockBytes, bit: number): number {
  return (entry >> 16) + bitsAt(block, bit, (entry >> 8) & 0xff);
}

function entryOf(table: EntropyTable, state: number): number {
  return table.entries[state] ?? 0;
}

/**
 * Decodes and executes the sequences of a block (RFC 8878, 3.1.1.4): literals and copies of earlier bytes go behind
 * `target.end`. Gives the literals used and the new end.
 */
export function executeSequences(
  { block, end, head, tables, literals, literalCount, recent }: SequenceInput,
  target: Target,
): { readonly used: number; readonly end: number } {
  const { bytes, limit, window } = target;
  const streamStart = head.start * 8;
  const states = firstStates(block, tables, head.start, end);
  let { literal: literalState, offset: offsetState, match: matchState, bit } = states;
  let used = 0;
  let at = target.end;
  for (let left = head.count; ; ) {
    const literalEntry = entryOf(tables.literal, literalState);
    const offsetEntry = entryOf(tables.offset, offsetState);
    const matchEntry = entryOf(tables.match, matchState);
    const offsetCode = offsetEntry & 0xff;
    bit -= offsetCode;
    const value = readOffset(block, bit, offsetCode);
    const matchBits = matchCodes.bits[matchEntry & 0xff] ?? 0;
    bit -= matchBits;
    const matchLength = (matchCodes.base[matchEntry & 0xff] ?? 0) + bitsAt(block, bit, matchBits);
    const literalBits = literalCodes.bits[literalEntry & 0xff] ?? 0;
    bit -= literalBits;
    const literalLength = (literalCodes.base[literalEntry & 0xff] ?? 0) + bitsAt(block, bit, literalBits);
    const distance = resolveOffset(value, literalLength, recent);
    const copyAt = at + literalLength;
    if (used + literalLength > literalCount || copyAt + matchLength > limit || bit < streamStart)
      throw damaged('a sequence reaches beyond its block');
    if (distance < 1 || distance > window || distance > target.reach + copyAt - target.end)
      throw damaged('a copy reaches too far back');
    copyLiterals(literals, used, literalLength, bytes, at);
    copyMatch(bytes, copyAt, distance, matchLength);
    used += literalLength;
    at = copyAt + matchLength;
    left -= 1;
    if (left === 0) break;
    bit -= (literalEntry >> 8) & 0xff;
    literalState = nextState(literalEntry, block, bit);
    bit -= (matchEntry >> 8) & 0xff;
    matchState = nextState(matchEntry, block, bit);
    bit -= (offsetEntry >> 8) & 0xff;
    offsetState = nextState(offsetEntry, block, bit);
  }
  if (bit !== streamStart) throw damaged('a bit stream is not used up');
  return { used, end: at };
}
