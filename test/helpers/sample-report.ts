import type { Finding } from '../../src/domain/finding.ts';
import { gap } from '../../src/domain/gap.ts';
import { fileLocation } from '../../src/domain/location.ts';
import type { Report, ReportFinding } from '../../src/domain/report.ts';
import { defineRule } from '../../src/domain/rule.ts';
import type { ReportContext } from '../../src/reporters/reporter.ts';

const image = 'out/app.tar';
const diffId = `sha256:${'ab12'.repeat(16)}`;

/** A finding with everything a report needs; the parts a test is about are given. */
export function reportFinding(parts: Partial<ReportFinding> & Pick<Finding, 'ruleId' | 'at'>): ReportFinding {
  const { at } = parts;
  return {
    severity: 'medium',
    confidence: 'high',
    message: 'something is wrong',
    anchor: at.kind === 'file' ? { path: at.path, line: at.line } : null,
    related: [],
    fix: null,
    fingerprint: '0123456789abcdef0123456789abcdef',
    vulnerability: null,
    model: null,
    disposition: 'advisory',
    reason: 'medium < fail-on high',
    frame: null,
    ...parts,
  };
}

/** A report around findings, with counts that agree with them. */
export function reportOf(findings: readonly ReportFinding[], parts: Partial<Report> = {}): Report {
  const size = (disposition: string) => findings.filter((finding) => finding.disposition === disposition).length;
  const blocking = size('blocking');
  const gaps = parts.gaps ?? [];
  const open = gaps.filter(({ triagedBy }) => triagedBy === null).length;
  const verdict = blocking > 0 ? 'fail' : open > 0 ? 'incomplete' : 'pass';
  return {
    tool: { name: 'hullcheck', version: '0.1.0' },
    subject: 'self-hosted-chat',
    verdict,
    mode: 'gate',
    exitCode: verdict === 'fail' ? 1 : verdict === 'incomplete' ? 3 : 0,
    counts: {
      findings: findings.length,
      blocking,
      advisory: size('advisory'),
      triaged: size('triaged'),
      baseline: size('baseline'),
      outsideChanges: size('outside-changes'),
      gaps: open,
    },
    findings,
    gaps,
    coverage: {
      files: 214,
      images: 1,
      layers: 6,
      layerEntries: 12_345,
      bytes: 83_400_000,
      models: 2,
      scanners: [
        {
          name: 'trivy',
          state: 'ran',
          version: '0.67.2',
          detail: '1 of 1 image examined',
          program: { sha256: 'c6e65abddb34'.padEnd(64, '0'), isLocked: true, origin: 'github.com' },
          database: {
            built: '2026-01-14',
            sha256: '29f47391dc28'.padEnd(64, '0'),
            origin: 'mirror.gcr.io/aquasec/trivy-db:2',
          },
        },
        { name: 'grype', state: 'failed', version: null, detail: 'no database', program: null, database: null },
      ],
      pairings: [{ label: image, dockerfile: 'Dockerfile', layers: 6, diffIds: [], pairing: '6 of 6 steps match' }],
      chosenOff: [],
    },
    notes: ['policy and triage are those of the base revision 4f2a9c1'],
    delta: null,
    maxTriageDays: 90,
    timings: [
      { stage: 'gather', milliseconds: 1840 },
      { stage: 'judge', milliseconds: 38 },
    ],
    sboms: [],
    ...parts,
  };
}

const exampleRules = [
  defineRule({
    id: 'unpinned-base-image',
    summary: 'A base image is named without a version',
    severity: 'high',
    confidence: 'high',
    consumes: ['image-reference'],
    docs: { why: 'The same Dockerfile builds on another image each week.', fix: 'Name the version and the digest.' },
    examples: [],
    check: () => [],
  }),
  defineRule({
    id: 'leaked-dotenv',
    summary: 'A dotenv file ships in a layer',
    severity: 'critical',
    confidence: 'high',
    consumes: ['layer-entry'],
    isSecret: true,
    docs: { why: 'Everyone who can pull the image can read it.', fix: 'Revoke the keys, then keep the file out.' },
    examples: [],
    check: () => [],
  }),
  defineRule({
    id: 'never-fired',
    summary: 'A rule that found nothing',
    severity: 'info',
    confidence: 'low',
    consumes: ['lockfile'],
    docs: { why: 'It is listed all the same.', fix: 'Nothing to do.' },
    examples: [],
    check: () => [],
  }),
];

/** The context reporters are tested in: 80 columns, no colour. */
export const sampleContext: ReportContext = {
  rules: exampleRules,
  color: false,
  columns: 80,
  all: false,
  today: '2026-01-15',
  informationUrl: 'https://github.example/hullcheck',
  triageLine: ({ ruleId, at }) =>
    `- { rule: ${ruleId}, path: "${'path' in at ? at.path : '**'}", reason: "", owner: "", expires: 2026-04-15 }`,
};

const dockerfileFrame = {
  firstLine: 1,
  lines: ['# the chat server', 'FROM node', 'WORKDIR /app'],
};

const pin = {
  description: 'name the version and pin it to the digest it has today',
  edits: [{ path: 'Dockerfile', line: 2, endLine: 2, newText: `FROM node:22.11.0-slim@sha256:${'0c4d'.repeat(16)}` }],
};

const unpinned = 'node has no tag, so every build may start from another image';
const fromNode = (path: string, line: number) =>
  reportFinding({
    ruleId: 'unpinned-base-image',
    severity: 'high',
    message: unpinned,
    at: fileLocation(path, { line, column: 6, endLine: line, endColumn: 10 }),
    disposition: 'blocking',
    reason: 'high >= fail-on high',
    frame: path === 'Dockerfile' ? dockerfileFrame : null,
    fix: path === 'Dockerfile' ? pin : null,
  });

const vulnerability = {
  ids: ['CVE-2026-1234', 'GHSA-aaaa-bbbb-cccc'],
  package: 'openssl',
  installed: '3.0.11-1',
  fixed: ['3.0.15-1'],
  scanners: ['grype', 'trivy'],
  severityBy: { trivy: 'critical', grype: 'high' },
  epss: 0.421,
  kev: true,
  cvss: 9.8,
} as const;

/** What a team sees on an ordinary bad day: a leaked file, unpinned images, an install, a package and one gap. */
export const sampleReport: Report = reportOf(
  [
    reportFinding({
      ruleId: 'leaked-dotenv',
      severity: 'critical',
      message:
        'app/.env ships with 3 values that look real: OPENAI_API_KEY, DATABASE_PASSWORD and SESSION_SECRET. Revoke them first, then keep the file out of the build',
      at: { kind: 'layer', image, layer: 3, diffId, path: 'app/.env', state: 'deleted' },
      anchor: { path: 'Dockerfile', line: 7 },
      disposition: 'blocking',
      reason: 'critical >= fail-on high',
      fix: { description: 'add .env* to .dockerignore', edits: [] },
    }),
    fromNode('Dockerfile', 2),
    fromNode('web/Dockerfile', 1),
    fromNode('worker/Dockerfile', 4),
    reportFinding({
      ruleId: 'vulnerable-package',
      severity: 'critical',
      message: 'openssl 3.0.11-1 has CVE-2026-1234, which is known to be exploited',
      at: { kind: 'package', image, purl: 'pkg:deb/debian/openssl@3.0.11-1', diffId },
      anchor: { path: 'Dockerfile', line: 2 },
      disposition: 'blocking',
      reason: 'critical >= fail-on critical',
      vulnerability,
      fix: { description: 'rebuild on node:22.11.0-slim or later, which has 3.0.15-1', edits: [] },
    }),
    reportFinding({
      ruleId: 'unfrozen-install',
      message: 'npm install may change package-lock.json while it installs',
      at: fileLocation('Dockerfile', { line: 5, column: 5, endLine: 5, endColumn: 16 }),
      frame: { firstLine: 4, lines: ['COPY package*.json ./', 'RUN npm install --omit=dev', ''] },
      fix: {
        description: 'install exactly what the lockfile says',
        edits: [{ path: 'Dockerfile', line: 5, endLine: 5, newText: 'RUN npm ci --omit=dev' }],
      },
    }),
    reportFinding({
      ruleId: 'secret-in-image-config',
      message: 'the image sets ADMIN_PASSWORD, which everyone who can pull it can read',
      at: { kind: 'image', image, part: 'env', name: 'ADMIN_PASSWORD' },
      anchor: { path: 'Dockerfile', line: 9 },
      confidence: 'low',
      frame: { firstLine: 9, lines: ['ENV ADMIN_PASSWORD=***'] },
    }),
    reportFinding({
      ruleId: 'model-digest-mismatch',
      severity: 'low',
      message: 'models/chat.gguf is not the file the manifest lists',
      at: fileLocation('model-manifest.yml', { line: 8, column: 15, endLine: 8, endColumn: 79 }),
      model: { path: 'models/chat.gguf', expected: 'aa'.repeat(32), actual: 'bb'.repeat(32), size: 4_370_000_000 },
    }),
    reportFinding({
      ruleId: 'root-final-user',
      message: 'the image runs as root',
      at: { kind: 'image', image, part: 'user', name: '' },
      disposition: 'triaged',
      reason: 'the platform maps root to nobody',
    }),
    reportFinding({
      ruleId: 'floating-base-tag',
      message: 'node:22 moves with every patch release',
      at: fileLocation('tools/Dockerfile', { line: 1, column: 6, endLine: 1, endColumn: 13 }),
      disposition: 'outside-changes',
      reason: 'the base tree has it too',
    }),
  ],
  {
    gaps: [
      {
        ...gap(
          'scanner/grype',
          'out/app.tar',
          'Grype has no vulnerability database and may not download one (--offline)',
          'run hullcheck doctor with network access, or pass a finished report with --grype-report',
        ),
        triagedBy: null,
      },
    ],
  },
);
