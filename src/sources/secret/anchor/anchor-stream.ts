import { comparedBytes } from './fingerprint.ts';
import { type AnchorSearch, slack } from './search.ts';

/** An anchor found, with the text around it: latin1, a character per byte. */
export interface AnchorPlace {
  readonly anchor: number;
  /** The text from `before` bytes ahead of the anchor (less at the start of the file) to `after` bytes behind its begin. */
  textAround(before: number, after: number): { readonly text: string; readonly at: number };
}

/** Texts cut for single anchors before the whole buffer is turned into text at once, which costs as much as these. */
const sliceLimit = 200;

/** How far around an anchor is looked at, in bytes. */
export interface Reach {
  readonly before: number;
  /** By the anchor's number. */
  readonly after: (anchor: number) => number;
}

interface Pending {
  readonly anchor: number;
  at: number;
}

/**
 * Finds anchors in content that comes in chunks, one file at a time. Each is told once the bytes within `reach` of it
 * have come or the file has ended, in the order of their places: what is told does not depend on the chunks.
 */
export class AnchorStream {
  readonly #search: AnchorSearch;
  readonly #reach: Reach;
  readonly #found: (place: AnchorPlace) => void;
  readonly #capacity: number;
  #pending: Pending[] = [];
  /** Bytes in the buffer, and how far fingerprints were searched. */
  #length = 0;
  #searched = 0;
  #slices = 0;
  #text: string | null = null;

  constructor(search: AnchorSearch, reach: Reach, found: (place: AnchorPlace) => void) {
    this.#search = search;
    this.#reach = reach;
    this.#found = found;
    this.#capacity = search.data.length - slack;
  }

  push(chunk: Buffer): void {
    for (let done = 0; done < chunk.length; ) {
      if (this.#length + chunk.length - done > this.#capacity) this.#drop();
      const part = chunk.subarray(done, done + this.#capacity - this.#length);
      part.copy(this.#search.data, this.#length);
      this.#length += part.length;
      done += part.length;
      this.#forgetText();
      this.#advance(this.#length - comparedBytes);
      this.#tell(false);
    }
  }

  /** Ends the file, so that the next one starts afresh. */
  end(): void {
    this.#search.data.fill(0, this.#length, this.#length + slack);
    this.#advance(this.#length);
    this.#tell(true);
    this.#pending = [];
    this.#length = 0;
    this.#searched = 0;
    this.#forgetText();
  }

  #forgetText(): void {
    this.#text = null;
    this.#slices = 0;
  }

  /** Makes room: only what an anchor still to be told can reach is kept. */
  #drop(): void {
    const first = Math.min(this.#length - 2 * comparedBytes, this.#pending[0]?.at ?? this.#length);
    const surplus = first - this.#reach.before;
    if (surplus <= 0) return;
    this.#search.data.copyWithin(0, surplus, this.#length);
    this.#length -= surplus;
    this.#searched -= surplus;
    for (const place of this.#pending) place.at -= surplus;
  }

  #advance(to: number): void {
    if (to <= this.#searched) return;
    this.#search.search(this.#searched, to, (at, anchor) => {
      // An anchor that would begin before the file is one with what the buffer held before.
      if (at >= 0) this.#pending.push({ at, anchor });
    });
    this.#searched = to;
  }

  /**
   * Tells the anchors that have come with all they reach, up to the first that has not, so that the order is always that
   * of their places. Fingerprints are found in order; the anchors around them need not be.
   */
  #tell(isEnd: boolean): void {
    if (this.#pending.length === 0) return;
    this.#pending.sort((a, b) => a.at - b.at || a.anchor - b.anchor);
    const isOpen = ({ at, anchor }: Pending) => at + this.#reach.after(anchor) > this.#length;
    const open = isEnd ? -1 : this.#pending.findIndex(isOpen);
    const ready = open < 0 ? this.#pending : this.#pending.slice(0, open);
    this.#pending = open < 0 ? [] : this.#pending.slice(open);
    for (const { at, anchor } of ready) {
      this.#found({ anchor, textAround: (before, after) => this.#textAround(at, before, after) });
    }
  }

  #textAround(at: number, before: number, after: number): { readonly text: string; readonly at: number } {
    const start = Math.max(0, at - before);
    return { text: this.#slice(start, Math.min(this.#length, at + after)), at: at - start };
  }

  #slice(start: number, end: number): string {
    this.#slices += 1;
    if (this.#slices > sliceLimit) this.#text ??= this.#search.data.toString('latin1', 0, this.#length);
    return this.#text === null ? this.#search.data.toString('latin1', start, end) : this.#text.slice(start, end);
  }
}
