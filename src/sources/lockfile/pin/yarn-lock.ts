import { decodePercent } from '../../../domain/package-coordinates.ts';
import { hasConflict } from './indented-lines.ts';
import type { LockedNode, LockReader } from './lock-graph.ts';

interface Block {
  /** `lodash@^4.17.0`, without quotes and without berry's `npm:`. */
  readonly descriptors: readonly string[];
  readonly line: number;
  version: string;
  versionLine: number;
  isProject: boolean;
  readonly needs: string[];
}

function unquote(text: string): string {
  return text.replace(/^"|"$/g, '');
}

/** Berry writes the registry's protocol, yarn 1 does not. */
function normal(descriptor: string): string {
  return descriptor.replace(/^(@?[^@]+@)npm:(?![^@]+@)/, '$1');
}

/** `"a@^1", "a@^2":` of yarn 1, `"a@npm:^1, a@npm:^2":` of berry. */
function readHead(line: string): readonly string[] {
  return line
    .slice(0, -1)
    .split(',')
    .map((part) => normal(unquote(part.trim()).replaceAll('"', '')));
}

/** `name "range"` of yarn 1, `name: range` of berry; names and ranges may be quoted. */
const pairPattern = /^("[^"]+"|[^\s:"]+):? +(.+)$/;

/** A line under `dependencies:`. */
function readNeed(line: string): readonly string[] {
  const [, name = '', range = ''] = pairPattern.exec(line.trim()) ?? [];
  return name === '' ? [] : [normal(`${unquote(name)}@${unquote(range)}`)];
}

function readField(block: Block, line: string, number: number): void {
  const [, key = '', value = ''] = pairPattern.exec(line.trim()) ?? [];
  if (key === 'version') {
    block.version = unquote(value);
    block.versionLine = number;
  }
  if (key === 'resolution') block.isProject = value.includes('@workspace:');
}

function startBlock(line: string, number: number): Block {
  const descriptors = line.endsWith(':') ? readHead(line) : [];
  return { descriptors, line: number, version: '', versionLine: number, isProject: false, needs: [] };
}

/** A line inside a block; gives the group that the lines after it are in. */
function takeLine(block: Block, line: string, number: number, group: string): string {
  if (!line.startsWith('   ')) {
    readField(block, line, number);
    return line.endsWith(':') ? line.trim().slice(0, -1) : '';
  }
  if (group === 'dependencies' || group === 'optionalDependencies') block.needs.push(...readNeed(line));
  return group;
}

function readBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let group = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd();
    if (line === '' || line.startsWith('#')) continue;
    const block = blocks.at(-1);
    if (line.startsWith(' ')) group = block === undefined ? '' : takeLine(block, line, index + 1, group);
    else blocks.push(startBlock(line, index + 1));
  }
  return blocks;
}

/**
 * The descriptor that a patch is applied to: `resolve@1.22.8` of
 * `resolve@patch:resolve@npm%3A1.22.8#optional!builtin<compat/resolve>`. What needs that gets the patched package.
 */
function patchedBy(descriptor: string): string | null {
  const encoded = /^@?[^@]+@patch:([^#]+)/.exec(descriptor)?.[1];
  return encoded === undefined ? null : normal(decodePercent(encoded));
}

/** The package's own name: of an alias (`a@npm:b@^1`) the one behind it. */
function nameOf(descriptor: string): string {
  const alias = /^@?[^@]+@npm:(@?[^@]+)@/.exec(descriptor)?.[1];
  return alias ?? /^@?[^@]+/.exec(descriptor)?.[0] ?? descriptor;
}

function isLock(text: string, blocks: readonly Block[]): boolean {
  if (hasConflict(text)) return false;
  return /^# yarn lockfile v1$/m.test(text) || /^__metadata:/m.test(text) || blocks.length === 0;
}

/** yarn.lock of yarn 1 and of berry (yarn >= 2). Berry names the projects itself, yarn 1 needs package.json for that. */
export const readYarnLock: LockReader = ({ text, declared }) => {
  const blocks = readBlocks(text);
  if (!isLock(text, blocks)) return null;
  const byDescriptor = new Map(blocks.flatMap((block) => block.descriptors.map((one) => [one, block] as const)));
  const keyOf = (block: Block) => `${block.line}`;
  const patches = new Map(
    blocks.flatMap((block) =>
      block.descriptors.flatMap((one) => {
        const patched = patchedBy(one);
        return patched === null ? [] : [[patched, block] as const];
      }),
    ),
  );
  const keysOf = (descriptors: readonly string[]) =>
    descriptors.flatMap((one) => [byDescriptor.get(one) ?? [], patches.get(one) ?? []].flat().map(keyOf));
  const nodes = blocks.flatMap((block): readonly LockedNode[] => {
    const { version, line, versionLine: endLine } = block;
    const [first] = block.descriptors;
    if (version === '' || first === undefined || block.isProject || first.startsWith('__metadata')) return [];
    return [{ key: keyOf(block), name: nameOf(first), version, line, endLine, needs: keysOf(block.needs) }];
  });
  const projects = blocks.filter((block) => block.isProject);
  if (projects.length > 0) return { nodes, direct: projects.flatMap((block) => keysOf(block.needs)) };
  if (declared === null) return { nodes, direct: null };
  const asked = keysOf([...declared].map(([name, range]) => normal(`${name}@${range}`)));
  // Workspaces are not in the file, and yarn 1 keeps nothing that nobody needs: the rest is asked for by them.
  const needed = new Set(nodes.flatMap(({ needs }) => needs));
  return { nodes, direct: [...asked, ...nodes.flatMap(({ key }) => (needed.has(key) ? [] : [key]))] };
};
