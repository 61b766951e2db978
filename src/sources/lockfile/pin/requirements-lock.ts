import type { LockedNode, LockReader } from './lock-graph.ts';
import { pythonName } from './toml-lock.ts';

/** `name[extra]==1.0`, then a marker, a hash, a continuation or a comment. */
const pinned = /^([A-Za-z0-9][A-Za-z0-9._-]{0,200})(?:\[[^\]]*\])?\s*={2,3}\s*([^\s;#\\,]+)/;
/** More than any comment names. */
const mostNames = 1000;
const viaComment = /^\s*#\s*(via\b)?(.*)$/;

interface Requirement {
  readonly name: string;
  readonly version: string;
  readonly line: number;
  /** What pip-compile and uv say needs it; a file is the project itself. */
  readonly via: string[];
}

function namesOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim().replace(/\s.*$/s, ''))
    .filter((part) => part !== '')
    .slice(0, mostNames);
}

/** The requirements with the `# via …` comments after them, on their line or on the lines below. */
function readRequirementLines(text: string): readonly Requirement[] {
  const found: Requirement[] = [];
  let isVia = false;
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const match = pinned.exec(line);
    const [, name = '', version = ''] = match ?? [];
    if (match !== null) found.push({ name, version, line: index + 1, via: [] });
    const hash = line.search(/(?:^|\s)#/);
    const comment = hash < 0 ? null : viaComment.exec(line.slice(hash));
    if (comment === null || match !== null) isVia = false;
    if (comment === null) continue;
    isVia = isVia || comment[1] !== undefined;
    if (isVia) found.at(-1)?.via.push(...namesOf(comment[2] ?? ''));
  }
  return found;
}

/** A requirements file: every line is direct, unless comments say which package needs it. */
export const readRequirementsLock: LockReader = ({ text }) => {
  const found = readRequirementLines(text);
  const names = new Set(found.map(({ name }) => pythonName(name)));
  const needs = new Map<string, string[]>([...names].map((name) => [name, []]));
  for (const one of found) for (const needer of one.via) needs.get(pythonName(needer))?.push(pythonName(one.name));
  const nodes = found.map(({ name, version, line }): LockedNode => {
    const key = pythonName(name);
    return { key, name, version, line, endLine: line, needs: needs.get(key) ?? [] };
  });
  const isDirect = ({ via }: Requirement) => via.length === 0 || via.some((needer) => !names.has(pythonName(needer)));
  return { nodes, direct: found.filter(isDirect).map(({ name }) => pythonName(name)) };
};
