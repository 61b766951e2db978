/** A value with its variables filled in as far as their defaults go. */
export interface InterpolatedText {
  /** Variables without a default stay as `${NAME}`. */
  readonly text: string;
  /** Their names, without repetition. */
  readonly unresolved: readonly string[];
  /** How many variables the text uses. */
  readonly variables: number;
}

/** A stretch of an interpolated text, and where it comes from in the text as written. */
export interface TextPiece {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Whether it stands there as it is: no variable, no `$$`. */
  readonly isLiteral: boolean;
}

interface Expansion {
  readonly text: string;
  readonly unresolved: readonly string[];
  readonly variables: number;
  /** Offset behind the expansion. */
  readonly end: number;
}

/** A text with the closing brace of each `${` in it, both by offset. */
interface Source {
  readonly text: string;
  readonly braces: ReadonlyMap<number, number>;
}

const namePattern = /[A-Za-z_][A-Za-z0-9_]*/y;
const operatorPattern = /:?[-?+]/y;
const deepestDefault = 16;
/** Longer than any reference or path. A value that many services share is filled in for each of them. */
const longestValue = 4096;

function matchAt(pattern: RegExp, text: string, offset: number): string {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? '';
}

function matchBraces(text: string): ReadonlyMap<number, number> {
  const braces = new Map<number, number>();
  const open: number[] = [];
  for (let i = text.indexOf('${'); i >= 0 && i < text.length; i++) {
    if (text.startsWith('${', i)) open.push(i);
    const start = text.charAt(i) === '}' ? open.pop() : undefined;
    if (start !== undefined) braces.set(start, i);
  }
  return braces;
}

function sourceOf(text: string): Source {
  return { text, braces: matchBraces(text) };
}

function leaveOpen(name: string, end: number): Expansion {
  return { text: `\${${name}}`, unresolved: [name], variables: 1, end };
}

/** What cannot be a variable: Compose refuses such a file, so nothing is known about the value. */
function leaveInvalid(text: string, offset: number): Expansion {
  return { text: '$', unresolved: [text.slice(offset, offset + 40)], variables: 1, end: offset + 1 };
}

function expandBraced({ text, braces }: Source, offset: number, depth: number): Expansion {
  const close = braces.get(offset);
  const name = matchAt(namePattern, text, offset + 2);
  if (close === undefined || name === '') return leaveInvalid(text, offset);
  const operator = matchAt(operatorPattern, text, offset + 2 + name.length);
  const end = close + 1;
  if (operator.endsWith('+')) return { text: '', unresolved: [], variables: 1, end };
  if (!operator.endsWith('-') || depth >= deepestDefault) return leaveOpen(name, end);
  const fallback = joinPieces(
    piecesOf(sourceOf(text.slice(offset + 2 + name.length + operator.length, close)), depth + 1),
  );
  return { ...fallback, variables: fallback.variables + 1, end };
}

function expandAt(source: Source, offset: number, depth: number): Expansion {
  const { text } = source;
  const next = text.charAt(offset + 1);
  if (next === '$') return { text: '$', unresolved: [], variables: 0, end: offset + 2 };
  if (next === '{') return expandBraced(source, offset, depth);
  const name = matchAt(namePattern, text, offset + 1);
  return name === '' ? leaveInvalid(text, offset) : leaveOpen(name, offset + 1 + name.length);
}

interface InterpolatedPieces {
  readonly pieces: readonly TextPiece[];
  readonly unresolved: readonly string[];
  readonly variables: number;
}

function piecesOf(source: Source, depth: number): InterpolatedPieces {
  const { text } = source;
  const unresolved = new Set<string>();
  const pieces: TextPiece[] = [];
  let variables = 0;
  let offset = 0;
  const addLiteral = (end: number) => {
    if (end > offset) pieces.push({ text: text.slice(offset, end), start: offset, end, isLiteral: true });
  };
  for (let dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', offset)) {
    const expansion = expandAt(source, dollar, depth);
    addLiteral(dollar);
    pieces.push({ text: expansion.text, start: dollar, end: expansion.end, isLiteral: false });
    for (const name of expansion.unresolved) unresolved.add(name);
    variables += expansion.variables;
    offset = expansion.end;
  }
  addLiteral(text.length);
  return { pieces, unresolved: [...unresolved], variables };
}

function joinPieces({ pieces, unresolved, variables }: InterpolatedPieces): InterpolatedText {
  return { text: pieces.map((piece) => piece.text).join(''), unresolved, variables };
}

/**
 * Interpolates a Compose value without any environment (compose-spec, 12-interpolation.md): `${NAME:-default}` and
 * `${NAME-default}` give the default, nested ones too, `${NAME:+text}` gives nothing, `$$` is a dollar sign. `$NAME`, `${NAME}` and
 * `${NAME:?message}` have no value in the file. A value over 4096 characters is left as it is.
 */
export function interpolate(text: string): InterpolatedText {
  return text.length > longestValue ? { text, unresolved: [], variables: 0 } : joinPieces(piecesOf(sourceOf(text), 0));
}

/** The same for a text of any length, in pieces, which in their order cover the text as written. */
export function interpolatePieces(text: string): readonly TextPiece[] {
  return piecesOf(sourceOf(text), 0).pieces;
}
