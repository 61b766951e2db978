import type { BuildStage, Instruction } from '../../domain/dockerfile.ts';
import { readAssignments, type SourceWord, splitWords } from './source-word.ts';
import { type Expansion, expandWord, platformScope, type Scope } from './variables.ts';

/** The ARGs before the first FROM, the only ones FROM can use, over the platform's own. */
export function globalScope(instructions: readonly Instruction[], escapeCharacter: string): Scope {
  const scope = new Map(platformScope);
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM') break;
    if (instruction.keyword !== 'ARG') continue;
    for (const { name, value } of readAssignments(instruction, escapeCharacter)) {
      if (value !== null) scope.set(name, expandWord(value, scope, escapeCharacter));
    }
  }
  return scope;
}

/** What a FROM names. */
export interface StageBase {
  readonly instruction: Instruction;
  /** The reference as written; null for a FROM without arguments. */
  readonly word: SourceWord | null;
  readonly expansion: Expansion;
  /** Lower case; null without AS. */
  readonly name: string | null;
  /** The earlier stages it may build on: one by name, several where a variable decides. Empty: an image. */
  readonly parents: readonly number[];
  /** False when it is neither `FROM image` nor `FROM image AS name`. */
  readonly isWellFormed: boolean;
}

const stageName = /^[a-z][a-z0-9-_.]*$/i;

function matchesParts(name: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}

/** The literal parts of the text around what only the build decides; null when there is nothing literal to go by. */
function literalParts(expansion: Expansion): readonly string[] | null {
  const parts = [''];
  for (const leaf of expansion.leaves) {
    const isOpen = leaf.origin === 'platform' || leaf.origin === 'unresolved';
    if (isOpen) parts.push('');
    else parts[parts.length - 1] += leaf.text.toLowerCase();
  }
  return parts.length === 1 || parts.every((part) => part === '') ? null : parts;
}

/** Stages one FROM may choose from: a few platforms. */
const mostParents = 16;

type NamedStage = readonly [name: string, index: number];

/** `FROM base-${TARGETARCH}` builds on any of the stages `base-amd64` and `base-arm64`. */
function findParents(expansion: Expansion, stages: ReadonlyMap<string, number>): readonly number[] {
  const exact = stages.get(expansion.text.toLowerCase());
  if (exact !== undefined) return [exact];
  const parts = literalParts(expansion);
  if (parts === null) return [];
  const matching = [...stages].filter(([name]: NamedStage) => matchesParts(name, parts));
  return matching.slice(0, mostParents).map(([, index]) => index);
}

const nothing: Expansion = { text: '', leaves: [], unresolved: [] };

/** Reads every FROM. A later stage of the same name hides the earlier one (BuildKit dispatchStates). */
export function readBases(
  source: string,
  instructions: readonly Instruction[],
  escapeCharacter: string,
): readonly StageBase[] {
  const scope = globalScope(instructions, escapeCharacter);
  const stages = new Map<string, number>();
  const bases: StageBase[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword !== 'FROM') continue;
    const [word = null, as, alias, ...more] = splitWords(source, instruction);
    const isNamed = as?.text.toLowerCase() === 'as' && alias !== undefined;
    const name = isNamed ? alias.text.toLowerCase() : null;
    const expansion = word === null ? nothing : expandWord(word, scope, escapeCharacter);
    const isAlone = word !== null && as === undefined;
    const isWellFormed = isAlone || (name !== null && stageName.test(name) && more.length === 0);
    bases.push({ instruction, word, expansion, name, parents: findParents(expansion, stages), isWellFormed });
    if (name !== null) stages.set(name, bases.length - 1);
  }
  return bases;
}

/** The stages as the domain has them. */
export function stagesOf(bases: readonly StageBase[]): readonly BuildStage[] {
  return bases.map(({ instruction, expansion, name, parents }, index) => ({
    index,
    name,
    base: expansion.text,
    parent: parents[0] ?? null,
    from: instruction,
  }));
}

/** A stage and all it may be built on. */
export function stagesBehind(bases: readonly StageBase[], stage: number): ReadonlySet<number> {
  const behind = new Set<number>();
  const pending = [stage];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (behind.has(next)) continue;
    behind.add(next);
    pending.push(...(bases[next]?.parents ?? []));
  }
  return behind;
}
