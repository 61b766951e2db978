import { isAbsolute, relative, sep } from 'node:path';
import { type Command, parseCommand } from './runner-command.ts';

export type AnnotationLevel = 'error' | 'warning' | 'notice';

/** An annotation as the page of the run shows it. */
export interface PageAnnotation {
  readonly level: AnnotationLevel;
  readonly message: string;
  readonly title: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly endLine: number | null;
  readonly column: number | null;
  readonly endColumn: number | null;
}

/** What a step's log becomes: the lines a reader sees, the annotations kept, and how many of each level were dropped. */
export interface LogPage {
  readonly log: readonly string[];
  readonly annotations: readonly PageAnnotation[];
  readonly dropped: Readonly<Record<AnnotationLevel, number>>;
  /** From the retired `set-output` command. */
  readonly outputs: ReadonlyMap<string, string>;
}

export interface LogReader {
  accept(line: string): void;
  /** An error of the runner's own. */
  fail(message: string): void;
  page(): LogPage;
}

/** actions/runner ExecutionContext.cs: `_maxIssueCount`, `_maxIssueMessageLength`. */
const annotationLimit = 10;
const messageLimit = 4096;

const levels = ['error', 'warning', 'notice'] as const;
const quietCommands = ['debug', 'echo', 'add-matcher', 'remove-matcher', 'save-state'];
const commandNames = [
  ...levels,
  ...quietCommands,
  'add-mask',
  'add-path',
  'endgroup',
  'group',
  'set-env',
  'set-output',
  'stop-commands',
];

function readNumber(text: string | undefined): number | null {
  return text !== undefined && /^[+-]?\d+$/.test(text.trim()) ? Number(text) : null;
}

type Place = Pick<PageAnnotation, 'line' | 'endLine' | 'column' | 'endColumn'>;

/** IssueCommandExtension.ValidateLinesAndColumns. */
function placeOf(properties: ReadonlyMap<string, string>): Place {
  const read = (name: string) => readNumber(properties.get(name));
  const [endLine, endColumn] = [read('endline'), read('endcolumn')];
  const [line, column] = [read('line') ?? endLine, read('col') ?? endColumn];
  const hasColumns =
    line !== null &&
    (endLine === null || endLine === line) &&
    (column === null || endColumn === null || endColumn >= column);
  const hasLines = line === null || endLine === null || endLine >= line;
  return {
    line: hasLines ? line : null,
    endLine: hasLines ? endLine : null,
    column: hasColumns ? column : null,
    endColumn: hasColumns ? endColumn : null,
  };
}

function fileOf(file: string | undefined, workspace: string): string | null {
  if (file === undefined) return null;
  return isAbsolute(file) && file.startsWith(workspace + sep) ? relative(workspace, file) : file;
}

function readAnnotation(level: AnnotationLevel, command: Command, workspace: string): PageAnnotation {
  return {
    level,
    message: command.data.slice(0, messageLimit),
    title: command.properties.get('title') ?? null,
    file: fileOf(command.properties.get('file'), workspace),
    ...placeOf(command.properties),
  };
}

/** Reads a step's output line by line, by the runner's rules (actions/runner ActionCommandManager.cs). */
export function createLogReader(workspace: string): LogReader {
  const names = new Set(commandNames);
  const log: string[] = [];
  const annotations: PageAnnotation[] = [];
  const dropped = { error: 0, warning: 0, notice: 0 };
  const outputs = new Map<string, string>();
  const masks: string[] = [];
  let stopToken: string | null = null;

  const mask = (text: string) => masks.reduce((done, secret) => done.replaceAll(secret, '***'), text);
  const annotate = (annotation: PageAnnotation) => {
    log.push(`##[${annotation.level}]${annotation.message}`);
    const kept = annotations.filter((other) => other.level === annotation.level).length;
    if (kept < annotationLimit) annotations.push(annotation);
    else dropped[annotation.level] += 1;
  };
  const fail = (message: string) =>
    annotate(readAnnotation('error', { name: 'error', properties: new Map(), data: message }, workspace));
  const stop = (token: string) => {
    if (token === '' || names.has(token.toLowerCase()) || token === 'pause-logging') {
      fail(`Invalid stop token '${token}'`);
      return;
    }
    stopToken = token.toLowerCase();
    names.add(stopToken);
    if (token.length > 6) masks.push(token);
  };
  const resume = (token: string) => {
    names.delete(token);
    stopToken = null;
  };
  const perform = (command: Command, line: string) => {
    const level = levels.find((candidate) => candidate === command.name);
    if (level !== undefined) annotate(readAnnotation(level, command, workspace));
    else if (command.name === 'set-output') outputs.set(command.properties.get('name') ?? '', command.data);
    else if (command.name === 'add-mask') masks.push(command.data);
    else if (command.name === 'stop-commands') stop(command.data);
    else if (command.name === 'set-env' || command.name === 'add-path')
      fail(`The \`${command.name}\` command is disabled.`);
    else if (!quietCommands.includes(command.name)) log.push(line);
  };
  return {
    accept(line) {
      const command = parseCommand(line, names);
      if (command === null) log.push(line);
      else if (stopToken === null) perform(command, line);
      else if (command.name === stopToken) resume(stopToken);
      else log.push(line);
    },
    fail,
    page: () => ({
      log: log.map(mask),
      annotations: annotations.map((annotation) => ({ ...annotation, message: mask(annotation.message) })),
      dropped,
      outputs,
    }),
  };
}

/** The runner's `StreamReader.ReadLine`: a lone carriage return ends a line too. */
export function splitLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|\r|\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** A whole log at once. */
export function readLog(text: string, workspace: string): LogPage {
  const reader = createLogReader(workspace);
  for (const line of splitLines(text)) reader.accept(line);
  return reader.page();
}
