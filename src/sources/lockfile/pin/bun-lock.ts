import { indexLines } from '../../../domain/line-index.ts';
import { itemsOf, type JsonNode, memberOf, membersOf, readJsonTree, textOf } from './json-tree.ts';
import type { LockedNode, LockReader } from './lock-graph.ts';

/** Longer ones name no package; resolution takes a step per segment. */
const longestKey = 4096;
const groups = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

function neededNames(entry: JsonNode | undefined): readonly string[] {
  return groups.flatMap((group) => [...membersOf(memberOf(entry, group)).keys()]);
}

/** `a/b` is the `b` that only `a` sees; without one, that of the packages above, at last the one all see. */
function resolve(from: string, name: string, has: (key: string) => boolean): string | null {
  for (let base = from; base !== ''; base = base.slice(0, Math.max(0, base.lastIndexOf('/')))) {
    if (has(`${base}/${name}`)) return `${base}/${name}`;
  }
  return has(name) ? name : null;
}

/** bun.lock: `packages` has `[name@version, registry, facts, integrity]` by key (bun.sh/docs/install/lockfile). */
export const readBunLock: LockReader = ({ text }) => {
  const root = readJsonTree(text);
  const packages = memberOf(root ?? undefined, 'packages');
  if (root?.kind !== 'object' || memberOf(root, 'lockfileVersion') === undefined) return null;
  const lines = indexLines(text);
  const members = membersOf(packages);
  const found = (from: string, names: readonly string[]) =>
    names.flatMap((name) => resolve(from, name, (key) => members.has(key)) ?? []);
  const nodes = [...members].flatMap(([key, { start, value }]): readonly LockedNode[] => {
    const [first, ...rest] = itemsOf(value);
    const [, name, version] = /^(.+)@([^@:/]+)$/s.exec(textOf(first) ?? '') ?? [];
    if (name === undefined || version === undefined || key.length > longestKey) return [];
    const line = lines.lineOf(start);
    const facts = rest.find((item) => item.kind === 'object');
    return [{ key, name, version, line, endLine: line, needs: found(key, neededNames(facts)) }];
  });
  const workspaces = [...membersOf(memberOf(root, 'workspaces')).values()];
  return { nodes, direct: workspaces.flatMap(({ value }) => found('', neededNames(value))) };
};
