import type { Span } from './location.ts';

/** Turns UTF-16 offsets of one text into 1-based lines and columns; CRLF, CR and LF all end a line. */
export interface LineIndex {
  spanOf(start: number, end: number): Span;
  lineOf(offset: number): number;
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
  }
  return starts;
}

export function indexLines(text: string): LineIndex {
  const starts = lineStarts(text);
  const lineIndexOf = (offset: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const positionOf = (offset: number) => {
    const clamped = Math.max(0, Math.min(offset, text.length));
    const line = lineIndexOf(clamped);
    return { line: line + 1, column: clamped - (starts[line] ?? 0) + 1 };
  };
  return {
    lineOf: (offset) => positionOf(offset).line,
    spanOf(start, end) {
      const from = positionOf(start);
      const to = positionOf(Math.max(start, end));
      return { line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
    },
  };
}
