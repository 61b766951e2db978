import { isAlias, isMap, isNode, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import { indexLines, type LineIndex } from '../domain/line-index.ts';
import { type FileLocation, fileLocation, fileStart } from '../domain/location.ts';
import { nearest } from '../domain/nearest.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { UsageError } from '../domain/usage-error.ts';
import { isTooNested } from '../domain/yaml-nesting.ts';

const sizeLimit = 512 * 1024;

/** A value in the policy file, with the key path that leads to it and the place a message names. */
export interface Reading {
  /** `''` at the top, `triage[0].expires` further down. */
  readonly key: string;
  /** From the key to the end of its value. */
  readonly at: FileLocation;
  readonly node: Node | null;
  readonly document: PolicyDocument;
}

interface PolicyDocument {
  readonly path: string;
  readonly text: string;
  readonly lines: LineIndex;
  /** Filled while reading: every key met. */
  readonly places: Map<string, FileLocation>;
}

/** Throws the UsageError for a mistake in a file the user wrote: `path:line: what`. */
export function reject(at: FileLocation, what: string, hint: string): never {
  throw new UsageError(`${at.path}:${at.line}: ${what}`, hint);
}

/** Foreign text in quotes, short enough for one sentence. */
export function quoted(text: string): string {
  return `"${neutralise(text, 80)}"`;
}

/** The hint for a word that is not among `candidates`: the nearest one and the whole list. */
export function suggest(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  const list = `valid here: ${candidates.join(', ')}`;
  return near === null ? list : `did you mean ${near}? ${list}`;
}

function rejectBrokenYaml(path: string, text: string, lines: LineIndex): Node | null {
  const start = fileLocation(path, fileStart);
  if (text.length > sizeLimit)
    reject(start, 'the file is larger than 512 KiB', 'split what is in it or remove entries');
  if (isTooNested(text)) reject(start, 'the YAML is nested too deeply', 'see docs/policy.md for the shape of the file');
  const document = parseDocument(text, { schema: 'core', version: '1.2', prettyErrors: false, uniqueKeys: false });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) {
    const at = fileLocation(path, lines.spanOf(problem.pos[0], problem.pos[1]));
    reject(at, `the YAML cannot be read: ${neutralise(problem.message, 200)}`, 'correct the line');
  }
  return document.contents;
}

/** Parses YAML with the 1.2 core schema, so that `off` and dates stay text; a UsageError where it is no YAML. */
export function readDocument(path: string, text: string): Reading {
  const lines = indexLines(text);
  const node = rejectBrokenYaml(path, text, lines);
  const document = { path, text, lines, places: new Map<string, FileLocation>() };
  return { key: '', at: placeOf(document, node) ?? fileLocation(path, fileStart), node, document };
}

/** From the start of one node to the end of another, without the line end that belongs to a block. */
function placeOf(document: PolicyDocument, from: Node | null, to: Node | null = from): FileLocation | null {
  const start = from?.range?.[0];
  const end = to?.range?.[1] ?? from?.range?.[1];
  if (start === undefined || end === undefined) return null;
  const length = document.text.slice(start, end).trimEnd().length;
  return fileLocation(document.path, document.lines.spanOf(start, start + length));
}

function step(parent: Reading, key: string, from: Node | null, node: Node | null): Reading {
  const at = placeOf(parent.document, from, node) ?? parent.at;
  parent.document.places.set(key, at);
  return { key, at, node, document: parent.document };
}

function isNothing(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function rejectType(value: Reading, wanted: string): never {
  if (isAlias(value.node)) reject(value.at, `${value.key} is a YAML alias`, 'write the value out');
  const name = value.key === '' ? 'the file' : value.key;
  const isEmpty = isNothing(value.node);
  if (wanted === 'text' && !isEmpty && isScalar(value.node))
    reject(value.at, `${name} is not text`, 'put it in quotes');
  reject(value.at, isEmpty ? `${name} has no value` : `${name} is not ${wanted}`, `give ${wanted} or remove the key`);
}

function readKey(map: Reading, key: unknown): string {
  if (isScalar(key) && typeof key.value === 'string') return key.value;
  const at = isNode(key) ? placeOf(map.document, key) : null;
  return reject(at ?? map.at, 'a key is not plain text', 'quote the key');
}

function rejectField(field: Reading, name: string, isKnown: boolean, allowed: readonly string[] | null): void {
  if (isKnown) reject(field.at, `${quoted(field.key)} is there twice`, 'keep one of the two');
  if (allowed === null || allowed.includes(name)) return;
  reject(field.at, `unknown key ${quoted(field.key)}`, suggest(name, allowed));
}

/** The entries of a map in the order written. With `allowed`, any other key is an error; a repeated key always is. */
export function readFields(map: Reading, allowed: readonly string[] | null): ReadonlyMap<string, Reading> {
  const fields = new Map<string, Reading>();
  if (map.key === '' && isNothing(map.node)) return fields;
  if (!isMap(map.node)) rejectType(map, 'a map');
  for (const { key, value } of map.node.items) {
    const name = readKey(map, key);
    const path = map.key === '' ? name : `${map.key}.${name}`;
    const field = step(map, path, isNode(key) ? key : null, isNode(value) ? value : null);
    rejectField(field, name, fields.has(name), allowed);
    fields.set(name, field);
  }
  return fields;
}

export function readList(list: Reading): readonly Reading[] {
  if (!isSeq(list.node)) rejectType(list, 'a list');
  return list.node.items.map((item, index) => {
    const key = `${list.key}[${index}]`;
    return isNode(item) ? step(list, key, item, item) : { ...list, key, node: null };
  });
}

export function isText(value: Reading): boolean {
  return isScalar(value.node) && typeof value.node.value === 'string';
}

/** Text with at least one visible character. */
export function readText(value: Reading): string {
  if (!isScalar(value.node) || typeof value.node.value !== 'string') rejectType(value, 'text');
  if (!/\S/.test(value.node.value)) reject(value.at, `${value.key} is empty`, 'give text or remove the key');
  return value.node.value;
}

export function readNumber(value: Reading): number {
  if (!isScalar(value.node) || typeof value.node.value !== 'number') rejectType(value, 'a number');
  return value.node.value;
}

export function readBoolean(value: Reading): boolean {
  if (!isScalar(value.node) || typeof value.node.value !== 'boolean') rejectType(value, 'true or false');
  return value.node.value;
}

/** One of the words of a closed list. */
export function readWord<T extends string>(value: Reading, words: readonly T[]): T {
  const text = isText(value) ? readText(value) : rejectType(value, `one of ${words.join(', ')}`);
  const word = words.find((candidate) => candidate === text);
  return word ?? reject(value.at, `${value.key} is ${quoted(text)}`, suggest(text, words));
}
