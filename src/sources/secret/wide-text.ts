/** What UTF-16 text holds that a byte cannot. */
const other = 0x3f;
/** Bytes that tell text without a byte order mark: sixteen characters, each with a zero byte. */
const sampleSize = 32;

/**
 * Turns UTF-16 text, as Windows tools write it, into a byte per character, in chunks as they come: text that begins with a
 * byte order mark, or whose first sixteen characters are printable ASCII. Other content gives nothing.
 */
export class WideText {
  #order: 'unknown' | 'little' | 'big' | 'none' = 'unknown';
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

function orderOf(data: Buffer): 'unknown' | 'little' | 'big' | 'none' {
  if (data.length < 2) return 'unknown';
  if (data[0] === 0xff && data[1] === 0xfe) return 'little';
  if (data[0] === 0xfe && data[1] === 0xff) return 'big';
  // Nearly all other content is told by its first two bytes.
  if (data[0] !== 0 && data[1] !== 0) return 'none';
  if (data.length < sampleSize) return 'unknown';
  if (isPrintable(data, 0)) return 'little';
  return isPrintable(data, 1) ? 'big' : 'none';
}

/** Whether the sample is printable ASCII in the bytes from `low` on, every second, and zero in the others. */
function isPrintable(data: Buffer, low: 0 | 1): boolean {
  for (let index = 0; index < sampleSize; index += 2) {
    const character = data[index + low] ?? 0;
    const isText = (character >= 0x20 && character < 0x7f) || (character >= 0x09 && character <= 0x0d);
    if (!isText || data[index + 1 - low] !== 0) return false;
  }
  return true;
}

function narrow(data: Buffer, count: number, low: 0 | 1): Buffer {
  const text = Buffer.allocUnsafe(count);
  for (let index = 0; index < count; index++) {
    text[index] = data[2 * index + 1 - low] === 0 ? (data[2 * index + low] ?? other) : other;
  }
  return text;
}
