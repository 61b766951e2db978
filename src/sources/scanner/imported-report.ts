import { resolve } from 'node:path';
import { neutralise } from '../../domain/neutral-text.ts';
import { UsageError } from '../../domain/usage-error.ts';
import type { Host } from '../../host/host.ts';
import type { PathForImage, Request } from '../../request.ts';
import type { UsableReport } from './imported-sbom.ts';
import { readReportFile } from './report-file.ts';
import type { Scanner } from './run-scanner.ts';
import type { ScannedImage, ScanProblem } from './scan-input.ts';
import { accepted, failed, type ImageOutcome, type ScannerOutcome } from './scanner-outcome.ts';
import { matchIdentity, type ScannerReport } from './scanner-report.ts';

interface ImportContext {
  readonly scanner: Scanner;
  readonly request: Request;
  readonly host: Host;
  readonly images: readonly ScannedImage[];
}

interface ImportedReport extends ImageOutcome {
  readonly version: string | null;
  readonly madeOn: string | null;
  /** Labels of the images this report was about, or was meant to be. */
  readonly labels: readonly string[];
  readonly hasIdentity: boolean;
  readonly usable: readonly UsableReport[];
}

export interface ImportOutcome extends ScannerOutcome {
  /** What SBOMs can be made of. */
  readonly usable: readonly UsableReport[];
}

/** The finished reports given for a scanner. */
export function reportsFor(scanner: Scanner, request: Request): readonly PathForImage[] {
  return scanner.name === 'trivy' ? request.trivyReports : request.grypeReports;
}

/** Images a name given as `PATH=IMAGE` can mean: the `--image` text, with or without platform, or a tag. */
function imagesNamed(name: string, images: readonly ScannedImage[]): readonly ScannedImage[] {
  const isMeant = ({ image }: ScannedImage) =>
    image.label === name || image.label.startsWith(`${name}#`) || image.tags.includes(name);
  return images.filter(isMeant);
}

/** What the user named wrongly is told before anything runs: a report that is not there, or an image that is not checked. */
export async function refuseWrongReports(context: ImportContext): Promise<void> {
  const { scanner, request, host, images } = context;
  for (const { path, image } of reportsFor(scanner, request)) {
    const shown = neutralise(path, 1024);
    if ((await host.files.status(resolve(request.directory, path))) === null) {
      throw new UsageError(`the ${scanner.title} report ${shown} does not exist`, `check --${scanner.name}-report`);
    }
    if (image === null || request.images.length === 0) continue;
    if (request.images.some((one) => one.text === image) || imagesNamed(image, images).length > 0) continue;
    throw new UsageError(
      `the ${scanner.title} report ${shown} is for ${neutralise(image, 1024)}, which is not checked`,
      `name that image with --image too, or one of those given: ${request.images.map((one) => one.text).join(', ')}`,
    );
  }
}

async function readImported(path: string, context: ImportContext): Promise<ScannerReport | ScanProblem> {
  const { scanner, request, host } = context;
  const shown = neutralise(path, 1024);
  const hint = `give the JSON that ${scanner.name} writes, whole`;
  const report = await readReportFile(scanner, resolve(request.directory, path), host);
  return 'problem' in report ? { reason: `${shown} ${report.problem}`, hint } : report;
}

/** The images a report is checked against: those it was given for, else those it names by identity, else the only one. */
function candidatesFor(given: PathForImage, report: ScannerReport | null, context: ImportContext) {
  const { images } = context;
  if (given.image !== null) return imagesNamed(given.image, images);
  const same = report === null ? [] : images.filter(({ image }) => matchIdentity(report.identity, image) === 'same');
  if (same.length > 0) return same;
  return images.length === 1 ? images : [];
}

/** The report is about none of the checked images, or about one that was not read: there is nothing to check it with. */
function withoutImage(given: PathForImage, report: ScannerReport, context: ImportContext): ImageOutcome {
  const { scanner, request } = context;
  if (request.images.length === 0)
    return accepted(scanner, report, given.image ?? report.artifact, {
      packageDatabase: null,
      oldestDays: request.scannerSupply.databaseMaxDays,
      mayHideAge: true,
    });
  const shown = neutralise(given.path, 1024);
  if (given.image !== null) {
    return failed(scanner, given.image, {
      reason: `${shown} cannot be checked against the image, which was not read`,
      hint: 'see the gap of the image itself',
    });
  }
  const isNamed = report.identity.imageId !== null || report.identity.diffIds.length > 0;
  return failed(scanner, given.path, {
    reason: isNamed ? `${shown} is about another image` : `${shown} does not say which image it is about`,
    hint: `scan the image that is checked, or give --${scanner.name}-report PATH=IMAGE`,
  });
}

function matched(
  given: PathForImage,
  report: ScannerReport,
  about: ScannedImage,
  { scanner, request }: ImportContext,
): ImageOutcome {
  if (matchIdentity(report.identity, about.image) !== 'other')
    return accepted(scanner, report, about.image.label, {
      packageDatabase: about.packageDatabase,
      oldestDays: request.scannerSupply.databaseMaxDays,
      mayHideAge: true,
    });
  return failed(scanner, about.image.label, {
    reason: `${neutralise(given.path, 1024)} is about another image`,
    hint: `scan the image that is checked, and pass that report with --${scanner.name}-report`,
  });
}

function usableFor(
  given: PathForImage,
  report: ScannerReport,
  about: ScannedImage,
  { request }: ImportContext,
): readonly UsableReport[] {
  const match = matchIdentity(report.identity, about.image);
  if (match === 'other') return [];
  const path = resolve(request.directory, given.path);
  return [{ path, given: given.path, about, namesImage: match === 'same', packages: report.packages }];
}

async function importOne(given: PathForImage, context: ImportContext): Promise<ImportedReport> {
  const report = await readImported(given.path, context);
  const { scanner } = context;
  const isUnusable = 'reason' in report;
  const candidates = candidatesFor(given, isUnusable ? null : report, context);
  const labels = candidates.map(({ image }) => image.label);
  if (isUnusable) {
    const subjects = labels.length > 0 ? labels : [given.image ?? given.path];
    const gaps = subjects.flatMap((subject) => failed(scanner, subject, report).gaps);
    return {
      evidence: [],
      gaps,
      sbomAttempts: [],
      version: null,
      madeOn: null,
      labels: subjects,
      hasIdentity: false,
      usable: [],
    };
  }
  const outcomes =
    candidates.length > 0
      ? candidates.map((about) => matched(given, report, about, context))
      : [withoutImage(given, report, context)];
  return {
    evidence: outcomes.flatMap((outcome) => outcome.evidence),
    gaps: outcomes.flatMap((outcome) => outcome.gaps),
    sbomAttempts: [],
    version: report.version,
    madeOn: report.madeOn,
    labels: labels.length > 0 ? labels : [given.image ?? given.path],
    hasIdentity: report.identity.imageId !== null || report.identity.diffIds.length > 0,
    usable: candidates.flatMap((about) => usableFor(given, report, about, context)),
  };
}

/** `2 finished reports of 2026-11-20 to 2026-11-22`, the days on which they were made. */
function detailOf(imported: readonly ImportedReport[]): string {
  const days = [...new Set(imported.flatMap(({ madeOn }) => madeOn ?? []))].sort();
  const made = days.length === 0 ? '' : ` of ${days.length > 1 ? `${days[0]} to ${days.at(-1)}` : days[0]}`;
  const count = `${imported.length} finished report${imported.length === 1 ? '' : 's'}${made}`;
  return imported.every((one) => one.hasIdentity) ? count : `${count}; not all say which image they are about`;
}

/**
 * Reads finished reports instead of running the scanner. A report must be about the image that was read; one that does
 * not say what it is about is taken for the image it was given for, and the coverage says so. An image without a
 * report is a gap: the scanner was replaced, not left out.
 */
export async function importReports(context: ImportContext): Promise<ImportOutcome> {
  const { scanner, request, images } = context;
  const imported: ImportedReport[] = [];
  for (const given of reportsFor(scanner, request)) imported.push(await importOne(given, context));
  const covered = new Set(imported.flatMap((one) => one.labels));
  const missing = images
    .filter(({ image }) => !covered.has(image.label))
    .flatMap(({ image }) => {
      const reason = `no ${scanner.title} report was given for this image`;
      const hint = `add --${scanner.name}-report PATH=${image.label}, or give none to run ${scanner.name}`;
      return failed(scanner, image.label, { reason, hint }).gaps;
    });
  const gaps = [...imported.flatMap((one) => one.gaps), ...missing];
  const version = imported.find((one) => one.version !== null)?.version ?? null;
  const state = gaps.length > 0 ? 'failed' : 'imported';
  return {
    evidence: imported.flatMap((one) => one.evidence),
    gaps,
    coverage: [{ name: scanner.name, state, version, detail: detailOf(imported), program: null, database: null }],
    notes: [],
    sbomAttempts: [],
    usable: imported.flatMap((one) => one.usable),
  };
}
