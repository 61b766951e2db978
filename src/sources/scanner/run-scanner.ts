import type { ScannerName } from '../../domain/finding.ts';
import type { ScannerSbom } from '../../domain/sbom.ts';
import { describeProblem, type Host } from '../../host/host.ts';
import type { Request } from '../../request.ts';
import { modelExtensions } from '../model/candidate.ts';
import { makeSbom } from './make-sbom.ts';
import { type PrivateFolder, privateEnvironment, withPrivateFolder } from './private-folder.ts';
import { readReportFile } from './report-file.ts';
import type { ReportReader } from './report-json.ts';
import type { ScanInput, ScannedImage, ScanProblem } from './scan-input.ts';
import { failureOf, finishedReportHint } from './scanner-failure.ts';
import type { ScannerReport } from './scanner-report.ts';

/** What a scanner's arguments and variables are made from. */
export interface ScannerCall {
  readonly input: ScanInput;
  /** What reports call the image. */
  readonly label: string;
  readonly folder: PrivateFolder;
  /** Of the installed database; null without a home folder. */
  readonly database: string | null;
  readonly offline: boolean;
  readonly timeoutMinutes: number;
  /** Whether the image's SBOM is asked for too. */
  readonly wantsSbom: boolean;
}

/** One scanner's command line and report. */
export interface Scanner {
  readonly name: ScannerName;
  readonly title: string;
  readonly compromisedVersions: ReadonlySet<string>;
  /** Exit codes with which it has examined the image and written a report. */
  readonly examinedCodes: readonly number[];
  /** What other exit codes say beside that it failed, as an inserted clause. */
  readonly codeMeanings: ReadonlyMap<number, string>;
  /** Null when it can read what was prepared. */
  unreadable(input: ScanInput): ScanProblem | null;
  arguments(call: ScannerCall): readonly string[];
  /** Its own variables, beside those of the private environment. */
  environment(call: Pick<ScannerCall, 'database' | 'offline'>): Readonly<Record<string, string>>;
  createReader(): ReportReader<ScannerReport>;
  /**
   * What makes an SBOM (`folder.sbom`) of a finished report; null: the scan itself writes it, and a report alone does not
   * hold enough.
   */
  readonly sbomArguments:
    | ((report: string, call: Pick<ScannerCall, 'folder' | 'timeoutMinutes'>) => readonly string[])
    | null;
}

export interface ProgramContext {
  readonly request: Request;
  readonly host: Host;
  /** The program, as `locateScanner` found it. */
  readonly program: string;
  readonly database: string | null;
}

export interface ScanContext extends ProgramContext {
  prepare(scanned: ScannedImage): Promise<ScanInput | ScanProblem>;
}

/** Gigabytes in which no scanner finds a package; our own search looks into them. */
export const modelGlobs = [...modelExtensions].map((extension) => `**/*.${extension}`);

const stdoutLimit = 1024 * 1024;
const versionTimeout = 30_000;

/** Long enough for a slow disk: half an hour, and two minutes more for each GB that the layers take as stored. */
export function defaultMinutes({ layers }: ScannedImage): number {
  const bytes = layers.reduce((sum, layer) => sum + ('missing' in layer ? 0 : layer.task.blob.size), 0);
  return 30 + 2 * Math.floor(bytes / 1e9);
}

/** `Version: 0.74.0` (`trivy --version`, `grype version`) or `grype 0.120.1` (`grype --version`). */
const versionPattern = /(?:Version:|grype)[ \t]{1,40}v?([0-9A-Za-z][0-9A-Za-z.+-]{0,63})/;

/** A disk that is full or a temporary folder that cannot be written keeps a scanner from running; that is no crash. */
export async function reportDiskProblems<T>(scanner: Scanner, act: () => Promise<T>): Promise<T | ScanProblem> {
  try {
    return await act();
  } catch (error) {
    const reason = `${scanner.name} was not run: its private temporary folder ${describeProblem(error)}`;
    return { reason, hint: 'make room there, or point TMPDIR at another disk' };
  }
}

/** Asks the program for its version, in the same private surroundings in which it scans. */
export async function readVersion(scanner: Scanner, context: ProgramContext): Promise<string | ScanProblem> {
  const { host, program } = context;
  const result = await reportDiskProblems(scanner, () =>
    withPrivateFolder(host, (folder) =>
      host.execute({
        program,
        arguments: ['--version'],
        directory: folder.work,
        environment: {
          ...privateEnvironment(folder, host),
          ...scanner.environment({ database: context.database, offline: true }),
        },
        timeoutMilliseconds: versionTimeout,
        outputLimit: 64 * 1024,
      }),
    ),
  );
  if ('reason' in result) return result;
  const failure = failureOf({ ...scanner, examinedCodes: [0] }, result, versionTimeout / 60_000);
  if (failure !== null) return failure;
  const version = versionPattern.exec(result.stdout.toString('utf8'))?.[1];
  const hint = `install ${scanner.title} from its own releases, or ${finishedReportHint(scanner.name)}`;
  if (version === undefined) return { reason: `${scanner.name} does not tell its version`, hint };
  const release = /^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}/.exec(version)?.[0] ?? version;
  if (!scanner.compromisedVersions.has(release)) return version;
  return { reason: `${scanner.title} ${version} is a compromised release and is not run`, hint };
}

async function readWrittenReport(scanner: Scanner, path: string, host: Host): Promise<ScannerReport | ScanProblem> {
  const hint = `run it again, or ${finishedReportHint(scanner.name)}`;
  if ((await host.files.status(path)) === null) {
    return { reason: `${scanner.name} ended without writing a report`, hint };
  }
  const report = await readReportFile(scanner, path, host);
  return 'problem' in report ? { reason: `the report of ${scanner.name} ${report.problem}`, hint } : report;
}

/** What a scan gave; `sbom` is null when none was wanted. */
export interface ScanResult {
  readonly report: ScannerReport;
  readonly sbom: ScannerSbom | ScanProblem | null;
}

/** Runs the scanner over one image, in an empty private folder and with nothing of the caller's environment. */
export async function scanImage(
  scanner: Scanner,
  scanned: ScannedImage,
  context: ScanContext,
): Promise<ScanResult | ScanProblem> {
  const { host, request } = context;
  const input = await context.prepare(scanned);
  if ('reason' in input) return { ...input, reason: `${scanner.name} was not run: ${input.reason}` };
  const unreadable = scanner.unreadable(input);
  if (unreadable !== null) return unreadable;
  const timeoutMinutes = request.scannerTimeoutMinutes ?? defaultMinutes(scanned);
  const { label } = scanned.image;
  const wantsSbom = request.sbomTargets.length > 0;
  const scan = async (folder: PrivateFolder): Promise<ScanResult | ScanProblem> => {
    const { offline } = request;
    const call = { input, label, folder, database: context.database, offline, timeoutMinutes, wantsSbom };
    const result = await host.execute({
      program: context.program,
      arguments: scanner.arguments(call),
      directory: folder.work,
      environment: { ...privateEnvironment(folder, host), ...scanner.environment(call) },
      timeoutMilliseconds: timeoutMinutes * 60_000,
      outputLimit: stdoutLimit,
    });
    const failure = failureOf(scanner, result, timeoutMinutes);
    if (failure !== null) return failure;
    const report = await readWrittenReport(scanner, folder.report, host);
    if ('reason' in report) return report;
    const sbom = wantsSbom
      ? await makeSbom(folder.report, { ...context, scanner, folder, label, timeoutMinutes })
      : null;
    return { report, sbom };
  };
  return reportDiskProblems(scanner, () => withPrivateFolder(host, scan));
}
