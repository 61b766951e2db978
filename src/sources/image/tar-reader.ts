import { blockSize, createHeaderDecoder, hasMoreSparse, type TarEntry } from './tar-header.ts';

/** What a tar's reader tells of it, in order. `body` buffers are only valid during the call. */
export interface TarVisitor {
  entry(entry: TarEntry): void;
  body(chunk: Buffer): void;
  endOfEntry(): void;
}

type State = 'header' | 'special' | 'sparse' | 'body' | 'padding' | 'ended' | 'broken';

function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

const trailingData = 'data follows the end of the archive';

/**
 * The entry that eStargz adds to a layer, and behind the end of one that it keeps byte for byte (BuildKit's
 * compression=estargz): read like any other, so that its bytes are searched too.
 */
const estargzIndex = 'stargz.index.json';

const zeros = Buffer.alloc(64 * 1024);

function isZero(bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i += zeros.length) {
    const part = bytes.subarray(i, i + zeros.length);
    if (!part.equals(zeros.subarray(0, part.length))) return false;
  }
  return true;
}

/**
 * Reads a tar pushed in chunks of any size, in constant memory. After the end marker (two zero blocks) or the first
 * invalid header it reads no further, as the engines do, but for the index of eStargz; other bytes than zero after the end
 * are a problem that `finish` reports. A class because it is a state machine fed by its caller.
 */
export class TarReader {
  readonly #visitor: TarVisitor;
  readonly #decoder = createHeaderDecoder();
  readonly #block = Buffer.alloc(blockSize);
  #filled = 0;
  #state: State = 'header';
  #remaining = 0;
  #padding = 0;
  #zeroBlocks = 0;
  #special = Buffer.alloc(0);
  #problem: string | null = null;
  #entries = 0;
  #hasIndex = false;

  constructor(visitor: TarVisitor) {
    this.#visitor = visitor;
  }

  push(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.length && this.#state !== 'broken') {
      position += this.#step(chunk, position);
    }
  }

  /** Call once at the end: null when the archive was whole, else why not. */
  finish(): string | null {
    if (this.#state === 'ended' && !isZero(this.#block.subarray(0, this.#filled))) this.#fail(trailingData);
    if (this.#problem !== null || this.#state === 'ended') return this.#problem;
    const isAtBoundary = (this.#state === 'header' && this.#filled === 0) || this.#state === 'padding';
    return isAtBoundary ? null : `the archive ends in the middle of an entry (after ${this.#entries} entries)`;
  }

  #fail(reason: string): void {
    this.#problem = `${reason} (after ${this.#entries} entries)`;
    this.#state = 'broken';
  }

  #step(chunk: Buffer, position: number): number {
    if (this.#state === 'header' || this.#state === 'sparse') return this.#fillBlock(chunk, position);
    if (this.#state === 'padding') return this.#skipPadding(chunk, position);
    if (this.#state === 'ended') return this.#skipEnd(chunk, position);
    return this.#takeBody(chunk, position);
  }

  #fillBlock(chunk: Buffer, position: number): number {
    const taken = Math.min(blockSize - this.#filled, chunk.length - position);
    chunk.copy(this.#block, this.#filled, position, position + taken);
    this.#filled += taken;
    if (this.#filled === blockSize) {
      this.#filled = 0;
      if (this.#state === 'header') this.#takeHeader();
      else if (this.#state === 'ended') this.#takeTrailing();
      else if (!hasMoreSparse(this.#block, 504)) this.#startBody(this.#remaining);
    }
    return taken;
  }

  #skipEnd(chunk: Buffer, position: number): number {
    const whole = Math.min(zeros.length, (chunk.length - position) & -blockSize);
    if (this.#filled === 0 && whole > 0 && isZero(chunk.subarray(position, position + whole))) return whole;
    return this.#fillBlock(chunk, position);
  }

  #takeTrailing(): void {
    if (isZero(this.#block)) return;
    const result = this.#decoder.header(this.#block);
    const isIndex = result.kind === 'entry' && result.entry.type === 'file' && result.entry.name === estargzIndex;
    if (!isIndex || this.#hasIndex) this.#fail(trailingData);
    else {
      this.#hasIndex = true;
      this.#zeroBlocks = 0;
      this.#takeEntry(result.entry);
    }
  }

  #takeHeader(): void {
    const result = this.#decoder.header(this.#block);
    if (this.#hasIndex && result.kind !== 'zero') this.#fail(trailingData);
    else if (result.kind === 'zero') {
      this.#zeroBlocks += 1;
      if (this.#zeroBlocks === 2) this.#state = 'ended';
    } else if (this.#zeroBlocks === 1) this.#fail('a zero block stands between entries');
    else if (result.kind === 'invalid') this.#fail(result.reason);
    else if (result.kind === 'special') this.#startSpecial(result.size);
    else this.#takeEntry(result.entry);
  }

  #takeEntry(entry: TarEntry): void {
    this.#entries += 1;
    this.#visitor.entry(entry);
    this.#remaining = entry.bodySize;
    if (entry.hasSparseExtension) this.#state = 'sparse';
    else this.#startBody(entry.bodySize);
  }

  #startBody(size: number): void {
    this.#remaining = size;
    this.#padding = paddingOf(size);
    this.#state = 'body';
    if (size === 0) this.#finishBody();
  }

  #startSpecial(size: number): void {
    this.#special = Buffer.alloc(size);
    this.#remaining = size;
    this.#padding = paddingOf(size);
    this.#state = 'special';
    if (size === 0) this.#finishBody();
  }

  #takeBody(chunk: Buffer, position: number): number {
    const taken = Math.min(this.#remaining, chunk.length - position);
    const part = chunk.subarray(position, position + taken);
    if (this.#state === 'special') part.copy(this.#special, this.#special.length - this.#remaining);
    else this.#visitor.body(part);
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#finishBody();
    return taken;
  }

  #finishBody(): void {
    const reason = this.#state === 'special' ? this.#decoder.special(this.#special) : null;
    if (this.#state === 'body') this.#visitor.endOfEntry();
    if (reason === null) this.#state = this.#padding > 0 ? 'padding' : 'header';
    else this.#fail(reason);
  }

  #skipPadding(chunk: Buffer, position: number): number {
    const taken = Math.min(this.#padding, chunk.length - position);
    this.#padding -= taken;
    if (this.#padding === 0) this.#state = 'header';
    return taken;
  }
}
