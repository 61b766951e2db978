import { indexLines } from '../../../domain/line-index.ts';
import { readTomlEntries, type TomlEntry } from '../toml-entries.ts';
import { hasConflict } from './indented-lines.ts';
import type { LockedNode, LockGraph, LockReader } from './lock-graph.ts';

/** One `[[package]]` of a TOML lockfile. */
interface TomlPackage {
  readonly start: number;
  versionStart: number;
  readonly fields: Map<string, string>;
  /** Names, and `name version` where a name alone would not do. */
  readonly needs: string[];
}

function unquote(value: string): string {
  return /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value;
}

/** PEP 503. */
export function pythonName(name: string): string {
  return name.toLowerCase().replace(/[-_.]{1,64}/g, '-');
}

/** More than any package needs; and more versions of one package than any lockfile holds. */
const [mostNeeds, mostVersions] = [2000, 20];

/** The strings of an array of strings, or the `name` of each of its tables. */
function namesIn(value: string): readonly string[] {
  const tables = [...value.matchAll(/\bname\s*=\s*["']([^"']{1,256})["']/g)].map((match) => match[1] ?? '');
  if (tables.length > 0) return tables.slice(0, mostNeeds);
  const strings = [...value.matchAll(/["']([^"']{1,512})["']/g)].map((match) => match[1] ?? '');
  return strings.slice(0, mostNeeds);
}

const needTables = /^package\.(?:optional-dependencies|dev-dependencies)$/;

/** What one entry below a `[[package]]` says of it: `dependencies = […]` of Cargo and uv, `[package.dependencies]` of Poetry. */
function takeEntry(current: TomlPackage, { table, key, value, start }: TomlEntry): void {
  if (table === 'package') {
    current.fields.set(key, value);
    if (key === 'version') current.versionStart = start;
    if (key === 'dependencies') current.needs.push(...namesIn(value));
  } else if (table === 'package.dependencies') current.needs.push(key);
  else if (needTables.test(table)) current.needs.push(...namesIn(value));
}

function readPackages(text: string): readonly TomlPackage[] | null {
  const entries = hasConflict(text) ? null : readTomlEntries(text);
  if (entries === null) return null;
  const packages: TomlPackage[] = [];
  for (const entry of entries) {
    const current = packages.at(-1);
    if (entry.key !== '') {
      if (current !== undefined) takeEntry(current, entry);
    } else if (entry.table === 'package') {
      packages.push({ start: entry.start, versionStart: entry.start, fields: new Map(), needs: [] });
    }
  }
  return packages;
}

interface TomlLock {
  readonly packages: readonly TomlPackage[];
  readonly nodes: readonly LockedNode[];
  readonly keysOf: (names: readonly string[]) => readonly string[];
}

/** Keys are `name version`; a name alone stands for all its versions. */
function readLock(text: string, normal: (name: string) => string): TomlLock | null {
  const packages = readPackages(text);
  if (packages === null) return null;
  const lines = indexLines(text);
  const field = ({ fields }: TomlPackage, key: string) => unquote(fields.get(key) ?? '');
  const keyOf = (one: TomlPackage) => `${normal(field(one, 'name'))} ${field(one, 'version')}`;
  const byName = new Map<string, string[]>();
  for (const one of packages) {
    const name = normal(field(one, 'name'));
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [keyOf(one)]);
    else if (known.length < mostVersions) known.push(keyOf(one));
  }
  const keysOf = (names: readonly string[]) =>
    names.flatMap((written) => {
      const [name = '', version] = written.split(' ');
      return version === undefined ? (byName.get(normal(name)) ?? []) : [`${normal(name)} ${version}`];
    });
  const nodes = packages.map(
    (one): LockedNode => ({
      key: keyOf(one),
      name: field(one, 'name'),
      version: field(one, 'version'),
      line: lines.lineOf(one.start) + 1,
      endLine: lines.lineOf(one.versionStart),
      needs: keysOf(one.needs),
    }),
  );
  return { packages, nodes: nodes.filter(({ name, version }) => name !== '' && version !== ''), keysOf };
}

/** The projects of the lockfile are its packages that come from no registry; what they need is direct. */
function withProjects(lock: TomlLock, isProject: (one: TomlPackage) => boolean): LockGraph {
  const projects = lock.packages.filter(isProject);
  const own = new Set(
    projects.map((one) => `${unquote(one.fields.get('name') ?? '')} ${unquote(one.fields.get('version') ?? '')}`),
  );
  return {
    nodes: lock.nodes.filter(({ name, version }) => !own.has(`${name} ${version}`)),
    direct: projects.length === 0 ? null : projects.flatMap((one) => lock.keysOf(one.needs)),
  };
}

/** Cargo.lock (doc.rust-lang.org/cargo): members of the workspace have no `source`. */
export const readCargoLock: LockReader = ({ text }) => {
  const lock = readLock(text, (name) => name);
  return lock === null ? null : withProjects(lock, ({ fields }) => !fields.has('source'));
};

/** uv.lock: the projects' sources are folders. */
export const readUvLock: LockReader = ({ text }) => {
  const lock = readLock(text, pythonName);
  const isFolder = ({ fields }: TomlPackage) =>
    /^\{\s*(?:virtual|editable|directory)\s*=/.test(fields.get('source') ?? '');
  return lock === null ? null : withProjects(lock, isFolder);
};

/** poetry.lock has no project: pyproject.toml beside it says what is direct. */
export const readPoetryLock: LockReader = ({ text, declared }) => {
  const lock = readLock(text, pythonName);
  if (lock === null) return null;
  return { nodes: lock.nodes, direct: declared === null ? null : lock.keysOf([...declared.keys()]) };
};
