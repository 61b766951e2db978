import { posix } from 'node:path';
import type { Node } from 'yaml';
import type { ImageBuildEvidence, ImageReferenceEvidence } from '../../domain/evidence.ts';
import type { Gap } from '../../domain/gap.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import { readMention } from '../image-mention.ts';
import type { YamlReader, YamlScalar } from '../yaml/document.ts';
import type { Leaves } from './expression.ts';
import { expandScalar } from './expression.ts';

type Item = ImageReferenceEvidence | ImageBuildEvidence | Gap;

/** Reads the steps of one file that use docker/build-push-action. */
export interface BuildReader {
  /** Nothing for other steps. */
  read(step: ReadonlyMap<string, Node>, leavesOf: Leaves): Iterable<Item>;
}

const action = /^docker\/build-push-action@/i;
const imageScheme = 'docker-image://';
/** More contexts than any build names, and more values than a matrix has paths; further ones are not followed. */
const mostContexts = 256;
const mostValues = 16;

interface NamedContext {
  readonly name: string;
  readonly source: string;
  /** Where `source` begins in the scalar's value. */
  readonly start: number;
}

/** One `name=source` per line (docker/actions-toolkit util.ts, getList without commas). */
function readContexts(value: string): readonly NamedContext[] {
  return [...value.matchAll(/[^\r\n]+/g)].flatMap(({ 0: line, index }) => {
    const equals = line.indexOf('=');
    if (equals < 0) return [];
    const source = line.slice(equals + 1).trim();
    return [{ name: line.slice(0, equals).trim(), source, start: index + line.indexOf(source, equals + 1) }];
  });
}

function* readContextImages(
  scalar: YamlScalar,
  contexts: readonly NamedContext[],
  source: string,
): Iterable<ImageReferenceEvidence | Gap> {
  for (const context of contexts) {
    if (!context.source.startsWith(imageScheme)) continue;
    const text = context.source.slice(imageScheme.length);
    const start = context.start + imageScheme.length;
    const at = scalar.locate(start, start + text.length);
    const unresolved = text.includes('${{') ? [neutralise(text, 200)] : [];
    const mention = { at, usedAt: at, role: 'workflow-build', text, unresolved, written: text } as const;
    if (text !== '') yield* readMention(mention, source);
  }
}

const workspace = /^\$\{\{\s*github\.workspace\s*\}\}\/?/;
const elsewhere = /^(?:[A-Za-z][\w+.-]*:|git@|[/~])/;

/** A path in the workspace, which is the repository; null when it is not known or lies elsewhere. */
function workspacePath(text: string): string | null {
  const path = posix.normalize(text.slice(workspace.exec(text)?.[0].length ?? 0) || '.');
  const isOutside = elsewhere.test(path) || path === '..' || path.startsWith('../');
  return isOutside || path.includes('${{') ? null : path;
}

/** The repository as git has it, the default; a subfolder may follow. */
const gitContext = /^\{\{\s*defaultContext\s*\}\}(?::(.*))?$/;

/** The folder that is the context. */
function folderOf(context: string): string | null {
  const git = gitContext.exec(context);
  const path = workspacePath(git === null ? context : (git[1] ?? ''));
  return path === '.' ? '' : (path?.replace(/\/$/, '') ?? null);
}

/** The Dockerfile of a build: `file` counts from the workspace, in the git context from its folder. */
function dockerfileOf(context: string, file: string): string | null {
  if (!gitContext.test(context) && file !== '') return workspacePath(file);
  const folder = folderOf(context);
  return folder === null ? null : workspacePath(posix.join(folder, file === '' ? 'Dockerfile' : file));
}

/** An input's possible values; the empty text where it is not given. */
function valuesOf(scalar: YamlScalar | null, leavesOf: Leaves): readonly string[] {
  if (scalar === null) return [''];
  return [...new Set(expandScalar(scalar, 0, leavesOf).map((value) => value.text.trim()))].slice(0, mostValues);
}

/**
 * Which Dockerfiles the steps build, and the images they name as contexts, once per place (docker/build-push-action,
 * inputs `context`, `file` and `build-contexts`).
 */
export function createBuildReader(yaml: YamlReader, source: string): BuildReader {
  const known = new Map<YamlScalar, readonly string[]>();
  function* readNames(scalar: YamlScalar | null): Generator<ImageReferenceEvidence | Gap, readonly string[]> {
    if (scalar === null) return [];
    const before = known.get(scalar);
    if (before !== undefined) return before;
    const contexts = readContexts(scalar.value);
    yield* readContextImages(scalar, contexts, source);
    const names = contexts.slice(0, mostContexts).map((context) => context.name);
    known.set(scalar, names);
    return names;
  }
  return {
    *read(step, leavesOf) {
      if (!action.test(yaml.scalar(step.get('uses'))?.value ?? '')) return;
      const inputs = yaml.fields(step.get('with'));
      const contexts = yield* readNames(yaml.scalar(inputs.get('build-contexts')));
      const folders = valuesOf(yaml.scalar(inputs.get('context')), leavesOf);
      const files = valuesOf(yaml.scalar(inputs.get('file')), leavesOf);
      const builds = new Map<string, ImageBuildEvidence>();
      for (const [file, context] of files.flatMap((name) => folders.map((path) => [name, path] as const))) {
        const dockerfile = dockerfileOf(context, file);
        const folder = folderOf(context);
        const build = { kind: 'image-build', dockerfile: dockerfile ?? '', folder, contexts } as const;
        if (dockerfile !== null) builds.set(`${dockerfile}\0${folder}`, build);
      }
      yield* builds.values();
    },
  };
}
