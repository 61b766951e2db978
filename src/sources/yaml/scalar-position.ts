import type { Scalar } from 'yaml';

/** Half-open offsets into a text. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** Tells where the characters of a scalar's value are written. */
export interface ScalarPosition {
  /** The whole value: without quotes, block header and surrounding blanks. */
  readonly whole: OffsetRange;
  /** Where the characters `start` to `end` (exclusive) of the value are written. */
  rangeOf(start: number, end: number): OffsetRange;
}

/** One character as written: a plain one, a doubled quote or an escape. `units` is its length in the value. */
interface WrittenUnit {
  readonly length: number;
  readonly units: number;
  readonly isBlank: boolean;
}

const escapeDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}

/** YAML 1.2.2, 5.7: an escaped line break is folded away, `\n`, `\t` and the like become blanks of the value. */
function readEscape(text: string, offset: number): WrittenUnit {
  const name = text.charAt(offset + 1);
  if (name === '\r' && text.charAt(offset + 2) === '\n') return { length: 3, units: 0, isBlank: true };
  const digits = escapeDigits[name] ?? 0;
  const code = digits === 0 ? Number.NaN : Number.parseInt(text.slice(offset + 2, offset + 2 + digits), 16);
  const makesBlank = 'nrt \t\n\r'.includes(name) || [9, 10, 13, 32].includes(code);
  return { length: 2 + digits, units: code > 0xffff ? 2 : 1, isBlank: makesBlank };
}

function readUnit(text: string, offset: number, style: string | undefined): WrittenUnit {
  const character = text.charAt(offset);
  if (style === 'QUOTE_DOUBLE' && character === '\\') return readEscape(text, offset);
  const isDoubled = style === 'QUOTE_SINGLE' && character === "'" && text.charAt(offset + 1) === "'";
  return { length: isDoubled ? 2 : 1, units: 1, isBlank: isBlank(character) };
}

/** Where the content begins and ends: behind the header of a block scalar, within quotes. */
function contentOf(text: string, node: Scalar, range: OffsetRange): OffsetRange {
  if (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE')
    return { start: range.start + 1, end: range.end - 1 };
  if (node.type !== 'BLOCK_LITERAL' && node.type !== 'BLOCK_FOLDED') return range;
  const newline = text.indexOf('\n', range.start);
  return newline < 0 || newline >= range.end
    ? { start: range.end, end: range.end }
    : { start: newline + 1, end: range.end };
}

/**
 * For each unit of the value where its writing starts and ends. Folding and indentation only ever change blanks, so the
 * other characters of value and text correspond one to one, in order. Blanks lie behind the character before them.
 */
function align(text: string, content: OffsetRange, value: string, style: string | undefined): readonly OffsetRange[] {
  const ranges: OffsetRange[] = [];
  let offset = content.start;
  while (ranges.length < value.length) {
    if (isBlank(value.charAt(ranges.length))) {
      const previous = ranges.at(-1)?.end ?? content.start;
      ranges.push({ start: previous, end: Math.min(previous + 1, content.end) });
      continue;
    }
    let unit = readUnit(text, offset, style);
    while (unit.isBlank && offset < content.end) {
      offset += unit.length;
      unit = readUnit(text, offset, style);
    }
    const end = Math.min(offset + unit.length, content.end);
    for (let i = 0; i < Math.max(1, unit.units); i++) ranges.push({ start: Math.min(offset, end), end });
    offset = end;
  }
  return ranges;
}

function trimBlanks(text: string, { start, end }: OffsetRange): OffsetRange {
  const written = text.slice(start, end);
  const from = start + (written.length - written.trimStart().length);
  return { start: Math.min(from, end), end: Math.max(Math.min(from, end), start + written.trimEnd().length) };
}

/** Aligns a scalar's value with the text it was parsed from. */
export function locateScalar(text: string, node: Scalar, value: string): ScalarPosition {
  const [from, to] = node.range ?? [0, 0];
  const content = contentOf(text, node, { start: from, end: to });
  const whole = trimBlanks(text, content);
  let aligned: readonly OffsetRange[] | null = null;
  return {
    whole,
    rangeOf(start, end) {
      aligned ??= align(text, content, value, node.type);
      const first = aligned[start]?.start ?? content.end;
      return { start: first, end: Math.max(first, aligned[end - 1]?.end ?? first) };
    },
  };
}
