/** What UTF-16 text holds that a byte cannot. */
const other = 0x3f;
/** Bytes that tell text without a byte order mark: sixteen characters, each with a zero byte. */
const sampleSize = 32;

/**
 * Turns UTF-16 text, as Windows tools write it, into a byte per character, in chunks as they come: text that begins with a
 * byte order mark, or of whose first sixteen characters most are printable ASCII. Other content gives nothing.
 */
export class WideText {
  #order: ByteOrder | 'unknown' = 'unknown';
  #rest: Buffer = Buffer.alloc(0);

  /** The characters that are whole with this chunk; null when the content is no such text, or not known to be yet. */
  push(chunk: Buffer): Buffer | null {
    if (this.#order === 'none') return null;
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#order === 'unknown') this.#order = orderOf(data);
    if (this.#order === 'none') return null;
    const count = this.#order === 'unknown' ? 0 : data.length >> 1;
    this.#rest = Buffer.from(data.subarray(2 * count));
    return this.#order === 'unknown' ? null : narrow(data, count, this.#order === 'little' ? 0 : 1);
  }

  end(): void {
    this.#order = 'unknown';
    this.#rest = Buffer.alloc(0);
  }
}

/** Which byte of two comes first in UTF-16 text; `none`: it is no such text. */
export type ByteOrder = 'little' | 'big' | 'none';

/** What a byte order mark says. */
function markedOrder(data: Buffer): ByteOrder {
  if (data[0] === 0xff && data[1] === 0xfe) return 'little';
  return data[0] === 0xfe && data[1] === 0xff ? 'big' : 'none';
}

function orderOf(data: Buffer): ByteOrder | 'unknown' {
  if (data.length < 2) return 'unknown';
  const marked = markedOrder(data);
  if (marked !== 'none') return marked;
  // Nearly all other content is told by its first two bytes.
  if (data[0] !== 0 && data[1] !== 0) return 'none';
  return data.length < sampleSize ? 'unknown' : sampledOrder(data.subarray(0, sampleSize));
}

/**
 * The order of a text that is there as a whole: by its mark; else, as text has no zero bytes of its own, when most of its
 * characters are ASCII beside one. Whole, so that a few bytes or a comment in another script do not hide it.
 */
export function byteOrderOf(text: Buffer): ByteOrder {
  const marked = markedOrder(text);
  const content = marked === 'none' ? text : text.subarray(2);
  // UTF-16 may have been added to a file that was begun in ASCII; and a mark before ASCII hides nothing.
  const [first = 0, second = 0] = content;
  if (isText(first) && isText(second)) return 'none';
  return marked === 'none' ? sampledOrder(content) : marked;
}

/** In which order at least half of the characters are ASCII, each with a zero byte. Holes of zeros are no characters. */
function sampledOrder(sample: Buffer): ByteOrder {
  const found = { little: 0, big: 0, others: 0 };
  for (let index = 0; index + 1 < sample.length; index += 2) {
    const [first = 0, second = 0] = [sample[index], sample[index + 1]];
    if (second === 0 && isText(first)) found.little += 1;
    else if (first === 0 && isText(second)) found.big += 1;
    else if (first !== 0 || second !== 0) found.others += 1;
  }
  const { little, big, others } = found;
  if (little > big && little >= others + big) return 'little';
  return big > little && big >= others + little ? 'big' : 'none';
}

function isText(character: number): boolean {
  return (character >= 0x20 && character < 0x7f) || (character >= 0x09 && character <= 0x0d);
}

function narrow(data: Buffer, count: number, low: 0 | 1): Buffer {
  const text = Buffer.allocUnsafe(count);
  for (let index = 0; index < count; index++) {
    text[index] = data[2 * index + 1 - low] === 0 ? (data[2 * index + low] ?? other) : other;
  }
  return text;
}
