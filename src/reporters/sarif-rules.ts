import type { AnyRule } from '../domain/rule.ts';
import type { Confidence, Severity } from '../domain/severity.ts';
import { rulePage } from './reporter.ts';

/** GitHub's limits for rules (docs.github.com, SARIF support for code scanning). */
const descriptionLimit = 1024;
const idLimit = 255;

type SarifLevel = 'error' | 'warning' | 'note';

export const levels: Readonly<Record<Severity, SarifLevel>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

/** In the middle of GitHub's ranges (over 9, 7 to 8.9, 4 to 6.9, 0.1 to 3.9); none for info, which is no security alert. */
export const securitySeverities: Readonly<Record<Severity, string | null>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  info: null,
};

const precisions: Readonly<Record<Confidence, string>> = { high: 'high', medium: 'medium', low: 'low' };

/** Never empty, as GitHub treats an empty string like a missing one. */
export function filled(text: string, fallback: string, limit: number): string {
  const chosen = text.trim() === '' ? fallback : text;
  return chosen.length > limit ? `${chosen.slice(0, limit - 1)}…` : chosen;
}

function ruleProperties(rule: Pick<AnyRule, 'severity' | 'confidence' | 'consumes'>) {
  const security = securitySeverities[rule.severity];
  return {
    tags: [...new Set(['security', ...rule.consumes])].slice(0, 10),
    precision: precisions[rule.confidence],
    ...(security === null ? { 'problem.severity': 'recommendation' } : { 'security-severity': security }),
  };
}

/** SARIF 2.1.0, 3.49 reportingDescriptor. */
export function describeRule(rule: AnyRule, informationUrl: string) {
  const { why, fix } = rule.docs;
  const page = rulePage(rule.id, informationUrl);
  return {
    id: filled(rule.id, 'unnamed-rule', idLimit),
    name: filled(rule.id, 'unnamed-rule', idLimit),
    shortDescription: { text: filled(rule.summary, rule.id, descriptionLimit) },
    fullDescription: { text: filled(why, rule.summary, descriptionLimit) },
    helpUri: page,
    help: {
      text: filled(`${why}\n\nFix: ${fix}`, rule.summary, 8192),
      markdown: filled(`${why}\n\n**Fix:** ${fix}\n\n[${rule.id}](${page})`, rule.summary, 8192),
    },
    defaultConfiguration: { level: levels[rule.severity] },
    properties: ruleProperties(rule),
  };
}

/** Stands for a rule that reported and is not in the registry, so that no result points nowhere. */
export function describeUnknownRule(id: string, severity: Severity, informationUrl: string) {
  const docs = { why: id, fix: 'see the finding' };
  const known = { id, summary: id, severity, confidence: 'medium', consumes: [], docs, examples: [] } as const;
  return describeRule({ ...known, check: () => [] }, informationUrl);
}
