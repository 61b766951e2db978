import { createGrypeReader } from './grype-report.ts';
import { modelGlobs, type Scanner, type ScannerCall } from './run-scanner.ts';

function argumentsOf(call: ScannerCall): readonly string[] {
  return [
    `${call.input.form}:${call.input.path}`,
    ...['-o', `json=${call.folder.report}`],
    ...(call.wantsSbom ? ['-o', `cyclonedx-json=${call.folder.sbom}`] : []),
    `--name=${call.label}`,
    ...['--config', call.folder.config],
    ...modelGlobs.flatMap((glob) => ['--exclude', glob]),
  ];
}

/**
 * Grype as run at v0.120.1. Exit code 2 (from 0.92) means that a `fail-on` threshold was reached, with the report
 * written before; 1 is a failure, 100 the answer of `db check` that there is a newer database. The age of the database is
 * judged by us, from what the report says. Without `-q`, which also hides why it failed.
 */
export const grype: Scanner = {
  name: 'grype',
  title: 'Grype',
  compromisedVersions: new Set(),
  examinedCodes: [0, 2],
  codeMeanings: new Map([[100, ', which asks for a database update']]),
  unreadable: () => null,
  arguments: argumentsOf,
  environment: ({ database }) => ({
    GRYPE_CHECK_FOR_APP_UPDATE: 'false',
    GRYPE_DB_AUTO_UPDATE: 'false',
    GRYPE_DB_VALIDATE_AGE: 'false',
    ...(database === null ? {} : { GRYPE_DB_CACHE_DIR: database }),
  }),
  createReader: createGrypeReader,
  // Its report lists only packages that have vulnerabilities.
  sbomArguments: null,
};
