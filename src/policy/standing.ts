import type { Finding } from '../domain/finding.ts';
import { matchesGlob } from '../domain/glob.ts';
import type { AnyRule } from '../domain/rule.ts';
import { isProtected, isSuppressible } from './rule-class.ts';
import type { Policy } from './schema.ts';

/** What is left to weigh after the policy's `rules` and `ignorePaths`, and a sentence for all that is not. */
export interface Standing {
  readonly findings: readonly Finding[];
  /** The finding as it came in, for each that got another severity. */
  readonly origins: ReadonlyMap<Finding, Finding>;
  readonly notes: readonly string[];
}

function count(number: number): string {
  return number === 1 ? '1 finding' : `${number} findings`;
}

/** Only for findings in repository files: an image was named by the user, whatever its Dockerfile's path. */
function isIgnored(finding: Finding, rule: AnyRule | undefined, policy: Policy): boolean {
  const { at } = finding;
  if (at.kind !== 'file' || finding.vulnerability !== null || finding.model !== null) return false;
  if (!isSuppressible(rule) || (rule !== undefined && isProtected(rule))) return false;
  return policy.ignorePaths.some((pattern) => matchesGlob(pattern, at.path));
}

function noteSwitchedOff(ruleId: string, number: number, policy: Policy): string {
  const at = policy.places.get(`rules.${ruleId}`);
  const where = at === undefined ? 'by the policy' : `in ${at.path}:${at.line}`;
  return `${count(number)} of ${ruleId} left out: switched off ${where}`;
}

/** Applies the severities the policy sets and drops what it switches off or ignores; nothing is dropped without a note. */
export function keepStanding(
  findings: readonly Finding[],
  policy: Policy,
  rules: ReadonlyMap<string, AnyRule>,
): Standing {
  const kept: Finding[] = [];
  const origins = new Map<Finding, Finding>();
  const switchedOff = new Map<string, number>();
  let ignored = 0;
  for (const finding of findings) {
    const rule = rules.get(finding.ruleId);
    const level = isSuppressible(rule) ? policy.rules[finding.ruleId] : undefined;
    if (level === 'off') switchedOff.set(finding.ruleId, (switchedOff.get(finding.ruleId) ?? 0) + 1);
    else if (isIgnored(finding, rule, policy)) ignored++;
    else if (level === undefined) kept.push(finding);
    else {
      const weighed = { ...finding, severity: level };
      origins.set(weighed, finding);
      kept.push(weighed);
    }
  }
  const notes = [...switchedOff]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ruleId, number]) => noteSwitchedOff(ruleId, number, policy));
  const ignoredNotes = ignored === 0 ? [] : [`${count(ignored)} under ignorePaths left out`];
  return { findings: kept, origins, notes: [...notes, ...ignoredNotes] };
}
