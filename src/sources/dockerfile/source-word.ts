import type { Instruction } from '../../domain/dockerfile.ts';
import { isSpace } from './logical-line.ts';

/** A word of an instruction as written, quotes included. Offsets are into the Dockerfile. */
export interface SourceWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Whether the first word's line is continued right after it and the second starts its line: BuildKit joins the two. */
function areJoined(source: string, blanked: string, base: number, left: number, right: number): boolean {
  const before = source[base + right - 1];
  return source[base + left] !== blanked[left] && (before === '\n' || before === '\r');
}

/**
 * Words split at blanks alone, as FROM and COPY have them (BuildKit line_parsers.go, parseStringsWhitespaceDelimited).
 * A word that a continuation cuts in two is one word with the span of both.
 */
export function splitWords(source: string, instruction: Instruction): readonly SourceWord[] {
  const { argumentText, argumentStart } = instruction;
  const words: SourceWord[] = [];
  let end = 0;
  for (const match of argumentText.matchAll(/[^\t\v\f\r ]+/g)) {
    const previous = words.at(-1);
    const isContinuation = previous !== undefined && areJoined(source, argumentText, argumentStart, end, match.index);
    const start = isContinuation ? previous.start : argumentStart + match.index;
    if (isContinuation) words.pop();
    end = match.index + match[0].length;
    words.push({ text: (isContinuation ? previous.text : '') + match[0], start, end: argumentStart + end });
  }
  return words;
}

/** Offset after a quoted part that starts at `open`; the end of the text when it is not closed. */
function endOfQuote(text: string, open: number, escapeCharacter: string): number {
  const quote = text[open];
  for (let i = open + 1; i < text.length; i++) {
    if (text[i] === quote) return i + 1;
    if (text[i] === escapeCharacter && quote === '"') i += 1;
  }
  return text.length;
}

/** Offset after the word that starts at `start`: at the first blank that is neither quoted nor escaped. */
function endOfWord(text: string, start: number, escapeCharacter: string): number {
  let i = start;
  while (i < text.length && !isSpace(text[i])) {
    if (text[i] === '"' || text[i] === "'") i = endOfQuote(text, i, escapeCharacter);
    else i += text[i] === escapeCharacter ? 2 : 1;
  }
  return Math.min(i, text.length);
}

/** Words of ENV, ARG and LABEL, where quotes and escapes keep blanks together (line_parsers.go, parseWords). */
function splitQuotedWords(instruction: Instruction, escapeCharacter: string): readonly SourceWord[] {
  const { argumentText, argumentStart } = instruction;
  const words: SourceWord[] = [];
  for (let i = 0; i < argumentText.length; ) {
    if (isSpace(argumentText[i])) {
      i += 1;
      continue;
    }
    const end = endOfWord(argumentText, i, escapeCharacter);
    words.push({ text: argumentText.slice(i, end), start: argumentStart + i, end: argumentStart + end });
    i = end;
  }
  return words;
}

/** A variable that ARG or ENV sets; the value as written. */
export interface Assignment {
  readonly name: string;
  /** Null for an ARG without default. */
  readonly value: SourceWord | null;
}

function splitAssignment(word: SourceWord): Assignment {
  const equals = word.text.indexOf('=');
  if (equals < 0) return { name: word.text, value: null };
  const value = { text: word.text.slice(equals + 1), start: word.start + equals + 1, end: word.end };
  return { name: word.text.slice(0, equals), value };
}

/** The variables of an ARG or ENV, `ENV name value` included (line_parsers.go, parseNameVal). */
export function readAssignments(instruction: Instruction, escapeCharacter: string): readonly Assignment[] {
  const words = splitQuotedWords(instruction, escapeCharacter);
  const [first, second] = words;
  if (instruction.keyword !== 'ENV' || first === undefined || first.text.includes('='))
    return words.map(splitAssignment);
  if (second === undefined) return [];
  const { argumentText, argumentStart } = instruction;
  const text = argumentText.slice(second.start - argumentStart);
  return [{ name: first.text, value: { text, start: second.start, end: second.start + text.length } }];
}
