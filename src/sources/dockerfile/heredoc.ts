import { isSpace } from './logical-line.ts';

/** A heredoc that a line announces; its body follows the line. */
export interface HeredocWord {
  readonly name: string;
  /** False when part of the name is quoted. */
  readonly isExpanded: boolean;
  /** `<<-`: leading tabs of body and terminator are dropped. */
  readonly isChomped: boolean;
}

/** Offset after the single- or double-quoted part at `open`; -1 when it is not closed. */
function afterQuote(line: string, open: number): number {
  const quote = line[open];
  for (let i = open + 1; i < line.length; i++) {
    if (line[i] === quote) return i + 1;
    if (line[i] === '\\' && quote === '"') i += 1;
  }
  return -1;
}

/** Offset after `${…}` with what is nested in it; -1 when it is not closed. */
function afterBraces(line: string, dollar: number): number {
  let depth = 0;
  for (let i = dollar + 1; i < line.length; i++) {
    if (line[i] === '\\') i += 1;
    else if (line[i] === '{') depth += 1;
    else if (line[i] === '}' && --depth === 0) return i + 1;
  }
  return -1;
}

/** Offset after the piece of a word at `i`: a quoted part, an expansion, an escape, `<<` with the blanks after it. */
function afterPiece(line: string, i: number): number {
  if (line[i] === '"' || line[i] === "'") return afterQuote(line, i);
  if (line[i] === '$' && line[i + 1] === '{') return afterBraces(line, i);
  if (line[i] === '\\') return i + 2;
  if (!line.startsWith('<<', i)) return i + 1;
  let end = i + 2;
  while (isSpace(line[end])) end += 1;
  return end;
}

/** Words as BuildKit's shell lexer has them with all quoting kept; none when the quoting is broken (shell/lex.go). */
function lexWords(line: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  for (let i = 0; i < line.length; ) {
    if (isSpace(line[i])) {
      if (word !== '') words.push(word);
      word = '';
      i += 1;
      continue;
    }
    const end = afterPiece(line, i);
    if (end < 0) return [];
    word += line.slice(i, end);
    i = end;
  }
  return word === '' ? words : [...words, word];
}

const quotedPiece = /\\(?<escaped>[\s\S])|'(?<single>[^']*)'|"(?<double>[^"\\]*(?:\\[\s\S][^"\\]*)*)"/g;

/** Null when the word is no heredoc: `<<<`, `<<` alone, `cat<<EOF` (BuildKit parser.go, heredocFromMatch). */
function readWord(word: string): HeredocWord | null {
  const match = /^\d*<<(-?)([^<]*)$/.exec(word);
  const rest = match?.[2]?.trimStart() ?? '';
  if (rest === '') return null;
  let isExpanded = true;
  const name = rest.replace(quotedPiece, (_, escaped?: string, single?: string, double?: string) => {
    if (escaped !== undefined) return escaped;
    isExpanded = false;
    return single ?? double?.replace(/\\(["$\\])/g, '$1') ?? '';
  });
  return { name, isExpanded, isChomped: match?.[1] === '-' };
}

/** `$(( 1 << 2 ))`: the shift in it announces no heredoc. */
const arithmetic = /\(\([^()]*\)\)/g;

/** The heredocs a line of RUN, COPY or ADD announces, in the order of their bodies. */
export function readHeredocWords(line: string): readonly HeredocWord[] {
  if (!line.includes('<<')) return [];
  return lexWords(line.replaceAll(arithmetic, '(())'))
    .map(readWord)
    .filter((word) => word !== null);
}

/** Whether the line is a heredoc and nothing else: its body is then the script itself (BuildKit dispatchRun). */
export function isHeredocAlone(line: string): boolean {
  const words = lexWords(line);
  return words.length === 1 && readWord(words[0] ?? '') !== null;
}
