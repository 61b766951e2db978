import { posix } from 'node:path';
import type { IgnoreFileEvidence, IgnoreLine } from '../../domain/build-evidence.ts';
import { type Gap, gap } from '../../domain/gap.ts';
import { type IgnorePattern, isMalformedPattern } from '../../domain/ignore-pattern.ts';
import { fileLocation, fileStart } from '../../domain/location.ts';
import type { TextFile } from '../workspace/file-tree.ts';

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

/** A pattern as a line or an `--exclude` has it, without blanks around it. */
export function readPattern(text: string): IgnorePattern {
  const isNegated = text.startsWith('!');
  const clean = cleanPattern(isNegated ? text.slice(1).trim() : text);
  // A second cleaning, of the pattern with its `!`, leaves nothing of `!/`.
  return { text: isNegated && clean === '/' ? '' : clean, isNegated };
}

/** A comment has its `#` in the very first column; elsewhere `#` is a character like any other. */
function readLine(path: string, line: number, written: string): IgnoreLine | null {
  const trimmed = written.trim();
  if (written.startsWith('#') || trimmed === '') return null;
  const column = written.indexOf(trimmed) + 1;
  return {
    ...readPattern(trimmed),
    at: fileLocation(path, { line, column, endLine: line, endColumn: column + trimmed.length }),
  };
}

function reportLine(path: string, line: number, problem: string): Gap {
  const reason = `${path} line ${line}: ${problem}`;
  return gap(source, path, reason, `correct ${path} so that docker build accepts it`);
}

function problemOf(pattern: IgnoreLine): string | null {
  if (pattern.text.length > longestPattern) return `the pattern is longer than ${longestPattern} characters`;
  return isMalformedPattern(pattern) ? 'the pattern is malformed' : null;
}

/** The line a new pattern is written after. */
function lastLineOf(lines: readonly string[]): { readonly line: number; readonly text: string } {
  const isTerminated = lines.length > 1 && lines.at(-1) === '';
  const line = isTerminated ? lines.length - 1 : lines.length;
  return { line, text: lines[line - 1] ?? '' };
}

/**
 * The patterns of an ignore file as BuildKit reads them (moby/patternmatcher, ignorefile.ReadAll), with their places. What
 * BuildKit would refuse is left out and a gap, the first such line named.
 */
export function readIgnoreFile({ path, text }: TextFile): readonly (IgnoreFileEvidence | Gap)[] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const patterns: IgnoreLine[] = [];
  const gaps: Gap[] = [];
  for (const [index, written] of lines.entries()) {
    const line = index + 1;
    if (written.length > longestLine) gaps.push(reportLine(path, line, 'the line is too long'));
    const pattern = written.length > longestLine ? null : readLine(path, line, written);
    if (pattern === null) continue;
    const problem = patterns.length < mostPatterns ? problemOf(pattern) : `more than ${mostPatterns} patterns`;
    if (problem === null) patterns.push(pattern);
    else gaps.push(reportLine(path, line, problem));
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
    lastLine: lastLineOf(lines),
  };
  return [evidence, ...gaps.slice(0, 1)];
}
