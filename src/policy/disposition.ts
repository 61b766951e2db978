import type { Finding } from '../domain/finding.ts';
import type { Disposition } from '../domain/report.ts';
import type { AnyRule } from '../domain/rule.ts';
import { isAtLeast } from '../domain/severity.ts';
import type { BaseReasons } from './delta.ts';
import { compareMildestFirst } from './finding-order.ts';
import { isExcusable, isSuppressible } from './rule-class.ts';
import type { FailOn, Policy } from './schema.ts';
import { explainEntry, triageFinding } from './triage.ts';
import { type VulnerabilityGate, whyAlways, whyNot } from './vulnerability-gate.ts';

export interface Disposed {
  readonly finding: Finding;
  readonly disposition: Disposition;
  readonly reason: string;
}

/** What findings are weighed against. Counts are by fingerprint; `base` null: there is no base to compare with. */
export interface Scales {
  readonly policy: Policy;
  readonly failOn: Policy['failOn'];
  readonly gate: VulnerabilityGate;
  /** The scanners that answered. */
  readonly answered: readonly string[];
  readonly rules: ReadonlyMap<string, AnyRule>;
  readonly baseline: ReadonlyMap<string, number>;
  readonly base: ReadonlyMap<string, number> | null;
  readonly today: string;
  readonly reasons: BaseReasons;
}

/** Counts that run out: each finding spends one of its fingerprint's. */
interface Allowance {
  /** False when none is left. */
  spend(fingerprint: string): boolean;
}

function allow(counts: ReadonlyMap<string, number> | null): Allowance {
  const left = new Map(counts);
  return {
    spend(fingerprint) {
      const remaining = left.get(fingerprint) ?? 0;
      if (remaining > 0) left.set(fingerprint, remaining - 1);
      return remaining > 0;
    },
  };
}

function thresholdOf(finding: Finding, failOn: Policy['failOn']): FailOn {
  return finding.ruleId === 'vulnerable-package' ? failOn.vulnerabilities : failOn.default;
}

/** What the gate says of a vulnerability before its severity, or against it; null where severity decides. */
function weighVulnerability(finding: Finding, scales: Scales): Disposed | null {
  const { vulnerability } = finding;
  if (vulnerability === null || finding.confidence === 'low') return null;
  const always = whyAlways(vulnerability, scales.gate);
  if (always !== null) return { finding, disposition: 'blocking', reason: always };
  const bySeverity = weighSeverity(finding, thresholdOf(finding, scales.failOn));
  const against = whyNot(vulnerability, scales.gate, scales.answered);
  return bySeverity.disposition === 'blocking' && against !== null
    ? { finding, disposition: 'advisory', reason: against }
    : null;
}

function weighSeverity(finding: Finding, threshold: FailOn): Disposed {
  if (threshold === 'never') return { finding, disposition: 'advisory', reason: 'fail-on is never' };
  if (!isAtLeast(finding.severity, threshold)) {
    return { finding, disposition: 'advisory', reason: `${finding.severity} is below fail-on ${threshold}` };
  }
  if (finding.confidence === 'low') {
    return { finding, disposition: 'advisory', reason: 'a finding of low confidence never blocks' };
  }
  return { finding, disposition: 'blocking', reason: `${finding.severity} is at or above fail-on ${threshold}` };
}

function weigh(finding: Finding, scales: Scales): Disposed {
  return weighVulnerability(finding, scales) ?? weighSeverity(finding, thresholdOf(finding, scales.failOn));
}

function triageAll(findings: readonly Finding[], scales: Scales): readonly (Disposed | Finding)[] {
  return findings.map((finding) => {
    const isOpen = isSuppressible(scales.rules.get(finding.ruleId));
    const entry = isOpen ? triageFinding(scales.policy, finding, scales.today) : null;
    return entry === null ? finding : { finding, disposition: 'triaged', reason: explainEntry(entry) };
  });
}

function isDisposed(item: Disposed | Finding): item is Disposed {
  return 'disposition' in item;
}

function spendBaseline(items: readonly (Disposed | Finding)[], scales: Scales): readonly (Disposed | Finding)[] {
  const allowance = allow(scales.baseline);
  const reason = `already in the baseline ${scales.policy.baseline ?? ''}`.trimEnd();
  return items.map((item) => {
    if (isDisposed(item) || !isExcusable(scales.rules.get(item.ruleId)) || !allowance.spend(item.fingerprint))
      return item;
    return { finding: item, disposition: 'baseline', reason };
  });
}

/** What is triaged or in the baseline was in the base too and uses up its count there: only the surplus is new. */
function spendBase(items: readonly (Disposed | Finding)[], scales: Scales): readonly (Disposed | Finding)[] {
  const allowance = allow(scales.base);
  for (const item of items) if (isDisposed(item)) allowance.spend(item.finding.fingerprint);
  return items.map((item) => {
    if (isDisposed(item) || !isExcusable(scales.rules.get(item.ruleId)) || !allowance.spend(item.fingerprint))
      return item;
    const reason = scales.reasons.changed.get(item) ?? 'the base already has it';
    return { finding: item, disposition: 'outside-changes', reason };
  });
}

/** What was there and only became known since is of no change's making. */
function setDisclosedAside(items: readonly (Disposed | Finding)[], { reasons }: Scales) {
  return items.map((item): Disposed | Finding => {
    const reason = isDisposed(item) ? undefined : reasons.disclosed.get(item);
    return isDisposed(item) || reason === undefined ? item : { finding: item, disposition: 'outside-changes', reason };
  });
}

/**
 * Gives each finding its one disposition, the first that holds of triaged, baseline, outside-changes, blocking and
 * advisory. Allowances are spent mildest first, so that a new finding never hides a worse one with its fingerprint.
 */
export function disposeFindings(findings: readonly Finding[], scales: Scales): readonly Disposed[] {
  const ordered = [...findings].sort(compareMildestFirst);
  const excused = setDisclosedAside(spendBase(spendBaseline(triageAll(ordered, scales), scales), scales), scales);
  return excused.map((item) => (isDisposed(item) ? item : weigh(item, scales)));
}
