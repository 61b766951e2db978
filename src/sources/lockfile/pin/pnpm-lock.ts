import { hasConflict, type IndentedEntry, readIndented } from './indented-lines.ts';
import type { LockedNode, LockReader } from './lock-graph.ts';

const groups = new Set(['dependencies', 'devDependencies', 'optionalDependencies']);

interface Spec {
  readonly name: string;
  readonly version: string;
}

/** `lodash@4.17.21`, `/lodash@4.17.21`, `/lodash/4.17.21` (before version 6), each with peers: `(react@18.2.0)`, `_react@18`. */
function readSpec(key: string): Spec | null {
  const bare = key.replace(/\(.*$/s, '').replace(/^\//, '');
  const [, name, version] = /^((?:@[^/@]+\/)?[^/@]+)[@/]([^/]+)$/.exec(bare) ?? [];
  if (name === undefined || version === undefined) return null;
  return { name, version: version.replace(/_.*$/s, '') };
}

/** The key of what `name: version` means; an alias has the whole key as its version. */
function keyOf(name: string, value: string): string {
  const version = value.replace(/\(.*$/s, '').replace(/_.*$/s, '');
  const alias = version.startsWith('/') || /^@?[^@]+@\d/.test(version) ? readSpec(version) : null;
  return alias === null ? `${name}@${version}` : `${alias.name}@${alias.version}`;
}

/** `dependencies` of a package, in `packages` before version 9, in `snapshots` since. */
function needOf({ path, value }: IndentedEntry): { readonly from: string; readonly needed: string } | null {
  const [section, key = '', group = '', name] = path;
  if (section !== 'packages' && section !== 'snapshots') return null;
  if (name === undefined || path.length !== 4 || !groups.has(group)) return null;
  const spec = readSpec(key);
  return spec === null ? null : { from: `${spec.name}@${spec.version}`, needed: keyOf(name, value) };
}

/** What a project of the workspace asks for: a scalar, or since version 6 a mapping with `version`. */
function directOf({ path, value }: IndentedEntry): string | null {
  const inner = path[0] === 'importers' ? path.slice(2) : path;
  const [group = '', name, field] = inner;
  if (name === undefined || !groups.has(group)) return null;
  if (inner.length === 3) return field === 'version' ? keyOf(name, value) : null;
  return inner.length === 2 && value !== '' ? keyOf(name, value) : null;
}

function readNeeds(entries: readonly IndentedEntry[]): ReadonlyMap<string, readonly string[]> {
  const needs = new Map<string, string[]>();
  for (const { from, needed } of entries.flatMap((entry) => needOf(entry) ?? [])) {
    const known = needs.get(from);
    if (known === undefined) needs.set(from, [needed]);
    else known.push(needed);
  }
  return needs;
}

/** pnpm-lock.yaml, versions 5 to 9 (pnpm/spec, lockfile). */
export const readPnpmLock: LockReader = ({ text }) => {
  const entries = readIndented(text);
  const isLock = entries.some(({ path }) => path.length === 1 && path[0] === 'lockfileVersion');
  if (!isLock || hasConflict(text)) return null;
  const needs = readNeeds(entries);
  const nodes = new Map<string, LockedNode>();
  for (const { path, line } of entries) {
    const spec = path.length === 2 && path[0] === 'packages' ? readSpec(path[1] ?? '') : null;
    const key = spec === null ? '' : `${spec.name}@${spec.version}`;
    if (spec === null || nodes.has(key)) continue;
    nodes.set(key, { key, ...spec, line, endLine: line, needs: needs.get(key) ?? [] });
  }
  return { nodes: [...nodes.values()], direct: entries.flatMap((entry) => directOf(entry) ?? []) };
};
