/** A `key = value` of a TOML file: the table's dotted name without quotes, and the value as written. */
export interface TomlEntry {
  readonly table: string;
  readonly key: string;
  readonly value: string;
  /** Offset of the key, or of the table's bracket. */
  readonly start: number;
}

interface Cursor {
  readonly text: string;
  position: number;
}

/** The end of the string that starts at `start`, or -1 when it does not end (TOML 1.0, String). */
function endOfString(text: string, start: number): number {
  const quote = text.charAt(start);
  const isLong = text.startsWith(quote.repeat(3), start);
  const delimiter = isLong ? quote.repeat(3) : quote;
  for (let i = start + delimiter.length; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === '\\' && quote === '"') i += 1;
    else if (text.startsWith(delimiter, i)) return i + delimiter.length;
    else if (character === '\n' && !isLong) return -1;
  }
  return -1;
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

/** Calls `visit` for each character outside strings and comments, and for each string's first; false when a string does not end. */
function walkValue(text: string, start: number, visit: (character: string, index: number) => boolean): boolean {
  for (let i = start; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === '#') {
      i = endOfLine(text, i) - 1;
      continue;
    }
    if (!visit(character, i)) return true;
    if (character !== '"' && character !== "'") continue;
    const end = endOfString(text, i);
    if (end < 0) return false;
    i = end - 1;
  }
  return true;
}

function depthChange(character: string): number {
  if (character === '[' || character === '{') return 1;
  return character === ']' || character === '}' ? -1 : 0;
}

/** The value from the cursor to the line end at which all its brackets are closed; null when they never are. */
function readValue(cursor: Cursor): string | null {
  let depth = 0;
  let end = cursor.text.length;
  const isClosed = walkValue(cursor.text, cursor.position, (character, index) => {
    depth += depthChange(character);
    if (character !== '\n' || depth > 0) return true;
    end = index;
    return false;
  });
  if (!isClosed || depth !== 0) return null;
  const value = cursor.text.slice(cursor.position, end).trim();
  cursor.position = end;
  return value;
}

function plainName(name: string): string {
  return name.replaceAll('"', '').replaceAll("'", '').replace(/\s/g, '');
}

function readHeader(cursor: Cursor): string | null {
  const line = cursor.text.slice(cursor.position, endOfLine(cursor.text, cursor.position));
  const isArray = line.startsWith('[[');
  const end = line.indexOf(isArray ? ']]' : ']');
  if (end < 0) return null;
  cursor.position += line.length;
  return plainName(line.slice(isArray ? 2 : 1, end));
}

function readKey(cursor: Cursor): string | null {
  const line = cursor.text.slice(cursor.position, endOfLine(cursor.text, cursor.position));
  const equals = line.indexOf('=');
  if (equals <= 0) return null;
  cursor.position += equals + 1;
  return plainName(line.slice(0, equals));
}

function skipBlanks(cursor: Cursor): void {
  while (cursor.position < cursor.text.length) {
    const character = cursor.text.charAt(cursor.position);
    if (character === '#') cursor.position = endOfLine(cursor.text, cursor.position);
    else if (character.trim() === '') cursor.position += 1;
    else return;
  }
}

/**
 * The entries of a TOML file in order; a table header alone is an entry with an empty key. Values are not interpreted.
 * Null when the text is no TOML. Reads enough of TOML 1.0 for the few keys that matter here, in one pass.
 */
export function readTomlEntries(text: string): readonly TomlEntry[] | null {
  const cursor: Cursor = { text, position: 0 };
  const entries: TomlEntry[] = [];
  let table = '';
  for (skipBlanks(cursor); cursor.position < text.length; skipBlanks(cursor)) {
    const start = cursor.position;
    if (text.charAt(start) === '[') {
      const header = readHeader(cursor);
      if (header === null) return null;
      table = header;
      entries.push({ table, key: '', value: '', start });
    } else {
      const key = readKey(cursor);
      const value = key === null ? null : readValue(cursor);
      if (key === null || value === null) return null;
      entries.push({ table, key, value, start });
    }
  }
  return entries;
}

/** How many strings an array holds directly, not inside its tables or arrays. */
export function countStrings(array: string): number {
  let depth = 0;
  let count = 0;
  walkValue(array, 0, (character) => {
    depth += depthChange(character);
    if (depth === 1 && (character === '"' || character === "'")) count += 1;
    return true;
  });
  return count;
}
