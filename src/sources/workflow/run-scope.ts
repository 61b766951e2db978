import { posix } from 'node:path';
import type { Node } from 'yaml';
import type { YamlReader, YamlScalar } from '../yaml/document.ts';
import type { Leaves } from './expression.ts';
import { expandScalar } from './expression.ts';

/** What holds for a `run:` step: the workflow's settings, overridden by the job's, overridden by its own. */
export interface RunScope {
  /** An expression's value is not known and stands as the empty string. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folders of the repository it can run in, '' for the root; empty when they cannot be told. */
  readonly directories: readonly string[];
  /** The `shell:` setting; null for the runner's default. */
  readonly shell: string | null;
  readonly isWindows: boolean;
}

const mostVariables = 256;

/** The runner sets these (docs.github.com, default environment variables). */
export const runnerScope: RunScope = {
  environment: { CI: 'true', GITHUB_ACTIONS: 'true' },
  directories: [''],
  shell: null,
  isWindows: false,
};

function readEnvironment(yaml: YamlReader, node: Node | undefined): Readonly<Record<string, string>> {
  const entries = [...yaml.fields(node)].slice(0, mostVariables).map(([name, value]): [string, string] => {
    const text = yaml.scalar(value)?.value ?? '';
    return [name, text.includes('${{') ? '' : text];
  });
  return Object.fromEntries(entries);
}

/** The folder within the repository; null when it lies outside or is absolute. */
function joinFolder(base: string, path: string): string | null {
  const joined = posix.join(base, path);
  if (path.startsWith('/') || joined === '..' || joined.startsWith('../')) return null;
  return joined === '.' ? '' : joined.replace(/\/$/, '');
}

/** The folders after a change to `path` from each of `directories`; none when the change cannot be followed. */
export function enterFolder(directories: readonly string[], path: string | null): readonly string[] {
  if (path === null) return [];
  return directories.map((base) => joinFolder(base, path)).filter((folder) => folder !== null);
}

const workspace = /^\$\{\{\s*github\.workspace\s*\}\}\/?/;
const actionPath = /^\$\{\{\s*github\.action_path\s*\}\}\/?/;

/** `working-directory` counts from the workspace, whatever an outer default says. */
function readDirectories(yaml: YamlReader, scalar: YamlScalar, leavesOf: Leaves): readonly string[] {
  const inAction = actionPath.exec(scalar.value)?.[0];
  const start = (inAction ?? workspace.exec(scalar.value)?.[0] ?? '').length;
  const base = inAction === undefined ? '' : posix.dirname(yaml.path);
  const values = expandScalar(scalar, start, leavesOf);
  if (values.some(({ unresolved }) => unresolved.length > 0)) return [];
  return [...new Set(values.flatMap(({ text }) => enterFolder([base], text)))];
}

function runsOnWindows(yaml: YamlReader, node: Node | undefined): boolean {
  const labels = [node, ...yaml.items(node), yaml.fields(node).get('labels')];
  return labels.some((label) => /windows/i.test(yaml.scalar(label)?.value ?? ''));
}

type Fields = ReadonlyMap<string, Node>;

/** The scope with what `env`, `shell` and `working-directory` of `settings` change. */
function narrow(
  yaml: YamlReader,
  outer: RunScope,
  env: Node | undefined,
  settings: Fields,
  leavesOf: Leaves,
): RunScope {
  const directory = yaml.scalar(settings.get('working-directory'));
  return {
    ...outer,
    environment: { ...outer.environment, ...readEnvironment(yaml, env) },
    directories: directory === null ? outer.directories : readDirectories(yaml, directory, leavesOf),
    shell: yaml.scalar(settings.get('shell'))?.value ?? outer.shell,
  };
}

/** For a workflow or a job, which set shell and folder under `defaults.run`. */
export function enterJob(yaml: YamlReader, outer: RunScope, fields: Fields, leavesOf: Leaves): RunScope {
  const settings = yaml.fields(yaml.fields(fields.get('defaults')).get('run'));
  const scope = narrow(yaml, outer, fields.get('env'), settings, leavesOf);
  return { ...scope, isWindows: runsOnWindows(yaml, fields.get('runs-on')) };
}

/** For a step, which sets them itself. */
export function enterStep(yaml: YamlReader, outer: RunScope, step: Fields, leavesOf: Leaves): RunScope {
  return narrow(yaml, outer, step.get('env'), step, leavesOf);
}

/** Whether the step's script is one for sh or bash; a shell chosen by an expression is taken for one. */
export function isPosixShell({ shell, isWindows }: RunScope): boolean {
  if (shell === null) return !isWindows;
  return shell.includes('${{') || /^(?:[^\s]*\/)?(?:ba)?sh(?:\s|$)/.test(shell.trim());
}
