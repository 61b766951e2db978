import {
  defaultLimits,
  type ImageLimits,
  type OutputLimit,
  outputLimit,
  overLimit,
} from '../../domain/image-limits.ts';
import { blockSize, createHeaderDecoder, type TarEntry } from './tar-header.ts';
import { areValid, BodyMap, type Fragment, hasMoreSparse, mapLimit, oldFragments, SparseBody } from './tar-sparse.ts';
import { isZero, zeros } from './zero-bytes.ts';

/** What a tar's reader tells of it, in order. `body` buffers are only valid during the call. */
export interface TarVisitor {
  entry(entry: TarEntry): void;
  /** The file's own bytes: holes of sparse files come as zeros. */
  body(chunk: Buffer): void;
  endOfEntry(): void;
}

export interface TarLimits {
  readonly limits: ImageLimits;
  readonly output: OutputLimit;
}

type State = 'header' | 'special' | 'sparse' | 'map' | 'body' | 'padding' | 'ended' | 'broken';

function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

const trailingData = 'data follows the end of the archive';

/**
 * The entry that eStargz adds to a layer, and behind the end of one that it keeps byte for byte (BuildKit's
 * compression=estargz): read like any other, so that its bytes are searched too.
 */
const estargzIndex = 'stargz.index.json';

const invalidMap = 'a sparse file has no valid map';

/**
 * Reads a tar pushed in chunks of any size, in constant memory. After the end marker (two zero blocks) or the first
 * invalid header it reads no further, as the engines do, but for the index of eStargz; other bytes than zero after the end
 * are a problem that `finish` reports. A class because it is a state machine fed by its caller.
 */
export class TarReader {
  readonly #visitor: TarVisitor;
  readonly #limits: ImageLimits;
  readonly #output: OutputLimit;
  readonly #decoder = createHeaderDecoder();
  readonly #block = Buffer.alloc(blockSize);
  #filled = 0;
  #state: State = 'header';
  #remaining = 0;
  #padding = 0;
  #zeroBlocks = 0;
  #special = Buffer.alloc(0);
  /** The sparse file whose map is being read, and its fragments so far. */
  #sparseEntry: TarEntry | null = null;
  #fragments: readonly Fragment[] = [];
  #mapBlocks = 0;
  #bodyMap = new BodyMap();
  #sparseBody: SparseBody | null = null;
  #problem: string | null = null;
  #entries = 0;
  /** Bytes pushed, and holes. */
  #bytes = 0;
  #hasIndex = false;

  constructor(
    visitor: TarVisitor,
    { limits, output }: TarLimits = {
      limits: defaultLimits,
      output: outputLimit(defaultLimits, defaultLimits.unpacked),
    },
  ) {
    this.#visitor = visitor;
    this.#limits = limits;
    this.#output = output;
  }

  /** True when a limit was reached that forbids to unpack more; `finish` tells which. */
  get isOverLimit(): boolean {
    return this.#bytes > this.#output.bytes;
  }

  push(chunk: Buffer): void {
    this.#count(chunk.length);
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
    this.#problem ??= `${reason} (after ${this.#entries} entries)`;
    this.#state = 'broken';
  }

  /** What may be unpacked is checked before more of it is looked at. */
  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.isOverLimit) {
      this.#problem ??= this.#output.problem;
      this.#state = 'broken';
    }
  }

  #step(chunk: Buffer, position: number): number {
    if (this.#state === 'header' || this.#state === 'sparse' || this.#state === 'map')
      return this.#fillBlock(chunk, position);
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
      else if (this.#state === 'sparse') this.#takeSparseBlock();
      else this.#takeMapBlock();
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
    const { sparse, storedSize } = entry;
    this.#sparseBody = null;
    this.#sparseEntry = entry;
    this.#remaining = storedSize;
    this.#padding = paddingOf(storedSize);
    this.#mapBlocks = 0;
    this.#fragments = [];
    if (sparse === null) this.#startBody(entry);
    else if (sparse.kind === 'body') {
      this.#bodyMap = new BodyMap();
      this.#startMap();
    } else {
      this.#fragments = sparse.fragments;
      if (sparse.kind === 'header' && sparse.hasMore) this.#state = 'sparse';
      else this.#startSparseBody();
    }
  }

  /** A block of an old GNU map behind the header. */
  #takeSparseBlock(): void {
    const more = oldFragments(this.#block, 'block');
    this.#mapBlocks += 1;
    if (more === null || this.#mapBlocks * blockSize > mapLimit) this.#fail(invalidMap);
    else this.#fragments = this.#fragments.concat(more);
    if (this.#state === 'sparse' && !hasMoreSparse(this.#block, 'block')) this.#startSparseBody();
  }

  #startMap(): void {
    if (this.#remaining < blockSize) this.#fail(invalidMap);
    else this.#state = 'map';
  }

  /** A block of a map that the body begins with. */
  #takeMapBlock(): void {
    this.#remaining -= blockSize;
    const fragments = this.#bodyMap.push(this.#block);
    if (fragments === 'invalid') this.#fail(invalidMap);
    else if (fragments === null) this.#startMap();
    else {
      this.#fragments = fragments;
      this.#startSparseBody();
    }
  }

  #startSparseBody(): void {
    const entry = this.#sparseEntry;
    if (entry === null || !areValid(this.#fragments, entry.size)) {
      this.#fail(invalidMap);
      return;
    }
    const data = (part: Buffer) => this.#visitor.body(part);
    this.#sparseBody = new SparseBody(this.#fragments, entry.size, data, (length) => this.#fillHole(length));
    this.#startBody(entry);
  }

  #fillHole(length: number): void {
    for (let left = length; left > 0; left -= zeros.length) {
      const part = zeros.subarray(0, left);
      this.#count(part.length);
      if (this.#problem !== null) return;
      this.#visitor.body(part);
    }
  }

  #startBody(entry: TarEntry): void {
    const { entries } = this.#limits;
    if (this.#entries >= entries) {
      this.#fail(overLimit(this.#limits, 'entries', `it holds more than ${entries} entries`));
      return;
    }
    this.#entries += 1;
    this.#visitor.entry(entry);
    this.#state = 'body';
    if (this.#remaining === 0) this.#finishBody();
  }

  #startSpecial(size: number): void {
    this.#special = Buffer.alloc(size);
    this.#remaining = size;
    this.#padding = paddingOf(size);
    this.#state = 'special';
    if (size === 0) this.#finishSpecial();
  }

  #takeBody(chunk: Buffer, position: number): number {
    const taken = Math.min(this.#remaining, chunk.length - position);
    const part = chunk.subarray(position, position + taken);
    this.#remaining -= taken;
    if (this.#state === 'special') {
      part.copy(this.#special, this.#special.length - this.#remaining - taken);
      if (this.#remaining === 0) this.#finishSpecial();
      return taken;
    }
    if (this.#sparseBody === null) this.#visitor.body(part);
    else if (!this.#sparseBody.push(part)) this.#fail('a sparse file has more data than its map says');
    if (this.#remaining === 0 && this.#state === 'body') this.#finishBody();
    return taken;
  }

  #finishBody(): void {
    if (this.#sparseBody?.end() === false) this.#fail('a sparse file has less data than its map says');
    if (this.#problem !== null) return;
    this.#visitor.endOfEntry();
    this.#afterBody();
  }

  #finishSpecial(): void {
    const reason = this.#decoder.special(this.#special);
    if (reason === null) this.#afterBody();
    else this.#fail(reason);
  }

  #afterBody(): void {
    this.#state = this.#padding > 0 ? 'padding' : 'header';
  }

  #skipPadding(chunk: Buffer, position: number): number {
    const taken = Math.min(this.#padding, chunk.length - position);
    this.#padding -= taken;
    if (this.#padding === 0) this.#state = 'header';
    return taken;
  }
}
