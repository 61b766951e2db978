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
  readonly #reach: { readonly before: number; readonly after: number };
  readonly #found: (place: AnchorPlace) => void;
  readonly #capacity: number;
  #pending: Pending[] = [];
  /** Bytes in the buffer, and how far fingerprints were searched. */
  #length = 0;
  #searched = 0;
  #slices = 0;
  #text: string | null = null;

  constructor(
    search: AnchorSearch,
    reach: { readonly before: number; readonly after: number },
    found: (place: AnchorPlace) => void,
  ) {
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
      this.#tell(this.#length - this.#reach.after);
    }
  }

  /** Ends the file, so that the next one starts afresh. */
  end(): void {
    this.#search.data.fill(0, this.#length, this.#length + slack);
    this.#advance(this.#length);
    this.#tell(this.#length);
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
    const surplus = this.#length - (this.#reach.before + this.#reach.after + 2 * comparedBytes);
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

  /** Tells the anchors up to `limit`. Fingerprints are found in order; the anchors around them need not be. */
  #tell(limit: number): void {
    if (this.#pending.length === 0) return;
    const ready = this.#pending.filter((place) => place.at <= limit);
    if (ready.length === 0) return;
    this.#pending = this.#pending.filter((place) => place.at > limit);
    ready.sort((a, b) => a.at - b.at || a.anchor - b.anchor);
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
