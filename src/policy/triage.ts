import type { TriageEntryEvidence } from '../domain/evidence.ts';
import type { Finding } from '../domain/finding.ts';
import type { Gap } from '../domain/gap.ts';
import { matchesGlob } from '../domain/glob.ts';
import { coordinatesOf } from '../domain/package-coordinates.ts';
import type { Coverage } from '../domain/report.ts';
import type { AnyRule } from '../domain/rule.ts';
import { addDays, daysBetween } from './calendar.ts';
import { isPackageUrl } from './package-url.ts';
import { indexRules, isSuppressible, needsImage, needsScanner } from './rule-class.ts';
import type { Policy, TriageEntry } from './schema.ts';

/** These rules judge the triage entries themselves, after the review: nothing can be said about an entry for them. */
const laterRules: ReadonlySet<string> = new Set([
  'expired-triage',
  'expiring-triage',
  'overlong-triage',
  'unused-triage',
]);

type Terms = Pick<Policy, 'triage' | 'maxTriageDays'>;

/** `today` and `expires` are `YYYY-MM-DD`: the entry holds through its last day. */
function isExpired(entry: TriageEntry, today: string): boolean {
  return entry.expires < today;
}

/** Whether its last day lies further ahead than allowed: such an entry would excuse what nobody looks at again. */
function isOverlong(entry: TriageEntry, { maxTriageDays }: Terms, today: string): boolean {
  return entry.expires > addDays(today, maxTriageDays);
}

/** Whether the entry counts today. */
export function isInForce(entry: TriageEntry, policy: Terms, today: string): boolean {
  return !isExpired(entry, today) && !isOverlong(entry, policy, today);
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

/** `package` is a glob over the name, or a package URL: then type, name and, where it has one, version must agree. */
function coversPackage(pattern: string | null, { vulnerability, at }: Finding): boolean {
  if (pattern === null) return true;
  if (vulnerability === null) return false;
  if (!isPackageUrl(pattern)) return matchesAny(pattern, [vulnerability.package, ...(vulnerability.packages ?? [])]);
  if (at.kind !== 'package') return false;
  const wanted = coordinatesOf({ name: '', version: '', purl: pattern });
  const found = coordinatesOf({ name: vulnerability.package, version: vulnerability.installed, purl: at.purl });
  return wanted.name === found.name && (wanted.version === '' || wanted.version === found.version);
}

/** Whether the entry names this finding, whatever its expiry. */
export function coversFinding(entry: TriageEntry, finding: Finding): boolean {
  if (!isSubject(entry, finding) || !matchesAny(entry.path, pathsOf(finding))) return false;
  const images = finding.at.kind === 'file' ? [] : [finding.at.image];
  return coversPackage(entry.package, finding) && matchesAny(entry.image, images);
}

/** Whether the entry names this gap, whatever its expiry. */
function coversGap(entry: TriageEntry, gap: Gap): boolean {
  return entry.subject.kind === 'gap' && entry.subject.id === gap.fingerprint;
}

/** The first entry in force for the finding, or null. */
export function triageFinding(policy: Terms, finding: Finding, today: string): TriageEntry | null {
  return policy.triage.find((entry) => coversFinding(entry, finding) && isInForce(entry, policy, today)) ?? null;
}

/** The first entry in force for the gap, or null. */
export function triageGap(policy: Terms, gap: Gap, today: string): TriageEntry | null {
  return policy.triage.find((entry) => coversGap(entry, gap) && isInForce(entry, policy, today)) ?? null;
}

/** e.g. `CVE-2026-0001 (package openssl, image app:*)`, `rule root-final-user`. */
export function describeEntry(entry: Omit<TriageEntry, 'at'>): string {
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

/** Only one scanner may know an advisory: while one was left out or failed, its silence means nothing. */
function hasAllAnswers({ scanners }: Coverage): boolean {
  return scanners.length > 0 && scanners.every(({ state }) => state === 'ran' || state === 'imported');
}

/** Whether this run looked where the entry's subject would have shown up, so that its absence means something. */
function wasExamined(entry: TriageEntry, run: RunFacts, rule: AnyRule | undefined): boolean {
  const { subject, image } = entry;
  const { coverage } = run;
  if (laterRules.has(subject.id)) return false;
  if (image !== null && !coverage.pairings.some(({ label }) => matchesGlob(image, label))) return false;
  if (subject.kind === 'advisory') return hasAllAnswers(coverage);
  if (subject.kind === 'gap') return coverage.images > 0;
  if (rule === undefined) return true;
  if (needsScanner(rule)) return hasAllAnswers(coverage);
  return !needsImage(rule) || (coverage.images > 0 && !run.gaps.some(({ source }) => source.startsWith('image')));
}

/** What a run found, and where it looked. */
interface RunFacts {
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
  readonly coverage: Coverage;
}

/**
 * What became of each entry, in the file's order. An entry that matched nothing is `unused` only where its subject was
 * examined: with `rules`, a rule about images is not held against a run without one. A gap's fingerprint does not say
 * whether it needs an image, so without one it stays `unjudged`.
 */
export function reviewTriage(
  policy: Policy,
  run: RunFacts,
  today: string,
  rules: readonly AnyRule[] = [],
): readonly TriageEntryEvidence[] {
  const byId = indexRules(rules);
  const open = run.findings.filter((finding) => isSuppressible(byId.get(finding.ruleId)));
  const stateOf = (entry: TriageEntry, covered: number): TriageEntryEvidence['state'] => {
    if (isExpired(entry, today)) return 'expired';
    if (isOverlong(entry, policy, today)) return 'overlong';
    if (covered > 0) return 'used';
    return wasExamined(entry, run, byId.get(entry.subject.id)) ? 'unused' : 'unjudged';
  };
  return policy.triage.map((entry) => {
    const covered =
      open.filter((finding) => coversFinding(entry, finding)).length +
      run.gaps.filter((gap) => coversGap(entry, gap)).length;
    return {
      kind: 'triage-entry',
      at: entry.at,
      subject: describeEntry(entry),
      state: stateOf(entry, covered),
      expires: entry.expires,
      daysLeft: daysBetween(today, entry.expires),
      latest: addDays(today, policy.maxTriageDays),
      covered,
    };
  });
}
