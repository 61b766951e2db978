import type { Instruction, InstructionFlag } from '../../domain/dockerfile.ts';
import type { LineIndex } from '../../domain/line-index.ts';
import { isSpace, skipSpace } from './logical-line.ts';

/** The instructions of the Dockerfile reference; BuildKit refuses every other first word. */
export const keywords: ReadonlySet<string> = new Set([
  ...['ADD', 'ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'LABEL', 'MAINTAINER'],
  ...['ONBUILD', 'RUN', 'SHELL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'],
]);

interface FlagWord {
  readonly flag: string;
  readonly value: string;
  /** Offsets of the value as written, without the quotes around the whole of it. */
  readonly start: number;
  readonly end: number;
}

/** Offset after the flag that starts at `start`, and the flag without quotes and escapes. */
function readFlagWord(text: string, start: number): readonly [number, string] {
  let quote = '';
  let value = '';
  let i = start;
  for (; i < text.length && (quote !== '' || !isSpace(text[i])); i++) {
    const character = text[i] ?? '';
    if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character !== '\\') value += character;
    else {
      i += 1;
      value += text[i] ?? '';
    }
  }
  return [Math.min(i, text.length), value];
}

function splitFlag(text: string, start: number, end: number, flag: string): FlagWord {
  const equals = flag.indexOf('=');
  const written = text.slice(start, end);
  const from = equals < 0 ? end : start + written.indexOf('=') + 1;
  const isQuoted = end - from >= 2 && /["']/.test(text[from] ?? '') && text[from] === text[end - 1];
  const value = equals < 0 ? '' : flag.slice(equals + 1);
  const inset = isQuoted ? 1 : 0;
  return { flag: flag.slice(2, equals < 0 ? undefined : equals), value, start: from + inset, end: end - inset };
}

/** The flags at the start of the arguments, up to `--` or the first other word (BuildKit split_command.go). */
function readFlags(text: string, from: number): { readonly flags: readonly FlagWord[]; readonly next: number } {
  const flags: FlagWord[] = [];
  let next = skipSpace(text, from, text.length);
  while (text.startsWith('--', next)) {
    const [end, flag] = readFlagWord(text, next);
    if (flag !== '--') flags.push(splitFlag(text, next, end, flag));
    next = skipSpace(text, end, text.length);
    if (flag === '--') break;
  }
  return { flags, next };
}

/** The offset after the keyword that starts at `from`. */
function endOfKeyword(text: string, from: number): number {
  const blank = /[\t\v\f\r ]/.exec(text.slice(from));
  return blank === null ? text.length : from + blank.index;
}

/**
 * Reads an instruction from its blanked text, which lies at `offset` in the file: keyword, flags and arguments, and for
 * ONBUILD the instruction it wraps. Heredocs are added by the caller, who knows the lines that follow.
 */
export function readInstruction(text: string, offset: number, stage: number, lines: LineIndex): Instruction {
  const start = skipSpace(text, 0, text.length);
  const wordEnd = endOfKeyword(text, start);
  const keyword = text.slice(start, wordEnd).toUpperCase();
  const { flags, next } = readFlags(text, wordEnd);
  const hasArguments = next < text.length;
  const argumentText = text.slice(next);
  return {
    keyword,
    flags: flags.map(
      (flag): InstructionFlag => ({
        name: flag.flag,
        value: flag.value,
        valueSpan: lines.spanOf(offset + flag.start, offset + flag.end),
      }),
    ),
    argumentText,
    argumentStart: offset + next,
    span: lines.spanOf(offset + start, offset + text.length),
    heredocs: [],
    stage,
    trigger: keyword === 'ONBUILD' && hasArguments ? readTrigger(argumentText, offset + next, stage, lines) : null,
  };
}

/** BuildKit refuses ONBUILD within ONBUILD, so one level is all there is. */
function readTrigger(text: string, offset: number, stage: number, lines: LineIndex): Instruction | null {
  return /^onbuild(?:\s|$)/i.test(text) ? null : readInstruction(text, offset, stage, lines);
}
