import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml';
import { indexLines, type LineIndex } from '../../domain/line-index.ts';
import type { Span } from '../../domain/location.ts';
import { nearest } from '../../domain/nearest.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import { UsageError } from '../../domain/usage-error.ts';
import { isTooNested } from '../../domain/yaml-nesting.ts';

/** A value with its place in the manifest. */
export interface Spanned<T> {
  readonly value: T;
  readonly span: Span;
}

/** One value of the manifest as YAML has it. `name` is how messages call it: `models[0].files[0].sha256`. */
export interface Field {
  readonly path: string;
  readonly lines: LineIndex;
  readonly name: string;
  readonly node: unknown;
  readonly span: Span;
}

/** A map whose keys are all known. `required` throws when the key is absent. */
export interface Mapping<K extends string> {
  required(key: K): Field;
  optional(key: K): Field | null;
}

const schemaHint = 'the manifest format is described in docs/model-manifest.schema.json';
const longestText = 1024 * 1024;

/** Throws the UsageError for one place: `model-manifest.yml:7: <problem>`. */
export function reject(field: Pick<Field, 'path' | 'span'>, problem: string, hint = schemaHint): never {
  throw new UsageError(neutralise(`${field.path}:${field.span.line}: ${problem}`, 1000), hint);
}

function spanOf(node: unknown, lines: LineIndex): Span | null {
  const range = isNode(node) ? node.range : null;
  return range ? lines.spanOf(range[0], range[1]) : null;
}

function childOf(parent: Field, name: string, node: unknown, fallback: Span): Field {
  return { ...parent, name, node, span: spanOf(node, parent.lines) ?? fallback };
}

/** The manifest's root. YAML 1.2 core schema, so JSON too; one document; no aliases or custom tags. */
export function openManifest(path: string, text: string): Field {
  const lines = indexLines(text);
  const root: Field = { path, lines, name: '', node: null, span: lines.spanOf(0, 0) };
  if (text.length > longestText) reject(root, 'the manifest is larger than 1 MiB');
  if (isTooNested(text)) reject(root, 'the manifest is nested too deeply or has too many parts to be read');
  const document = parseDocument(text, {
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    // 'silent' would also hide that there is a second document.
    logLevel: 'error',
  });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) {
    const span = lines.spanOf(problem.pos[0], problem.pos[1]);
    reject({ path, span }, `is not valid YAML: ${problem.message}`);
  }
  return childOf(root, '', document.contents, root.span);
}

function describeNode(node: unknown): string {
  if (isAlias(node)) return 'an alias';
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  const value = isScalar(node) ? node.value : null;
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'a number';
  return typeof value === 'boolean' ? 'true or false' : 'nothing';
}

/** Throws the UsageError for a value of the wrong type. */
function rejectType(field: Field, wanted: string): never {
  const subject = field.name === '' ? 'the manifest' : `\`${field.name}\``;
  const isUnquoted = wanted === 'text' && isScalar(field.node) && field.node.value !== null;
  const advice = isUnquoted ? '; put it in quotes' : '';
  return reject(field, `${subject} must be ${wanted}, not ${describeNode(field.node)}${advice}`);
}

function rejectKey(place: Field, at: Field, key: string, allowed: readonly string[]): never {
  const guess = nearest(key, allowed);
  const where = place.name === '' ? 'the manifest' : place.name;
  const advice = guess === null ? '' : `; did you mean \`${guess}\`?`;
  return reject(at, `unknown key \`${neutralise(key, 80)}\` in ${where}${advice}`, `valid keys: ${allowed.join(', ')}`);
}

/** Reads a map strictly: unknown, duplicate and non-text keys are UsageErrors. */
export function readMapping<const K extends string>(field: Field, allowed: readonly K[]): Mapping<K> {
  if (!isMap(field.node)) return rejectType(field, 'a map');
  const fields = new Map<string, Field>();
  for (const pair of field.node.items) {
    const at = childOf(field, field.name, pair.key, field.span);
    const key = isScalar(pair.key) ? pair.key.value : null;
    const place = field.name === '' ? 'the manifest' : field.name;
    if (typeof key !== 'string') return reject(at, `a key in ${place} must be text`);
    if (!allowed.some((known) => known === key)) return rejectKey(field, at, key, allowed);
    if (fields.has(key)) return reject(at, `duplicate key \`${key}\` in ${place}`);
    fields.set(key, childOf(field, field.name === '' ? key : `${field.name}.${key}`, pair.value, at.span));
  }
  return {
    optional: (key) => fields.get(key) ?? null,
    required(key) {
      const place = field.name === '' ? 'the manifest' : field.name;
      return fields.get(key) ?? reject(field, `\`${key}\` is missing in ${place}`);
    },
  };
}

/** The items of a list. */
export function readItems(field: Field): readonly Field[] {
  if (!isSeq(field.node)) return rejectType(field, 'a list');
  return field.node.items.map((item, index) => childOf(field, `${field.name}[${index}]`, item, field.span));
}

/** Non-empty text that matches `pattern`; `wanted` ends the sentence "must be …". */
export function readText(field: Field, pattern: RegExp, wanted: string): Spanned<string> {
  const value = isScalar(field.node) ? field.node.value : null;
  if (typeof value !== 'string') return rejectType(field, 'text');
  if (!pattern.test(value)) return reject(field, `\`${field.name}\` must be ${wanted}`);
  return { value, span: field.span };
}

/** A whole number from `least` up. */
export function readCount(field: Field, least: number): Spanned<number> {
  const value = isScalar(field.node) ? field.node.value : null;
  if (typeof value !== 'number') return rejectType(field, 'a whole number');
  if (!Number.isSafeInteger(value) || value < least) {
    return reject(field, `\`${field.name}\` must be a whole number from ${least} to ${Number.MAX_SAFE_INTEGER}`);
  }
  return { value, span: field.span };
}

/** One of a few words. */
export function readChoice<const T extends string>(field: Field, choices: readonly T[]): Spanned<T> {
  const value = isScalar(field.node) ? field.node.value : null;
  if (typeof value !== 'string') return rejectType(field, 'text');
  const choice = choices.find((known) => known === value);
  if (choice !== undefined) return { value: choice, span: field.span };
  const guess = nearest(value, choices);
  const advice = guess === null ? '' : `; did you mean \`${guess}\`?`;
  return reject(field, `\`${field.name}\` must be one of ${choices.join(', ')}${advice}`);
}
