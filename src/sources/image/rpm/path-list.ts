/** The paths of a database are more than is kept. */
export class TooManyPaths extends Error {
  constructor() {
    super('the paths of its packages are more than is kept');
    this.name = 'TooManyPaths';
  }
}

const pieceSize = 256 * 1024;

/**
 * Lines `/path` put together byte by byte, in pieces that no line is cut by: hundreds of thousands of texts, or one
 * buffer that is copied as it grows, would take many times their room.
 */
export class PathList {
  readonly #pieces: Buffer[] = [];
  #piece = Buffer.alloc(0);
  #filled = 0;
  #bytesLeft: number;

  constructor(most: number) {
    this.#bytesLeft = most;
  }

  /** A line of the parts of `store`, each from its start to before its end. */
  add(store: Buffer, folder: readonly [start: number, end: number], base: readonly [start: number, end: number]): void {
    const size = folder[1] - folder[0] + base[1] - base[0] + 1;
    this.#bytesLeft -= size;
    if (this.#bytesLeft < 0) throw new TooManyPaths();
    if (this.#filled + size > this.#piece.length) this.#startPiece(size);
    this.#filled += store.copy(this.#piece, this.#filled, ...folder);
    this.#filled += store.copy(this.#piece, this.#filled, ...base);
    this.#piece[this.#filled] = 10;
    this.#filled += 1;
  }

  finish(): readonly Buffer[] {
    this.#startPiece(0);
    return this.#pieces;
  }

  #startPiece(room: number): void {
    if (this.#filled > 0) this.#pieces.push(this.#piece.subarray(0, this.#filled));
    this.#piece = Buffer.allocUnsafeSlow(room === 0 ? 0 : Math.max(room, pieceSize));
    this.#filled = 0;
  }
}
