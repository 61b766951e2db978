import type { ScannerSbom } from '../../domain/sbom.ts';
import type { Host } from '../../host/host.ts';
import { type PrivateFolder, privateEnvironment } from './private-folder.ts';
import type { Scanner } from './run-scanner.ts';
import { readSbomFile } from './sbom-document.ts';
import type { ScanProblem } from './scan-input.ts';
import { failureOf } from './scanner-failure.ts';

/** It has nothing to say there. */
const stdoutLimit = 1024 * 1024;

interface SbomContext {
  readonly scanner: Scanner;
  /** Of the scanner, inspected as for a scan. */
  readonly program: string;
  readonly folder: PrivateFolder;
  readonly host: Host;
  /** The image's. */
  readonly label: string;
  readonly timeoutMinutes: number;
}

/** The SBOM of an image behind a finished report: made of the report, or written by the scan beside it. */
export async function makeSbom(report: string, context: SbomContext): Promise<ScannerSbom | ScanProblem> {
  const { scanner, program, folder, host, label, timeoutMinutes } = context;
  if (scanner.sbomArguments !== null) {
    const result = await host.execute({
      program,
      arguments: scanner.sbomArguments(report, context),
      directory: folder.work,
      environment: {
        ...privateEnvironment(folder, host),
        ...scanner.environment({ database: null, offline: true }),
      },
      timeoutMilliseconds: timeoutMinutes * 60_000,
      outputLimit: stdoutLimit,
    });
    const failure = failureOf({ ...scanner, examinedCodes: [0] }, result, timeoutMinutes);
    if (failure !== null) return failure;
  }
  const hint = `take it from the other scanner with --scanner ${scanner.name === 'trivy' ? 'grype' : 'trivy'}`;
  if ((await host.files.status(folder.sbom)) === null)
    return { reason: `${scanner.name} ended without writing an SBOM`, hint };
  const sbom = await readSbomFile(folder.sbom, scanner.name, label, host);
  return 'problem' in sbom ? { reason: `the SBOM of ${scanner.name} ${sbom.problem}`, hint } : sbom;
}
