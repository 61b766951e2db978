import { posix } from 'node:path';
import { isCredentialName } from '../../domain/credential-name.ts';
import type { Instruction } from '../../domain/dockerfile.ts';
import { type CopiedFolder, copiedFolders } from './copied-folder.ts';
import { readAssignments, splitWords } from './source-word.ts';
import { globalScope, type StageBase } from './stages.ts';
import { type Expansion, expandWord, type Scope } from './variables.ts';

/** Variables and copied folders beyond which further ones are not followed: no stage has as many. */
const mostVariables = 256;
const mostFolders = 64;
/** PATH_MAX of Linux. */
const longestPath = 4096;

/** What holds at a point of a stage. */
export interface BuildState {
  readonly variables: Scope;
  /** Names that ENV has set: an ARG of the same name does not change them (Dockerfile reference, ARG). */
  readonly fixed: ReadonlySet<string>;
  /** Values of ENV and ARG, credentials by name left out; what is only known at build time stands as written. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute; null when a variable without default decides. */
  readonly workingFolder: string | null;
  /** In the order copied. */
  readonly copied: readonly CopiedFolder[];
}

const emptyState: BuildState = {
  variables: new Map(),
  fixed: new Set(),
  environment: {},
  workingFolder: '/',
  copied: [],
};

/** The folder after `WORKDIR target` or `cd target`; null when it is not known. */
export function enterFolder(folder: string | null, target: string): string | null {
  if (target.includes('$') || (folder === null && !target.startsWith('/'))) return null;
  const joined = target.startsWith('/') ? posix.normalize(target) : posix.join(folder ?? '/', target);
  if (joined.length > longestPath) return null;
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined;
}

interface Reader {
  readonly source: string;
  readonly escapeCharacter: string;
  /** Defaults before the first FROM: an `ARG X` of a stage takes its value from there. */
  readonly globals: Scope;
}

function setVariables(reader: Reader, state: BuildState, instruction: Instruction): BuildState {
  const variables = new Map(state.variables);
  const fixed = new Set(state.fixed);
  for (const { name, value } of readAssignments(instruction, reader.escapeCharacter)) {
    if (variables.size >= mostVariables && !variables.has(name)) continue;
    if (instruction.keyword === 'ARG' && fixed.has(name)) continue;
    const inherited: Expansion | undefined = value === null ? reader.globals.get(name) : undefined;
    const expansion = value === null ? inherited : expandWord(value, state.variables, reader.escapeCharacter);
    if (expansion !== undefined) variables.set(name, expansion);
    if (instruction.keyword === 'ENV') fixed.add(name);
  }
  const shown = [...variables].filter(([name]) => !isCredentialName(name));
  const environment = Object.fromEntries(shown.map(([name, value]) => [name, value.text]));
  return { ...state, variables, fixed, environment };
}

function changeFolder(reader: Reader, state: BuildState, instruction: Instruction): BuildState {
  const { argumentText: text, argumentStart: start } = instruction;
  const word = { text, start, end: start + text.length };
  const target = expandWord(word, state.variables, reader.escapeCharacter).text;
  return { ...state, workingFolder: enterFolder(state.workingFolder, target) };
}

function copyFolders(reader: Reader, state: BuildState, instruction: Instruction): BuildState {
  const words = splitWords(reader.source, instruction).map(
    (word) => expandWord(word, state.variables, reader.escapeCharacter).text,
  );
  const enter = (target: string) => enterFolder(state.workingFolder, target);
  return { ...state, copied: [...state.copied, ...copiedFolders(instruction, words, enter)].slice(-mostFolders) };
}

function advance(reader: Reader, state: BuildState, instruction: Instruction): BuildState {
  switch (instruction.keyword) {
    case 'ARG':
    case 'ENV':
      return setVariables(reader, state, instruction);
    case 'WORKDIR':
      return changeFolder(reader, state, instruction);
    case 'COPY':
    case 'ADD':
      return copyFolders(reader, state, instruction);
    default:
      return state;
  }
}

/**
 * Pairs each instruction of a stage with what holds when it runs. A stage begins with what its parent stage ended with:
 * ENV, ARG, WORKDIR and files.
 */
export function* followStages(
  source: string,
  instructions: readonly Instruction[],
  bases: readonly StageBase[],
  escapeCharacter: string,
): Iterable<readonly [Instruction, BuildState]> {
  const reader: Reader = { source, escapeCharacter, globals: globalScope(instructions, escapeCharacter) };
  const ends = new Map<number, BuildState>();
  for (const instruction of instructions) {
    const { stage, keyword } = instruction;
    if (stage < 0) continue;
    const parent = keyword === 'FROM' ? bases[stage]?.parents[0] : stage;
    const state = (parent === undefined ? undefined : ends.get(parent)) ?? emptyState;
    yield [instruction, state];
    ends.set(stage, advance(reader, state, instruction));
  }
}
