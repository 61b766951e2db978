import { neutralise } from '../domain/neutral-text.ts';
import type { Report, ScannerCoverage } from '../domain/report.ts';
import { count, formatBytes, formatNumber, joinWords } from './wording.ts';

type ReportGap = Report['gaps'][number];

/** Gaps that nobody triaged: what makes a report incomplete. */
export function openGaps(report: Report): readonly ReportGap[] {
  return report.gaps.filter((gap) => gap.triagedBy === null);
}

function describeCounts(report: Report): string {
  const { blocking, advisory, triaged, baseline, outsideChanges } = report.counts;
  if (blocking === 0 && advisory === 0)
    return triaged + baseline + outsideChanges === 0 ? 'nothing found' : 'nothing open';
  const first = blocking === 0 ? 'nothing blocking' : `${formatNumber(blocking)} blocking`;
  return advisory === 0 ? first : `${first}, ${formatNumber(advisory)} advisory`;
}

function describeExit(report: Report): string {
  const { verdict, exitCode, mode } = report;
  if (exitCode !== 0 || verdict === 'pass') return `exit ${exitCode}`;
  if (mode === 'observe') return `exit 0 (mode observe; gate would exit ${verdict === 'fail' ? 1 : 3})`;
  return 'exit 0 (onGap: warn)';
}

/**
 * The verdict in one line: counts, what was examined, what the user chose not to examine and what could not be, and
 * the exit code. `fail: 3 blocking, 5 advisory in 4 files and 1 image (no scanner) — exit 1`.
 */
export function verdictLine(report: Report): string {
  const { files, images, chosenOff } = report.coverage;
  const places = [count(files, 'file'), ...(images > 0 ? [count(images, 'image')] : [])];
  const chosen = chosenOff.length > 0 ? ` (${chosenOff.map((phrase) => neutralise(phrase, 200)).join(', ')})` : '';
  const gaps = openGaps(report).length;
  const missing = gaps > 0 ? `; ${formatNumber(gaps)} not examined` : '';
  return `${report.verdict}: ${describeCounts(report)} in ${joinWords(places)}${chosen}${missing} — ${describeExit(report)}`;
}

/** `2 triaged, 5 in the baseline, 1 outside the changes`; empty when nothing was set aside. */
export function setAsidePhrase(report: Report): string {
  const { triaged, baseline, outsideChanges } = report.counts;
  const phrases: readonly (readonly [number, string])[] = [
    [triaged, 'triaged'],
    [baseline, 'in the baseline'],
    [outsideChanges, 'outside the changes'],
  ];
  return phrases
    .filter(([size]) => size > 0)
    .map(([size, words]) => `${formatNumber(size)} ${words}`)
    .join(', ');
}

/** `app.tar: 6 layers, paired with Dockerfile (all 6 steps match)`, one per image. */
export function describePairings(report: Report): readonly string[] {
  return report.coverage.pairings.map(({ label, layers, dockerfile, pairing }) => {
    const partner = dockerfile === null ? 'paired with no Dockerfile' : `paired with ${neutralise(dockerfile, 240)}`;
    const how = pairing === '' ? '' : ` (${neutralise(pairing, 240)})`;
    return `${neutralise(label, 240)}: ${count(layers, 'layer')}, ${partner}${how}`;
  });
}

const scannerStates: Readonly<Record<ScannerCoverage['state'], string>> = {
  ran: 'ran',
  imported: 'imported',
  failed: 'failed',
  'chosen-off': 'chosen off',
  'not-needed': 'not needed',
};

/** The scanners worth a word: none where the verdict line already says that they were not needed, or none chosen. */
export function notableScanners(report: Report): readonly ScannerCoverage[] {
  const { scanners } = report.coverage;
  const isIdle = (scanner: ScannerCoverage) => scanner.state === 'not-needed' || scanner.state === 'chosen-off';
  return scanners.every(isIdle) ? [] : scanners;
}

/** As many digits as tell one from another; the JSON report has all. */
const digestDigits = 12;

function describeProgram({ program }: ScannerCoverage): readonly string[] {
  if (program === null) return [];
  const lock = program.isLocked ? 'locked' : `not locked, from ${neutralise(program.origin, 240)}`;
  return [`program sha256:${program.sha256.slice(0, digestDigits)} ${lock}`];
}

function describeDatabase({ database }: ScannerCoverage): readonly string[] {
  if (database === null) return [];
  const built = database.built === null ? 'of unknown date' : `of ${neutralise(database.built, 40)}`;
  const digest = database.sha256 === null ? '' : ` sha256:${database.sha256.slice(0, digestDigits)}`;
  return [`database ${built}${digest}, ${neutralise(database.origin, 240)}`];
}

/** `trivy 0.75.0 ran (1 of 1 image examined; program sha256:93f9da8e4ba5 locked; database of 2026-11-20 sha256:…, MIRROR)`. */
export function describeScanner(scanner: ScannerCoverage): string {
  const version = scanner.version === null ? '' : ` ${neutralise(scanner.version, 60)}`;
  const details = [
    ...(scanner.detail === '' ? [] : [neutralise(scanner.detail, 240)]),
    ...describeProgram(scanner),
    ...describeDatabase(scanner),
  ];
  const shown = details.length === 0 ? '' : ` (${details.join('; ')})`;
  return `${scanner.name}${version} ${scannerStates[scanner.state]}${shown}`;
}

/** What was examined, as one phrase: files, images with layers, entries and bytes, models. */
export function describeCoverage(report: Report): string {
  const { files, images, layers, layerEntries, bytes, models } = report.coverage;
  const inside = [count(layers, 'layer'), count(layerEntries, 'entry', 'entries'), formatBytes(bytes)].join(', ');
  return joinWords([
    count(files, 'file'),
    ...(images > 0 ? [`${count(images, 'image')} (${inside})`] : []),
    ...(models > 0 ? [count(models, 'model')] : []),
  ]);
}
