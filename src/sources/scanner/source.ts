import type { ScannerCoverage, ScannerProgramCoverage } from '../../domain/report.ts';
import type { ScannerSbom } from '../../domain/sbom.ts';
import { describeProblem, type Host } from '../../host/host.ts';
import type { Request } from '../../request.ts';
import type { Spool } from '../image/spool.ts';
import { type AcquireContext, acquireScanner, type ScannerProgram } from './acquire.ts';
import { chooseSboms, refuseOneFileForMany } from './choose-sbom.ts';
import { refuseWrongDatabases } from './given-database.ts';
import { importReports, refuseWrongReports, reportsFor } from './imported-report.ts';
import { importSboms } from './imported-sbom.ts';
import { refuseWrongScannerPaths } from './locate.ts';
import { lockTable } from './lock-table.ts';
import { type PreparedDatabase, prepareDatabase } from './prepare-database.ts';
import { fileDigest } from './read-chunks.ts';
import { grype } from './run-grype.ts';
import { readVersion, type ScanContext, type Scanner, scanImage } from './run-scanner.ts';
import { trivy } from './run-trivy.ts';
import { createScanInputs, type ScannedImage, type ScanProblem } from './scan-input.ts';
import { accepted, failed, type ImageOutcome, type ScannerOutcome } from './scanner-outcome.ts';
import { matchIdentity } from './scanner-report.ts';

export type { ScannedImage } from './scan-input.ts';

interface ScannersContext {
  readonly request: Request;
  readonly host: Host;
  readonly spool: Spool;
  readonly images: readonly ScannedImage[];
}

type PreparingContext = ScannersContext & Pick<ScanContext, 'prepare'>;

/** What all scanners said together, with one SBOM per image where they were asked for. */
interface ScannersOutcome extends Omit<ScannerOutcome, 'sbomAttempts'> {
  readonly sboms: readonly ScannerSbom[];
}

/** Which releases are locked, and how to wait; tests pass their own. */
type Supply = Pick<AcquireContext, 'lock' | 'pause'>;

/** A scanner that can be run, with everything known about it. */
interface ReadyScanner {
  readonly scanner: Scanner;
  readonly version: string;
  readonly program: ScannerProgram;
  readonly database: PreparedDatabase;
}

function idle(scanner: Scanner, state: ScannerCoverage['state'], detail: string): ScannerOutcome {
  const coverage = { name: scanner.name, state, version: null, detail, program: null, database: null };
  return { evidence: [], gaps: [], coverage: [coverage], notes: [], sbomAttempts: [] };
}

function coverProgram({ sha256, isLocked, origin }: ScannerProgram): ScannerProgramCoverage {
  return { sha256, isLocked, origin };
}

/** The scanner cannot be run at all: one gap per image it would have examined. */
function unusable(
  scanner: Scanner,
  context: ScannersContext,
  problem: ScanProblem,
  known: { readonly program: ScannerProgram | null; readonly version: string | null },
): ScannerOutcome {
  const program = known.program === null ? null : coverProgram(known.program);
  const { version } = known;
  return {
    evidence: [],
    gaps: context.images.flatMap(({ image }) => failed(scanner, image.label, problem).gaps),
    coverage: [{ name: scanner.name, state: 'failed', version, detail: problem.reason, program, database: null }],
    notes: [],
    sbomAttempts: [],
  };
}

async function examine(
  { scanner, database }: ReadyScanner,
  scanned: ScannedImage,
  context: ScanContext,
): Promise<ImageOutcome> {
  const { label } = scanned.image;
  const result = await scanImage(scanner, scanned, context);
  if ('reason' in result) return failed(scanner, label, result);
  const { report, sbom } = result;
  if (matchIdentity(report.identity, scanned.image) !== 'other') {
    const { databaseMaxDays: oldestDays } = context.request.scannerSupply;
    const dated = { ...report, databaseAgeDays: report.databaseAgeDays ?? database.ageDays };
    const { packageDatabase } = scanned;
    return accepted(scanner, dated, label, { packageDatabase, oldestDays, mayHideAge: false }, sbom);
  }
  return failed(scanner, label, {
    reason: `the report of ${scanner.name} is about another image: the archive holds several, or changed meanwhile`,
    hint: 'pass an archive that holds this image only',
  });
}

/** Null where the file cannot be read; the scanner, which reads it too, says what is wrong with it. */
async function databaseDigest({ file }: PreparedDatabase, host: Host): Promise<string | null> {
  try {
    return await fileDigest(file, host);
  } catch (error) {
    host.log(`${file} ${describeProblem(error)}`);
    return null;
  }
}

/** One image after the other: each scanner already uses all processors, and the other one runs beside it. */
async function runOver(ready: ReadyScanner, context: PreparingContext): Promise<ScannerOutcome> {
  const { scanner, version, program, database } = ready;
  const { request, host, prepare } = context;
  const scan = { request, host, prepare, program: program.path, database: database.folder };
  const digest = databaseDigest(database, host);
  const outcomes: ImageOutcome[] = [];
  for (const scanned of context.images) outcomes.push(await examine(ready, scanned, scan));
  const gaps = outcomes.flatMap((outcome) => outcome.gaps);
  const examined = outcomes.filter((outcome) => outcome.gaps.length === 0).length;
  const coverage: ScannerCoverage = {
    name: scanner.name,
    state: gaps.length > 0 ? 'failed' : 'ran',
    version,
    detail: `${examined} of ${outcomes.length} image${outcomes.length === 1 ? '' : 's'} examined`,
    program: coverProgram(program),
    database: { built: database.built, sha256: await digest, origin: database.origin },
  };
  const evidence = outcomes.flatMap((outcome) => outcome.evidence);
  const sbomAttempts = outcomes.flatMap((outcome) => outcome.sbomAttempts);
  return { evidence, gaps, coverage: [coverage], notes: database.notes, sbomAttempts };
}

/** Program, version and database, each only when the one before is there; then the scans. */
async function prepareAndRun(
  scanner: Scanner,
  folder: string,
  context: PreparingContext,
  supply: Supply,
): Promise<ScannerOutcome> {
  const { request, host } = context;
  const program = await acquireScanner(scanner.name, folder, { request, host, ...supply });
  if ('reason' in program) return unusable(scanner, context, program, { program: null, version: null });
  const version = await readVersion(scanner, { request, host, program: program.path, database: null });
  if (typeof version !== 'string') return unusable(scanner, context, version, { program, version: null });
  const database = await prepareDatabase(folder, { scanner, program: program.path, request, host });
  if ('reason' in database) return unusable(scanner, context, database, { program, version });
  return runOver({ scanner, version, program, database }, context);
}

async function coverReports(scanner: Scanner, context: PreparingContext, supply: Supply): Promise<ScannerOutcome> {
  const outcome = await importReports({ scanner, ...context });
  if (context.request.sbomTargets.length === 0) return outcome;
  return { ...outcome, sbomAttempts: await importSboms(outcome.usable, { scanner, ...context, ...supply }) };
}

async function cover(scanner: Scanner, context: PreparingContext, supply: Supply): Promise<ScannerOutcome> {
  const { request, host, images } = context;
  if (reportsFor(scanner, request).length > 0) return coverReports(scanner, context, supply);
  if (!request.scanners.includes(scanner.name)) return idle(scanner, 'chosen-off', 'not selected');
  if (request.images.length === 0 && images.length === 0) return idle(scanner, 'not-needed', 'no image');
  if (images.length === 0) return idle(scanner, 'failed', 'no image could be read');
  const folder = await host.files.makeTemporaryFolder('hullcheck-tool-');
  try {
    return await prepareAndRun(scanner, folder, context, supply);
  } finally {
    await host.files.remove(folder);
  }
}

/**
 * Trivy and Grype at once over the images that were read, or their finished reports. Scanners chosen off and checks
 * without an image are no gap: the coverage says so. A scanner that is absent, refused or fails leaves one gap per
 * image. Where images were asked for and none could be read, their own gaps stand; none is added.
 * Throws a UsageError for a report, a `--scanner-path` or a `--scanner-db` named wrongly, before anything runs.
 */
export async function runScanners(
  context: ScannersContext,
  supply: Supply = { lock: lockTable },
): Promise<ScannersOutcome> {
  const scanners = [grype, trivy];
  await refuseWrongScannerPaths(context.request, context.host);
  await refuseWrongDatabases(context.request, context.host);
  for (const scanner of scanners) await refuseWrongReports({ scanner, ...context });
  refuseOneFileForMany(context.request, context.images);
  const prepare = createScanInputs(context);
  const outcomes = await Promise.all(scanners.map((scanner) => cover(scanner, { ...context, prepare }, supply)));
  const attempts = outcomes.flatMap((outcome) => outcome.sbomAttempts);
  const wanted = context.request.sbomTargets.length > 0 ? context.images : [];
  const { sboms, gaps, notes } = chooseSboms(attempts, wanted);
  return {
    evidence: outcomes.flatMap((outcome) => outcome.evidence),
    gaps: [...outcomes.flatMap((outcome) => outcome.gaps), ...gaps],
    coverage: outcomes.flatMap((outcome) => outcome.coverage),
    notes: [...outcomes.flatMap((outcome) => outcome.notes), ...notes],
    sboms,
  };
}
