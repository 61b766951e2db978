import type { EvidenceKind } from '../domain/evidence.ts';
import type { AnyRule } from '../domain/rule.ts';

/** Evidence that exists only where an image was examined. */
const imageKinds: ReadonlySet<EvidenceKind> = new Set([
  'image',
  'image-setting',
  'layer-entry',
  'secret-match',
  'vulnerability',
  'operating-system',
]);

const modelKinds: ReadonlySet<EvidenceKind> = new Set(['model-file', 'model-declaration', 'model-manifest']);

/** Rules by id: what the policy needs to know about the rule behind a finding. */
export function indexRules(rules: readonly AnyRule[]): ReadonlyMap<string, AnyRule> {
  return new Map(rules.map((rule) => [rule.id, rule]));
}

/** Whether the rule is about secrets, models or vulnerabilities, which no ignored path covers. */
export function isProtected(rule: AnyRule): boolean {
  return rule.isSecret === true || rule.consumes.some((kind) => kind === 'vulnerability' || modelKinds.has(kind));
}

/** Whether the rule can stay silent just because no image was examined. */
export function needsImage(rule: AnyRule): boolean {
  return rule.consumes.some((kind) => imageKinds.has(kind));
}

/** Whether the rule can stay silent just because no scanner reported. */
export function needsScanner(rule: AnyRule): boolean {
  return rule.consumes.some((kind) => kind === 'vulnerability' || kind === 'operating-system');
}

/** Whether policy, triage, baseline and base apply to the rule at all. */
export function isSuppressible(rule: AnyRule | undefined): boolean {
  return rule?.isSuppressible !== false;
}

/** Whether a baseline or the base tree may excuse the rule's findings: never for secrets. */
export function isExcusable(rule: AnyRule | undefined): boolean {
  return isSuppressible(rule) && rule?.isSecret !== true;
}
