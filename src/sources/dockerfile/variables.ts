import type { SourceWord } from './source-word.ts';

/**
 * A piece of an expanded text and where it is written. `written`: in the word itself, inline defaults included.
 * `argument`: in the default of an ARG (or value of an ENV). `platform`: a predefined argument such as TARGETARCH.
 * `unresolved`: a variable without default, which stands as written.
 */
export interface Leaf {
  readonly origin: 'written' | 'argument' | 'platform' | 'unresolved';
  readonly text: string;
  /** Offsets into the Dockerfile; for `platform` and `unresolved` those of the variable's use. */
  readonly start: number;
  readonly end: number;
}

/** A word with its variables filled in. */
export interface Expansion {
  readonly text: string;
  readonly leaves: readonly Leaf[];
  /** Names of variables without a default, each once. */
  readonly unresolved: readonly string[];
}

/** The variables that hold at a point of the Dockerfile. A name that is absent has no default. */
export type Scope = ReadonlyMap<string, Expansion>;

/** UTF-16 units a word's variables may add: references and settings are short, doubling defaults (`ARG B=$A$A`) are not. */
const expansionLimit = 8192;
const mostLeaves = 256;
const deepestNesting = 16;

interface Cursor {
  readonly text: string;
  readonly base: number;
  readonly escapeCharacter: string;
  readonly scope: Scope;
  readonly unresolved: Set<string>;
  position: number;
  budget: number;
}

function literal(cursor: Cursor, from: number, to: number): Leaf {
  return { origin: 'written', text: cursor.text.slice(from, to), start: cursor.base + from, end: cursor.base + to };
}

/** Adds a leaf, joining it to a written one that ends where it starts. */
function append(leaves: Leaf[], leaf: Leaf): void {
  const last = leaves.at(-1);
  if (last?.origin === 'written' && leaf.origin === 'written' && last.end === leaf.start) {
    leaves[leaves.length - 1] = { ...last, text: last.text + leaf.text, end: leaf.end };
  } else leaves.push(leaf);
}

function asUnresolved(cursor: Cursor, name: string, from: number): readonly Leaf[] {
  const leaf = literal(cursor, from, cursor.position);
  cursor.unresolved.add(name === '' ? leaf.text : name);
  return [{ ...leaf, origin: 'unresolved' }];
}

/** What the variable stands for, its own words now being those of an ARG; null when it has no default or is too long. */
function lookUp(cursor: Cursor, name: string): readonly Leaf[] | null {
  const value = cursor.scope.get(name);
  if (value === undefined || value.text.length > cursor.budget || value.leaves.length > mostLeaves) return null;
  cursor.budget -= value.text.length + value.leaves.length;
  for (const inner of value.unresolved) cursor.unresolved.add(inner);
  return value.leaves.map((leaf) => (leaf.origin === 'written' ? { ...leaf, origin: 'argument' } : leaf));
}

function readName(cursor: Cursor): string {
  const name = /^(?:\d+|[A-Za-z_]\w*)/.exec(cursor.text.slice(cursor.position, cursor.position + 256))?.[0] ?? '';
  cursor.position += name.length;
  return name;
}

/** `${X-d}`, `${X:-d}`, `${X+a}`, `${X:+a}`, `${X?m}`: which of value and operand holds. Null: neither is known. */
function choose(operator: string, value: readonly Leaf[] | null, operand: readonly Leaf[]): readonly Leaf[] | null {
  const isEmpty = value?.every((leaf) => leaf.text === '') ?? true;
  const isUnset = operator.startsWith(':') ? isEmpty : value === null;
  if (operator.endsWith('-')) return isUnset ? operand : value;
  if (operator.endsWith('+')) return isUnset ? [] : operand;
  return isUnset ? null : value;
}

/** `${…}`. Pattern operators (`#`, `%`, `/`) are left unresolved: what they yield is not worked out. */
function readBraces(cursor: Cursor, from: number, depth: number): readonly Leaf[] {
  cursor.position += 2;
  const name = readName(cursor);
  if (depth >= deepestNesting) {
    cursor.position = cursor.text.length;
    return asUnresolved(cursor, name, from);
  }
  const value = lookUp(cursor, name);
  const operator = /^(?::?[-+?])/.exec(cursor.text.slice(cursor.position, cursor.position + 2))?.[0] ?? '';
  cursor.position += operator.length;
  const inner: Cursor = { ...cursor, unresolved: new Set() };
  const operand = readUntil(inner, '}', depth + 1);
  cursor.position = inner.position;
  cursor.budget = inner.budget;
  const chosen = operator === '' ? (operand.length === 0 ? value : null) : choose(operator, value, operand);
  if (chosen === operand) for (const missing of inner.unresolved) cursor.unresolved.add(missing);
  return chosen ?? asUnresolved(cursor, name, from);
}

function readDollar(cursor: Cursor, depth: number): readonly Leaf[] {
  const from = cursor.position;
  if (cursor.text[from + 1] === '{') return readBraces(cursor, from, depth);
  cursor.position += 1;
  const name = readName(cursor);
  if (name === '') return [literal(cursor, from, cursor.position)];
  return lookUp(cursor, name) ?? asUnresolved(cursor, name, from);
}

function readSingleQuotes(cursor: Cursor): Leaf {
  const open = cursor.position + 1;
  const close = cursor.text.indexOf("'", open);
  const end = close < 0 ? cursor.text.length : close;
  cursor.position = Math.min(end + 1, cursor.text.length);
  return literal(cursor, open, end);
}

/** The character at the cursor, or the one it escapes; between double quotes only `"`, `$` and itself can be escaped. */
function readCharacter(cursor: Cursor, isQuoted: boolean): Leaf {
  const { text, position, escapeCharacter } = cursor;
  const next = text[position + 1];
  const isEscapable = next !== undefined && (!isQuoted || next === '"' || next === '$' || next === escapeCharacter);
  cursor.position += text[position] === escapeCharacter && isEscapable ? 2 : 1;
  return literal(cursor, cursor.position - 1, cursor.position);
}

/** Reads up to and over `stop`, or to the end; double quotes only group, as no word is split again here. */
function readUntil(cursor: Cursor, stop: '}' | null, depth: number): readonly Leaf[] {
  const leaves: Leaf[] = [];
  let isQuoted = false;
  while (cursor.position < cursor.text.length) {
    const character = cursor.text[cursor.position];
    if (character === stop && !isQuoted) {
      cursor.position += 1;
      return leaves;
    }
    if (character === '"') {
      isQuoted = !isQuoted;
      cursor.position += 1;
    } else if (character === "'" && !isQuoted) append(leaves, readSingleQuotes(cursor));
    else if (character === '$') for (const leaf of readDollar(cursor, depth)) append(leaves, leaf);
    else append(leaves, readCharacter(cursor, isQuoted));
  }
  return leaves;
}

/**
 * Fills the variables of a word in and takes its quotes off, as BuildKit does for FROM, ARG and ENV (shell/lex.go), and
 * remembers for each piece where it is written.
 */
export function expandWord(word: SourceWord, scope: Scope, escapeCharacter: string): Expansion {
  const unresolved = new Set<string>();
  const fixed = { text: word.text, base: word.start, escapeCharacter, scope, unresolved };
  const leaves = readUntil({ ...fixed, position: 0, budget: expansionLimit }, null, 0);
  return { text: leaves.map((leaf) => leaf.text).join(''), leaves, unresolved: [...unresolved] };
}

function predefine(name: string, text: string): [string, Expansion] {
  return [name, { text, leaves: [{ origin: 'platform', text, start: 0, end: 0 }], unresolved: [] }];
}

/**
 * The platform arguments that BuildKit defines before the first FROM (Dockerfile reference, "Automatic platform ARGs in
 * the global scope"), for linux/amd64: which platform is built is not written in the Dockerfile.
 */
export const platformScope: Scope = new Map(
  ['TARGET', 'BUILD'].flatMap((prefix) => [
    predefine(`${prefix}PLATFORM`, 'linux/amd64'),
    predefine(`${prefix}OS`, 'linux'),
    predefine(`${prefix}ARCH`, 'amd64'),
    predefine(`${prefix}VARIANT`, ''),
  ]),
);
