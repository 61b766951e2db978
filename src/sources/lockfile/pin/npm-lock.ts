import { indexLines, type LineIndex } from '../../../domain/line-index.ts';
import { type JsonMember, type JsonNode, memberOf, membersOf, readJsonTree, textOf } from './json-tree.ts';
import type { LockedNode, LockGraph, LockReader } from './lock-graph.ts';

const folder = 'node_modules/';
/** Longer ones are no folders; resolution takes a step per segment. */
const longestPath = 4096;
const groups = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

function neededNames(entry: JsonNode, names: readonly string[]): readonly string[] {
  return names.flatMap((group) => [...membersOf(memberOf(entry, group)).keys()]);
}

/** The folder above, as Node looks for modules: out of its `node_modules`, else one path segment up. */
function parentOf(path: string): string {
  const nested = path.lastIndexOf(`/${folder}`);
  if (nested >= 0) return path.slice(0, nested);
  return path.startsWith(folder) || !path.includes('/') ? '' : path.slice(0, path.lastIndexOf('/'));
}

/** The path of the package that `require(name)` finds from `from`. */
function resolve(from: string, name: string, has: (path: string) => boolean): string | null {
  for (let base = from; ; base = parentOf(base)) {
    const path = `${base === '' ? '' : `${base}/`}${folder}${name}`;
    if (has(path)) return path;
    if (base === '') return null;
  }
}

interface Entry extends JsonMember {
  readonly path: string;
}

function nodeOf({ path, start, value }: Entry, lines: LineIndex, needs: readonly string[]): readonly LockedNode[] {
  const written = textOf(memberOf(value, 'version'));
  if (written === null) return [];
  const versionAt = membersOf(value).get('version')?.start ?? start;
  // Version 1 writes an alias as `npm:name@version`, later ones give it a name.
  const [, alias, aliased] = /^npm:(@?[^@]+)@(.+)$/.exec(written) ?? [];
  const name = alias ?? textOf(memberOf(value, 'name')) ?? path.slice(path.lastIndexOf(folder) + folder.length);
  const version = aliased ?? written;
  return [{ key: path, name, version, line: lines.lineOf(start), endLine: lines.lineOf(versionAt), needs }];
}

/** Versions 2 and 3: every installed folder with its own entry; those outside `node_modules` are the project's own. */
function readPackages(packages: JsonNode, lines: LineIndex): LockGraph {
  const members = membersOf(packages);
  const has = (path: string) => members.has(path);
  const found = (path: string, names: readonly string[]) => names.flatMap((name) => resolve(path, name, has) ?? []);
  const all = [...members]
    .filter(([path]) => path.length <= longestPath)
    .map(([path, member]): Entry => ({ path, ...member }));
  const isInstalled = ({ path }: Entry) => path.includes(folder);
  return {
    nodes: all.filter(isInstalled).flatMap((entry) =>
      nodeOf(
        entry,
        lines,
        found(
          entry.path,
          neededNames(
            entry.value,
            groups.filter((group) => group !== 'devDependencies'),
          ),
        ),
      ),
    ),
    direct: all
      .filter((entry) => !isInstalled(entry))
      .flatMap((entry) => found(entry.path, neededNames(entry.value, groups))),
  };
}

function flatten(tree: JsonNode, prefix: string): readonly Entry[] {
  return [...membersOf(memberOf(tree, 'dependencies'))].flatMap(([name, member]) => {
    const path = `${prefix}${folder}${name}`;
    if (path.length > longestPath) return [];
    return [{ path, ...member }, ...flatten(member.value, `${path}/`)];
  });
}

/** A folder of the project itself, as version 1 writes workspaces. */
function isOwn({ value }: Entry): boolean {
  return /^(?:file|link):/.test(textOf(memberOf(value, 'version')) ?? '');
}

/** Version 1: a tree of `dependencies`, each with what it `requires`. */
function readTree(root: JsonNode, lines: LineIndex, declared: Iterable<string> | null): LockGraph {
  const all = flatten(root, '');
  const paths = new Set(all.map(({ path }) => path));
  const found = (from: string, names: readonly string[]) =>
    names.flatMap((name) => resolve(from, name, (path) => paths.has(path)) ?? []);
  const needsOf = (entry: Entry) => found(entry.path, neededNames(entry.value, ['requires']));
  const own = all.filter(isOwn).flatMap(needsOf);
  return {
    nodes: all.filter((entry) => !isOwn(entry)).flatMap((entry) => nodeOf(entry, lines, needsOf(entry))),
    direct: declared === null ? null : [...found('', [...declared]), ...own],
  };
}

/** package-lock.json and npm-shrinkwrap.json (docs.npmjs.com, package-lock-json). */
export const readNpmLock: LockReader = ({ text, declared }) => {
  const root = readJsonTree(text);
  if (root?.kind !== 'object') return null;
  const lines = indexLines(text);
  const packages = memberOf(root, 'packages');
  return packages === undefined ? readTree(root, lines, declared?.keys() ?? null) : readPackages(packages, lines);
};
