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
  optionalNumber,
  optionalText,
  type ReportReader,
  refuse,
  requireAllRead,
  requiredText,
  severityOf,
} from './report-json.ts';
import { createPackageSharing, type ReportIdentity, type ReportRow, type ScannerReport } from './scanner-report.ts';

export type GrypeReport = ScannerReport;

const dayMilliseconds = 86_400_000;
/** Syft's types of packages that an operating system's package manager keeps. */
const systemTypes: ReadonlySet<string> = new Set(['deb', 'rpm', 'apk', 'alpm', 'portage']);

/** The highest base score of version 3 or 4; version 2 only where nothing newer is given. */
function cvssOf(vulnerabilities: readonly Field[]): number | null {
  const scores = vulnerabilities
    .flatMap((vulnerability) => items(member(vulnerability, 'cvss')))
    .map((cvss) => ({
      isOld: optionalText(member(cvss, 'version'), 16)?.startsWith('2') ?? false,
      score: optionalNumber(member(member(cvss, 'metrics'), 'baseScore'), 0, 10),
    }));
  const highest = (isOld: boolean) => largest(scores.filter((one) => one.isOld === isOld).map((one) => one.score));
  return highest(false) ?? highest(true);
}

function epssOf(vulnerabilities: readonly Field[]): number | null {
  const all = vulnerabilities.flatMap((vulnerability) => items(member(vulnerability, 'epss')));
  return largest(all.map((epss) => optionalNumber(member(epss, 'epss'), 0, 1)));
}

function pathOf(artifact: Field): string | null {
  const [first] = items(member(artifact, 'locations'));
  return first === undefined ? null : (optionalText(member(first, 'path'), 4096)?.replace(/^\/+/, '') ?? null);
}

/** The first package it was built from: dpkg's `Source`, apk's origin, the source RPM. */
function sourceOf(artifact: Field): SourcePackage | null {
  const [upstream] = items(member(artifact, 'upstreams'));
  const name = upstream === undefined ? null : optionalText(member(upstream, 'name'));
  if (upstream === undefined || name === null) return null;
  return { name, version: optionalText(member(upstream, 'version')) };
}

/** Only for what is no package of the operating system: see `readGrypeReport`. */
function layerOf(artifact: Field): string | null {
  const type = optionalText(member(artifact, 'type'));
  if (type === null || systemTypes.has(type)) return null;
  const [first] = items(member(artifact, 'locations'));
  const layer = first === undefined ? null : optionalText(member(first, 'layerID'));
  return layer?.startsWith('sha256:') === true ? layer : null;
}

/** `fix.state` (anchore/grype grype/vulnerability/fix.go); `unknown` says nothing. */
const statuses: Readonly<Record<string, FixStatus>> = {
  fixed: 'fixed',
  'not-fixed': 'affected',
  'wont-fix': 'will-not-fix',
};

function statusOf(field: Field): FixStatus | null {
  const state = optionalText(field, 64) ?? '';
  return Object.hasOwn(statuses, state) ? (statuses[state] ?? null) : null;
}

function readRow(match: Field, share: ReturnType<typeof createPackageSharing>): ReportRow {
  const vulnerability = member(match, 'vulnerability');
  const related = items(member(match, 'relatedVulnerabilities'));
  const all = [vulnerability, ...related];
  const artifact = member(match, 'artifact');
  const name = requiredText(member(artifact, 'name'));
  const version = optionalText(member(artifact, 'version')) ?? '';
  const id = requiredText(member(vulnerability, 'id'));
  const fixed = items(member(member(vulnerability, 'fix'), 'versions'));
  return {
    id,
    aliases: distinct(related.map((one) => requiredText(member(one, 'id'))).filter((alias) => alias !== id)),
    package: share({
      name,
      version,
      purl: optionalText(member(artifact, 'purl'), 2048) ?? genericPurl(name, version),
      source: sourceOf(artifact),
    }),
    fixed: distinct(fixed.map((one) => requiredText(one))),
    status: statusOf(member(member(vulnerability, 'fix'), 'state')),
    severity: severityOf(member(vulnerability, 'severity')),
    epss: epssOf(all),
    kev: all.some((one) => items(member(one, 'knownExploited')).length > 0),
    cvss: cvssOf(all),
    risk: optionalNumber(member(vulnerability, 'risk'), 0, 100),
    diffId: layerOf(artifact),
    path: pathOf(artifact),
  };
}

/** `target` is an object for images (syft source.ImageMetadata) and a text for everything else. */
function identityOf(source: Field): ReportIdentity {
  if (member(source, 'type').value !== 'image') return { imageId: null, diffIds: [] };
  const target = member(source, 'target');
  return {
    imageId: optionalText(member(target, 'imageID')),
    diffIds: items(member(target, 'layers')).map((layer) => requiredText(member(layer, 'digest'))),
  };
}

function artifactOf(source: Field): string {
  const target = member(source, 'target');
  if (typeof target.value === 'string') return requiredText(target, 1024);
  return optionalText(member(target, 'userInput'), 1024) ?? 'an unnamed image';
}

/** `status.built` since database schema 6 (Grype 0.88), `built` before. */
function databaseAgeOf(descriptor: Field): number | null {
  const database = member(descriptor, 'db');
  const status = member(database, 'status');
  const built = optionalText(member(isAbsent(status) ? database : status, 'built'), 64);
  const made = optionalText(member(descriptor, 'timestamp'), 64);
  const age = Math.floor((Date.parse(made ?? '') - Date.parse(built ?? '')) / dayMilliseconds);
  return Number.isFinite(age) ? age : null;
}

/** An alert on any package says that the distribution is at its end (`alertsByPackage`, since Grype 0.110). */
function operatingSystemOf(root: Field): ScannerReport['operatingSystem'] {
  const distro = member(root, 'distro');
  const words = [optionalText(member(distro, 'name')), optionalText(member(distro, 'version'))];
  // Empty texts where Grype found none.
  const name = words.filter((word) => word !== null && word !== '').join(' ');
  if (name === '') return null;
  const alerts = listed(member(root, 'alertsByPackage')).flatMap((one) => items(member(one, 'alerts')));
  return { name, isEndOfLife: alerts.some((alert) => member(alert, 'type').value === 'distro-eol') };
}

/** A list; none where Grype wrote an empty object in its place. */
function listed(field: Field): readonly Field[] {
  return isAbsent(field) || Array.isArray(field.value) ? items(field) : [];
}

function reportOf(root: Field, rows: readonly ReportRow[]): GrypeReport {
  const matches = member(root, 'matches');
  if (!Array.isArray(matches.value)) refuse(matches, 'a list, as in a Grype JSON report');
  requireAllRead([matches], rows.length);
  const descriptor = member(root, 'descriptor');
  const source = member(root, 'source');
  return {
    version: optionalText(member(descriptor, 'version'), 64),
    artifact: artifactOf(source),
    identity: identityOf(source),
    rows,
    operatingSystem: operatingSystemOf(root),
    emptiness: null,
    packages: null,
    madeOn: optionalDay(member(descriptor, 'timestamp')),
    databaseAgeDays: databaseAgeOf(descriptor),
  };
}

/**
 * Reads what `grype -o json` writes (anchore/grype grype/presenter/models). `layerID` is not used for packages of the
 * operating system: it is the last layer that rewrote the package database, not the one that brought the package
 * (anchore/syft#435).
 */
export function createGrypeReader(): ReportReader<GrypeReport> {
  const { rows, add } = collectRows<ReportRow>();
  const share = createPackageSharing();
  return createReportReader({
    lists: [['matches']],
    row: (_, field) => add(readRow(field, share)),
    finish: (root) => reportOf(root, rows),
  });
}
