import { crc32 } from 'node:zlib';
import { damaged, type GzipError } from './gzip-error.ts';
import { type DecodeTable, endOfBlock, fillTable, literalFlag, noSymbol } from './huffman.ts';
import { giveBackInflateMemory, layout, takeInflateMemory } from './inflate-memory.ts';

/** How far back a distance reaches. */
const historySize = 32_768;
/** The most bytes that the header of a block takes. */
const headerSize = 512;
/** Most one symbol decodes to. */
const longestMatch = 258;
const loadSize = 16;

/** Results of a symbol, as inflate.wat reads them. */
function literalResults(): Uint32Array {
  const lengths = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5];
  const results = new Uint32Array(288).fill(noSymbol);
  for (let symbol = 0; symbol < 256; symbol++) results[symbol] = literalFlag + (symbol << 16);
  results[256] = endOfBlock;
  let base = 3;
  lengths.forEach((extra, index) => {
    results[257 + index] = (base << 16) | extra;
    base += 1 << extra;
  });
  // The longest has a code of its own.
  results[285] = longestMatch << 16;
  return results;
}

function distanceResults(): Uint32Array {
  const results = new Uint32Array(32).fill(noSymbol);
  let base = 1;
  for (let symbol = 0; symbol < 30; symbol++) {
    const extra = Math.max(0, (symbol >> 1) - 1);
    results[symbol] = (base << 16) | extra;
    base += 1 << extra;
  }
  return results;
}

const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/** For the symbols 16, 17 and 18: the least number of times, and the bits that tell how many more. */
const repeats = [
  [3, 2],
  [3, 3],
  [11, 7],
] as const;
const lengthResults = Uint32Array.from({ length: 19 }, (_, symbol) => symbol << 16);
const results = { literals: literalResults(), distances: distanceResults() };

/** What a decoder waits for: more stored bytes, or that what it decoded is taken. */
export type InflateStep = 'input' | 'output';

/** A run of DEFLATE data in a memory of fixed size. Bytes are put in and taken out by the caller, when a step asks for it. */
export class Inflater {
  readonly #wasm = takeInflateMemory();
  readonly #bytes = Buffer.from(this.#wasm.memory.buffer);
  readonly #literals: DecodeTable = {
    entries: new Uint32Array(this.#wasm.memory.buffer, 0, 2400),
    bits: layout.lengthBits,
    allowsSingle: true,
  };
  readonly #distances: DecodeTable = {
    entries: new Uint32Array(this.#wasm.memory.buffer, layout.distances, 512),
    bits: layout.distanceBits,
    allowsSingle: true,
  };
  readonly #codeLengths: DecodeTable = { entries: new Uint32Array(128), bits: 7, allowsSingle: false };
  readonly #lengths = new Uint8Array(320);
  /** The next bit, counted from address 0, and the end of the stored bytes. */
  #bit = layout.input * 8;
  #inputEnd: number = layout.input;
  #isInputOver = false;
  /** Decoded bytes begin with the history; what is not taken yet begins at `#untaken`. */
  readonly #window = layout.output + historySize;
  #out = this.#window;
  #untaken = this.#window;
  /** Nothing before it belongs to this run. */
  #start = this.#window;
  /** What of this run's output went into its checksum. */
  #summed = this.#window;
  #crc = 0;
  #size = 0;

  /** Ends the use of the decoder, and of what it gave. */
  close(): void {
    giveBackInflateMemory(this.#wasm);
  }

  /** Copies as many of these stored bytes as there is room for and tells how many. Call when a step asks for input. */
  addInput(stored: Buffer): number {
    const from = this.#bit >> 3;
    this.#bytes.copyWithin(layout.input, from, this.#inputEnd);
    this.#inputEnd -= from - layout.input;
    this.#bit -= (from - layout.input) * 8;
    const count = Math.min(stored.length, layout.input + layout.inputSize - this.#inputEnd);
    stored.copy(this.#bytes, this.#inputEnd, 0, count);
    this.#inputEnd += count;
    return count;
  }

  /** There are no more stored bytes. */
  endInput(): void {
    this.#isInputOver = true;
    this.#bytes.fill(0, this.#inputEnd, this.#inputEnd + layout.inputSlack);
  }

  /** What was decoded since the last call; valid until the next step. */
  takeOutput(): Buffer {
    const part = this.#bytes.subarray(this.#untaken, this.#out);
    this.#untaken = this.#out;
    return part;
  }

  /** Whole stored bytes that are left. */
  get remaining(): number {
    return this.#inputEnd - this.#position;
  }

  get #position(): number {
    return (this.#bit + 7) >> 3;
  }

  /** Waits until that many stored bytes are there; false when the input ends before. */
  *need(count: number): Generator<InflateStep, boolean> {
    while (this.remaining < count) {
      if (this.#isInputOver) return false;
      yield 'input';
    }
    return true;
  }

  /** Takes stored bytes, from the next whole one; `need` them first. */
  takeStored(count: number): Buffer {
    const from = this.#position;
    this.#bit = (from + count) * 8;
    return this.#bytes.subarray(from, from + count);
  }

  /** CRC-32 and size (modulo 2^32) of what this run decoded to. */
  checksum(): { readonly crc: number; readonly size: number } {
    const part = this.#bytes.subarray(this.#summed, this.#out);
    this.#crc = crc32(part, this.#crc);
    this.#size = (this.#size + part.length) % 2 ** 32;
    this.#summed = this.#out;
    return { crc: this.#crc, size: this.#size };
  }

  /** The next whole stored byte; `need` it first. */
  peekStored(): number {
    return this.#bytes[this.#position] ?? 0;
  }

  /** Decodes the blocks of one run, to the last of them (RFC 1951, 3.2.3). */
  *run(): Generator<InflateStep, void> {
    this.#start = this.#out;
    this.#summed = this.#out;
    this.#crc = 0;
    this.#size = 0;
    for (let isLast = false; !isLast; ) {
      // A header is read at once: fewer bytes are enough only where they are the last.
      yield* this.need(headerSize);
      isLast = this.#read(1) === 1;
      const type = this.#read(2);
      if (type === 0) yield* this.#storedBlock();
      else {
        if (type === 3) throw this.#damaged('invalid block type');
        if (type === 1) this.#useFixedCodes();
        else this.#readCodes();
        yield* this.#codedBlock();
      }
    }
  }

  #read(count: number): number {
    const at = this.#bit >> 3;
    const bytes = this.#bytes;
    const value = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    const shift = this.#bit & 7;
    this.#bit += count;
    return (value >> shift) & ((1 << count) - 1);
  }

  /** Where the input ended before, that is what is wrong: what was read behind it means nothing. */
  #damaged(reason: string): GzipError {
    return damaged(this.#bit > this.#inputEnd * 8 ? 'unexpected end of file' : reason);
  }

  #useFixedCodes(): void {
    const lengths = this.#lengths;
    lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288);
    fillTable(this.#literals, lengths.subarray(0, 288), results.literals);
    fillTable(this.#distances, lengths.fill(5, 288, 320).subarray(288, 320), results.distances);
  }

  /** The header of a block with codes of its own (RFC 1951, 3.2.7). */
  #readCodes(): void {
    const literals = this.#read(5) + 257;
    const distances = this.#read(5) + 1;
    const count = this.#read(4) + 4;
    if (literals > 286 || distances > 30) throw this.#damaged('too many length or distance symbols');
    const lengths = this.#lengths;
    lengths.fill(0, 0, 19);
    for (let index = 0; index < count; index++) lengths[lengthOrder[index] ?? 0] = this.#read(3);
    if (!fillTable(this.#codeLengths, lengths.subarray(0, 19), lengthResults))
      throw this.#damaged('invalid code lengths set');
    this.#readLengths(literals + distances);
    if (lengths[256] === 0) throw this.#damaged('invalid code -- missing end-of-block');
    if (!fillTable(this.#literals, lengths.subarray(0, literals), results.literals))
      throw this.#damaged('invalid literal/lengths set');
    if (!fillTable(this.#distances, lengths.subarray(literals, literals + distances), results.distances))
      throw this.#damaged('invalid distances set');
  }

  /** Code lengths, themselves coded: a length, or how often one comes again. */
  #readLengths(count: number): void {
    const lengths = this.#lengths;
    for (let done = 0; done < count; ) {
      const symbol = this.#readCodeLength();
      if (symbol < 16) {
        lengths[done++] = symbol;
        continue;
      }
      if (symbol === 16 && done === 0) throw this.#damaged('invalid bit length repeat');
      const [least, bits] = repeats[symbol - 16] ?? [0, 0];
      const end = done + least + this.#read(bits);
      if (end > count) throw this.#damaged('invalid bit length repeat');
      lengths.fill(symbol === 16 ? (lengths[done - 1] ?? 0) : 0, done, end);
      done = end;
    }
  }

  #readCodeLength(): number {
    const { entries, bits } = this.#codeLengths;
    const entry = entries[this.#read(bits)] ?? 0;
    if ((entry & noSymbol) === noSymbol) throw this.#damaged('invalid code lengths set');
    this.#bit -= bits - (entry & 63);
    return entry >> 16;
  }

  *#codedBlock(): Generator<InflateStep, void> {
    for (;;) {
      // Behind the last stored byte there are zeros: whoever takes them meets the end of the file.
      const inLimit = this.#isInputOver ? this.#inputEnd + 8 : this.#inputEnd - loadSize;
      const outLimit = layout.output + historySize + layout.outputSize - longestMatch;
      const status = this.#wasm.decode(this.#bit, inLimit, this.#out, outLimit, this.#start);
      this.#bit = this.#wasm.bit.value;
      this.#out = this.#wasm.end.value;
      if (this.#bit > this.#inputEnd * 8) throw damaged('unexpected end of file');
      if (status === 0) return;
      if (status === 1) yield* this.#awaitInput();
      else if (status === 2) yield* this.#makeRoom();
      else throw this.#damaged(problems[status] ?? 'invalid code');
    }
  }

  *#awaitInput(): Generator<InflateStep, void> {
    if (this.#isInputOver) throw damaged('unexpected end of file');
    yield 'input';
  }

  /** Has the output taken and keeps the history of it. */
  *#makeRoom(): Generator<InflateStep, void> {
    this.checksum();
    yield 'output';
    const moved = this.#out - this.#window;
    this.#bytes.copyWithin(layout.output, moved + layout.output, this.#out);
    this.#start = Math.max(layout.output, this.#start - moved);
    this.#out = this.#window;
    this.#untaken = this.#window;
    this.#summed = this.#window;
  }

  *#storedBlock(): Generator<InflateStep, void> {
    if (!(yield* this.need(4))) throw damaged('unexpected end of file');
    const head = this.takeStored(4);
    let left = head.readUInt16LE(0);
    if ((left ^ head.readUInt16LE(2)) !== 0xffff) throw this.#damaged('invalid stored block lengths');
    while (left > 0) {
      if (!(yield* this.need(1))) throw damaged('unexpected end of file');
      const room = layout.output + historySize + layout.outputSize - this.#out;
      if (room === 0) {
        yield* this.#makeRoom();
        continue;
      }
      const part = this.takeStored(Math.min(left, room, this.remaining));
      part.copy(this.#bytes, this.#out);
      this.#out += part.length;
      left -= part.length;
    }
  }
}

/** By the status that inflate.wat gives. */
const problems: Readonly<Partial<Record<number, string>>> = {
  3: 'invalid literal/length code',
  4: 'invalid distance code',
  5: 'invalid distance too far back',
};
