import type { ScannerCoverage } from '../../domain/report.ts';
import type { Host } from '../../host/host.ts';
import type { Request } from '../../request.ts';
import type { Spool } from '../image/spool.ts';
import { databaseFolder } from './database.ts';
import { importReports, refuseWrongReports, reportsFor } from './imported-report.ts';
import { locateScanner, refuseWrongScannerPaths } from './locate.ts';
import { grype } from './run-grype.ts';
import { readVersion, type ScanContext, type Scanner, scanImage } from './run-scanner.ts';
import { trivy } from './run-trivy.ts';
import { createScanInputs, type ScannedImage, type ScanProblem } from './scan-input.ts';
import { accepted, failed, type ImageOutcome, type ScannerOutcome } from './scanner-outcome.ts';
import { matchIdentity } from './scanner-report.ts';

export type { ScannedImage } from './scan-input.ts';
export type { ScannerOutcome } from './scanner-outcome.ts';

interface ScannersContext {
  readonly request: Request;
  readonly host: Host;
  readonly spool: Spool;
  readonly images: readonly ScannedImage[];
}

function idle(scanner: Scanner, state: ScannerCoverage['state'], detail: string): ScannerOutcome {
  return { evidence: [], gaps: [], coverage: [{ name: scanner.name, state, version: null, detail }] };
}

/** The scanner cannot be run at all: one gap per image it would have examined. */
function unusable(scanner: Scanner, context: ScannersContext, problem: ScanProblem): ScannerOutcome {
  return {
    evidence: [],
    gaps: context.images.flatMap(({ image }) => failed(scanner, image.label, problem).gaps),
    coverage: [{ name: scanner.name, state: 'failed', version: null, detail: problem.reason }],
  };
}

async function examine(scanner: Scanner, scanned: ScannedImage, context: ScanContext): Promise<ImageOutcome> {
  const { label } = scanned.image;
  const report = await scanImage(scanner, scanned, context);
  if ('reason' in report) return failed(scanner, label, report);
  if (matchIdentity(report.identity, scanned.image) !== 'other') {
    return accepted(scanner, report, label, scanned.packageDatabase);
  }
  return failed(scanner, label, {
    reason: `the report of ${scanner.name} is about another image: the archive holds several, or changed meanwhile`,
    hint: 'pass an archive that holds this image only',
  });
}

/** One image after the other: each scanner already uses all processors, and the other one runs beside it. */
async function runOver(
  scanner: Scanner,
  version: string,
  images: readonly ScannedImage[],
  context: ScanContext,
): Promise<ScannerOutcome> {
  const outcomes: ImageOutcome[] = [];
  for (const scanned of images) outcomes.push(await examine(scanner, scanned, context));
  const gaps = outcomes.flatMap((outcome) => outcome.gaps);
  const examined = outcomes.filter((outcome) => outcome.gaps.length === 0).length;
  const coverage: ScannerCoverage = {
    name: scanner.name,
    state: gaps.length > 0 ? 'failed' : 'ran',
    version,
    detail: `${examined} of ${outcomes.length} image${outcomes.length === 1 ? '' : 's'} examined`,
  };
  return { evidence: outcomes.flatMap((outcome) => outcome.evidence), gaps, coverage: [coverage] };
}

async function cover(
  scanner: Scanner,
  context: ScannersContext & Pick<ScanContext, 'prepare'>,
): Promise<ScannerOutcome> {
  const { request, host, images, prepare } = context;
  if (reportsFor(scanner, request).length > 0) return importReports({ scanner, ...context });
  if (!request.scanners.includes(scanner.name)) return idle(scanner, 'chosen-off', 'not selected');
  if (request.images.length === 0 && images.length === 0) return idle(scanner, 'not-needed', 'no image');
  if (images.length === 0) return idle(scanner, 'failed', 'no image could be read');
  const location = await locateScanner(scanner.name, request, host);
  if (location.path === null) return unusable(scanner, context, location);
  const database = await databaseFolder(scanner.name, host);
  const scan = { request, host, prepare, program: location.path, database };
  const version = await readVersion(scanner, scan);
  if (typeof version !== 'string') return unusable(scanner, context, version);
  return runOver(scanner, version, images, scan);
}

/**
 * Trivy and Grype at once over the images that were read, or their finished reports. Scanners chosen off and checks
 * without an image are no gap: the coverage says so. A scanner that is absent, refused or fails leaves one gap per
 * image. Where images were asked for and none could be read, their own gaps stand; none is added.
 * Throws a UsageError for a report or a `--scanner-path` that the user named wrongly, before anything runs.
 */
export async function runScanners(context: ScannersContext): Promise<ScannerOutcome> {
  const scanners = [grype, trivy];
  await refuseWrongScannerPaths(context.request, context.host);
  for (const scanner of scanners) await refuseWrongReports({ scanner, ...context });
  const prepare = createScanInputs(context);
  const outcomes = await Promise.all(scanners.map((scanner) => cover(scanner, { ...context, prepare })));
  return {
    evidence: outcomes.flatMap((outcome) => outcome.evidence),
    gaps: outcomes.flatMap((outcome) => outcome.gaps),
    coverage: outcomes.flatMap((outcome) => outcome.coverage),
  };
}
