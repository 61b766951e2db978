/** White space as Go's unicode.IsSpace has it, by which BuildKit trims lines. */
const space = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Whether BuildKit trims the character at the ends of a line. */
export function isSpace(character: string | undefined): boolean {
  return character !== undefined && space.test(character);
}

/** The first offset from `start` that holds no white space, at most `end`. */
export function skipSpace(text: string, start: number, end: number): number {
  let offset = start;
  while (offset < end && isSpace(text[offset])) offset += 1;
  return offset;
}

/** A line of the file: `end` is before CR and LF, `next` is where the following line starts. */
export interface PhysicalLine {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** Only LF ends a line (BuildKit parser.go, scanLines). */
export function physicalLineAt(text: string, start: number): PhysicalLine {
  const newline = text.indexOf('\n', start);
  const next = newline < 0 ? text.length : newline + 1;
  let end = newline < 0 ? text.length : newline;
  while (end > start && text[end - 1] === '\r') end -= 1;
  return { start, end, next };
}

/** Whether the line is empty or a comment: such a line does not end a continued instruction. */
export function isSkipped(text: string, line: PhysicalLine): boolean {
  const first = skipSpace(text, line.start, line.end);
  return first === line.end || text[first] === '#';
}

/** An instruction's lines as one text of equal length: continuations, comments and empty lines are blanks. */
export interface LogicalLine {
  readonly text: string;
  readonly start: number;
  /** Where the line after it starts: the next instruction or the first heredoc body. */
  readonly next: number;
}

/** Offset of the escape character that continues the line; -1 when it does not (parser.go, lineContinuationRegex). */
function continuationOf(text: string, start: number, end: number, escapeCharacter: string): number {
  let last = end - 1;
  while (last >= start && (text[last] === ' ' || text[last] === '\t')) last -= 1;
  if (last < start || text[last] !== escapeCharacter) return -1;
  return last > start && text[last - 1] === escapeCharacter ? -1 : last;
}

/** The next line that is neither empty nor a comment; null at the end of the file. */
function followingLine(text: string, offset: number): PhysicalLine | null {
  for (let line = physicalLineAt(text, offset); line.start < text.length; line = physicalLineAt(text, line.next)) {
    if (!isSkipped(text, line)) return line;
  }
  return null;
}

/** Reads the instruction that starts in `first`, which is neither empty nor a comment. */
export function readLogicalLine(text: string, first: PhysicalLine, escapeCharacter: string): LogicalLine {
  const start = skipSpace(text, first.start, first.end);
  const pieces: string[] = [];
  let from = start;
  let line: PhysicalLine | null = first;
  while (line !== null) {
    const end = continuationOf(text, from, line.end, escapeCharacter);
    if (end < 0) return { text: (pieces.join('') + text.slice(from, line.end)).trimEnd(), start, next: line.next };
    line = followingLine(text, line.next);
    pieces.push(text.slice(from, end), ' '.repeat((line?.start ?? text.length) - end));
    from = line?.start ?? text.length;
  }
  return { text: pieces.join('').trimEnd(), start, next: text.length };
}
