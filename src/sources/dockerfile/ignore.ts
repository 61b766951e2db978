import { posix } from 'node:path';
import type { IgnoreFileEvidence, IgnoreLine } from '../../domain/build-evidence.ts';
import { type Gap, gap } from '../../domain/gap.ts';
import { type IgnorePattern, isMalformedPattern } from '../../domain/ignore-pattern.ts';
import { indexLines, type LineIndex } from '../../domain/line-index.ts';
import { fileLocation, fileStart } from '../../domain/location.ts';
import type { TextFile } from '../workspace/file-tree.ts';
import { physicalLineAt } from './logical-line.ts';

/** Where gaps about ignore files come from. */
const source = 'build';

const suffix = '.dockerignore';
/** Lines longer than this BuildKit refuses (bufio.MaxScanTokenSize); more patterns than any project writes are not followed. */
const longestLine = 64 * 1024;
const mostPatterns = 1000;
const longestPattern = 1024;

/** Whether a file may hold patterns for a build: `.dockerignore`, or `Dockerfile.dockerignore` and its like. */
export function isIgnoreFile(path: string): boolean {
  return path.endsWith(suffix);
}

/** filepath.Clean of a pattern, without the slash that makes it absolute (moby/patternmatcher ignorefile.go, ReadAll). */
function cleanPattern(text: string): string {
  if (text === '') return '';
  const path = posix.normalize(text);
  const clean = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  return clean.length > 1 && clean.startsWith('/') ? clean.slice(1) : clean;
}

interface Reader {
  readonly path: string;
  readonly lines: LineIndex;
}

/** A pattern as a line or an `--exclude` has it, without blanks around it. */
export function readPattern(text: string): IgnorePattern {
  const isNegated = text.startsWith('!');
  const clean = cleanPattern(isNegated ? text.slice(1).trim() : text);
  // A second cleaning, of the pattern with its `!`, leaves nothing of `!/`.
  return { text: isNegated && clean === '/' ? '' : clean, isNegated };
}

/** A comment has its `#` in the very first column; elsewhere `#` is a character like any other. */
function readLine({ path, lines }: Reader, start: number, written: string): IgnoreLine | null {
  const trimmed = written.trim();
  if (written.startsWith('#') || trimmed === '') return null;
  const from = start + written.indexOf(trimmed);
  return { ...readPattern(trimmed), at: fileLocation(path, lines.spanOf(from, from + trimmed.length)) };
}

function reportLine(path: string, line: number, problem: string): Gap {
  const reason = `${path} line ${line}: ${problem}`;
  return gap(source, path, reason, `correct ${path} so that docker build accepts it`);
}

function problemOf(pattern: IgnoreLine): string | null {
  if (pattern.text.length > longestPattern) return `the pattern is longer than ${longestPattern} characters`;
  return isMalformedPattern(pattern) ? 'the pattern is malformed' : null;
}

/** The line a new pattern is written after, as editors count lines: a lone CR ends one too. */
function lastLineOf(text: string): { readonly line: number; readonly text: string } {
  const lines = text.split(/\r\n|\r|\n/);
  const line = lines.length > 1 && lines.at(-1) === '' ? lines.length - 1 : lines.length;
  return { line, text: lines[line - 1] ?? '' };
}

/**
 * The patterns of an ignore file as BuildKit reads them (moby/patternmatcher, ignorefile.ReadAll), with their places. What
 * BuildKit would refuse is left out and a gap, the first such line named.
 */
export function readIgnoreFile({ path, text }: TextFile): readonly (IgnoreFileEvidence | Gap)[] {
  const reader: Reader = { path, lines: indexLines(text) };
  const patterns: IgnoreLine[] = [];
  const gaps: Gap[] = [];
  for (let line = physicalLineAt(text, 0); line.start < text.length; line = physicalLineAt(text, line.next)) {
    const number = reader.lines.lineOf(line.start);
    const isLong = line.end - line.start > longestLine;
    if (isLong) gaps.push(reportLine(path, number, 'the line is too long'));
    const pattern = isLong ? null : readLine(reader, line.start, text.slice(line.start, line.end));
    if (pattern === null) continue;
    const problem = patterns.length < mostPatterns ? problemOf(pattern) : `more than ${mostPatterns} patterns`;
    if (problem === null) patterns.push(pattern);
    else gaps.push(reportLine(path, number, problem));
  }
  const folder = posix.dirname(path);
  const isOwn = posix.basename(path) !== suffix;
  const evidence: IgnoreFileEvidence = {
    kind: 'ignore-file',
    path,
    at: fileLocation(path, fileStart),
    patterns,
    directory: folder === '.' ? '' : folder,
    dockerfile: isOwn ? path.slice(0, -suffix.length) : null,
    lastLine: lastLineOf(text),
  };
  return [evidence, ...gaps.slice(0, 1)];
}
