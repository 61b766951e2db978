import { posix } from 'node:path';
import { readRequirement } from '../../domain/install/python-requirement.ts';
import type { ManifestFacts } from './manifest.ts';

/** Cuts a comment: `#` at the start or after white space (pip `req_file.py`, COMMENT_RE). */
function withoutComment(line: string): string {
  for (let at = line.indexOf('#'); at >= 0; at = line.indexOf('#', at + 1)) {
    if (at === 0 || line.charAt(at - 1).trim() === '') return line.slice(0, at);
  }
  return line;
}

/** Lines joined over a trailing backslash, comments removed, as pip's `join_lines` and `ignore_comments` do. */
function logicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let parts: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const isComment = line.trimStart().startsWith('#');
    if (line.endsWith('\\') && !isComment) {
      parts.push(line.slice(0, -1));
      continue;
    }
    lines.push(withoutComment([...parts, isComment ? '' : line].join(' ')).trim());
    parts = [];
  }
  return [...lines, parts.join(' ').trim()].filter((line) => line !== '');
}

/** The file an `-r file` line includes, relative to the checked folder; null for other lines and for URLs. */
function readInclude(line: string, directory: string): string | null {
  const file = /^(?:-r|--requirement)(?:\s+|=)?(\S+)$/.exec(line)?.[1];
  if (file === undefined || file.includes('://') || file.startsWith('/')) return null;
  return posix.normalize(posix.join(directory, file));
}

function readEditable(line: string): string | null {
  return /^(?:-e|--editable)(?:\s+|=)(\S.*)$/.exec(line)?.[1] ?? null;
}

function pinOf(requirements: readonly string[], enforcesHashes: boolean): ManifestFacts['pins'] {
  if (requirements.length === 0) return null;
  const pins = requirements.map(readRequirement);
  if (enforcesHashes || pins.every((pin) => pin === 'hashed')) return 'hashed';
  return pins.every((pin) => pin === 'hashed' || pin === 'exact') ? 'exact' : 'loose';
}

/**
 * A requirements file (pip's requirements file format). Options are no requirements, except `-e`; included files are
 * named in the setting `pip.includes`, one per line, to be judged with it.
 */
export function readRequirements(text: string, directory: string): ManifestFacts {
  const lines = logicalLines(text);
  const requirements = lines.flatMap((line) => (line.startsWith('-') ? (readEditable(line) ?? []) : line));
  const includes = lines.map((line) => readInclude(line, directory)).filter((file) => file !== null);
  return {
    manager: null,
    dependencies: requirements.length,
    settings: includes.length === 0 ? {} : { 'pip.includes': includes.join('\n') },
    pins: pinOf(requirements, lines.includes('--require-hashes')),
  };
}
