import { createsFile, type Edit, type Fix } from '../domain/finding.ts';
import { groupBy } from '../domain/group-by.ts';
import type { Location, Span } from '../domain/location.ts';
import { neutralise } from '../domain/neutral-text.ts';
import type { Report, ReportFinding } from '../domain/report.ts';
import { describePlace, namePlace, showPath } from './place.ts';
import { filled, levels, securitySeverities } from './sarif-rules.ts';

const messageLimit = 1000;
/** GitHub keeps 100 locations of a result. */
const relatedLimit = 100;
const lastResort = '.hullcheck.yml';

/**
 * A path as a relative URI reference (RFC 3986): each segment percent-encoded, so that no colon makes a scheme; without
 * a leading slash and dot segments, which would leave the repository. Null when nothing is left.
 */
export function encodePath(path: string): string | null {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.' && segment !== '..');
  const encoded = segments.map((segment) => encodeURIComponent(segment.replace(/\p{Cs}/gu, '\ufffd')));
  return encoded.length === 0 ? null : encoded.join('/');
}

/**
 * The file for findings without an anchor and without a Dockerfile of their own: the first Dockerfile paired with any
 * image, else the first anchored path of the report, else the policy file's place.
 */
export function fallbackFile({ coverage, findings }: Report): string {
  const paired = coverage.pairings.find(({ dockerfile }) => dockerfile !== null)?.dockerfile;
  const anchored = findings.find(({ anchor }) => anchor !== null)?.anchor?.path;
  return [paired, anchored].find((path) => path != null && encodePath(path) !== null) ?? lastResort;
}

function nearestFile(at: Location, { report, fallback }: ResultContext): string {
  if (at.kind === 'file') return at.path;
  return report.coverage.pairings.find(({ label }) => label === at.image)?.dockerfile ?? fallback;
}

function atLeastOne(value: number): number {
  return Number.isSafeInteger(value) && value > 0 ? value : 1;
}

function regionOf(span: Span) {
  const startLine = atLeastOne(span.line);
  const startColumn = atLeastOne(span.column);
  const endLine = Math.max(startLine, atLeastOne(span.endLine));
  const endColumn = atLeastOne(span.endColumn);
  return {
    startLine,
    startColumn,
    endLine,
    endColumn: endLine === startLine ? Math.max(startColumn, endColumn) : endColumn,
  };
}

function lineSpan(line: number): Span {
  return { line, column: 1, endLine: line, endColumn: 1 };
}

function physicalLocation(path: string, span: Span) {
  return {
    artifactLocation: { uri: encodePath(path) ?? lastResort, uriBaseId: '%SRCROOT%' },
    region: regionOf(span),
  };
}

/** The image and the layer, setting or package in it (SARIF 3.33). */
function logicalLocations(at: Location) {
  if (at.kind === 'file') return {};
  const kinds = { layer: 'resource', image: 'property', package: 'module' };
  return {
    logicalLocations: [
      { name: filled(showPath(at.image), 'image', messageLimit), kind: 'image' },
      { fullyQualifiedName: filled(namePlace(at), at.kind, messageLimit), kind: kinds[at.kind] },
    ],
  };
}

function locationOf(finding: ReportFinding, context: ResultContext) {
  const { at, anchor } = finding;
  const logical = logicalLocations(at);
  if (at.kind === 'file') return { physicalLocation: physicalLocation(at.path, at), ...logical };
  const place = anchor ?? { path: nearestFile(at, context), line: 1 };
  return { physicalLocation: physicalLocation(place.path, lineSpan(place.line)), ...logical };
}

/** Without Markdown-like links, which SARIF allows in plain messages too (3.11.6). */
function plainText(text: string, limit: number): string {
  return neutralise(text, limit).replaceAll('](', '] (');
}

function messageOf({ message, at, fix, ruleId }: ReportFinding): string {
  const place = at.kind === 'file' ? [] : [`In ${describePlace(at)}`];
  const advice = fix === null ? [] : [`Fix: ${plainText(fix.description, messageLimit)}`];
  return [filled(plainText(message, messageLimit), ruleId, messageLimit), ...place, ...advice]
    .map((sentence) => sentence.replace(/(?<=.)\.$/s, ''))
    .join('. ');
}

function relatedLocations(finding: ReportFinding, context: ResultContext) {
  const locations = finding.related.map(({ at, message }) => {
    const path = nearestFile(at, context);
    const span = at.kind === 'file' ? at : lineSpan(1);
    const text = filled(plainText(message, messageLimit), describePlace(at), messageLimit);
    return { physicalLocation: physicalLocation(path, span), ...logicalLocations(at), message: { text } };
  });
  const unique = new Map(locations.map((location) => [JSON.stringify(location), location]));
  return unique.size === 0 ? {} : { relatedLocations: [...unique.values()].slice(0, relatedLimit) };
}

/** What is inserted into an empty region of an empty file is a file that is created (SARIF 3.57.3). */
function replacementOf(edit: Edit) {
  const startLine = atLeastOne(edit.line);
  if (createsFile(edit)) {
    const deletedRegion = { startLine, startColumn: 1, endLine: startLine, endColumn: 1 };
    return { deletedRegion, insertedContent: { text: `${edit.newText}\n` } };
  }
  const endLine = Math.max(startLine, atLeastOne(edit.endLine));
  return { deletedRegion: { startLine, endLine }, insertedContent: { text: edit.newText } };
}

function fixesOf(fix: Fix | null) {
  if (fix === null || fix.edits.length === 0) return {};
  const artifactChanges = [...groupBy(fix.edits, (edit) => edit.path)].map(([path, edits]) => ({
    artifactLocation: { uri: encodePath(path) ?? lastResort, uriBaseId: '%SRCROOT%' },
    replacements: edits.map(replacementOf),
  }));
  return {
    fixes: [
      { description: { text: filled(plainText(fix.description, messageLimit), 'fix', messageLimit) }, artifactChanges },
    ],
  };
}

function suppressionsOf({ disposition, reason }: ReportFinding) {
  if (disposition !== 'triaged' && disposition !== 'baseline') return [];
  const justification = filled(neutralise(reason, messageLimit), disposition, messageLimit);
  return [{ kind: 'external', status: 'accepted', justification }];
}

/** What a base told: the same finding was there before, or the pull request brings it. */
function baselineState({ disposition }: ReportFinding): 'unchanged' | 'new' {
  return disposition === 'outside-changes' || disposition === 'baseline' ? 'unchanged' : 'new';
}

/** What all results of one run share. */
interface ResultContext {
  readonly report: Report;
  readonly ruleIndex: ReadonlyMap<string, number>;
  readonly hasBase: boolean;
  readonly fallback: string;
}

/**
 * SARIF 2.1.0, 3.27 result. `occurrence` counts results with the same fingerprint from 1; GitHub reads only
 * `primaryLocationLineHash`, which is opaque to it, and the REST upload does not fill it in.
 */
export function describeResult(finding: ReportFinding, occurrence: number, context: ResultContext) {
  const { ruleId, severity, confidence, disposition, fingerprint } = finding;
  const security = securitySeverities[severity];
  return {
    ruleId,
    ruleIndex: context.ruleIndex.get(ruleId) ?? 0,
    level: levels[severity],
    message: { text: messageOf(finding) },
    locations: [locationOf(finding, context)],
    ...relatedLocations(finding, context),
    partialFingerprints: {
      primaryLocationLineHash: `${fingerprint.slice(0, 16)}:${occurrence}`,
      'hullcheckFingerprint/v1': fingerprint,
    },
    suppressions: suppressionsOf(finding),
    ...(context.hasBase ? { baselineState: baselineState(finding) } : {}),
    ...fixesOf(finding.fix),
    properties: {
      severity,
      confidence,
      disposition,
      ...(security === null ? {} : { 'security-severity': security }),
      ...(finding.vulnerability === null ? {} : { vulnerability: finding.vulnerability }),
      ...(finding.model === null ? {} : { model: finding.model }),
    },
  };
}
