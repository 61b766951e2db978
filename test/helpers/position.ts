import { expect } from 'vitest';
import type { Span } from '../../src/domain/location.ts';

/** The text of a span; lines end at CRLF, CR or LF. */
export function textAt(span: Span, text: string): string {
  const lines = text.split(/\r\n|\r|\n/).slice(span.line - 1, span.endLine);
  const last = lines.length - 1;
  return lines
    .map((line, index) =>
      line.slice(index === 0 ? span.column - 1 : 0, index === last ? span.endColumn - 1 : undefined),
    )
    .join('\n');
}

/** Fails unless the span is well formed and lies within the text. */
export function expectInside(span: Span, text: string): void {
  const lines = text.split(/\r\n|\r|\n/);
  expect(span.line).toBeGreaterThanOrEqual(1);
  expect(span.endLine).toBeLessThanOrEqual(lines.length);
  expect(span.column).toBeGreaterThanOrEqual(1);
  expect(span.column).toBeLessThanOrEqual((lines[span.line - 1]?.length ?? 0) + 2);
  expect(span.endColumn).toBeLessThanOrEqual((lines[span.endLine - 1]?.length ?? 0) + 2);
  expect(span.endLine).toBeGreaterThanOrEqual(span.line);
  if (span.endLine === span.line) expect(span.endColumn).toBeGreaterThanOrEqual(span.column);
}
