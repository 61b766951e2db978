import { groupBy } from '../domain/group-by.ts';
import { breakCommands, neutralise } from '../domain/neutral-text.ts';
import type { Report, ReportFinding } from '../domain/report.ts';
import { isAtLeast } from '../domain/severity.ts';
import { describeMember } from './facts.ts';
import { isInScope, sortFindings } from './folding.ts';
import { countSetAside, type Ledger } from './ledger.ts';
import { describeLine, lineFix } from './line-group.ts';
import { causeLine, describePlace, namePlace, showPath, subjectOf } from './place.ts';
import type { Reporter } from './reporter.ts';
import { openGaps, setAsidePhrase, verdictLine } from './verdict.ts';
import { count, countSeverities } from './wording.ts';
import { type Annotation, type AnnotationLevel, type AnnotationPlace, formatCommand } from './workflow-command.ts';

/** The runner keeps ten of each level per step and drops the rest without a word (actions/runner ExecutionContext). */
const slotsPerLevel = 10;
const gapSlots = 3;
const messagesPerAnnotation = 8;
const levels: readonly AnnotationLevel[] = ['error', 'warning', 'notice'];
const levelWords: Readonly<Record<AnnotationLevel, string>> = {
  error: 'blocking findings',
  warning: 'advisory findings',
  notice: 'minor findings',
};
const whereTheRestIs = 'the job summary lists them';

/** Findings that share a line and a rule: one cause, one annotation. */
type Cluster = readonly [ReportFinding, ...ReportFinding[]];

interface LevelPlan {
  readonly level: AnnotationLevel;
  readonly gaps: readonly Annotation[];
  readonly clusters: readonly Cluster[];
  readonly hidden: readonly ReportFinding[];
}

function levelOf(finding: ReportFinding): AnnotationLevel {
  if (finding.disposition === 'blocking') return 'error';
  return isAtLeast(finding.severity, 'medium') ? 'warning' : 'notice';
}

/** Vulnerabilities of a line are one cluster whatever they weigh: it is told where its worst one is. */
function clusterFindings(findings: readonly ReportFinding[]): readonly Cluster[] {
  const keyOf = (finding: ReportFinding) => {
    const { ruleId, at, anchor, vulnerability } = finding;
    const place = anchor === null ? subjectOf(at) : [anchor.path, anchor.line];
    return JSON.stringify([ruleId, place, vulnerability === null ? levelOf(finding) : '']);
  };
  return [...groupBy(findings, keyOf).values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [[first, ...rest] as const],
  );
}

function planLevel(level: AnnotationLevel, all: readonly Cluster[], gaps: readonly Annotation[]): LevelPlan {
  const clusters = all.filter(([first]) => levelOf(first) === level);
  const slots = slotsPerLevel - gaps.length;
  if (clusters.length <= slots) return { level, gaps, clusters, hidden: [] };
  const shown = slots - 1;
  return { level, gaps, clusters: clusters.slice(0, shown), hidden: clusters.slice(shown).flat() };
}

function planAnnotations(report: Report): readonly LevelPlan[] {
  const clusters = clusterFindings(sortFindings(report.findings.filter(isInScope)));
  const gapLevel = report.exitCode === 3 ? 'error' : 'warning';
  return levels.map((level) => planLevel(level, clusters, level === gapLevel ? annotateGaps(report, level) : []));
}

/** Gaps come before findings, as they say that the verdict is not the whole truth; many are summed up in the last slot. */
function annotateGaps(report: Report, level: AnnotationLevel): readonly Annotation[] {
  const gaps = openGaps(report);
  const single = gaps.length <= gapSlots ? gaps : gaps.slice(0, gapSlots - 1);
  const rest = gaps.slice(single.length);
  const annotations = single.map((gap) => ({
    level,
    title: 'not examined',
    message: `${neutralise(gap.subject, 240)} was not examined: ${neutralise(gap.reason, 1000)}\n${neutralise(gap.hint, 1000)}`,
    place: null,
  }));
  if (rest.length === 0) return annotations;
  const named = rest.slice(0, messagesPerAnnotation).map((gap) => neutralise(gap.subject, 240));
  const message = `${rest.length} more were not examined: ${named.join(', ')}${rest.length > named.length ? ', …' : ''}; ${whereTheRestIs}`;
  return [...annotations, { level, title: 'not examined', message, place: null }];
}

/** Null for a finding without a line, and for a path that cannot be written as it is. */
function placeOf({ at, anchor }: ReportFinding): AnnotationPlace | null {
  if (anchor === null || neutralise(anchor.path) !== anchor.path) return null;
  const { path, line } = anchor;
  if (at.kind !== 'file' || at.path !== path || at.line !== line) {
    return { path, line, endLine: line, column: null, endColumn: null };
  }
  const endColumn = at.endColumn > at.column ? at.endColumn : null;
  return { path, line, endLine: Math.max(line, at.endLine), column: at.column, endColumn };
}

function restOf(cluster: Cluster): readonly string[] {
  const [first, ...rest] = cluster;
  if (rest.length === 0) return [];
  const where = first.anchor === null ? `in ${subjectOf(first.at)}` : 'on this line';
  const named = rest
    .slice(0, messagesPerAnnotation)
    .map((finding) => `- ${finding.severity}: ${neutralise(finding.message, 160)}`);
  const hidden = rest.length - named.length;
  return [
    `${rest.length} more of this rule ${where}:`,
    ...named,
    ...(hidden > 0 ? [`and ${hidden} more; ${whereTheRestIs}`] : []),
  ];
}

/** One of several, in short: its severity stands before it. */
function memberOf(vulnerability: ReportFinding['vulnerability'], message: string): string {
  if (vulnerability === null) return neutralise(message, 160);
  return `${neutralise(vulnerability.ids[0] ?? '', 60)} ${describeMember(vulnerability)}`;
}

/** `FROM debian:12: 2 critical, 9 high; 8 fixed by a rebuild`, the worst of them, and what changes them at once. */
function annotateLine(level: AnnotationLevel, cluster: Cluster): Annotation {
  const [first] = cluster;
  const place = placeOf(first);
  const anchor = place === null ? causeLine(first) : null;
  const named = cluster
    .slice(0, 1 + messagesPerAnnotation)
    .map(({ severity, vulnerability, message }) => `- ${severity}: ${memberOf(vulnerability, message)}`);
  const hidden = cluster.length - named.length;
  const fix = lineFix(cluster);
  const message = [
    neutralise(describeLine(cluster), 400),
    `In ${subjectOf(first.at)}`,
    ...(anchor === null ? [] : [`From ${anchor}`]),
    ...(fix === null ? [] : [`Fix: ${neutralise(fix, 400)}`]),
    ...named,
    ...(hidden > 0 ? [`and ${hidden} more; ${whereTheRestIs}`] : []),
  ].join('\n');
  return { level, title: `${first.ruleId} (${first.severity})`, message, place };
}

function annotate(level: AnnotationLevel, cluster: Cluster): Annotation {
  const [first] = cluster;
  if (first.vulnerability !== null && cluster.length > 1) return annotateLine(level, cluster);
  const place = placeOf(first);
  const cause = place === null ? causeLine(first) : null;
  const where = first.at.kind === 'file' && place !== null ? [] : [`In ${describePlace(first.at)}`];
  if (cause !== null) where.push(`From ${cause}`);
  const fix = first.fix === null ? [] : [`Fix: ${neutralise(first.fix.description, 400)}`];
  const message = [neutralise(first.message, 800), ...where, ...fix, ...restOf(cluster)].join('\n');
  return { level, title: `${first.ruleId} (${first.severity})`, message, place };
}

function sumUp(level: AnnotationLevel, hidden: readonly ReportFinding[]): readonly Annotation[] {
  if (hidden.length === 0) return [];
  const files = new Set(hidden.map(({ at }) => (at.kind === 'file' ? showPath(at.path) : namePlace(at)))).size;
  const message = `and ${hidden.length} more ${levelWords[level]} in ${count(files, 'place')}: ${countSeverities(hidden)}; ${whereTheRestIs}`;
  return [{ level, title: `${hidden.length} more`, message, place: null }];
}

function verdict(report: Report): string {
  const aside = setAsidePhrase(report);
  return breakCommands(`hullcheck: ${verdictLine(report)}${aside === '' ? '' : `; set aside: ${aside}`}`);
}

function account(report: Report): Ledger {
  const plans = planAnnotations(report);
  const inClusters = plans.flatMap(({ clusters }) => clusters.map((cluster) => cluster.length));
  const shown = inClusters.reduce((sum, size) => sum + Math.min(size, 1 + messagesPerAnnotation), 0);
  const all = inClusters.reduce((sum, size) => sum + size, 0);
  const hidden = plans.reduce((sum, plan) => sum + plan.hidden.length, 0);
  return { ...countSetAside(report.findings), shown, more: all - shown + hidden };
}

/**
 * Workflow commands within the runner's budget: worst first, one annotation per line and rule, the last slot of a full
 * level says how many more there are. Ends with the verdict as a plain line.
 */
export const github: Reporter = {
  name: 'github',
  render(report) {
    const annotations = planAnnotations(report).flatMap(({ level, gaps, clusters, hidden }) => [
      ...gaps,
      ...clusters.map((cluster) => annotate(level, cluster)),
      ...sumUp(level, hidden),
    ]);
    return `${[...annotations.map(formatCommand), verdict(report)].map((line) => `${line}\n`).join('')}`;
  },
  account,
};
