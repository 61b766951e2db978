/** A value of a JSON text with where it starts, as an offset. */
export type JsonNode =
  | { readonly kind: 'object'; readonly start: number; readonly members: ReadonlyMap<string, JsonMember> }
  | { readonly kind: 'list'; readonly start: number; readonly items: readonly JsonNode[] }
  | { readonly kind: 'text'; readonly start: number; readonly value: string }
  | { readonly kind: 'other'; readonly start: number };

export interface JsonMember {
  /** Offset of the key's opening quote. */
  readonly start: number;
  readonly value: JsonNode;
}

/** Deeper than any lockfile; bounds the recursion that a hostile one causes. */
const deepestNesting = 200;

interface Cursor {
  readonly text: string;
  position: number;
}

class SyntaxProblem extends Error {}

const wordToken = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function isBlank(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** The end of the comment that starts at `start`, or `start` where none does. */
function endOfComment(text: string, start: number): number {
  const isLine = text.startsWith('//', start);
  if (!isLine && !text.startsWith('/*', start)) return start;
  const end = text.indexOf(isLine ? '\n' : '*/', start + 2);
  return end < 0 ? text.length : end + (isLine ? 1 : 2);
}

function skipBlank(cursor: Cursor): void {
  const { text } = cursor;
  for (;;) {
    while (isBlank(text.charCodeAt(cursor.position))) cursor.position += 1;
    const end = text.charAt(cursor.position) === '/' ? endOfComment(text, cursor.position) : cursor.position;
    if (end === cursor.position) return;
    cursor.position = end;
  }
}

function take(cursor: Cursor, character: string): boolean {
  skipBlank(cursor);
  if (cursor.text.charAt(cursor.position) !== character) return false;
  cursor.position += 1;
  return true;
}

/** The offset of the quote that ends the string at `start`; throws where none does on its line. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) return i;
    if (code < 32) break;
    if (code === 92) i += 1;
  }
  throw new SyntaxProblem();
}

function readString(cursor: Cursor): string {
  if (cursor.text.charAt(cursor.position) !== '"') throw new SyntaxProblem();
  const end = endOfString(cursor.text, cursor.position);
  const token = cursor.text.slice(cursor.position, end + 1);
  cursor.position = end + 1;
  if (!token.includes('\\')) return token.slice(1, -1);
  try {
    return String(JSON.parse(token));
  } catch {
    throw new SyntaxProblem();
  }
}

function readWord(cursor: Cursor): void {
  wordToken.lastIndex = cursor.position;
  const found = wordToken.exec(cursor.text)?.[0];
  if (found === undefined) throw new SyntaxProblem();
  cursor.position += found.length;
}

/** Items up to the closing bracket; a comma before it is passed over, as Bun writes one. */
function readItems(cursor: Cursor, closing: string, readItem: () => void): void {
  while (!take(cursor, closing)) {
    readItem();
    if (take(cursor, ',')) continue;
    if (!take(cursor, closing)) throw new SyntaxProblem();
    return;
  }
}

function readObject(cursor: Cursor, start: number, depth: number): JsonNode {
  const members = new Map<string, JsonMember>();
  readItems(cursor, '}', () => {
    skipBlank(cursor);
    const keyStart = cursor.position;
    const key = readString(cursor);
    if (!take(cursor, ':')) throw new SyntaxProblem();
    members.set(key, { start: keyStart, value: readValue(cursor, depth + 1) });
  });
  return { kind: 'object', start, members };
}

function readValue(cursor: Cursor, depth: number): JsonNode {
  if (depth > deepestNesting) throw new SyntaxProblem();
  skipBlank(cursor);
  const start = cursor.position;
  if (take(cursor, '{')) return readObject(cursor, start, depth);
  if (take(cursor, '[')) {
    const items: JsonNode[] = [];
    readItems(cursor, ']', () => items.push(readValue(cursor, depth + 1)));
    return { kind: 'list', start, items };
  }
  if (cursor.text.charAt(start) === '"') return { kind: 'text', start, value: readString(cursor) };
  readWord(cursor);
  return { kind: 'other', start };
}

/** JSON, also with comments and trailing commas as bun.lock has them. Null when it is none, or nested too deeply. */
export function readJsonTree(text: string): JsonNode | null {
  const cursor: Cursor = { text, position: 0 };
  try {
    const root = readValue(cursor, 0);
    skipBlank(cursor);
    return cursor.position === text.length ? root : null;
  } catch (error) {
    if (error instanceof SyntaxProblem) return null;
    throw error;
  }
}

const nothing: ReadonlyMap<string, JsonMember> = new Map();

/** The members of an object; none of anything else. */
export function membersOf(node: JsonNode | undefined): ReadonlyMap<string, JsonMember> {
  return node?.kind === 'object' ? node.members : nothing;
}

export function memberOf(node: JsonNode | undefined, name: string): JsonNode | undefined {
  return membersOf(node).get(name)?.value;
}

export function itemsOf(node: JsonNode | undefined): readonly JsonNode[] {
  return node?.kind === 'list' ? node.items : [];
}

export function textOf(node: JsonNode | undefined): string | null {
  return node?.kind === 'text' ? node.value : null;
}
