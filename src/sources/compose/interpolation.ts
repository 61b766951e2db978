/** A value with its variables filled in as far as their defaults go. */
export interface InterpolatedText {
  /** Variables without a default stay as `${NAME}`. */
  readonly text: string;
  /** Their names, without repetition. */
  readonly unresolved: readonly string[];
  /** How many variables the text uses. */
  readonly variables: number;
}

interface Expansion {
  readonly text: string;
  readonly unresolved: readonly string[];
  readonly variables: number;
  /** Offset behind the expansion. */
  readonly end: number;
}

const namePattern = /[A-Za-z_][A-Za-z0-9_]*/y;
const operatorPattern = /:?[-?+]/y;
const deepestDefault = 16;
/** Longer than any reference; finding closing braces takes quadratic time. */
const longestValue = 4096;

function matchAt(pattern: RegExp, text: string, offset: number): string {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? '';
}

/** Offset of the brace that closes the one before `offset`, or -1. */
function closingBrace(text: string, offset: number): number {
  let depth = 1;
  for (let i = offset; i < text.length; i++) {
    if (text.startsWith('${', i)) depth += 1;
    else if (text.charAt(i) === '}') depth -= 1;
    if (depth === 0) return i;
  }
  return -1;
}

function leaveOpen(name: string, end: number): Expansion {
  return { text: `\${${name}}`, unresolved: [name], variables: 1, end };
}

/** What cannot be a variable: Compose refuses such a file, so nothing is known about the value. */
function leaveInvalid(text: string, offset: number): Expansion {
  return { text: '$', unresolved: [text.slice(offset, offset + 40)], variables: 1, end: offset + 1 };
}

function expandBraced(text: string, offset: number, depth: number): Expansion {
  const close = closingBrace(text, offset + 2);
  const name = matchAt(namePattern, text, offset + 2);
  if (close < 0 || name === '') return leaveInvalid(text, offset);
  const operator = matchAt(operatorPattern, text, offset + 2 + name.length);
  const end = close + 1;
  if (operator.endsWith('+')) return { text: '', unresolved: [], variables: 1, end };
  if (!operator.endsWith('-') || depth >= deepestDefault) return leaveOpen(name, end);
  const fallback = interpolateAt(text.slice(offset + 2 + name.length + operator.length, close), depth + 1);
  return { ...fallback, variables: fallback.variables + 1, end };
}

function expandAt(text: string, offset: number, depth: number): Expansion {
  const next = text.charAt(offset + 1);
  if (next === '$') return { text: '$', unresolved: [], variables: 0, end: offset + 2 };
  if (next === '{') return expandBraced(text, offset, depth);
  const name = matchAt(namePattern, text, offset + 1);
  return name === '' ? leaveInvalid(text, offset) : leaveOpen(name, offset + 1 + name.length);
}

function interpolateAt(text: string, depth: number): InterpolatedText {
  const unresolved = new Set<string>();
  let result = '';
  let variables = 0;
  let offset = 0;
  for (let dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', offset)) {
    const expansion = expandAt(text, dollar, depth);
    result += text.slice(offset, dollar) + expansion.text;
    for (const name of expansion.unresolved) unresolved.add(name);
    variables += expansion.variables;
    offset = expansion.end;
  }
  return { text: result + text.slice(offset), unresolved: [...unresolved], variables };
}

/**
 * Interpolates a Compose value without any environment (compose-spec, 12-interpolation.md): `${NAME:-default}` and
 * `${NAME-default}` give the default, nested ones too, `${NAME:+text}` gives nothing, `$$` is a dollar sign. `$NAME`, `${NAME}` and
 * `${NAME:?message}` have no value in the file. A value over 4096 characters is left as it is.
 */
export function interpolate(text: string): InterpolatedText {
  return text.length > longestValue ? { text, unresolved: [], variables: 0 } : interpolateAt(text, 0);
}
