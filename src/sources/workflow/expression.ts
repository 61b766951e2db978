import type { Node } from 'yaml';
import type { FileLocation } from '../../domain/location.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import type { YamlReader, YamlScalar } from '../yaml/document.ts';

/** Literal text, or the inside of a `${{ … }}` without surrounding blanks. */
interface TextPart {
  readonly isExpression: boolean;
  readonly text: string;
}

/** A value as it may be at run time, and where to change it. */
export interface ExpandedText {
  readonly text: string;
  /** Expressions whose value is not in the file; `text` then holds them as written. */
  readonly unresolved: readonly string[];
  readonly at: FileLocation;
  /** The source text at `at`; null when several expressions make up the value. */
  readonly written: string | null;
}

/** The literal values an expression can have; null when they are not in the file. */
export type Leaves = (expression: string) => readonly YamlScalar[] | null;

/** A job matrix makes at most 256 jobs (docs.github.com, workflow syntax, `jobs.<job_id>.strategy.matrix`). */
const mostValues = 256;

function readParts(value: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (let start = value.indexOf('${{'); start >= 0; start = value.indexOf('${{', from)) {
    const close = value.indexOf('}}', start);
    const end = close < 0 ? value.length : close;
    if (start > from) parts.push({ isExpression: false, text: value.slice(from, start) });
    parts.push({ isExpression: true, text: value.slice(start + 3, end).trim() });
    from = Math.min(end + 2, value.length);
  }
  return from < value.length ? [...parts, { isExpression: false, text: value.slice(from) }] : parts;
}

/** Every combination of one leaf per expression; null when there are too many. */
function combine(choices: readonly (readonly YamlScalar[])[]): readonly (readonly YamlScalar[])[] | null {
  let combinations: readonly (readonly YamlScalar[])[] = [[]];
  for (const leaves of choices) {
    combinations = combinations.flatMap((chosen) => leaves.map((leaf) => [...chosen, leaf]));
    if (combinations.length > mostValues) return null;
  }
  return combinations;
}

function fillIn(parts: readonly TextPart[], names: readonly string[], chosen: readonly YamlScalar[]): string {
  return parts
    .map(({ isExpression, text }) => (isExpression ? (chosen[names.indexOf(text)]?.value ?? '') : text))
    .join('');
}

/**
 * The values a scalar, from character `start` on, can have. Where one expression decides, the place to change is the
 * matrix entry it takes its value from.
 */
export function expandScalar(scalar: YamlScalar, start: number, leavesOf: Leaves): readonly ExpandedText[] {
  const value = scalar.value.slice(start);
  const at = start === 0 ? scalar.at : scalar.locate(start, scalar.value.length);
  const parts = readParts(value);
  const names = [...new Set(parts.filter((part) => part.isExpression).map((part) => part.text))];
  if (names.length === 0) return [{ text: value, unresolved: [], at, written: start === 0 ? scalar.written : value }];
  const choices = names.map((name) => leavesOf(name) ?? []);
  const open = names.filter((_, index) => choices[index]?.length === 0);
  const combinations = open.length > 0 ? null : combine(choices);
  if (combinations === null) {
    const unresolved = (open.length > 0 ? open : names).map((name) => neutralise(name, 200));
    return [{ text: value, unresolved, at, written: names.length > 1 ? null : value }];
  }
  return combinations.map((chosen) => {
    const [leaf] = chosen.length === 1 ? chosen : [];
    const place = leaf === undefined ? { at, written: null } : { at: leaf.at, written: leaf.written };
    return { text: fillIn(parts, names, chosen), unresolved: [], ...place };
  });
}

const matrixExpression = /^matrix((?:\.[A-Za-z_][\w-]*)+)$/;

function follow(yaml: YamlReader, node: Node | undefined, path: readonly string[]): Node | undefined {
  return path.reduce<Node | undefined>((current, key) => yaml.fields(current).get(key), node);
}

function readMatrix(yaml: YamlReader, matrix: Node, path: readonly string[]): readonly YamlScalar[] | null {
  const [dimension = '', ...rest] = path;
  const dimensions = yaml.fields(matrix);
  const sources = [matrix, dimensions.get(dimension), dimensions.get('include')];
  if (sources.some((node) => yaml.scalar(node) !== null)) return null;
  const values = yaml.items(dimensions.get(dimension)).map((node) => follow(yaml, node, rest));
  const included = yaml.items(dimensions.get('include')).map((node) => follow(yaml, node, path));
  const leaves = [...values, ...included].map((node) => yaml.scalar(node)).filter((leaf) => leaf !== null);
  return leaves.some((leaf) => leaf.value.includes('${{')) || leaves.length > mostValues ? null : leaves;
}

/** Looks up `matrix.name` and `matrix.name.key` among a job's literal matrix values, `include` too. */
export function matrixLeaves(yaml: YamlReader, job: ReadonlyMap<string, Node>): Leaves {
  const matrix = yaml.fields(job.get('strategy')).get('matrix');
  return (expression) => {
    const path = matrixExpression.exec(expression)?.[1]?.slice(1).split('.');
    return path === undefined || matrix === undefined ? null : readMatrix(yaml, matrix, path);
  };
}
