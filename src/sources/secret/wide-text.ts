/** What UTF-16 text holds that a byte cannot. */
const other = 0x3f;

/**
 * Turns UTF-16 text that begins with a byte order mark, as Windows tools write it, into a byte per character, in chunks
 * as they come. Content without the mark gives nothing.
 */
export class WideText {
  #order: 'unknown' | 'little' | 'big' | 'none' = 'unknown';
  #rest: Buffer = Buffer.alloc(0);

  /** The characters that are whole with this chunk; null when the content is no such text, or not known to be yet. */
  push(chunk: Buffer): Buffer | null {
    if (this.#order === 'none') return null;
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#order === 'unknown' && data.length >= 2) this.#order = orderOf(data);
    if (this.#order === 'none') return null;
    const count = data.length >> 1;
    this.#rest = Buffer.from(data.subarray(2 * count));
    return this.#order === 'unknown' ? null : narrow(data, count, this.#order === 'little' ? 0 : 1);
  }

  end(): void {
    this.#order = 'unknown';
    this.#rest = Buffer.alloc(0);
  }
}

function orderOf(data: Buffer): 'little' | 'big' | 'none' {
  if (data[0] === 0xff && data[1] === 0xfe) return 'little';
  return data[0] === 0xfe && data[1] === 0xff ? 'big' : 'none';
}

function narrow(data: Buffer, count: number, low: 0 | 1): Buffer {
  const text = Buffer.allocUnsafe(count);
  for (let index = 0; index < count; index++) {
    text[index] = data[2 * index + 1 - low] === 0 ? (data[2 * index + low] ?? other) : other;
  }
  return text;
}
