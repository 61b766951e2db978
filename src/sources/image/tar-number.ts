/** Numbers in tar headers and PAX records, as strict as Go's archive/tar (strconv.go): what it refuses is null here. */

const isBlank = (byte: number | undefined): boolean => byte === 32 || byte === 0;

/** Octal digits with blanks and zero bytes around them, up to a zero byte; nothing at all is 0. */
export function parseOctal(block: Buffer, start: number, length: number): number | null {
  let at = start;
  let end = start + length;
  while (at < end && isBlank(block[at])) at += 1;
  while (end > at && isBlank(block[end - 1])) end -= 1;
  let value = 0;
  for (; at < end && block[at] !== 0; at++) {
    const digit = (block[at] ?? 0) - 48;
    if (digit < 0 || digit > 7) return null;
    value = value * 8 + digit;
  }
  return value;
}

/** Two's complement with the high bit set (GNU); null above 63 bits. */
function parseBase256(block: Buffer, start: number, length: number): bigint | null {
  const isNegative = ((block[start] ?? 0) & 0x40) !== 0;
  const inversion = isNegative ? 0xff : 0;
  let value = 0n;
  for (let i = 0; i < length; i++) {
    const byte = (block[start + i] ?? 0) ^ inversion;
    value = value * 256n + BigInt(i === 0 ? byte & 0x7f : byte);
  }
  if (value >= 2n ** 63n) return null;
  return isNegative ? -value - 1n : value;
}

function isBase256(block: Buffer, start: number): boolean {
  return ((block[start] ?? 0) & 0x80) !== 0;
}

/** A size: null when it is no number, negative, or above 2^53. */
export function parseSize(block: Buffer, start: number, length: number): number | null {
  const value = isBase256(block, start)
    ? Number(parseBase256(block, start, length) ?? -1n)
    : parseOctal(block, start, length);
  return value !== null && value >= 0 && Number.isSafeInteger(value) ? value : null;
}

/** Whether a field that is not used further holds a number, of any sign. */
export function isNumber(block: Buffer, start: number, length: number): boolean {
  return isBase256(block, start)
    ? parseBase256(block, start, length) !== null
    : parseOctal(block, start, length) !== null;
}

/** A decimal size in a PAX record or a sparse map. */
export function parseDecimal(text: string): number | null {
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

/** PAX owner numbers, of any sign. */
export function isInteger(text: string): boolean {
  return /^[+-]?[0-9]{1,18}$/.test(text);
}

/** PAX times: seconds and a fraction. */
export function isTime(text: string): boolean {
  return /^[+-]?[0-9]{1,18}(?:\.[0-9]*)?$/.test(text);
}
