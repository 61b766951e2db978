import { escapeUnsafe } from '../domain/neutral-text.ts';
import type { CodeFrame, ReportFinding } from '../domain/report.ts';
import { cutTo, widthOf } from './text-layout.ts';
import type { Style } from './text-style.ts';

const mostLines = 7;
const longestLine = 2000;

/** What carets go under: a range of one line, in UTF-16 columns. */
interface Mark {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

function show(text: string): string {
  return escapeUnsafe(text.replaceAll('\t', '    ')).replaceAll('##[', '## [');
}

function wholeLine(line: number, source: string): Mark {
  const trimmed = source.trimEnd();
  return { line, start: trimmed.length - trimmed.trimStart().length, end: trimmed.length };
}

function markOf(finding: ReportFinding, frame: CodeFrame): Mark | null {
  const line = finding.at.kind === 'file' ? finding.at.line : finding.anchor?.line;
  const source = line === undefined ? undefined : frame.lines[line - frame.firstLine];
  if (line === undefined || source === undefined) return null;
  if (finding.at.kind !== 'file') return wholeLine(line, source);
  const { column, endLine, endColumn } = finding.at;
  const end = endLine > line ? source.trimEnd().length : endColumn - 1;
  return { line, start: Math.min(column - 1, source.length), end: Math.max(column, Math.min(end, source.length)) };
}

/** A line cut to the room there is, moved left where its mark would be out of sight. */
function windowOf(source: string, mark: Mark | null, room: number): { readonly text: string; readonly carets: string } {
  const line = source.slice(0, Math.max(longestLine, (mark?.start ?? 0) + longestLine));
  if (mark === null) return { text: cutTo(show(line), room), carets: '' };
  const isFar = widthOf(show(line.slice(0, mark.end))) > room - 1;
  const from = isFar ? Math.max(0, mark.start - 12) : 0;
  const lead = from > 0 ? '…' : '';
  const text = cutTo(`${lead}${show(line.slice(from))}`, room);
  const before = widthOf(lead + show(line.slice(from, mark.start)));
  const length = Math.max(1, widthOf(show(line.slice(mark.start, mark.end))));
  return { text, carets: ' '.repeat(before) + '^'.repeat(Math.max(1, Math.min(length, room - before))) };
}

/** Lines around the mark when there are more than a reader wants. */
function linesToShow(
  frame: CodeFrame,
  mark: Mark | null,
): { readonly first: number; readonly lines: readonly string[] } {
  const at = mark === null ? 0 : mark.line - frame.firstLine;
  const from = Math.max(0, Math.min(at - 2, frame.lines.length - mostLines));
  return { first: frame.firstLine + from, lines: frame.lines.slice(from, from + mostLines) };
}

/** The code with line numbers, and carets under what the finding is about. Lines are cut, never wrapped. */
export function renderFrame(
  finding: ReportFinding,
  frame: CodeFrame,
  style: Style,
  indent: number,
  columns: number,
): readonly string[] {
  const mark = markOf(finding, frame);
  const { first, lines } = linesToShow(frame, mark);
  const digits = String(first + lines.length - 1).length;
  const room = Math.max(20, columns - indent - digits - 3);
  const gutter = (number: string) => ' '.repeat(indent) + style.dim(`${number.padStart(digits)} |`);
  return lines.flatMap((source, index) => {
    const number = first + index;
    const { text, carets } = windowOf(source, mark?.line === number ? mark : null, room);
    const code = `${gutter(String(number))} ${text}`.trimEnd();
    return carets === '' ? [code] : [code, `${gutter('')} ${style.severity(finding.severity, carets)}`];
  });
}
