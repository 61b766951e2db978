import { join } from 'node:path';
import { modelGlobs, type Scanner, type ScannerCall } from './run-scanner.ts';
import type { ScanInput, ScanProblem } from './scan-input.ts';
import { createTrivyReader } from './trivy-report.ts';

/** It cuts the folder's name at the first `@` or `:` (aquasecurity/trivy pkg/fanal/image/oci.go). */
function unreadable({ form, path }: ScanInput): ScanProblem | null {
  if (form === 'docker-archive' || !/[@:]/.test(path)) return null;
  return {
    reason: 'trivy cannot read an image in a temporary folder whose path holds @ or :',
    hint: 'point TMPDIR at a folder without these characters',
  };
}

/** Without a digest Trivy takes the folder's first manifest. */
function sourceOf({ path, manifestDigest }: ScanInput): string {
  return manifestDigest === null ? path : `${path}@${manifestDigest}`;
}

function argumentsOf(call: ScannerCall): readonly string[] {
  return [
    'image',
    ...['--input', sourceOf(call.input)],
    ...['--format', 'json'],
    ...['--output', call.folder.report],
    ...['--config', call.folder.config],
    ...['--ignorefile', call.folder.ignore],
    ...['--scanners', 'vuln'],
    ...['--pkg-types', 'os,library'],
    '--list-all-pkgs',
    ...modelGlobs.flatMap((glob) => ['--skip-files', glob]),
    ...['--cache-dir', call.database ?? join(call.folder.home, 'trivy')],
    ...['--cache-backend', 'memory'],
    // Brought up to date before any scan; the one for Java is fetched by the first image that needs it.
    '--skip-db-update',
    ...(call.offline ? ['--skip-java-db-update'] : []),
    '--offline-scan',
    '--skip-version-check',
    '--disable-telemetry',
    '--no-progress',
    ...['--exit-code', '0'],
    // Its own limit of 5 minutes is short for large images; the one that counts is ours, and comes first.
    ...['--timeout', `${Math.ceil(call.timeoutMinutes) + 1}m`],
  ];
}

/** Of the finished report, so that the image is not read again. No database is used, and the network neither. */
function sbomArgumentsOf(report: string, call: Pick<ScannerCall, 'folder' | 'timeoutMinutes'>): readonly string[] {
  return [
    'convert',
    ...['--format', 'cyclonedx'],
    ...['--output', call.folder.sbom],
    ...['--config', call.folder.config],
    ...['--ignorefile', call.folder.ignore],
    ...['--cache-dir', join(call.folder.home, 'trivy')],
    ...['--timeout', `${Math.ceil(call.timeoutMinutes) + 1}m`],
    // After this a path that begins with a dash is no option.
    '--',
    report,
  ];
}

/**
 * Trivy as read at v0.74.0. With `--exit-code 0` any other code is a failure. Versions 0.69.4 to 0.69.6 were
 * malicious (GHSA-69fq-xp46-6x23).
 */
export const trivy: Scanner = {
  name: 'trivy',
  title: 'Trivy',
  compromisedVersions: new Set(['0.69.4', '0.69.5', '0.69.6']),
  examinedCodes: [0],
  codeMeanings: new Map(),
  unreadable,
  arguments: argumentsOf,
  environment: () => ({}),
  createReader: createTrivyReader,
  sbomArguments: sbomArgumentsOf,
};
