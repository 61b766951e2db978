import { type Causes, causeOf } from './domain/cause.ts';
import type { Finding } from './domain/finding.ts';
import type { CodeFrame } from './domain/report.ts';
import { rules } from './rules/registry.ts';
import type { Redactor } from './sources/secret/redactor.ts';
import { type FileTree, isGap } from './sources/workspace/file-tree.ts';

const frameLines = 6;
const lineLimit = 400;

interface LineRange {
  readonly path: string;
  readonly line: number;
  readonly endLine: number;
}

/** The lines to show: the finding's own, or those of the instruction that caused it. */
function rangeOf(finding: Finding, causes: Causes): LineRange | null {
  if (finding.at.kind === 'file') return finding.at;
  return causeOf(finding.at, causes);
}

/** Blanked before it is cut: half a secret is not known as one. */
function showLine(line: string, redactor: Redactor): string {
  return redactor.redactCode(line.slice(0, 8 * lineLimit)).slice(0, lineLimit);
}

/** Reads each file once. */
function createLineReader(tree: FileTree): (path: string) => Promise<readonly string[] | null> {
  const known = new Map<string, readonly string[] | null>();
  return async (path) => {
    const found = known.get(path);
    if (found !== undefined) return found;
    const file = tree.has(path) ? await tree.readText(path, 'frames') : null;
    const lines = file === null || isGap(file) ? null : file.text.split(/\r\n|\r|\n/);
    known.set(path, lines);
    return lines;
  };
}

/** Redacted source lines by finding; none for findings about secrets, whose lines may hold them. */
export async function collectFrames(
  findings: readonly Finding[],
  causes: Causes,
  tree: FileTree,
  redactor: Redactor,
): Promise<ReadonlyMap<Finding, CodeFrame>> {
  const secretRules = new Set(rules.filter((rule) => rule.isSecret === true).map((rule) => rule.id));
  const readLines = createLineReader(tree);
  const frames = new Map<Finding, CodeFrame>();
  for (const finding of findings) {
    const range = secretRules.has(finding.ruleId) ? null : rangeOf(finding, causes);
    const lines = range === null ? null : await readLines(range.path);
    if (range === null || lines === null) continue;
    const last = Math.min(range.endLine, range.line + frameLines - 1);
    const shown = lines.slice(range.line - 1, last).map((line) => showLine(line, redactor));
    if (shown.length > 0) frames.set(finding, { firstLine: range.line, lines: shown });
  }
  return frames;
}
