import { type AnchorPlace, AnchorStream, type Reach } from './anchor/anchor-stream.ts';
import type { AnchorSearch } from './anchor/search.ts';
import { giveBackSearch, takeSearch } from './anchor/search-pool.ts';
import { anchors } from './detectors/anchors.ts';
import { reach, type SecretFound } from './detectors/detector.ts';
import { sight } from './detectors/sight.ts';
import { beginsPrivateKey, keyAnchor, keyHeaderLength, keyReach, privateKeyAt } from './private-key.ts';
import { WideText } from './wide-text.ts';

/** Different credentials told of one file: more of them is a list of samples or an attack. */
const secretsPerFile = 100;
/** Anchors looked at by one scanner. A gigabyte of text or weights has a few thousand; this many are an attack on time. */
const anchorLimit = 1_000_000;
const defaultBefore = 256;
const defaultAfter = 512;

const anchorTexts = [...anchors.keys()];
const detectorsOf = [...anchors.values()];
const keyNumber = anchorTexts.indexOf(keyAnchor);
const looked: Reach = { before: reach.before, after: (anchor) => (anchor === keyNumber ? keyReach : reach.after) };

function keyIn(place: AnchorPlace): SecretFound | null {
  // Most blocks are certificates: the long text is only made for keys.
  if (!beginsPrivateKey(place.textAround(0, keyHeaderLength).text)) return null;
  const key = privateKeyAt(place.textAround(0, keyReach).text);
  return key === null
    ? null
    : {
        detector: 'private-key',
        vendor: null,
        what: key.what,
        revokeUrl: null,
        proof: key.isEncrypted ? 'plausible' : 'validated',
        value: key.body,
        expires: null,
      };
}

/**
 * Finds credentials in content that comes in chunks, one file at a time; what is found does not depend on where chunks
 * end. UTF-16 text is read as text too. The same value in one file is told once.
 */
export class ContentScanner {
  readonly #found: (match: SecretFound) => void;
  readonly #problem: (text: string) => void;
  readonly #searches: AnchorSearch[] = [];
  readonly #bytes: AnchorStream;
  readonly #wideText = new WideText();
  /** Made when the first UTF-16 text comes. */
  #characters: AnchorStream | null = null;
  /** By value; told at the end of the file, so that the order does not depend on chunks. */
  readonly #wideMatches = new Map<string, SecretFound>();
  readonly #values = new Set<string>();
  #anchors = 0;

  /** `problem` is told what was not examined or listed, as the end of a sentence about the layer. */
  constructor(found: (match: SecretFound) => void, problem: (text: string) => void = () => undefined) {
    this.#found = found;
    this.#problem = problem;
    this.#bytes = this.#stream((match) => this.#tell(match));
  }

  /** Content that is put here is searched without being copied; `keep` is called before it is filled again. */
  get window(): Buffer {
    return this.#bytes.window;
  }

  keep(): void {
    this.#bytes.keep();
  }

  push(chunk: Buffer): void {
    this.#bytes.push(chunk);
    const text = this.#wideText.push(chunk);
    if (text === null) return;
    this.#characters ??= this.#stream((match) => this.#keepWide(match));
    this.#characters.push(text);
  }

  /** Ends the file, so that the next one starts afresh. */
  end(): void {
    this.#bytes.end();
    this.#characters?.end();
    this.#wideText.end();
    for (const match of this.#wideMatches.values()) this.#tell(match);
    this.#wideMatches.clear();
    this.#values.clear();
  }

  /** Ends the use of the scanner. */
  close(): void {
    for (const search of this.#searches.splice(0)) giveBackSearch(search);
  }

  #stream(found: (match: SecretFound) => void): AnchorStream {
    const search = takeSearch(anchorTexts);
    this.#searches.push(search);
    return new AnchorStream(search, anchorTexts, looked, (place) => this.#examine(place, found));
  }

  #examine(place: AnchorPlace, found: (match: SecretFound) => void): void {
    this.#anchors += 1;
    if (this.#anchors > anchorLimit) {
      this.#problem(`it holds more than ${anchorLimit} places that look like credentials; the rest was not examined`);
      return;
    }
    if (place.anchor === keyNumber) {
      const key = keyIn(place);
      if (key !== null) found(key);
    }
    for (const detector of detectorsOf[place.anchor] ?? []) {
      const { text, at } = place.textAround(detector.before ?? defaultBefore, detector.after ?? defaultAfter);
      const match = sight(detector, text, at);
      if (match !== null) found(match);
    }
  }

  #keepWide(match: SecretFound): void {
    if (this.#wideMatches.size <= secretsPerFile) this.#wideMatches.set(match.value, match);
  }

  #tell(match: SecretFound): void {
    if (this.#values.has(match.value) || this.#values.size > secretsPerFile) return;
    this.#values.add(match.value);
    if (this.#values.size <= secretsPerFile) this.#found(match);
    else this.#problem(`a file holds more than ${secretsPerFile} different credentials; the rest is not listed`);
  }
}
