import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument } from 'yaml';
import { UsageError } from '../domain/usage-error.ts';
import { parsePolicy } from './parse.ts';
import type { Policy, TriageEntry } from './schema.ts';
import { readableScalar } from './yaml-scalar.ts';

/** An entry that is not written yet. */
export type NewEntry = Omit<TriageEntry, 'at'>;

function fieldsOf(entry: NewEntry): readonly string[] {
  const narrowed = (['package', 'image', 'path'] as const).flatMap((name) => {
    const glob = entry[name];
    return glob === null ? [] : [`${name}: ${readableScalar(glob)}`];
  });
  return [
    `${entry.subject.kind}: ${readableScalar(entry.subject.id)}`,
    ...narrowed,
    `reason: ${readableScalar(entry.reason)}`,
    ...(entry.owner === null ? [] : [`owner: ${readableScalar(entry.owner)}`]),
    `expires: ${entry.expires}`,
  ];
}

/** The entry as an item of a block list. */
export function renderEntry(entry: NewEntry, indent: number): readonly string[] {
  return fieldsOf(entry).map((field, index) => `${' '.repeat(indent)}${index === 0 ? '- ' : '  '}${field}`);
}

function renderFlow(entry: NewEntry): string {
  return `{ ${fieldsOf(entry).join(', ')} }`;
}

/** A change of the text: what stands from `start` to `end` gives way to `text`. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function lineEndAfter(text: string, position: number): number {
  if (position > 0 && text.charAt(position - 1) === '\n') return position;
  const end = text.indexOf('\n', position);
  return end < 0 ? text.length : end + 1;
}

function appendLines(text: string, position: number, lines: readonly string[]): Splice {
  const isOpen = position > 0 && text.charAt(position - 1) !== '\n';
  return { start: position, end: position, text: `${isOpen ? '\n' : ''}${lines.join('\n')}\n` };
}

function findPair(contents: Node | null): Pair | null {
  if (!isMap(contents)) return null;
  return contents.items.find(({ key }) => isScalar(key) && key.value === 'triage') ?? null;
}

function endOf(node: unknown): number {
  const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : null;
  return range?.[1] ?? 0;
}

/** Behind the last entry of a list in brackets, on a line of its own where that entry has one. */
function extendFlow(text: string, last: Node, entries: readonly NewEntry[]): Splice {
  const start = last.range?.[0] ?? 0;
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const separator = /^\s*$/.test(before) ? `,\n${before}` : ', ';
  const end = endOf(last);
  return { start: end, end, text: entries.map((entry) => `${separator}${renderFlow(entry)}`).join('') };
}

/** The lines in the place of `[]`; a comment behind it stays behind the key. */
function fillEmpty(text: string, value: unknown, lines: readonly string[]): Splice {
  const [start, end] = (isSeq(value) ? value.range : null) ?? [0, 0];
  const lineEnd = lineEndAfter(text, end);
  const rest = text.slice(end, lineEnd).trim();
  const head = rest === '' ? text.slice(0, start).trimEnd().length : start;
  return { start: head, end: lineEnd, text: `${[rest, ...lines].join('\n')}\n` };
}

function insertionOf(text: string, entries: readonly NewEntry[]): Splice {
  const options = { schema: 'core', version: '1.2', prettyErrors: false, keepSourceTokens: true } as const;
  const { contents } = parseDocument(text, options);
  const block = (indent: number) => entries.flatMap((entry) => renderEntry(entry, indent));
  const pair = findPair(contents);
  if (pair === null) {
    const isEmptyMap = isMap(contents) && contents.flow === true && contents.items.length === 0;
    const kept = isEmptyMap ? text.slice(0, contents.range?.[0]) : text;
    const added = appendLines(kept, kept.length, ['triage:', ...block(2)]);
    return { ...added, end: text.length };
  }
  const { value } = pair;
  const last = isSeq(value) ? value.items.at(-1) : undefined;
  if (isSeq(value) && (isMap(last) || isScalar(last))) {
    if (value.flow === true) return extendFlow(text, last, entries);
    const token = value.srcToken;
    const indent = token?.type === 'block-seq' ? token.indent : 2;
    return appendLines(text, lineEndAfter(text, endOf(last)), block(indent));
  }
  return fillEmpty(text, value, block(2));
}

/** What a policy with these entries says, without where it says it. */
function meaningOf(policy: Policy, triage: readonly NewEntry[]): string {
  const { places: _, triage: _own, ...rest } = policy;
  const entries = triage.map(({ subject, path, package: name, image, reason, owner, expires }) => {
    return [subject.kind, subject.id, path, name, image, reason, owner, expires];
  });
  return JSON.stringify([rest, entries]);
}

function readAgain(path: string, text: string, ruleIds: readonly string[]): Policy | null {
  try {
    return parsePolicy(path, text, ruleIds);
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

/**
 * The text of the policy file with these entries at the end of its `triage` list; every other character stays as it
 * was. The result is read again: a UsageError where the file is written in a way that does not allow it.
 */
export function addEntries(
  path: string,
  text: string,
  entries: readonly NewEntry[],
  ruleIds: readonly string[],
): string {
  const before = parsePolicy(path, text, ruleIds);
  const { start, end, text: added } = insertionOf(text, entries);
  const newline = /\r\n/.test(text) ? '\r\n' : '\n';
  const result = text.slice(0, start) + added.replaceAll('\n', newline) + text.slice(end);
  const after = readAgain(path, result, ruleIds);
  const wanted = meaningOf(before, [...before.triage, ...entries]);
  if (after !== null && meaningOf(after, after.triage) === wanted) return result;
  throw new UsageError(
    `${path} is written in a way that no triage entry can be added to`,
    'write triage as a list with a line for each key, and run it again',
  );
}
