import { breakCommands } from '../domain/neutral-text.ts';

export type AnnotationLevel = 'error' | 'warning' | 'notice';

/** Where an annotation sits. Columns only mean something on a single line (actions/runner ExecutionContext). */
export interface AnnotationPlace {
  readonly path: string;
  readonly line: number;
  readonly endLine: number;
  readonly column: number | null;
  readonly endColumn: number | null;
}

export interface Annotation {
  readonly level: AnnotationLevel;
  readonly title: string;
  /** May have several lines. */
  readonly message: string;
  readonly place: AnnotationPlace | null;
}

/** The runner cuts longer messages (actions/runner ExecutionContext, `_maxIssueMessageLength`). */
const messageLimit = 4096;

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function placeProperties(place: AnnotationPlace): readonly (readonly [string, string])[] {
  const isOneLine = place.line === place.endLine && place.column !== null;
  return [
    ['file', place.path],
    ['line', String(place.line)],
    ['endLine', String(place.endLine)],
    ...(isOneLine ? ([['col', String(place.column)]] as const) : []),
    ...(isOneLine && place.endColumn !== null ? ([['endColumn', String(place.endColumn)]] as const) : []),
  ];
}

/** `::level file=…,line=…,title=…::message` on one line, escaped as @actions/core does. */
export function formatCommand(annotation: Annotation): string {
  const { level, title, message, place } = annotation;
  const properties = [...(place === null ? [] : placeProperties(place)), ['title', title] as const]
    .map(([name, value]) => `${name}=${escapeProperty(value)}`)
    .join(',');
  const cut = message.length > messageLimit ? `${message.slice(0, messageLimit - 1)}…` : message;
  return `::${level} ${properties}::${escapeData(breakCommands(cut))}`;
}
