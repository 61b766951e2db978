import type { TriageEntryEvidence } from '../domain/evidence.ts';
import type { Finding } from '../domain/finding.ts';
import type { Gap } from '../domain/gap.ts';
import { matchesGlob } from '../domain/glob.ts';
import type { Coverage } from '../domain/report.ts';
import type { AnyRule } from '../domain/rule.ts';
import { indexRules, isSuppressible, needsImage, needsScanner } from './rule-class.ts';
import type { Policy, TriageEntry } from './schema.ts';

/** These rules judge the triage entries themselves, after the review: nothing can be said about an entry for them. */
const laterRules: ReadonlySet<string> = new Set(['expired-triage', 'unused-triage']);

/** `today` and `expires` are `YYYY-MM-DD`: the entry holds through its last day. */
function isExpired(entry: TriageEntry, today: string): boolean {
  return entry.expires < today;
}

function pathsOf(finding: Finding): readonly string[] {
  const own = finding.at.kind === 'file' || finding.at.kind === 'layer' ? [finding.at.path] : [];
  return finding.anchor === null ? own : [...own, finding.anchor.path];
}

function isSubject(entry: TriageEntry, finding: Finding): boolean {
  const { kind, id } = entry.subject;
  if (kind === 'rule') return finding.ruleId === id;
  if (kind === 'gap') return false;
  return finding.vulnerability?.ids.some((alias) => alias.toLowerCase() === id.toLowerCase()) ?? false;
}

function matchesAny(pattern: string | null, values: readonly string[]): boolean {
  return pattern === null || values.some((value) => matchesGlob(pattern, value));
}

/** Whether the entry names this finding, whatever its expiry. */
export function coversFinding(entry: TriageEntry, finding: Finding): boolean {
  if (!isSubject(entry, finding) || !matchesAny(entry.path, pathsOf(finding))) return false;
  const facts = finding.vulnerability;
  const packages = facts === null ? [] : [facts.package, ...(facts.packages ?? [])];
  const images = finding.at.kind === 'file' ? [] : [finding.at.image];
  return matchesAny(entry.package, packages) && matchesAny(entry.image, images);
}

/** Whether the entry names this gap, whatever its expiry. */
function coversGap(entry: TriageEntry, gap: Gap): boolean {
  return entry.subject.kind === 'gap' && entry.subject.id === gap.fingerprint;
}

/** The first entry in force for the finding, or null. */
export function triageFinding(entries: readonly TriageEntry[], finding: Finding, today: string): TriageEntry | null {
  return entries.find((entry) => !isExpired(entry, today) && coversFinding(entry, finding)) ?? null;
}

/** The first entry in force for the gap, or null. */
export function triageGap(entries: readonly TriageEntry[], gap: Gap, today: string): TriageEntry | null {
  return entries.find((entry) => !isExpired(entry, today) && coversGap(entry, gap)) ?? null;
}

/** e.g. `CVE-2026-0001 (package openssl, image app:*)`, `rule root-final-user`. */
export function describeEntry(entry: TriageEntry): string {
  const { kind, id } = entry.subject;
  const narrowed = (['path', 'package', 'image'] as const).flatMap((name) => {
    const glob = entry[name];
    return glob === null ? [] : [`${name} ${glob}`];
  });
  const subject = kind === 'advisory' ? id : `${kind} ${id}`;
  return narrowed.length === 0 ? subject : `${subject} (${narrowed.join(', ')})`;
}

/** The reason of what the entry covers: who says so, until when, and why. */
export function explainEntry(entry: TriageEntry): string {
  return `triaged by ${entry.at.path}:${entry.at.line} until ${entry.expires}: ${entry.reason}`;
}

function hasScannerAnswer(coverage: Coverage): boolean {
  const states = coverage.scanners.map((scanner) => scanner.state);
  return states.some((state) => state === 'ran' || state === 'imported') && !states.includes('failed');
}

/** Whether this run looked where the entry's subject would have shown up, so that its absence means something. */
function wasExamined(entry: TriageEntry, coverage: Coverage, rule: AnyRule | undefined): boolean {
  const { subject, image } = entry;
  if (laterRules.has(subject.id)) return false;
  if (image !== null && !coverage.pairings.some(({ label }) => matchesGlob(image, label))) return false;
  if (subject.kind === 'advisory') return hasScannerAnswer(coverage);
  if (subject.kind === 'gap') return coverage.images > 0;
  if (rule === undefined) return true;
  return (coverage.images > 0 || !needsImage(rule)) && (hasScannerAnswer(coverage) || !needsScanner(rule));
}

/**
 * What became of each entry, in the file's order. An entry that matched nothing is `unused` only where its subject was
 * examined: with `rules`, a rule about images is not held against a run without one. A gap's fingerprint does not say
 * whether it needs an image, so without one it stays `unjudged`.
 */
export function reviewTriage(
  policy: Policy,
  findings: readonly Finding[],
  gaps: readonly Gap[],
  coverage: Coverage,
  today: string,
  rules: readonly AnyRule[] = [],
): readonly TriageEntryEvidence[] {
  const byId = indexRules(rules);
  const open = findings.filter((finding) => isSuppressible(byId.get(finding.ruleId)));
  const stateOf = (entry: TriageEntry, covered: number): TriageEntryEvidence['state'] => {
    if (isExpired(entry, today)) return 'expired';
    if (covered > 0) return 'used';
    return wasExamined(entry, coverage, byId.get(entry.subject.id)) ? 'unused' : 'unjudged';
  };
  return policy.triage.map((entry) => {
    const covered =
      open.filter((finding) => coversFinding(entry, finding)).length +
      gaps.filter((gap) => coversGap(entry, gap)).length;
    const subject = describeEntry(entry);
    return {
      kind: 'triage-entry',
      at: entry.at,
      subject,
      state: stateOf(entry, covered),
      expires: entry.expires,
      covered,
    };
  });
}
