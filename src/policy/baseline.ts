import { compareText } from '../domain/compare-text.ts';
import type { Finding } from '../domain/finding.ts';
import { indexLines } from '../domain/line-index.ts';
import { type FileLocation, fileLocation, fileStart } from '../domain/location.ts';
import { neutralise } from '../domain/neutral-text.ts';
import type { AnyRule } from '../domain/rule.ts';
import { compareFindings, pathOf } from './finding-order.ts';
import { isRecord } from './json-shape.ts';
import { reject } from './policy-document.ts';
import { indexRules, isExcusable } from './rule-class.ts';

/** One known defect: how many findings with this fingerprint are excused. Rule, path and message are for the reader. */
interface BaselineEntry {
  readonly fingerprint: string;
  readonly rule: string;
  readonly path: string;
  readonly count: number;
  readonly message: string;
}

/** `.hullcheck-baseline.json`: what was there when the gate was switched on. It may only shrink. */
export interface Baseline {
  readonly path: string;
  readonly entries: readonly (BaselineEntry & { readonly at: FileLocation })[];
}

const version = 1;
const hint = 'write it again with hullcheck baseline write';

function compareEntries(a: BaselineEntry, b: BaselineEntry): number {
  return compareText(a.rule, b.rule) || compareText(a.path, b.path) || compareText(a.fingerprint, b.fingerprint);
}

/**
 * The text of `.hullcheck-baseline.json` for these findings: one entry per line, sorted, the same for the same findings
 * in any order. Secrets and findings that cannot be suppressed are left out.
 */
export function renderBaseline(findings: readonly Finding[], rules: readonly AnyRule[]): string {
  const byId = indexRules(rules);
  const excusable = findings.filter((finding) => isExcusable(byId.get(finding.ruleId))).sort(compareFindings);
  const counts = countFingerprints(excusable);
  const entries = new Map<string, BaselineEntry>();
  for (const finding of excusable) {
    const { fingerprint, ruleId: rule } = finding;
    if (entries.has(fingerprint)) continue;
    const path = neutralise(pathOf(finding));
    entries.set(fingerprint, {
      fingerprint,
      rule,
      path,
      count: counts.get(fingerprint) ?? 1,
      message: neutralise(finding.message, 500),
    });
  }
  const lines = [...entries.values()].sort(compareEntries).map((entry) => `    ${JSON.stringify(entry)}`);
  const list = lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n  ]`;
  return `{\n  "version": ${version},\n  "entries": ${list}\n}\n`;
}

function readEntry(value: unknown): BaselineEntry | null {
  if (!isRecord(value) || Object.keys(value).length !== 5) return null;
  const { fingerprint, rule, path, count, message } = value;
  if (typeof fingerprint !== 'string' || !/^[0-9a-f]{32}$/.test(fingerprint)) return null;
  if (typeof rule !== 'string' || typeof path !== 'string' || typeof message !== 'string') return null;
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 1) return null;
  return { fingerprint, rule, path, count, message };
}

/** The place of each quoted fingerprint, first to last; a quote inside a JSON text is escaped and does not match. */
function placesOf(path: string, text: string): ReadonlyMap<string, FileLocation> {
  const lines = indexLines(text);
  const places = new Map<string, FileLocation>();
  for (const match of text.matchAll(/"fingerprint"\s{0,8}:\s{0,8}"([0-9a-f]{32})"/g)) {
    const [whole, fingerprint = ''] = match;
    const span = lines.spanOf(match.index, match.index + whole.length);
    if (!places.has(fingerprint)) places.set(fingerprint, fileLocation(path, span));
  }
  return places;
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return reject(fileLocation(path, fileStart), 'the baseline is no valid JSON', hint);
  }
}

/** Reads a baseline strictly; a UsageError where it is broken, as half a baseline would excuse the wrong findings. */
export function parseBaseline(path: string, text: string): Baseline {
  const start = fileLocation(path, fileStart);
  const root = parseJson(path, text);
  if (!isRecord(root) || root['version'] !== version) reject(start, `the baseline is not of version ${version}`, hint);
  const { entries, version: _, ...unknown } = root;
  if (!Array.isArray(entries) || Object.keys(unknown).length > 0) {
    reject(start, 'the baseline holds something else than version and a list of entries', hint);
  }
  const places = placesOf(path, text);
  const seen = new Set<string>();
  return {
    path,
    entries: entries.map((value: unknown, index) => {
      const entry = readEntry(value) ?? reject(start, `entry ${index + 1} of the baseline is not valid`, hint);
      const at = places.get(entry.fingerprint) ?? start;
      if (seen.has(entry.fingerprint)) reject(at, `the fingerprint ${entry.fingerprint} is there twice`, hint);
      seen.add(entry.fingerprint);
      return { ...entry, at };
    }),
  };
}

/** Excused findings by fingerprint, as `decide` takes them. */
export function baselineCounts(baseline: Baseline | null): ReadonlyMap<string, number> {
  return new Map(baseline?.entries.map(({ fingerprint, count }) => [fingerprint, count]));
}

/** Findings by fingerprint: of the base tree or of an earlier report, as `decide` takes them. */
export function countFingerprints(findings: readonly Pick<Finding, 'fingerprint'>[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { fingerprint } of findings) counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1);
  return counts;
}
