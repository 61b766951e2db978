import { damaged } from './zstd-frame.ts';

/**
 * Entropy tables of zstd (RFC 8878, 4): FSE for sequence codes and Huffman weights, Huffman for literals. A table is
 * indexed by state (FSE) or by the next `log` bits (Huffman).
 */
export interface EntropyTable {
  /** Bits that index the table. */
  readonly log: number;
  /** FSE: symbol, then bits to read in bits 8 to 15, then the base of the next state. Huffman: symbol, then code length. */
  readonly entries: Int32Array;
}

/** A table read from a block, and where the bytes behind its description begin. */
export interface ReadTable {
  readonly table: EntropyTable;
  readonly next: number;
}

function highestBit(value: number): number {
  return 31 - Math.clz32(value);
}

/** A block with `blockMargin` bytes around it, that readers may touch before they notice its end. */
export interface BlockBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** More than the longest table description that a block's last byte could begin. */
export const blockMargin = 128;

export function createBlockBytes(size: number): BlockBytes {
  const bytes = new Uint8Array(size + 2 * blockMargin);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** `count` bits (at most 25) from the bit `from` on, little-endian. */
export function bitsAt(block: BlockBytes, from: number, count: number): number {
  return (block.view.getInt32(from >> 3, true) >>> (from & 7)) & ((1 << count) - 1);
}

/** Spreads the symbols over the states (RFC 8878, 4.1.1); a probability of -1 means "less than one". */
export function buildFseTable(probabilities: readonly number[], log: number): EntropyTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const next = probabilities.map((probability) => (probability === -1 ? 1 : probability));
  let high = size - 1;
  for (const [symbol, probability] of probabilities.entries()) if (probability === -1) symbols[high--] = symbol;
  const step = (size >> 1) + (size >> 3) + 3;
  let position = 0;
  for (const [symbol, probability] of probabilities.entries()) {
    for (let count = 0; count < probability; count++) {
      symbols[position] = symbol;
      do position = (position + step) & (size - 1);
      while (position > high);
    }
  }
  const entries = new Int32Array(size);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] ?? 0;
    const number = next[symbol] ?? 1;
    next[symbol] = number + 1;
    const bits = log - highestBit(number);
    entries[state] = symbol | (bits << 8) | (((number << bits) - size) << 16);
  }
  return { log, entries };
}

/** A table with one symbol: no bits are read, the state stays. */
export function singleSymbolTable(symbol: number): EntropyTable {
  return { log: 0, entries: Int32Array.of(symbol) };
}

/** FSE table description (RFC 8878, 4.1.1) at `start`, which must end before `end`. */
export function readFseTable(
  block: BlockBytes,
  start: number,
  end: number,
  limits: { readonly log: number; readonly symbol: number },
): ReadTable {
  const log = ((block.bytes[start] ?? 0) % 16) + 5;
  if (log > limits.log) throw damaged('an entropy table is too large');
  const probabilities: number[] = [];
  let bit = start * 8 + 4;
  let remaining = (1 << log) + 1;
  while (remaining > 1 && probabilities.length <= limits.symbol) {
    const width = highestBit(remaining) + 1;
    const threshold = 1 << (width - 1);
    const spare = 2 * threshold - 1 - remaining;
    const word = bitsAt(block, bit, width);
    const low = word & (threshold - 1);
    const isShort = low < spare;
    const value = isShort ? low : word >= threshold ? word - spare : word;
    bit += isShort ? width - 1 : width;
    probabilities.push(value - 1);
    remaining -= Math.abs(value - 1);
    if (value === 1) bit = readZeros(block, bit, probabilities, limits.symbol);
  }
  const next = (bit + 7) >> 3;
  if (remaining !== 1 || probabilities.length > limits.symbol + 1 || next > end)
    throw damaged('an entropy table is invalid');
  return { table: buildFseTable(probabilities, log), next };
}

/** After a probability of zero, two bits each say how many more zeros follow; three means that two more bits come. */
function readZeros(block: BlockBytes, start: number, probabilities: number[], limit: number): number {
  for (let bit = start; ; bit += 2) {
    const zeros = bitsAt(block, bit, 2);
    for (let count = 0; count < zeros; count++) probabilities.push(0);
    if (zeros !== 3 || probabilities.length > limit) return bit + 2;
  }
}

/** Bits of a backward stream before its end mark: the highest bit set in its last byte (RFC 8878, 4.1). */
export function streamEnd(block: BlockBytes, start: number, end: number): number {
  const last = end > start ? (block.bytes[end - 1] ?? 0) : 0;
  if (last === 0) throw damaged('a bit stream has no end mark');
  return (end - 1) * 8 + highestBit(last);
}

const longestCode = 11;
const weightLimit = 255;

/** Weights that are FSE coded by two alternating states until the stream is used up (RFC 8878, 4.2.1.2). */
function readCodedWeights(block: BlockBytes, start: number, end: number): readonly number[] {
  const { table, next } = readFseTable(block, start, end, { log: 6, symbol: longestCode + 1 });
  const { log, entries } = table;
  let bit = streamEnd(block, next, end) - 2 * log;
  if (bit < next * 8) throw damaged('Huffman weights are cut short');
  const states: [number, number] = [bitsAt(block, bit + log, log), bitsAt(block, bit, log)];
  const weights: number[] = [];
  for (let turn: 0 | 1 = 0; weights.length < weightLimit; turn = turn === 0 ? 1 : 0) {
    const entry = entries[states[turn]] ?? 0;
    weights.push(entry & 0xff);
    const width = (entry >> 8) & 0xff;
    bit -= width;
    if (bit < next * 8) {
      weights.push((entries[states[turn === 0 ? 1 : 0]] ?? 0) & 0xff);
      return weights;
    }
    states[turn] = (entry >> 16) + bitsAt(block, bit, width);
  }
  throw damaged('there are too many Huffman weights');
}

/** The last weight is not stored: it fills the code up (RFC 8878, 4.2.1.1). */
function completeWeights(stored: readonly number[]): { readonly weights: readonly number[]; readonly log: number } {
  const sum = stored.reduce((total, weight) => total + (weight === 0 ? 0 : 1 << (weight - 1)), 0);
  const log = sum === 0 ? 0 : highestBit(sum) + 1;
  const rest = (1 << log) - sum;
  const weights = [...stored, highestBit(rest) + 1];
  const longest = weights.filter((weight) => weight === 1).length;
  if (log === 0 || log > longestCode || (rest & (rest - 1)) !== 0 || longest < 2)
    throw damaged('a Huffman table is invalid');
  return { weights, log };
}

function buildHuffmanTable(stored: readonly number[]): EntropyTable {
  const { weights, log } = completeWeights(stored);
  const entries = new Int32Array(1 << log);
  let position = 0;
  for (let weight = 1; weight <= log; weight++) {
    for (const [symbol, own] of weights.entries()) {
      if (own !== weight) continue;
      const span = 1 << (weight - 1);
      entries.fill(symbol | ((log + 1 - weight) << 8), position, position + span);
      position += span;
    }
  }
  return { log, entries };
}

/** Huffman tree description (RFC 8878, 4.2.1) at `start`, which must end before `end`. */
export function readHuffmanTable(block: BlockBytes, start: number, end: number): ReadTable {
  const header = block.bytes[start] ?? 0;
  const body = start + 1;
  if (header < 128) {
    const next = body + header;
    if (start >= end || next > end) throw damaged('a Huffman table is cut short');
    return { table: buildHuffmanTable(readCodedWeights(block, body, next)), next };
  }
  const count = header - 127;
  const next = body + Math.ceil(count / 2);
  if (next > end) throw damaged('a Huffman table is cut short');
  const weights = Array.from({ length: count }, (_, index) => {
    const pair = block.bytes[body + (index >> 1)] ?? 0;
    return index % 2 === 0 ? pair >> 4 : pair & 15;
  });
  return { table: buildHuffmanTable(weights), next };
}
