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
 * invalid header it reads no further, as the engines do; bytes other than zero after the end are a problem that
 * `finish` reports. A class because it is a state machine fed by its caller.
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

  constructor(visitor: TarVisitor) {
    this.#visitor = visitor;
  }

  push(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.length && this.#state !== 'broken') {
      if (this.#state === 'ended') {
        if (!isZero(chunk.subarray(position))) this.#fail('data follows the end of the archive');
        return;
      }
      position += this.#step(chunk, position);
    }
  }

  /** Call once at the end: null when the archive was whole, else why not. */
  finish(): string | null {
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
    return this.#takeBody(chunk, position);
  }

  #fillBlock(chunk: Buffer, position: number): number {
    const taken = Math.min(blockSize - this.#filled, chunk.length - position);
    chunk.copy(this.#block, this.#filled, position, position + taken);
    this.#filled += taken;
    if (this.#filled === blockSize) {
      this.#filled = 0;
      if (this.#state === 'header') this.#takeHeader();
      else if (!hasMoreSparse(this.#block, 504)) this.#startBody(this.#remaining);
    }
    return taken;
  }

  #takeHeader(): void {
    const result = this.#decoder.header(this.#block);
    if (result.kind === 'zero') {
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
