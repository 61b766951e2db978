import { countBy, groupBy } from '../domain/group-by.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { coordinatesOf } from '../domain/package-coordinates.ts';
import type { ReportFinding } from '../domain/report.ts';
import { opinionOf } from '../domain/scanner-opinion.ts';
import { compareVersions } from '../domain/version/compare.ts';
import { causeKey, type FoldedCause, isInScope } from './folding.ts';
import { subjectOf } from './place.ts';
import { count, countSeverities, formatNumber, joinWords } from './wording.ts';

const instruction = /^\s*(?:FROM|RUN|COPY|ADD)\s/i;
const labelLimit = 120;

/** What vulnerabilities are grouped under: the line of the repository that brings them, else the image. */
export function lineKey({ at, anchor }: ReportFinding): string {
  return anchor === null ? subjectOf(at) : JSON.stringify([anchor.path, anchor.line]);
}

function sourceLine({ anchor, frame }: ReportFinding): string {
  return anchor === null || frame === null ? '' : (frame.lines[anchor.line - frame.firstLine] ?? '');
}

/** The Dockerfile instruction as written; `name version` of the one package of a lockfile line; else the place. */
function labelOf(findings: readonly ReportFinding[]): string {
  const [first] = findings;
  if (first === undefined) return '';
  const line = sourceLine(first);
  if (instruction.test(line)) return neutralise(line.trim().replace(/\s+/g, ' '), labelLimit);
  const nameOf = ({ vulnerability }: ReportFinding) => `${vulnerability?.package} ${vulnerability?.installed}`;
  const only = nameOf(first);
  if (findings.every((finding) => nameOf(finding) === only)) return neutralise(only, labelLimit);
  return first.anchor === null
    ? subjectOf(first.at)
    : neutralise(`${first.anchor.path}:${first.anchor.line}`, labelLimit);
}

function isBase(finding: ReportFinding): boolean {
  return /^\s*FROM\s/i.test(sourceLine(finding));
}

/** `8 fixed by a rebuild, 2 by an update, 1 without a fix`; empty where the findings do not say. */
function remediesOf(findings: readonly ReportFinding[]): string {
  const [first] = findings;
  const of = countBy(findings, ({ vulnerability }) => vulnerability?.remedy);
  const [rebuild, update, none] = [of('rebuild'), of('update'), of('none')];
  return [
    ...(rebuild > 0 ? [`${rebuild} fixed by a rebuild`] : []),
    ...(update > 0
      ? [`${update} fixed by ${first !== undefined && isBase(first) ? 'a newer base' : 'an update'}`]
      : []),
    ...(none > 0 ? [`${none} without a fix`] : []),
  ].join(', ');
}

/** `FROM debian:12: 2 critical, 9 high; 8 fixed by a rebuild`. */
export function describeLine(findings: readonly ReportFinding[]): string {
  const remedies = remediesOf(findings);
  return `${labelOf(findings)}: ${countSeverities(findings)}${remedies === '' ? '' : `; ${remedies}`}`;
}

/** Who knows how many of them: `4 known to Trivy and Grype, 1 to Trivy only`; empty where only one was asked. */
export function describeVoices(findings: readonly ReportFinding[]): string {
  const known = findings.flatMap(({ vulnerability }) => vulnerability ?? []);
  if (known.every(({ scanners, examinedBy = scanners }) => examinedBy.length < 2)) return '';
  const voices = groupBy(known, (facts) => opinionOf({ ...facts, severityBy: {} }));
  const counted = [...voices].map(
    ([voice, all], index) => `${formatNumber(all.length)}${index === 0 ? ' known' : ''} to ${voice}`,
  );
  return joinWords(counted);
}

function fixedFrom({ vulnerability }: ReportFinding): string {
  return vulnerability?.fixedFrom ?? '';
}

/** What renews them, each once; null for those that have a fix of their own. */
function actionsOf(findings: readonly ReportFinding[]): readonly (string | null)[] {
  return [...new Set(findings.map(({ vulnerability }) => vulnerability?.action ?? null))];
}

/** Of one package the fix that goes furthest, as it has all the others; of several only what they share. */
export function lineFix(findings: readonly ReportFinding[]): string | null {
  const fixable = findings.filter(({ vulnerability, fix }) => fix !== null && vulnerability?.remedy !== 'none');
  const [first, ...rest] = fixable;
  if (first === undefined) return findings[0]?.fix?.description ?? null;
  if (fixable.every(({ vulnerability }) => vulnerability?.package === first.vulnerability?.package)) {
    const type = first.at.kind === 'package' ? coordinatesOf({ name: '', version: '', purl: first.at.purl }).type : '';
    const isFurther = (a: ReportFinding, b: ReportFinding) =>
      (compareVersions(type, fixedFrom(a), fixedFrom(b)) ?? 0) > 0;
    const furthest = rest.reduce((most, one) => (isFurther(one, most) ? one : most), first);
    return furthest.fix?.description ?? null;
  }
  const actions = actionsOf(fixable);
  const isAll = fixable.length === findings.length;
  const published = `${isAll ? 'fixed versions' : `fixes for ${fixable.length} of ${findings.length}`} are published`;
  if (actions.length === 1 && actions[0] != null) return `${actions[0]}: ${published}`;
  const rebuilt = fixable.filter(({ vulnerability }) => vulnerability?.remedy === 'rebuild');
  if (rebuilt.length === 0)
    return `update ${count(fixable.length, 'package finding')} as listed; the worst first: ${first.fix?.description}`;
  const [way, ...others] = actionsOf(rebuilt);
  const rebuild = way == null || others.length > 0 ? 'rebuild with --pull --no-cache' : way;
  return rebuilt.length === fixable.length
    ? `${rebuild}: ${published}`
    : `${rebuild} for ${rebuilt.length} of them, and update the others as listed`;
}

/** Causes, with the vulnerabilities that one line brings as one of them, whether they block or not. */
export function foldLines(findings: readonly ReportFinding[]): readonly FoldedCause[] {
  const keyOf = (finding: ReportFinding) => {
    if (finding.vulnerability === null) return causeKey(finding);
    const standing = isInScope(finding) ? '' : finding.disposition;
    return JSON.stringify([finding.ruleId, lineKey(finding), standing, finding.confidence]);
  };
  return [...groupBy(findings, keyOf).values()].flatMap(([lead, ...others]) =>
    lead === undefined ? [] : [{ lead, others, isLine: lead.vulnerability !== null && others.length > 0 }],
  );
}
