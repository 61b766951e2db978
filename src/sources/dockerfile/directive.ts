import { physicalLineAt, skipSpace } from './logical-line.ts';

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

const directive = /^([a-z][a-z0-9]*)\s*=\s*(\S.*)$/i;
const known: ReadonlySet<string> = new Set(['syntax', 'escape', 'check']);

/** The name (lower case) and value of a directive line; null for any other line. */
function readDirective(text: string, start: number, end: number): readonly [string, string] | null {
  const hash = skipSpace(text, start, end);
  if (text[hash] !== '#') return null;
  const match = directive.exec(text.slice(hash + 1, end).trim());
  const name = match?.[1]?.toLowerCase() ?? '';
  return known.has(name) ? [name, match?.[2] ?? ''] : null;
}

/**
 * Reads `# escape=` and its like (BuildKit parser/directives.go): only lines at the very top count, and the first line
 * that is no known directive, be it empty or a comment, ends them.
 */
export function readDirectives(text: string, from: number): Directives {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  let escapeCharacter: Directives['escape'] = '\\';
  let line = physicalLineAt(text, from);
  for (let number = 1; line.start < text.length; number++, line = physicalLineAt(text, line.next)) {
    const found = readDirective(text, line.start, line.end);
    if (found === null) break;
    const [name, value] = found;
    if (seen.has(name)) problems.push({ line: number, message: `a second ${name} directive is not allowed` });
    else if (name === 'escape' && value !== '\\' && value !== '`') {
      problems.push({ line: number, message: 'the escape directive allows only \\ or `' });
    } else if (name === 'escape') escapeCharacter = value === '`' ? '`' : '\\';
    seen.add(name);
  }
  return { escape: escapeCharacter, problems };
}
