import type { Alias, Document, Node, YAMLMap } from 'yaml';
import { Composer, isAlias, isMap, isScalar, isSeq, visit } from 'yaml';
import type { Gap } from '../../domain/gap.ts';
import { gap } from '../../domain/gap.ts';
import type { LineIndex } from '../../domain/line-index.ts';
import { indexLines } from '../../domain/line-index.ts';
import type { FileLocation } from '../../domain/location.ts';
import { fileLocation } from '../../domain/location.ts';
import { readTokens } from '../../domain/yaml-nesting.ts';
import type { TextFile } from '../workspace/file-tree.ts';
import type { OffsetRange } from './scalar-position.ts';
import { locateScalar } from './scalar-position.ts';

/** A string, number or boolean of the file, as text. */
export interface YamlScalar {
  readonly value: string;
  /** The source text of the whole value, without quotes. */
  readonly written: string;
  /** Where the whole value is written. */
  readonly at: FileLocation;
  /** Where the characters `start` to `end` (exclusive) of the value are written. */
  locate(start: number, end: number): FileLocation;
}

/**
 * Reads a parsed file by structure. Aliases and merge keys (`<<`) are followed, so that a value is found where it is
 * written, however often it is used. What is not of the asked kind reads as empty.
 */
export interface YamlReader {
  readonly path: string;
  /** The top node of each document that holds one. */
  readonly roots: readonly Node[];
  /** A mapping's values by key: own keys before merged ones, the last of duplicates. */
  fields(node: Node | undefined): ReadonlyMap<string, Node>;
  items(node: Node | undefined): readonly Node[];
  scalar(node: Node | undefined): YamlScalar | null;
  /** Whether there is nothing: no node, null, `!reset`, an empty mapping or list. */
  isEmpty(node: Node | undefined): boolean;
  /** True when merges and aliases went so deep or wide that some were not followed: the answers are then incomplete. */
  isExhausted(): boolean;
}

/** 512 KiB: more than any compose file or workflow a person writes; bounds the time a hostile one can take. */
const longestText = 512 * 1024;
/** Merged entries and list items handed out for one file, and merges of merges. */
const mostEntries = 200_000;
const deepestMerge = 32;

type Anchors = ReadonlyMap<Alias, Node>;

/** Each alias with the last node before it that has the anchor (YAML 1.2.2, 7.1); null when one has none. */
function resolveAliases(documents: readonly Document[]): Anchors | null {
  const targets = new Map<Alias, Node>();
  let isComplete = true;
  for (const document of documents) {
    const anchors = new Map<string, Node>();
    visit(document, {
      Alias(_, alias) {
        const target = anchors.get(alias.source);
        if (target) targets.set(alias, target);
        else isComplete = false;
      },
      Value(_, node) {
        if (node.anchor) anchors.set(node.anchor, node);
      },
    });
  }
  return isComplete ? targets : null;
}

function isReset(node: Node): boolean {
  return node.tag === '!reset';
}

/** Counts what aliases multiply; once over the limit everything reads as empty. */
interface Budget {
  spend(entries: number): boolean;
  readonly isSpent: () => boolean;
}

function createBudget(limit: number): Budget {
  let left = limit;
  return {
    spend(entries) {
      left -= entries;
      return left >= 0;
    },
    isSpent: () => left < 0,
  };
}

function resolveNode(aliases: Anchors, node: unknown): Node | undefined {
  if (isAlias(node)) return aliases.get(node);
  return isScalar(node) || isMap(node) || isSeq(node) ? node : undefined;
}

interface OwnFields {
  readonly own: Map<string, Node>;
  /** What `<<` names, in order. */
  readonly merged: readonly Node[];
}

function splitFields(map: YAMLMap, aliases: Anchors): OwnFields {
  const own = new Map<string, Node>();
  const merged: Node[] = [];
  for (const { key, value } of map.items) {
    const name = resolveNode(aliases, key);
    const target = resolveNode(aliases, value);
    if (!isScalar(name) || target === undefined) continue;
    if (name.value !== '<<') own.set(String(name.value), target);
    else merged.push(...(isSeq(target) ? target.items.flatMap((item) => resolveNode(aliases, item) ?? []) : [target]));
  }
  return { own, merged };
}

type FieldReader = (node: Node | undefined) => ReadonlyMap<string, Node>;

function addMissing(own: Map<string, Node>, fields: ReadonlyMap<string, Node>): void {
  for (const [key, value] of fields) if (!own.has(key)) own.set(key, value);
}

/** A mapping that merges itself reads as empty within itself. */
function createFieldReader(aliases: Anchors, budget: Budget): FieldReader {
  const known = new Map<Node, ReadonlyMap<string, Node>>();
  const readFields = (node: Node | undefined, depth: number): ReadonlyMap<string, Node> => {
    const empty = new Map<string, Node>();
    if (!isMap(node) || isReset(node) || budget.isSpent()) return empty;
    const before = known.get(node);
    if (before) return before;
    if (depth > deepestMerge) budget.spend(Number.POSITIVE_INFINITY);
    known.set(node, empty);
    const { own, merged } = splitFields(node, aliases);
    for (const source of merged) {
      const fields = readFields(source, depth + 1);
      if (budget.spend(fields.size + 1)) addMissing(own, fields);
    }
    known.set(node, own);
    return own;
  };
  return (node) => readFields(node, 0);
}

function readScalar(file: TextFile, lines: LineIndex, node: Node): YamlScalar | null {
  if (!isScalar(node) || node.value === null || node.value === undefined || isReset(node)) return null;
  const value = String(node.value);
  const position = locateScalar(file.text, node, value);
  const locationOf = ({ start, end }: OffsetRange) => fileLocation(file.path, lines.spanOf(start, end));
  return {
    value,
    written: file.text.slice(position.whole.start, position.whole.end),
    at: locationOf(position.whole),
    locate: (start, end) => locationOf(position.rangeOf(start, end)),
  };
}

function isEmptyNode(node: Node | undefined): boolean {
  if (node === undefined || isReset(node)) return true;
  return isScalar(node)
    ? node.value === null || node.value === ''
    : (isMap(node) || isSeq(node)) && node.items.length === 0;
}

function createReader(file: TextFile, lines: LineIndex, documents: readonly Document[], aliases: Anchors): YamlReader {
  const budget = createBudget(mostEntries);
  const scalars = new Map<Node, YamlScalar | null>();
  return {
    path: file.path,
    roots: documents.flatMap((document) => resolveNode(aliases, document.contents) ?? []),
    fields: createFieldReader(aliases, budget),
    items(node) {
      if (!isSeq(node) || isReset(node) || !budget.spend(node.items.length)) return [];
      return node.items.flatMap((item) => resolveNode(aliases, item) ?? []);
    },
    scalar(node) {
      if (node === undefined) return null;
      const known = scalars.get(node);
      if (known !== undefined) return known;
      const scalar = readScalar(file, lines, node);
      scalars.set(node, scalar);
      return scalar;
    },
    isEmpty: isEmptyNode,
    isExhausted: budget.isSpent,
  };
}

const hint = 'correct the file, or triage this gap if it is no YAML by intent, such as a template';

/** The gap for a part that holds something else than its format allows there, e.g. a template's `{{ … }}` without quotes. */
export function misshapenGap(path: string, source: string, part: string): Gap {
  return gap(source, `${path} ${part}`, `${part} in ${path} is not what its format has there`, hint);
}

/** The gap for a file whose aliases and merges were not all followed. */
export function exhaustedGap(path: string, source: string): Gap {
  return gap(source, path, `${path} uses aliases and merge keys more often than is followed`, 'simplify its anchors');
}

function firstProblem(file: TextFile, lines: LineIndex, documents: readonly Document[]): string | null {
  const error = documents.flatMap((document) => document.errors)[0];
  if (error === undefined) return null;
  return `${file.path} is not valid YAML: line ${lines.lineOf(error.pos[0])} (${error.code})`;
}

/**
 * Parses a file as YAML 1.2, several documents and duplicate keys allowed. A gap when it is longer than 512 KiB, nested
 * too deeply, has a syntax error (its line is named, its text is not) or an alias without an anchor.
 */
export function readYaml(file: TextFile, source: string): YamlReader | Gap {
  const fail = (reason: string) => gap(source, file.path, reason, hint);
  if (file.text.length > longestText) return fail(`${file.path} is longer than the limit of 512 KiB for YAML`);
  const tokens = readTokens(file.text);
  if (tokens === null) return fail(`${file.path} is nested too deeply to be read`);
  const lines = indexLines(file.text);
  const documents = [...new Composer({ prettyErrors: false, uniqueKeys: false }).compose(tokens)];
  const problem = firstProblem(file, lines, documents);
  if (problem !== null) return fail(problem);
  const aliases = resolveAliases(documents);
  return aliases === null
    ? fail(`${file.path} uses a YAML alias that has no anchor`)
    : createReader(file, lines, documents, aliases);
}
