import { posix } from 'node:path';
import type { ContextCopyEvidence } from '../../domain/build-evidence.ts';
import type { Instruction } from '../../domain/dockerfile.ts';
import { fileLocation } from '../../domain/location.ts';
import { type BuildState, enterFolder, followStages } from './build-state.ts';
import { contextPath, isManifestName } from './copied-folder.ts';
import { readExecForm } from './exec-form.ts';
import { readPattern } from './ignore.ts';
import type { SourceFile } from './image-mentions.ts';
import type { ParsedDockerfile } from './parse.ts';
import { splitWords } from './source-word.ts';
import { readBases, stagesBehind } from './stages.ts';
import { expandWord } from './variables.ts';

/** Files and folders of the repository. */
export interface KnownPaths {
  has(path: string): boolean;
  /** Whether there is a folder of that path with something in it; '' always is. */
  hasFolder(path: string): boolean;
  /** Whether a manifest or lockfile, or any folder, lies directly in the folder. */
  holdsProject(folder: string): boolean;
}

/** Sources and `--exclude` of one instruction that are followed, and instructions of one file. */
const mostSources = 64;
const mostCopies = 1000;

/** Indexes the repository's paths. */
export function indexPaths(paths: readonly string[]): KnownPaths {
  const files = new Set(paths);
  const folders = new Set(['']);
  const projects = new Set<string>();
  for (const path of paths) {
    let folder = folderOf(path);
    if (isManifestName(posix.basename(path))) projects.add(folder);
    while (!folders.has(folder)) {
      folders.add(folder);
      folder = folderOf(folder);
      projects.add(folder);
    }
  }
  return {
    has: (path) => files.has(path),
    hasFolder: (path) => folders.has(path),
    holdsProject: (folder) => projects.has(folder),
  };
}

function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

interface Copy {
  readonly instruction: Instruction;
  readonly sources: readonly string[];
  readonly target: string | null;
}

function readCopy(file: SourceFile, instruction: Instruction, state: BuildState, escapeCharacter: string): Copy | null {
  const { keyword, flags, argumentText } = instruction;
  if ((keyword !== 'COPY' && keyword !== 'ADD') || flags.some((flag) => flag.name === 'from')) return null;
  const written = splitWords(file.text, instruction).map(
    (word) => expandWord(word, state.variables, escapeCharacter).text,
  );
  const words = readExecForm(argumentText)?.map((word) => word.value) ?? written;
  const sources = words.slice(0, -1).slice(0, mostSources).map(contextPath);
  const target = words.at(-1);
  if (target === undefined) return null;
  return {
    instruction,
    sources: sources.filter((source) => source !== null),
    target: enterFolder(state.workingFolder, target),
  };
}

/** A folder kept for Dockerfiles, by its name. */
const dockerFolder = /(?:^|\/)\.?(?:docker(?:files?)?|containers?|build|deploy(?:ment)?|ops|infra|ci|packaging)$/i;

/**
 * The build context when nothing says it: the Dockerfile's folder, or the root where more of what the Dockerfile copies by
 * name lies there, or where its folder is one for Dockerfiles alone.
 */
function guessFolder(path: string, copies: readonly Copy[], known: KnownPaths): string {
  const own = folderOf(path);
  if (own === '') return '';
  const named = new Set(copies.flatMap((copy) => copy.sources).filter((source) => !/^$|[*?[]/.test(source)));
  const count = (folder: string) => {
    const paths = [...named].map((source) => posix.join(folder, source));
    return paths.filter((place) => known.has(place) || known.hasFolder(place)).length;
  };
  const [inOwn, inRoot] = [count(own), count('')];
  if (inOwn !== inRoot) return inOwn > inRoot ? own : '';
  return dockerFolder.test(own) && !known.holdsProject(own) ? '' : own;
}

function sentenceOf({ keyword, argumentText }: Instruction): string {
  return `${keyword} ${argumentText.replace(/\s+/g, ' ').trim()}`.slice(0, 400);
}

/** What the COPY and ADD of a Dockerfile take from its build context; ONBUILD is the business of another build. */
export function readContextCopies(
  file: SourceFile,
  { dockerfile }: ParsedDockerfile,
  known: KnownPaths,
): readonly ContextCopyEvidence[] {
  const { instructions, escape: escapeCharacter } = dockerfile;
  const bases = readBases(file.text, instructions, escapeCharacter);
  const final = stagesBehind(bases, bases.length - 1);
  const copies: Copy[] = [];
  for (const [instruction, state] of followStages(file.text, instructions, bases, escapeCharacter)) {
    const copy = readCopy(file, instruction, state, escapeCharacter);
    if (copy !== null && copies.length < mostCopies) copies.push(copy);
  }
  const likelyFolder = guessFolder(file.path, copies, known);
  return copies.flatMap(({ instruction, sources, target }) => {
    const excluded = instruction.flags.filter((flag) => flag.name === 'exclude').slice(0, mostSources);
    const excludes = excluded.map((flag) => readPattern(flag.value));
    return sources.map((source) => ({
      kind: 'context-copy' as const,
      at: fileLocation(file.path, instruction.span),
      instruction: sentenceOf(instruction),
      dockerfile: file.path,
      likelyFolder,
      source,
      target,
      excludes,
      isFinal: final.has(instruction.stage),
    }));
  });
}
