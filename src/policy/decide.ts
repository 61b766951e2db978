import { compareText } from '../domain/compare-text.ts';
import type { Finding } from '../domain/finding.ts';
import type { Gap } from '../domain/gap.ts';
import { countBy } from '../domain/group-by.ts';
import type {
  CodeFrame,
  Counts,
  Coverage,
  Disposition,
  Report,
  ReportFinding,
  StageTiming,
  Verdict,
  VulnerabilityChange,
} from '../domain/report.ts';
import type { AnyRule } from '../domain/rule.ts';
import type { BaseReport } from './base-report.ts';
import { type BaseReasons, compareWithReport, deltaOf } from './delta.ts';
import { disposeFindings } from './disposition.ts';
import { compareFindings } from './finding-order.ts';
import { indexRules } from './rule-class.ts';
import type { FailOn, Policy } from './schema.ts';
import { keepStanding } from './standing.ts';
import { explainEntry, triageGap } from './triage.ts';
import { answeredScanners, gateNotes, type VulnerabilityGate } from './vulnerability-gate.ts';

/** Everything a verdict follows from. */
export interface DecideInput {
  /** As `judge` yields them, in any order. */
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
  readonly policy: Policy;
  /** The rules behind the findings. */
  readonly rules: readonly AnyRule[];
  /** What the base tree and the base report have, by fingerprint; null: everything is in scope. */
  readonly base: { readonly fingerprints: ReadonlyMap<string, number> } | null;
  /** The earlier report given; its fingerprints are part of `base`. */
  readonly baseReport: BaseReport | null;
  /** What the baseline excuses, by fingerprint; see `baselineCounts`. */
  readonly baseline: ReadonlyMap<string, number>;
  /** `YYYY-MM-DD` in UTC. */
  readonly today: string;
  readonly coverage: Coverage;
  /** Overrides the policy's `failOn` for all findings; null: the policy's. */
  readonly failOn: FailOn | null;
  /** What of the policy's `vulnerabilities` is overridden for this run. */
  readonly gate: Partial<VulnerabilityGate>;
  /** Hullcheck's own. */
  readonly version: string;
  /** What was checked, as the report names it. */
  readonly subject: string;
  readonly notes: readonly string[];
  readonly timings: readonly StageTiming[];
  readonly sboms: Report['sboms'];
  /** Redacted lines around a finding, asked with the very object of `findings`; never for findings about secrets. */
  readonly frames?: (finding: Finding) => CodeFrame | null;
}

/**
 * Weighs findings and gaps by the policy. Pure, and independent of the order of findings and gaps: the same input gives
 * the same report on any day with the same `today`.
 */
export function decide(input: DecideInput): Report {
  const { policy } = input;
  const rules = indexRules(input.rules);
  const standing = keepStanding(input.findings, policy, rules);
  const failOn = input.failOn === null ? policy.failOn : { vulnerabilities: input.failOn, default: input.failOn };
  const base = input.base?.fingerprints ?? null;
  const gate = { ...policy.vulnerabilities, ...input.gate };
  const answered = answeredScanners(input.coverage);
  const reasons = compareWithReport(standing.findings, input.baseReport);
  const scales = { policy, failOn, gate, answered, rules, baseline: input.baseline, base, today: input.today, reasons };
  const disposed = disposeFindings(standing.findings, scales);
  const findings = disposed.map(({ finding, disposition, reason }): ReportFinding => {
    const frame = frameOf(standing.origins.get(finding) ?? finding, input, rules);
    const change = changeOf(finding, disposition, reasons, input.baseReport);
    const weighed = { ...finding, disposition, reason, frame };
    return change === null ? weighed : { ...weighed, change };
  });
  const gaps = reportGaps(input);
  const verdict = judgeVerdict(findings, gaps);
  const exitCode = exitCodeOf(verdict, policy);
  return {
    tool: { name: 'hullcheck', version: input.version },
    subject: input.subject,
    verdict,
    mode: policy.mode,
    exitCode,
    counts: countAll(findings, gaps.length),
    findings: findings.sort(compareReportFindings),
    gaps,
    coverage: input.coverage,
    notes: [...input.notes, ...standing.notes, ...gateNotes(gate, answered), ...noteLeniency(verdict, policy)],
    delta: deltaOf(disposed, reasons, input.baseReport, input.coverage),
    maxTriageDays: policy.maxTriageDays,
    timings: input.timings,
    sboms: input.sboms,
  };
}

function changeOf(
  finding: Finding,
  disposition: Disposition,
  reasons: BaseReasons,
  base: BaseReport | null,
): VulnerabilityChange | null {
  if (base === null || finding.vulnerability === null) return null;
  if (reasons.disclosed.has(finding)) return 'newly-disclosed';
  if (reasons.changed.has(finding)) return 'severity-changed';
  return disposition === 'blocking' || disposition === 'advisory' ? 'new' : null;
}

function frameOf(finding: Finding, input: DecideInput, rules: ReadonlyMap<string, AnyRule>): CodeFrame | null {
  return rules.get(finding.ruleId)?.isSecret === true ? null : (input.frames?.(finding) ?? null);
}

function reportGaps({ gaps, policy, today }: DecideInput): Report['gaps'] {
  return gaps
    .map((gap) => {
      const entry = triageGap(policy, gap, today);
      return { ...gap, triagedBy: entry === null ? null : explainEntry(entry) };
    })
    .sort(
      (a, b) => compareText(a.source, b.source) || compareText(a.subject, b.subject) || compareText(a.reason, b.reason),
    );
}

function judgeVerdict(findings: readonly ReportFinding[], gaps: Report['gaps']): Verdict {
  if (findings.some((finding) => finding.disposition === 'blocking')) return 'fail';
  return gaps.some((gap) => gap.triagedBy === null) ? 'incomplete' : 'pass';
}

/** What the verdict costs under a gate, before `mode` and `onGap`. */
const strictExitCodes = { pass: 0, fail: 1, incomplete: 3 } as const;

function exitCodeOf(verdict: Verdict, policy: Policy): Report['exitCode'] {
  if (policy.mode === 'observe') return 0;
  if (verdict === 'incomplete' && policy.onGap === 'warn') return 0;
  return strictExitCodes[verdict];
}

function noteLeniency(verdict: Verdict, policy: Policy): readonly string[] {
  if (verdict === 'pass') return [];
  const code = strictExitCodes[verdict];
  if (policy.mode === 'observe') return [`mode is observe: a gate would have exited ${code}`];
  return verdict === 'incomplete' && policy.onGap === 'warn'
    ? [`onGap is warn: the run is incomplete and exits 0`]
    : [];
}

function countAll(findings: readonly ReportFinding[], gaps: number): Counts {
  const of = countBy(findings, ({ disposition }) => disposition);
  return {
    findings: findings.length,
    blocking: of('blocking'),
    advisory: of('advisory'),
    triaged: of('triaged'),
    baseline: of('baseline'),
    outsideChanges: of('outside-changes'),
    gaps,
  };
}

function compareReportFindings(a: ReportFinding, b: ReportFinding): number {
  const rank = (finding: ReportFinding) => (finding.disposition === 'blocking' ? 0 : 1);
  return rank(a) - rank(b) || compareFindings(a, b);
}
