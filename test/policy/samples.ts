import type { Finding, VulnerabilityFacts } from '../../src/domain/finding.ts';
import type { FileLocation } from '../../src/domain/location.ts';
import type { Coverage } from '../../src/domain/report.ts';
import { type AnyRule, defineRule } from '../../src/domain/rule.ts';
import type { DecideInput } from '../../src/policy/decide.ts';
import { defaultPolicy, type TriageEntry } from '../../src/policy/schema.ts';

export const today = '2026-01-15';

/** The n-th fingerprint: 32 hex digits. */
export function print(n: number): string {
  return n.toString(16).padStart(32, 'f');
}

export function fileAt(path: string, line: number): FileLocation {
  return { kind: 'file', path, line, column: 1, endLine: line, endColumn: 10 };
}

export function finding(partial: Partial<Finding> = {}): Finding {
  const at = partial.at ?? fileAt('Dockerfile', 1);
  return {
    ruleId: 'unpinned-base-image',
    severity: 'high',
    confidence: 'high',
    message: 'node:latest has no version',
    at,
    anchor: at.kind === 'file' ? { path: at.path, line: at.line } : null,
    related: [],
    fix: null,
    fingerprint: print(1),
    vulnerability: null,
    model: null,
    ...partial,
  };
}

export const facts: VulnerabilityFacts = {
  ids: ['CVE-2026-0001', 'GHSA-aaaa-bbbb-cccc'],
  package: 'openssl',
  installed: '3.0.1',
  fixed: ['3.0.2'],
  scanners: ['trivy'],
  severityBy: { trivy: 'critical' },
  epss: null,
  kev: false,
  cvss: null,
};

export function vulnerable(partial: Partial<Finding> = {}): Finding {
  return finding({
    ruleId: 'vulnerable-package',
    severity: 'critical',
    message: 'openssl 3.0.1 has CVE-2026-0001',
    at: { kind: 'package', image: 'ghcr.io/me/app:1', purl: 'pkg:deb/debian/openssl@3.0.1', diffId: null },
    anchor: { path: 'Dockerfile', line: 1 },
    vulnerability: facts,
    fingerprint: print(2),
    ...partial,
  });
}

const shape = {
  summary: 'for tests',
  severity: 'high',
  confidence: 'high',
  docs: { why: '', fix: '' },
  examples: [],
  check: () => [],
} as const;

export const rules: readonly AnyRule[] = [
  defineRule({ ...shape, id: 'unpinned-base-image', consumes: ['image-reference'] }),
  defineRule({ ...shape, id: 'root-final-user', severity: 'medium', consumes: ['image', 'dockerfile'] }),
  defineRule({ ...shape, id: 'leaked-dotenv', severity: 'critical', consumes: ['layer-entry'], isSecret: true }),
  defineRule({ ...shape, id: 'tracked-dotenv', consumes: ['lockfile'], isSecret: true }),
  defineRule({ ...shape, id: 'vulnerable-package', severity: 'medium', consumes: ['vulnerability'] }),
  defineRule({ ...shape, id: 'unsafe-model-format', severity: 'medium', consumes: ['model-file'] }),
  defineRule({ ...shape, id: 'expired-triage', severity: 'medium', consumes: ['triage-entry'] }),
  defineRule({ ...shape, id: 'unused-triage', severity: 'low', consumes: ['triage-entry'] }),
  defineRule({ ...shape, id: 'weakened-policy', consumes: ['policy-change'], isSuppressible: false }),
];

export const ruleIds = rules.map((rule) => rule.id);

export const sourceOnly: Coverage = {
  files: 3,
  images: 0,
  layers: 0,
  layerEntries: 0,
  bytes: 0,
  models: 0,
  scanners: [],
  pairings: [],
  chosenOff: ['source only'],
};

export const withImage: Coverage = {
  ...sourceOnly,
  images: 1,
  scanners: [
    { name: 'grype', state: 'imported', version: null, detail: '', program: null, database: null },
    { name: 'trivy', state: 'ran', version: '0.74.0', detail: '', program: null, database: null },
  ],
  pairings: [{ label: 'ghcr.io/me/app:1', dockerfile: 'Dockerfile', layers: 3, diffIds: [], pairing: 'history' }],
  chosenOff: [],
};

export function entry(partial: Partial<TriageEntry> = {}): TriageEntry {
  return {
    subject: { kind: 'rule', id: 'unpinned-base-image' },
    path: null,
    package: null,
    image: null,
    reason: 'parser is never reached',
    owner: null,
    expires: '2026-03-31',
    at: fileAt('.hullcheck.yml', 12),
    ...partial,
  };
}

export function input(partial: Partial<DecideInput> = {}): DecideInput {
  return {
    findings: [],
    gaps: [],
    policy: defaultPolicy,
    rules,
    base: null,
    baseReport: null,
    baseline: new Map(),
    today,
    coverage: sourceOnly,
    failOn: null,
    gate: {},
    version: '0.1.0',
    subject: '.',
    notes: [],
    timings: [],
    sboms: [],
    ...partial,
  };
}
