import { join } from 'node:path';
import type { ScannedImage, Scanner, ScannerCall, ScanProblem } from './run-scanner.ts';
import { readTrivyReport } from './trivy-report.ts';

/**
 * Trivy takes a `docker save` archive or an OCI layout folder, never an OCI archive; the folder's name is cut at the
 * first `@` or `:` (aquasecurity/trivy pkg/fanal/image/oci.go).
 */
function unreadable(scanned: ScannedImage): ScanProblem | null {
  if (scanned.form === 'oci-archive') {
    return {
      reason: 'trivy cannot read an OCI archive',
      hint: 'unpack it and pass the folder as oci-dir:PATH, or pass a docker save archive',
    };
  }
  if (scanned.form === 'docker-archive') return null;
  if (/[@:]/.test(scanned.path)) {
    return {
      reason: 'trivy cannot read an OCI folder whose path holds @ or :',
      hint: 'rename or move the folder, or pass a docker save archive',
    };
  }
  if (scanned.manifestDigest !== null) return null;
  return {
    reason: 'trivy would take the first manifest of the OCI folder, and none is known to be the right one',
    hint: 'pass a docker save archive',
  };
}

/** Without a digest Trivy would take the folder's first manifest, which may be an attestation or another platform. */
function inputOf({ form, path, manifestDigest }: ScannedImage): string {
  return form === 'oci-dir' && manifestDigest !== null ? `${path}@${manifestDigest}` : path;
}

function argumentsOf(call: ScannerCall): readonly string[] {
  return [
    'image',
    ...['--input', inputOf(call.scanned)],
    ...['--format', 'json'],
    ...['--output', call.folder.report],
    ...['--config', call.folder.config],
    ...['--ignorefile', call.folder.ignore],
    ...['--scanners', 'vuln'],
    ...['--pkg-types', 'os,library'],
    '--list-all-pkgs',
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

/**
 * Trivy as read at v0.74.0. With `--exit-code 0` any other code is a failure. Versions 0.69.4 to 0.69.6 were
 * malicious (GHSA-69fq-xp46-6x23).
 */
export const trivy: Scanner = {
  name: 'trivy',
  title: 'Trivy',
  compromisedVersions: new Set(['0.69.4', '0.69.5', '0.69.6']),
  examinedCodes: [0],
  unreadable,
  arguments: argumentsOf,
  environment: () => ({}),
  readReport: readTrivyReport,
};
