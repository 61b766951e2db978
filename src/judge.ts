import { anchorOf, type Causes, causeOf } from './domain/cause.ts';
import type { Evidence, EvidenceKind } from './domain/evidence.ts';
import type { Draft, Finding, RelatedPlace } from './domain/finding.ts';
import { fingerprintOf } from './domain/fingerprint.ts';
import { type Gap, gap } from './domain/gap.ts';
import type { Location } from './domain/location.ts';
import type { AnyRule, EvidenceView, RuleSettings } from './domain/rule.ts';
import type { Severity } from './domain/severity.ts';
import { isInTests } from './domain/test-path.ts';

export interface Judgement {
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
}

/** Where a finding is, without what an edit or a rebuild changes: no line, layer, digest, version or image name. */
function placeOf(at: Location): readonly string[] {
  if (at.kind === 'file') return ['file', at.path];
  if (at.kind === 'layer') return ['layer', at.path];
  return at.kind === 'image' ? ['image', at.part] : ['package'];
}

function severityOf(rule: AnyRule, draft: Draft): Severity {
  const isTest = rule.isLoweredInTests === true && draft.at.kind === 'file' && isInTests(draft.at.path);
  return isTest ? 'info' : (draft.severity ?? rule.severity);
}

/** The lines of a layer that several instructions made together, where none of them can be blamed alone. */
function madeBy(at: Location, causes: Causes): readonly RelatedPlace[] {
  const cause = at.kind === 'layer' || at.kind === 'package' ? causeOf(at, causes) : null;
  if (cause?.isRange !== true) return [];
  const { path, line, endLine } = cause;
  const message = `the layer holds what the instructions of ${cause.instruction} made; which of them wrote this is not known`;
  return [{ at: { kind: 'file', path, line, column: 1, endLine, endColumn: 1 }, message }];
}

function findingOf(rule: AnyRule, draft: Draft, causes: Causes): Finding {
  return {
    ruleId: rule.id,
    severity: severityOf(rule, draft),
    confidence: draft.confidence ?? rule.confidence,
    message: draft.message,
    at: draft.at,
    anchor: anchorOf(draft.at, causes),
    related: [...(draft.related ?? []), ...madeBy(draft.at, causes)],
    fix: draft.fix ?? null,
    fingerprint: fingerprintOf([rule.id, ...placeOf(draft.at), ...draft.identity]),
    vulnerability: draft.vulnerability ?? null,
    model: draft.model ?? null,
  };
}

/** Evidence by kind, in an order that does not depend on which source spoke first. */
function viewOf(evidence: readonly Evidence[], causes: Causes, settings: RuleSettings): EvidenceView<EvidenceKind> {
  const byKind = new Map<EvidenceKind, Evidence[]>();
  for (const item of evidence) {
    const list = byKind.get(item.kind);
    if (list === undefined) byKind.set(item.kind, [item]);
    else list.push(item);
  }
  const isOf =
    <T extends EvidenceKind>(kind: T) =>
    (item: Evidence): item is Evidence<T> =>
      item.kind === kind;
  return {
    settings,
    causeOf: (at) => causeOf(at, causes),
    of: (kind) => (byKind.get(kind) ?? []).filter(isOf(kind)),
  };
}

/** Applies every rule. Pure and independent of the order of evidence; a rule that crashes is a gap and the others go on. */
export function judge(
  evidence: readonly Evidence[],
  causes: Causes,
  rules: readonly AnyRule[],
  settings: RuleSettings,
): Judgement {
  const view = viewOf(evidence, causes, settings);
  const findings: Finding[] = [];
  const gaps: Gap[] = [];
  for (const rule of rules) {
    try {
      for (const draft of rule.check(view)) findings.push(findingOf(rule, draft, causes));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      gaps.push(
        gap(
          `rules/${rule.id}`,
          rule.id,
          `the rule ${rule.id} crashed: ${reason}`,
          'report this at the project with the file that caused it',
        ),
      );
    }
  }
  return { findings, gaps };
}
