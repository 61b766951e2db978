import {
  collectRows,
  createReportReader,
  distinct,
  type Field,
  genericPurl,
  isAbsent,
  items,
  largest,
  member,
  optionalNumber,
  optionalText,
  type ReportReader,
  refuse,
  requireAllRead,
  requiredText,
  severityOf,
  values,
} from './report-json.ts';
import type { ReportRow, ScannerReport } from './scanner-report.ts';

export interface TrivyReport extends ScannerReport {
  /** How many packages it lists, over all results. */
  readonly packages: number;
}

/** The highest base score of version 3 or 4 over all sources; version 2 only where nothing newer is given. */
function cvssOf(field: Field): number | null {
  const sources = values(field);
  const score = (name: string) => largest(sources.map((source) => optionalNumber(member(source, name), 0, 10)));
  return largest([score('V3Score'), score('V40Score')]) ?? score('V2Score');
}

function readRow(field: Field): ReportRow {
  const id = requiredText(member(field, 'VulnerabilityID'));
  const name = requiredText(member(field, 'PkgName'));
  const version = optionalText(member(field, 'InstalledVersion')) ?? '';
  const purl = optionalText(member(member(field, 'PkgIdentifier'), 'PURL'), 2048);
  const fixed = optionalText(member(field, 'FixedVersion'), 1024) ?? '';
  return {
    id,
    aliases: distinct(items(member(field, 'VendorIDs')).map((alias) => requiredText(alias))),
    package: { name, version, purl: purl ?? genericPurl(name, version) },
    fixed: distinct(fixed.split(',').flatMap((part) => part.trim() || [])),
    severity: severityOf(member(field, 'Severity')),
    epss: null,
    kev: false,
    cvss: cvssOf(member(field, 'CVSS')),
    diffId: optionalText(member(member(field, 'Layer'), 'DiffID')),
    path: optionalText(member(field, 'PkgPath'), 4096)?.replace(/^\/+/, '') ?? null,
  };
}

function operatingSystemOf(metadata: Field): string | null {
  const os = member(metadata, 'OS');
  const words = [optionalText(member(os, 'Family')), optionalText(member(os, 'Name'))];
  const text = words.filter((word) => word !== null && word !== 'none').join(' ');
  return text === '' ? null : text;
}

function emptinessOf(operatingSystem: string | null, packages: number, rows: number): string | null {
  if (packages > 0 || rows > 0) return null;
  return operatingSystem === null
    ? 'lists no operating system and no package, so nothing shows that the image was examined'
    : `lists no package of ${operatingSystem}, so nothing shows that the image was examined`;
}

/** The first of the lists below. */
const vulnerabilityList = 0;

/**
 * Reads what `trivy image --format json` writes (schema version 2: aquasecurity/trivy pkg/types/report.go). Unknown
 * fields are passed over; a field that is used and has another type is named in the problem.
 */
export function createTrivyReader(): ReportReader<TrivyReport> {
  const { rows, add } = collectRows<ReportRow>();
  return createReportReader({
    lists: [
      ['Results', '*', 'Vulnerabilities'],
      ['Results', '*', 'Packages'],
    ],
    row(list, field) {
      if (list === vulnerabilityList) add(readRow(field));
    },
    finish: (root) => reportOf(root, rows),
  });
}

function reportOf(root: Field, rows: readonly ReportRow[]): TrivyReport {
  const schema = member(root, 'SchemaVersion');
  if (schema.value !== 2) refuse(schema, '2, the version of a Trivy JSON report');
  const metadata = member(root, 'Metadata');
  const results = items(member(root, 'Results'));
  const packages = results.reduce((sum, result) => sum + items(member(result, 'Packages')).length, 0);
  const lists = results.map((result) => member(result, 'Vulnerabilities'));
  requireAllRead(lists.length > 0 ? lists : [member(root, 'Results')], rows.length);
  const operatingSystem = isAbsent(metadata) ? null : operatingSystemOf(metadata);
  return {
    version: optionalText(member(member(root, 'Trivy'), 'Version'), 64),
    artifact: optionalText(member(root, 'ArtifactName'), 1024) ?? 'an unnamed image',
    identity: {
      imageId: optionalText(member(metadata, 'ImageID')),
      diffIds: items(member(metadata, 'DiffIDs')).map((diffId) => requiredText(diffId)),
    },
    rows,
    emptiness: emptinessOf(operatingSystem, packages, rows.length),
    databaseAgeDays: null,
    operatingSystem,
    packages,
  };
}
