import { readFile } from 'node:fs/promises';

/** The JSON report's public shape, as far as end-to-end tests read it (docs/report.schema.json). */
export interface JsonReport {
  readonly schemaVersion: 1;
  readonly verdict: 'pass' | 'fail' | 'incomplete';
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: readonly JsonFinding[];
  readonly gaps: readonly { readonly source: string; readonly subject: string; readonly reason: string }[];
  readonly coverage: {
    readonly pairings: readonly { readonly dockerfile: string | null; readonly pairing: string }[];
  } & Readonly<Record<string, unknown>>;
}

export interface JsonFinding {
  readonly ruleId: string;
  readonly severity: string;
  readonly disposition: string;
  readonly message: string;
  readonly fingerprint: string;
  readonly anchor: { readonly path: string; readonly line: number } | null;
  readonly at: {
    readonly kind: string;
    readonly path?: string;
    readonly line?: number;
    readonly layer?: number;
    readonly state?: string;
    readonly part?: string;
    readonly name?: string;
  };
  readonly fix: { readonly description: string } | null;
  readonly related: readonly {
    readonly at: { readonly kind: string; readonly path?: string };
    readonly message: string;
  }[];
  readonly vulnerability?: {
    readonly ids: readonly string[];
    readonly package: string;
  };
}

export function parseReport(text: string): JsonReport {
  return JSON.parse(text);
}

export async function readReport(path: string): Promise<JsonReport> {
  return parseReport(await readFile(path, 'utf8'));
}

/** All that must not depend on how an image was stored or from where it was read. */
export function essenceOf({ findings, gaps, verdict }: JsonReport): unknown {
  return {
    verdict,
    gaps: gaps.map((item) => item.reason),
    findings: findings.map(({ ruleId, severity, disposition, message, fingerprint, anchor, at }) => {
      const { kind, layer, path, state, part, name } = at;
      const cause = anchor === null ? null : `${anchor.path}:${anchor.line}`;
      return { ruleId, severity, disposition, message, fingerprint, cause, kind, layer, path, state, part, name };
    }),
  };
}

const severities = ['info', 'low', 'medium', 'high', 'critical'];

/** `rule path` of the findings above low. */
export function aboveLow(report: JsonReport): readonly string[] {
  return report.findings
    .filter((finding) => severities.indexOf(finding.severity) > severities.indexOf('low'))
    .map(
      (finding) => `${finding.severity} ${finding.ruleId} ${finding.at.path ?? finding.at.name}: ${finding.message}`,
    );
}
