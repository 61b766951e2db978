/** Takes a JSON text apart as it comes, so that a report of hundreds of megabytes is never held as a whole. */
export interface RowSplitter {
  push(bytes: Buffer): void;
  /** The text without the rows: each is an empty object in its list. Throws a SyntaxError for what is not JSON. */
  finish(): unknown;
}

/** Where a list is whose items are handed on one by one: member names, `*` for an item of a list. */
export type ListPath = readonly string[];

interface Container {
  readonly isList: boolean;
  /** Its place in the list of lists that are wanted; -1 for one that is not. */
  readonly wanted: number;
  /** The member being read, or the number of the item. */
  key: string | number;
  expectsKey: boolean;
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [newline, blank, tab] = [0x0a, 0x20, 0x09];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
const emptyRow = Buffer.from('{}');
/** No report is nested deeper outside of its rows. */
const depthLimit = 100;

function isAt(path: ListPath, containers: readonly Container[]): boolean {
  const isSame = (one: Container, index: number) => (one.isList ? path[index] === '*' : path[index] === one.key);
  return path.length === containers.length && containers.every(isSame);
}

/** The lists and objects that are open around the rows. */
function createPlace(lists: readonly ListPath[]) {
  const containers: Container[] = [];
  const open = (isList: boolean): void => {
    if (containers.length >= depthLimit) throw new SyntaxError('nested too deep');
    const wanted = isList ? lists.findIndex((path) => isAt(path, containers)) : -1;
    containers.push({ isList, wanted, key: isList ? 0 : '', expectsKey: !isList });
  };
  const separate = (): void => {
    const container = containers.at(-1);
    if (container === undefined) return;
    if (typeof container.key === 'number') container.key += 1;
    container.expectsKey = !container.isList;
  };
  const name = (key: string): void => {
    const container = containers.at(-1);
    if (container === undefined) return;
    container.key = key;
    container.expectsKey = false;
  };
  return {
    name,
    /** Which of the wanted lists this is; -1: none. */
    list: () => containers.at(-1)?.wanted ?? -1,
    expectsKey: () => containers.at(-1)?.expectsKey === true,
    /** `Results[0].Vulnerabilities[3]`. */
    describe: () =>
      containers
        .map(({ isList, key }) => (isList ? `[${key}]` : `.${key}`))
        .join('')
        .slice(1),
    pass(byte: number): void {
      if (byte === comma) separate();
      else if (byte === closeBrace || byte === closeBracket) containers.pop();
      else if (byte === openBrace || byte === openBracket) open(byte === openBracket);
    },
  };
}

/** The bytes of one run, copied: a part that was kept would keep the whole chunk it came with. */
function createCollector() {
  let bytes = Buffer.alloc(4096);
  let length = 0;
  return {
    add(part: Buffer): void {
      if (length + part.length > bytes.length) {
        const larger = Buffer.alloc(Math.max(bytes.length * 2, length + part.length));
        bytes.copy(larger, 0, 0, length);
        bytes = larger;
      }
      part.copy(bytes, length);
      length += part.length;
    },
    take(): string {
      const text = bytes.toString('utf8', 0, length);
      length = 0;
      return text;
    },
  };
}

/** A row read at once, and where it ends. */
interface WholeRow {
  readonly value: unknown;
  readonly end: number;
}

/** Null for what is no JSON. */
function parse(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * Reads rows of indented text, as both scanners write it, at once: such a row seems to end at the next brace right below
 * its own. No part of an object is one itself, so that `JSON.parse` tells whether it does end there; where it does not,
 * the row is looked through byte by byte, and so are all after it.
 */
function createRowGuess() {
  let isIndented = true;
  /** A part without such a brace is searched once, not for each of its rows. */
  let without: Buffer | null = null;
  return (bytes: Buffer, start: number): WholeRow | null => {
    if (!isIndented || without === bytes) return null;
    let margin = start;
    while (bytes[margin - 1] === blank || bytes[margin - 1] === tab) margin -= 1;
    if (bytes[margin - 1] !== newline) return null;
    const brace = `${bytes.toString('latin1', margin - 1, start)}}`;
    const at = bytes.indexOf(brace, start, 'latin1');
    if (at < 0) {
      without = bytes;
      return null;
    }
    const end = at + brace.length;
    const row = parse(bytes.toString('utf8', start, end));
    isIndented = row !== null;
    return row === null ? null : { value: row.value, end };
  };
}

type Mode = 'rest' | 'row';

/** Which of the bytes are inside of texts, and what those say that are member names. */
function createTexts(onKey: (key: string) => void) {
  const key = createCollector();
  let isOpen = false;
  let isEscaped = false;
  let isKey = false;
  /** Past the last quote of the text that is open; the end of the bytes where it goes on. */
  const endOf = (bytes: Buffer, from: number): number => {
    let at = isEscaped ? from + 1 : from;
    isEscaped = false;
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === quote) {
        isOpen = false;
        return at + 1;
      }
      if (byte === backslash) at += 1;
    }
    // A backslash was the last byte.
    isEscaped = at > bytes.length;
    return bytes.length;
  };
  const read = (bytes: Buffer, from: number): number => {
    const end = endOf(bytes, from);
    if (!isKey) return end;
    key.add(bytes.subarray(from, isOpen ? end : end - 1));
    if (!isOpen) onKey(key.take());
    return end;
  };
  return {
    /** Reads on in a text that the bytes before left open; where it ends. */
    resume: (bytes: Buffer): number => (isOpen ? read(bytes, 0) : 0),
    /** Reads the text whose quote stands there; where it ends. */
    begin(bytes: Buffer, at: number, isMemberName: boolean): number {
      isOpen = true;
      isKey = isMemberName;
      return read(bytes, at + 1);
    },
  };
}

/**
 * Hands on the objects in the wanted lists as they end. Only brackets and quotes are looked at here: `JSON.parse` judges each
 * row, and what is left of the text. Rows that are no objects stay in it. `onRow` may throw.
 */
export function createRowSplitter(
  lists: readonly ListPath[],
  onRow: (list: number, path: string, value: unknown) => void,
): RowSplitter {
  const place = createPlace(lists);
  const texts = createTexts(place.name);
  const runs = { rest: createCollector(), row: createCollector() };
  const guess = createRowGuess();
  let mode: Mode = 'rest';
  /** How many brackets are open in the row. */
  let depth = 0;

  /** Ends the run of bytes at that border of a row; where the next one begins. */
  const change = (bytes: Buffer, start: number, at: number): number => {
    if (mode === 'row') {
      runs.row.add(bytes.subarray(start, at + 1));
      mode = 'rest';
      onRow(place.list(), place.describe(), JSON.parse(runs.row.take()));
      return at + 1;
    }
    runs.rest.add(bytes.subarray(start, at));
    runs.rest.add(emptyRow);
    const whole = guess(bytes, at);
    if (whole !== null) {
      onRow(place.list(), place.describe(), whole.value);
      return whole.end;
    }
    mode = 'row';
    depth = 1;
    return at;
  };
  /** Takes a byte outside of texts; true for the brackets around a row. */
  const isBorder = (byte: number): boolean => {
    if (mode === 'row') {
      if (byte === openBrace || byte === openBracket) depth += 1;
      else if (byte === closeBrace || byte === closeBracket) depth -= 1;
      return depth === 0;
    }
    if (byte === openBrace && place.list() >= 0) return true;
    place.pass(byte);
    return false;
  };

  const nextBorder = (bytes: Buffer, from: number): number => {
    for (let at = from; at < bytes.length; ) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) at = texts.begin(bytes, at, mode === 'rest' && place.expectsKey());
      else if (byte >= comma && isBorder(byte)) return at;
      else at += 1;
    }
    return bytes.length;
  };

  return {
    push(bytes) {
      let start = 0;
      let at = nextBorder(bytes, texts.resume(bytes));
      for (; at < bytes.length; at = nextBorder(bytes, Math.max(at + 1, start))) start = change(bytes, start, at);
      runs[mode].add(bytes.subarray(start));
    },
    finish() {
      if (mode === 'row') throw new SyntaxError('cut off');
      return JSON.parse(runs.rest.take());
    },
  };
}
