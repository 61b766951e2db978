import type { FixStatus } from '../../domain/fix-status.ts';
import type { SourcePackage } from '../../domain/package-evidence.ts';
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
  optionalDay,
  optionalFlag,
  optionalNumber,
  optionalText,
  type ReportReader,
  refuse,
  requireAllRead,
  requiredText,
  severityOf,
  values,
} from './report-json.ts';
import { createPackageSharing, type ReportRow, type ScannerReport } from './scanner-report.ts';

export type TrivyReport = ScannerReport;

/** The highest base score of version 3 or 4 over all sources; version 2 only where nothing newer is given. */
function cvssOf(field: Field): number | null {
  const sources = values(field);
  const score = (name: string) => largest(sources.map((source) => optionalNumber(member(source, name), 0, 10)));
  return largest([score('V3Score'), score('V40Score')]) ?? score('V2Score');
}

/** `1:3.0.7-27.el9` of the three fields that Trivy keeps apart; null without a version. */
function sourceVersionOf(field: Field): string | null {
  const version = optionalText(member(field, 'SrcVersion'));
  if (version === null) return null;
  const epoch = optionalNumber(member(field, 'SrcEpoch'), 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const release = optionalText(member(field, 'SrcRelease'));
  return `${epoch === 0 ? '' : `${epoch}:`}${version}${release === null ? '' : `-${release}`}`;
}

/** What packages were built from, by result and id: the results of a report have ids of their own. */
type Sources = Map<string, SourcePackage>;

/** `Results[0]` of `Results[0].Packages[3]`, with the id of a package. */
function packageKey({ name }: Field, id: string | null): string {
  const path = `${name}`;
  return `${path.slice(0, path.lastIndexOf('.'))}\0${id ?? ''}`;
}

function addSource(sources: Sources, field: Field): void {
  const id = optionalText(member(field, 'ID'));
  const name = optionalText(member(field, 'SrcName'));
  if (id !== null && name !== null) sources.set(packageKey(field, id), { name, version: sourceVersionOf(field) });
}

/** `Status` (aquasecurity/trivy-db pkg/types/status.go); what is none of these says nothing about a fix. */
const statuses: Readonly<Record<string, FixStatus>> = {
  fixed: 'fixed',
  affected: 'affected',
  under_investigation: 'under-investigation',
  fix_deferred: 'deferred',
  will_not_fix: 'will-not-fix',
  end_of_life: 'end-of-life',
};

function statusOf(field: Field): FixStatus | null {
  const status = optionalText(field, 64) ?? '';
  return Object.hasOwn(statuses, status) ? (statuses[status] ?? null) : null;
}

/** What the rows of one report are read with. */
interface RowContext {
  readonly sources: Sources;
  readonly share: ReturnType<typeof createPackageSharing>;
}

function readRow(field: Field, { sources, share }: RowContext): ReportRow {
  const id = requiredText(member(field, 'VulnerabilityID'));
  const name = requiredText(member(field, 'PkgName'));
  const version = optionalText(member(field, 'InstalledVersion')) ?? '';
  const purl = optionalText(member(member(field, 'PkgIdentifier'), 'PURL'), 2048);
  const fixed = optionalText(member(field, 'FixedVersion'), 1024) ?? '';
  const source = sources.get(packageKey(field, optionalText(member(field, 'PkgID')))) ?? null;
  return {
    id,
    aliases: distinct(items(member(field, 'VendorIDs')).map((alias) => requiredText(alias))),
    package: share({ name, version, purl: purl ?? genericPurl(name, version), source }),
    fixed: distinct(fixed.split(',').flatMap((part) => part.trim() || [])),
    status: statusOf(member(field, 'Status')),
    severity: severityOf(member(field, 'Severity')),
    epss: null,
    kev: false,
    cvss: cvssOf(member(field, 'CVSS')),
    diffId: optionalText(member(member(field, 'Layer'), 'DiffID')),
    path: optionalText(member(field, 'PkgPath'), 4096)?.replace(/^\/+/, '') ?? null,
  };
}

function operatingSystemOf(metadata: Field): ScannerReport['operatingSystem'] {
  const os = member(metadata, 'OS');
  const words = [optionalText(member(os, 'Family')), optionalText(member(os, 'Name'))];
  const name = words.filter((word) => word !== null && word !== 'none').join(' ');
  return name === '' ? null : { name, isEndOfLife: optionalFlag(member(os, 'EOSL')) };
}

function emptinessOf(operatingSystem: ScannerReport['operatingSystem'], packages: number, rows: number): string | null {
  if (packages > 0 || rows > 0) return null;
  return operatingSystem === null
    ? 'lists no operating system and no package, so nothing shows that the image was examined'
    : `lists no package of ${operatingSystem.name}, so nothing shows that the image was examined`;
}

/** The first of the lists below. */
const vulnerabilityList = 0;

/**
 * Reads what `trivy image --format json` writes (schema version 2: aquasecurity/trivy pkg/types/report.go). Unknown
 * fields are passed over; a field that is used and has another type is named in the problem.
 */
export function createTrivyReader(): ReportReader<TrivyReport> {
  const { rows, add } = collectRows<ReportRow>();
  // Trivy writes the packages of a result before its vulnerabilities.
  const sources: Sources = new Map();
  const share = createPackageSharing();
  return createReportReader({
    lists: [
      ['Results', '*', 'Vulnerabilities'],
      ['Results', '*', 'Packages'],
    ],
    row(list, field) {
      if (list === vulnerabilityList) add(readRow(field, { sources, share }));
      else addSource(sources, field);
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
    madeOn: optionalDay(member(root, 'CreatedAt')),
    databaseAgeDays: null,
    operatingSystem,
    packages,
  };
}
