import { readGrypeReport } from './grype-report.ts';
import type { Scanner, ScannerCall } from './run-scanner.ts';

function argumentsOf(call: ScannerCall): readonly string[] {
  const { form, image, path } = call.scanned;
  return [
    `${form}:${path}`,
    ...['-o', `json=${call.folder.report}`],
    `--name=${image.label}`,
    ...['--config', call.folder.config],
    '-q',
  ];
}

/**
 * Grype as read at v0.116.0. Exit code 2 (from 0.92) means that a `fail-on` threshold was reached, with the report
 * written before; 1 is a failure. The age of the database is judged by us, from what the report says.
 */
export const grype: Scanner = {
  name: 'grype',
  title: 'Grype',
  compromisedVersions: new Set(),
  examinedCodes: [0, 2],
  unreadable: () => null,
  arguments: argumentsOf,
  environment: ({ database }) => ({
    GRYPE_CHECK_FOR_APP_UPDATE: 'false',
    GRYPE_DB_AUTO_UPDATE: 'false',
    GRYPE_DB_VALIDATE_AGE: 'false',
    ...(database === null ? {} : { GRYPE_DB_CACHE_DIR: database }),
  }),
  readReport: readGrypeReport,
};
