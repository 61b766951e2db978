import fc from 'fast-check';
import type { Location } from '../../src/domain/location.ts';
import { dispositions, type Report, type ReportFinding } from '../../src/domain/report.ts';
import { confidences, severities } from '../../src/domain/severity.ts';
import { hostileTexts } from './hostile-report.ts';
import { reportFinding, reportOf } from './sample-report.ts';

const foreignText = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom('::', '##[', '\n', '`', '|', '\\', '<', '@', '#', '[', ']', '(', ' ', 'a'),
    maxLength: 40,
  }),
);

const line = fc.integer({ min: 1, max: 9 });
const place: fc.Arbitrary<Location> = fc.oneof(
  fc.record({
    kind: fc.constant('file' as const),
    path: foreignText,
    line,
    column: line,
    endLine: line,
    endColumn: line,
  }),
  fc.record({
    kind: fc.constant('layer' as const),
    image: foreignText,
    layer: line,
    diffId: fc.constant('sha256:0'),
    path: foreignText,
    state: fc.constantFrom('present' as const, 'overwritten' as const, 'deleted' as const),
  }),
  fc.record({
    kind: fc.constant('image' as const),
    image: foreignText,
    part: fc.constantFrom('env' as const, 'label' as const, 'os' as const),
    name: foreignText,
  }),
  fc.record({
    kind: fc.constant('package' as const),
    image: foreignText,
    purl: foreignText,
    diffId: fc.constant(null),
  }),
);

/** One in a while creates its file. */
const endOfEdit = fc.oneof({ weight: 5, arbitrary: line }, { weight: 1, arbitrary: fc.constant(0) });
const edit = fc.record({ path: foreignText, line, endLine: endOfEdit, newText: foreignText });
const fix = fc.option(fc.record({ description: foreignText, edits: fc.array(edit, { maxLength: 6 }) }));

const vulnerability = fc.option(
  fc.record({
    ids: fc.array(foreignText, { maxLength: 9 }),
    package: foreignText,
    installed: foreignText,
    fixed: fc.array(foreignText, { maxLength: 4 }),
    scanners: fc.subarray(['grype' as const, 'trivy' as const]),
    severityBy: fc.constant({ grype: 'high' as const }),
    epss: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    kev: fc.boolean(),
    cvss: fc.option(fc.constant(7.5)),
  }),
);

/** Any finding, with foreign text in every place that takes it. Few rules, so that some fold. */
const finding: fc.Arbitrary<ReportFinding> = fc
  .record({
    ruleId: fc.constantFrom('unpinned-base-image', 'leaked-dotenv', 'unlisted-rule'),
    severity: fc.constantFrom(...severities),
    confidence: fc.constantFrom(...confidences),
    message: fc.oneof(fc.constantFrom('same', 'alike'), foreignText),
    at: place,
    hasAnchor: fc.boolean(),
    anchorPath: fc.oneof(fc.constant('Dockerfile'), foreignText),
    line,
    related: fc.array(fc.record({ at: place, message: foreignText }), { maxLength: 7 }),
    fix,
    vulnerability,
    disposition: fc.constantFrom(...dispositions),
    reason: foreignText,
    frame: fc.option(fc.record({ firstLine: line, lines: fc.array(foreignText, { maxLength: 9 }) })),
    fingerprint: fc.stringMatching(/^[0-9a-f]{32}$/),
  })
  .map(({ hasAnchor, anchorPath, line: anchorLine, ...parts }) => {
    const own = parts.at.kind === 'file' ? { path: parts.at.path, line: parts.at.line } : null;
    return reportFinding({ ...parts, anchor: own ?? (hasAnchor ? { path: anchorPath, line: anchorLine } : null) });
  });

const gap = fc.record({
  source: foreignText,
  subject: foreignText,
  reason: foreignText,
  hint: foreignText,
  fingerprint: foreignText,
  triagedBy: fc.option(foreignText),
});

const fixed = fc.record({
  advisory: foreignText,
  package: foreignText,
  installed: foreignText,
  severity: fc.constantFrom(...severities),
  image: foreignText,
});

const delta = fc.record({
  new: fc.nat(2000),
  newlyDisclosed: fc.nat(20),
  severityChanged: fc.nat(20),
  fixed: fc.array(fixed, { maxLength: 15 }),
});

/** Any report: up to 60 findings, so that every limit but the largest is met. */
export const anyReport: fc.Arbitrary<Report> = fc
  .record({
    findings: fc.array(finding, { maxLength: 60, size: 'max' }),
    gaps: fc.array(gap, { maxLength: 30 }),
    notes: fc.array(foreignText, { maxLength: 30 }),
    subject: foreignText,
    chosenOff: fc.array(foreignText, { maxLength: 3 }),
    dockerfile: fc.option(foreignText),
    delta: fc.option(delta),
  })
  .map(({ findings, chosenOff, dockerfile, ...parts }) => {
    const report = reportOf(findings, parts);
    const pairings = [{ label: 'app.tar', dockerfile, layers: 1, diffIds: [], pairing: 'by history' }];
    return { ...report, coverage: { ...report.coverage, chosenOff, pairings } };
  });
