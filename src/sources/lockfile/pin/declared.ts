import { readTomlEntries, type TomlEntry } from '../toml-entries.ts';
import { memberOf, membersOf, readJsonTree, textOf } from './json-tree.ts';
import type { Declared } from './lock-graph.ts';
import { pythonName } from './toml-lock.ts';

function readGroups(text: string, groups: readonly string[]): Declared | null {
  const root = readJsonTree(text);
  if (root?.kind !== 'object') return null;
  const members = groups.flatMap((group) => [...membersOf(memberOf(root, group))]);
  return new Map(members.map(([name, { value }]) => [name, textOf(value) ?? '']));
}

const poetryTable = /^tool\.poetry\.(?:dependencies|dev-dependencies|group\.[^.]{1,200}\.dependencies)$/;

/** The names in an array of requirements (PEP 508). */
function requirementNames(value: string): readonly string[] {
  return [...value.matchAll(/["']\s*([A-Za-z0-9][A-Za-z0-9._-]{0,200})/g)].map((match) => match[1] ?? '');
}

function pythonNames({ table, key, value }: TomlEntry): readonly string[] {
  if (table === 'project' && key === 'dependencies') return requirementNames(value);
  if (table === 'project.optional-dependencies' || table === 'dependency-groups') return requirementNames(value);
  return poetryTable.test(table) && key !== '' && key !== 'python' ? [key] : [];
}

function readToml(text: string, namesOf: (entry: TomlEntry) => readonly string[]): Declared | null {
  const entries = readTomlEntries(text);
  if (entries === null) return null;
  return new Map(entries.flatMap(namesOf).map((name) => [pythonName(name), '']));
}

const npmGroups = ['dependencies', 'devDependencies', 'optionalDependencies'];

/** How the manifest beside a lockfile is called, and how it says what the project asks for. Null when it cannot be read. */
export const manifests = {
  npm: { file: 'package.json', read: (text: string) => readGroups(text, npmGroups) },
  composer: { file: 'composer.json', read: (text: string) => readGroups(text, ['require', 'require-dev']) },
  poetry: { file: 'pyproject.toml', read: (text: string) => readToml(text, pythonNames) },
  pipenv: {
    file: 'Pipfile',
    read: (text: string) =>
      readToml(text, ({ table, key }) => (/^(?:dev-)?packages$/.test(table) && key !== '' ? [key] : [])),
  },
} as const;
