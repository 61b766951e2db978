import { hasConflict } from './indented-lines.ts';
import type { LockedNode, LockReader } from './lock-graph.ts';

const modulePattern = /^(?:require\s+)?([^\s()"]+)\s+(v[0-9][^\s]*)(?:\s*\/\/\s*(.*))?$/;

function place(index: number) {
  return { line: index + 1, endLine: index + 1, needs: [] };
}

/** The Go release that a build asks for: its standard library is a module to scanners. */
function readRelease(line: string, index: number): LockedNode | null {
  const version = /^(?:go|toolchain)\s+(?:go)?(\d[^\s]*)$/.exec(line)?.[1];
  return version === undefined ? null : { key: `stdlib ${index}`, name: 'stdlib', version, ...place(index) };
}

interface GoLine {
  readonly node: LockedNode;
  readonly isIndirect: boolean;
}

/** A required module; `block` is what the line stands in, '' outside. */
function readModule(line: string, index: number, block: string): GoLine | null {
  if (block !== 'require' && !(block === '' && line.startsWith('require '))) return null;
  const [, name, version, comment = ''] = modulePattern.exec(line) ?? [];
  if (name === undefined || version === undefined) return null;
  return { node: { key: name, name, version, ...place(index) }, isIndirect: /^indirect\b/.test(comment) };
}

/** go.mod: since Go 1.17 it lists all modules of a build, those it only needs itself marked `// indirect`. */
export const readGoMod: LockReader = ({ text }) => {
  if (!/^module\s/m.test(text) || hasConflict(text)) return null;
  const found: GoLine[] = [];
  let block = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    block = /^([a-z]+)\s*\($/.exec(line)?.[1] ?? (line === ')' ? '' : block);
    const release = block === '' ? readRelease(line, index) : null;
    if (release !== null) found.push({ node: release, isIndirect: false });
    const required = readModule(line, index, block);
    if (required !== null) found.push(required);
  }
  const direct = found.filter(({ isIndirect }) => !isIndirect).map(({ node }) => node.key);
  return { nodes: found.map(({ node }) => node), direct };
};

/** go.sum: checksums of all modules that were looked at; what is direct it does not say. */
export const readGoSum: LockReader = ({ text }) => {
  if (hasConflict(text)) return null;
  const nodes: LockedNode[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, name, version, isManifest] = /^(\S+) (v[^\s/]+)(\/go\.mod)? h1:\S+\s*$/.exec(line) ?? [];
    if (name === undefined || version === undefined) return null;
    if (isManifest !== undefined) continue;
    nodes.push({ key: `${name} ${version}`, name, version, line: index + 1, endLine: index + 1, needs: [] });
  }
  return { nodes, direct: [] };
};

interface GemLine {
  readonly section: string;
  readonly indent: number;
  readonly name: string;
  readonly version: string | null;
  readonly index: number;
}

function readGemLines(text: string): readonly GemLine[] {
  let section = '';
  return text.split('\n').flatMap((raw, index): readonly GemLine[] => {
    const line = raw.trimEnd();
    if (/^[A-Z]/.test(line)) section = line;
    const [, indent = '', name, version = null] = /^( +)([^\s(!]+)!?(?: \(([^)]*)\))?$/.exec(line) ?? [];
    return name === undefined ? [] : [{ section, indent: indent.length, name, version, index }];
  });
}

/** Gemfile.lock: `specs` of each source with what they need, and the Gemfile's own under DEPENDENCIES. */
export const readGemfileLock: LockReader = ({ text }) => {
  if (!/^(?:GEM|PATH|GIT|DEPENDENCIES)\s*$/m.test(text) || hasConflict(text)) return null;
  const nodes: (LockedNode & { readonly needs: string[] })[] = [];
  const lines = readGemLines(text);
  for (const { section, indent, name, version, index } of lines) {
    if (section !== 'GEM') continue;
    if (indent === 6) nodes.at(-1)?.needs.push(name);
    if (indent !== 4 || version === null) continue;
    nodes.push({ ...place(index), key: name, name, version: version.replace(/-.*$/s, ''), needs: [] });
  }
  const direct = lines.filter(({ section, indent }) => section === 'DEPENDENCIES' && indent === 2);
  return { nodes, direct: direct.map(({ name }) => name) };
};
