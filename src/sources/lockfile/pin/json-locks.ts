import { indexLines } from '../../../domain/line-index.ts';
import { itemsOf, type JsonNode, memberOf, membersOf, readJsonTree, textOf } from './json-tree.ts';
import type { LockedNode, LockReader } from './lock-graph.ts';
import { pythonName } from './toml-lock.ts';

/** Pipfile.lock: every package by section, without what it needs; the Pipfile beside it says what is direct. */
export const readPipfileLock: LockReader = ({ text, declared }) => {
  const root = readJsonTree(text);
  if (root?.kind !== 'object' || memberOf(root, '_meta') === undefined) return null;
  const lines = indexLines(text);
  const sections = [...membersOf(root)].filter(([name]) => name !== '_meta');
  const nodes = sections.flatMap(([, section]) =>
    [...membersOf(section.value)].flatMap(([name, { start, value }]): readonly LockedNode[] => {
      const version = textOf(memberOf(value, 'version'))?.replace(/^=+/, '');
      if (version === undefined) return [];
      const versionAt = membersOf(value).get('version')?.start ?? start;
      const place = { line: lines.lineOf(start), endLine: lines.lineOf(versionAt) };
      return [{ key: pythonName(name), name, version, ...place, needs: [] }];
    }),
  );
  return { nodes, direct: [...(declared?.keys() ?? [])].map(pythonName) };
};

function composerNode(entry: JsonNode, lineOf: (offset: number) => number): readonly LockedNode[] {
  const name = textOf(memberOf(entry, 'name'));
  const version = textOf(memberOf(entry, 'version'));
  if (name === null || version === null) return [];
  const members = membersOf(entry);
  const [line, endLine] = [members.get('name'), members.get('version')].map((one) => lineOf(one?.start ?? entry.start));
  const needs = [...membersOf(memberOf(entry, 'require')).keys()].map((need) => need.toLowerCase());
  return [{ key: name.toLowerCase(), name, version, line: line ?? 1, endLine: endLine ?? line ?? 1, needs }];
}

/** composer.lock (getcomposer.org/doc/04-schema.md); composer.json beside it says what is direct. */
export const readComposerLock: LockReader = ({ text, declared }) => {
  const root = readJsonTree(text);
  const packages = memberOf(root ?? undefined, 'packages');
  if (root?.kind !== 'object' || packages?.kind !== 'list') return null;
  const lines = indexLines(text);
  const all = [...itemsOf(packages), ...itemsOf(memberOf(root, 'packages-dev'))];
  const nodes = all.flatMap((entry) => composerNode(entry, (offset) => lines.lineOf(offset)));
  return { nodes, direct: declared === null ? null : [...declared.keys()].map((name) => name.toLowerCase()) };
};
