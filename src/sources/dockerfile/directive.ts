import type { LineIndex } from '../../domain/line-index.ts';
import { physicalLineAt, skipSpace } from './logical-line.ts';
import type { SourceWord } from './source-word.ts';

/** A finding of the parser about a line that BuildKit refuses as well. */
export interface Problem {
  readonly line: number;
  readonly message: string;
}

/** What the parser directives at the top of the file say. */
export interface Directives {
  readonly escape: '\\' | '`';
  readonly problems: readonly Problem[];
}

interface Directive {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
  /** Offset of the `#`. */
  readonly start: number;
  /** Offset of the value. */
  readonly valueStart: number;
  /** Whether the `#` is the line's first character. */
  readonly isAtLineStart: boolean;
}

const directive = /^([a-z][a-z0-9]*)\s*=\s*(\S.*)$/i;
const known: ReadonlySet<string> = new Set(['syntax', 'escape', 'check']);

/** Null for a line that is no known directive. */
function readDirective(text: string, start: number, end: number): Directive | null {
  const hash = skipSpace(text, start, end);
  if (text[hash] !== '#') return null;
  const content = text.slice(hash + 1, end).trim();
  const match = directive.exec(content);
  const name = match?.[1]?.toLowerCase() ?? '';
  const value = match?.[2] ?? '';
  const contentStart = skipSpace(text, hash + 1, end);
  const valueStart = contentStart + content.length - value.length;
  return known.has(name) ? { name, value, start: hash, valueStart, isAtLineStart: hash === start } : null;
}

/** The directives from `from` on, up to the first line that is none, be it empty or a comment. */
function* findDirectives(text: string, from: number): Iterable<Directive> {
  for (let line = physicalLineAt(text, from); line.start < text.length; line = physicalLineAt(text, line.next)) {
    const found = readDirective(text, line.start, line.end);
    if (found === null) return;
    yield found;
  }
}

/** Reads `# escape=` and its like (BuildKit parser/directives.go): only lines at the very top count. */
export function readDirectives(text: string, from: number, lines: LineIndex): Directives {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  let escapeCharacter: Directives['escape'] = '\\';
  for (const { name, value, start } of findDirectives(text, from)) {
    const line = lines.lineOf(start);
    if (seen.has(name)) problems.push({ line, message: `a second ${name} directive is not allowed` });
    else if (name === 'escape' && value !== '\\' && value !== '`') {
      problems.push({ line, message: 'the escape directive allows only \\ or `' });
    } else if (name === 'escape') escapeCharacter = value === '`' ? '`' : '\\';
    seen.add(name);
  }
  return { escape: escapeCharacter, problems };
}

/**
 * The image `# syntax=` names, up to the first blank (BuildKit parser/directives.go, DetectSyntax): unlike other
 * directives it may follow a `#!` line, and blanks before the `#` hide it. Null when there is none.
 */
export function readSyntax(text: string, from: number): SourceWord | null {
  const start = text.startsWith('#!', from) ? physicalLineAt(text, from).next : from;
  for (const { name, value, valueStart, isAtLineStart } of findDirectives(text, start)) {
    if (!isAtLineStart) return null;
    const [image = ''] = value.split(' ', 1);
    if (name === 'syntax') return { text: image, start: valueStart, end: valueStart + image.length };
  }
  return null;
}
