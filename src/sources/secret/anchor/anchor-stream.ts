import { comparedBytes } from './fingerprint.ts';
import { type AnchorSearch, windowAt, windowSize } from './search.ts';

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
 *
 * A chunk that lies in `window` is searched where it is, others are copied. Whoever fills the window again calls `keep` before.
 */
export class AnchorStream {
  /** For the caller to put content into. */
  readonly window: Buffer;
  readonly #search: AnchorSearch;
  readonly #data: Buffer;
  readonly #lengths: readonly number[];
  readonly #reach: Reach;
  readonly #found: (place: AnchorPlace) => void;
  #pending: Pending[] = [];
  /** What the data holds of the file, and how far fingerprints were searched. */
  #start = 0;
  #end = 0;
  #searched = 0;
  #slices = 0;
  #text: string | null = null;

  /** `anchors` are those the search looks for. */
  constructor(search: AnchorSearch, anchors: readonly string[], reach: Reach, found: (place: AnchorPlace) => void) {
    this.#search = search;
    this.#data = search.data;
    this.#lengths = anchors.map((text) => Math.min(text.length, comparedBytes));
    this.#reach = reach;
    this.#found = found;
    this.window = search.data.subarray(windowAt, windowAt + windowSize);
  }

  push(chunk: Buffer): void {
    const at = chunk.buffer === this.#data.buffer ? chunk.byteOffset - this.#data.byteOffset : -1;
    if (at >= 0 && this.#start === this.#end) this.#begin(at);
    if (at >= 0 && at === this.#end) this.#take(chunk.length);
    else this.#copy(chunk);
  }

  /** Moves what is still needed of the window out of it. */
  keep(): void {
    if (this.#end > windowAt) this.#move(windowAt - (this.#end - this.#firstNeeded()));
  }

  /** Ends the file, so that the next one starts afresh. */
  end(): void {
    this.#advance(this.#end);
    this.#tell(true);
    this.#pending = [];
    this.#begin(0);
  }

  #begin(at: number): void {
    this.#start = at;
    this.#end = at;
    this.#searched = at;
    this.#forgetText();
  }

  #copy(chunk: Buffer): void {
    if (this.#start === this.#end) this.#begin(0);
    else if (this.#end >= windowAt) this.#move(0);
    for (let done = 0; done < chunk.length; ) {
      if (this.#end + chunk.length - done > windowAt) this.#move(0);
      const part = chunk.subarray(done, done + windowAt - this.#end);
      part.copy(this.#data, this.#end);
      done += part.length;
      this.#take(part.length);
    }
  }

  /** Searches bytes that stand behind those that were. */
  #take(count: number): void {
    this.#end += count;
    this.#forgetText();
    this.#advance(this.#end - comparedBytes);
    this.#tell(false);
  }

  #forgetText(): void {
    this.#text = null;
    this.#slices = 0;
  }

  /** Where that begins which an anchor still to be told or found can reach. */
  #firstNeeded(): number {
    const first = Math.min(this.#end - 2 * comparedBytes, this.#pending[0]?.at ?? this.#end);
    return Math.max(this.#start, first - this.#reach.before);
  }

  /** Moves what is needed of the file to another place in the data. */
  #move(to: number): void {
    const first = this.#firstNeeded();
    this.#data.copyWithin(to, first, this.#end);
    const distance = first - to;
    this.#start = to;
    this.#end -= distance;
    this.#searched -= distance;
    for (const place of this.#pending) place.at -= distance;
    this.#forgetText();
  }

  #advance(to: number): void {
    if (to <= this.#searched) return;
    this.#search.search(this.#searched, to, (at, anchor) => {
      // One that stands only partly in the file is made of what the data holds beside it.
      const isWithin = at >= this.#start && at + (this.#lengths[anchor] ?? comparedBytes) <= this.#end;
      if (isWithin) this.#pending.push({ at, anchor });
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
    const isOpen = ({ at, anchor }: Pending) => at + this.#reach.after(anchor) > this.#end;
    const open = isEnd ? -1 : this.#pending.findIndex(isOpen);
    const ready = open < 0 ? this.#pending : this.#pending.slice(0, open);
    this.#pending = open < 0 ? [] : this.#pending.slice(open);
    for (const { at, anchor } of ready) {
      this.#found({ anchor, textAround: (before, after) => this.#textAround(at, before, after) });
    }
  }

  #textAround(at: number, before: number, after: number): { readonly text: string; readonly at: number } {
    const start = Math.max(this.#start, at - before);
    return { text: this.#slice(start, Math.min(this.#end, at + after)), at: at - start };
  }

  #slice(start: number, end: number): string {
    this.#slices += 1;
    if (this.#slices > sliceLimit) this.#text ??= this.#data.toString('latin1', this.#start, this.#end);
    return this.#text === null
      ? this.#data.toString('latin1', start, end)
      : this.#text.slice(start - this.#start, end - this.#start);
  }
}
