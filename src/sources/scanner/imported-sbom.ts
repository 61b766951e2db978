import { neutralise } from '../../domain/neutral-text.ts';
import type { Host } from '../../host/host.ts';
import type { Request } from '../../request.ts';
import { type AcquireContext, acquireScanner } from './acquire.ts';
import type { SbomAttempt } from './choose-sbom.ts';
import { makeSbom } from './make-sbom.ts';
import { withPrivateFolder } from './private-folder.ts';
import { defaultMinutes, readVersion, reportDiskProblems, type Scanner } from './run-scanner.ts';
import type { ScannedImage, ScanProblem } from './scan-input.ts';

/** A finished report that was read, about an image that was read too. */
export interface UsableReport {
  /** Absolute. */
  readonly path: string;
  /** As the user gave it. */
  readonly given: string;
  readonly about: ScannedImage;
  /** Whether it says itself which image it is about. */
  readonly namesImage: boolean;
  /** See `ScannerReport`. */
  readonly packages: number | null;
}

interface ImportedSbomContext extends Pick<AcquireContext, 'lock' | 'pause'> {
  readonly scanner: Scanner;
  readonly request: Request;
  readonly host: Host;
}

const runInstead = 'let the scanner run in the place of its finished report';

/** Why no SBOM can be made of a report, whatever program there is; null where one can. */
function refusal({ given, namesImage, packages }: UsableReport, scanner: Scanner): ScanProblem | null {
  const shown = neutralise(given, 1024);
  if (scanner.sbomArguments === null)
    return { reason: `${shown} lists only packages that have vulnerabilities`, hint: runInstead };
  if (!namesImage) return { reason: `${shown} does not say which image it is about`, hint: runInstead };
  if (packages !== 0) return null;
  return { reason: `${shown} lists no packages`, hint: `make it with --list-all-pkgs, or ${runInstead}` };
}

/** The program as for a scan: found or downloaded, hashed, and no compromised release. */
async function acquireProgram(folder: string, context: ImportedSbomContext): Promise<string | ScanProblem> {
  const { scanner, request, host } = context;
  const program = await acquireScanner(scanner.name, folder, context);
  const hint = `give the program with --scanner-path, or ${runInstead}`;
  if ('reason' in program) return { reason: `it is made by ${scanner.name}, and ${program.reason}`, hint };
  const version = await readVersion(scanner, { request, host, program: program.path, database: null });
  return typeof version === 'string' ? program.path : version;
}

async function convert(
  { path, about }: UsableReport,
  program: string,
  { scanner, request, host }: ImportedSbomContext,
): Promise<SbomAttempt['outcome']> {
  const timeoutMinutes = request.scannerTimeoutMinutes ?? defaultMinutes(about);
  const { label } = about.image;
  return reportDiskProblems(scanner, () =>
    withPrivateFolder(host, (folder) => makeSbom(path, { scanner, program, folder, host, label, timeoutMinutes })),
  );
}

/** SBOMs of the images behind finished reports, as far as the reports hold them and there is a program to make them. */
export async function importSboms(
  reports: readonly UsableReport[],
  context: ImportedSbomContext,
): Promise<readonly SbomAttempt[]> {
  const { scanner, host } = context;
  const attempts: SbomAttempt[] = [];
  const folder = await host.files.makeTemporaryFolder('hullcheck-tool-');
  try {
    let program: string | ScanProblem | null = null;
    for (const report of reports) {
      let outcome: SbomAttempt['outcome'] | null = refusal(report, scanner);
      if (outcome === null) {
        program ??= await acquireProgram(folder, context);
        outcome = typeof program === 'string' ? await convert(report, program, context) : program;
      }
      attempts.push({ image: report.about.image.label, scanner: scanner.name, outcome });
    }
  } finally {
    await host.files.remove(folder);
  }
  return attempts;
}
