import type { VulnerabilityEvidence } from '../../domain/evidence.ts';
import type { ScannerName } from '../../domain/finding.ts';
import type { Image } from '../../domain/image.ts';
import type { OperatingSystemEvidence } from '../../domain/package-evidence.ts';

/** Which image a report says it is about; parts that it does not say are null or empty. */
export interface ReportIdentity {
  /** Digest of the image config, `sha256:…`. */
  readonly imageId: string | null;
  /** Base layer first. */
  readonly diffIds: readonly string[];
}

/** One vulnerability of one package, without the image it was found in. */
export type ReportRow = Omit<VulnerabilityEvidence, 'kind' | 'scanner' | 'image'>;

/** The rows of one package mostly follow one another: they share the object that names it, the larger part of a row. */
export function createPackageSharing(): (named: ReportRow['package']) => ReportRow['package'] {
  let last: ReportRow['package'] | null = null;
  const isSame = (a: ReportRow['package'], b: ReportRow['package']) =>
    a.purl === b.purl &&
    a.name === b.name &&
    a.version === b.version &&
    a.source?.name === b.source?.name &&
    a.source?.version === b.source?.version;
  return (named) => {
    if (last === null || !isSame(last, named)) last = named;
    return last;
  };
}

/** What is used of a scanner's JSON report, whichever scanner wrote it. */
export interface ScannerReport {
  readonly version: string | null;
  /** The report's own name for what was scanned. */
  readonly artifact: string;
  readonly identity: ReportIdentity;
  readonly rows: readonly ReportRow[];
  /** Null where the report names none. */
  readonly operatingSystem: {
    /** `debian 12.5`. */
    readonly name: string;
    /** Its vendor publishes no security updates any more. */
    readonly isEndOfLife: boolean;
  } | null;
  /** Why the report, without any row, does not prove that anything was examined; null where it does. */
  readonly emptiness: string | null;
  /** How many packages it lists; null where it lists only those that have vulnerabilities. */
  readonly packages: number | null;
  /** The day the report was made, `YYYY-MM-DD`; null where it does not say. */
  readonly madeOn: string | null;
  /** How old the database was when the report was made, in whole days; null where the report does not say. */
  readonly databaseAgeDays: number | null;
}

/** `none`: the report does not say which image it is about. */
type IdentityMatch = 'same' | 'other' | 'none';

/**
 * Layers decide where the report lists them: packages live in layers, and with Docker's containerd image store the
 * image id of a scan through the daemon is the digest of a manifest, not of the config.
 */
export function matchIdentity(identity: ReportIdentity, image: Image): IdentityMatch {
  if (identity.diffIds.length > 0) {
    const isSame =
      identity.diffIds.length === image.layers.length &&
      identity.diffIds.every((diffId, index) => diffId === image.layers[index]?.diffId);
    return isSame ? 'same' : 'other';
  }
  if (identity.imageId === null) return 'none';
  return identity.imageId === image.configDigest ? 'same' : 'other';
}

export function evidenceOf(
  report: ScannerReport,
  scanner: ScannerName,
  image: string,
): readonly VulnerabilityEvidence[] {
  return report.rows.map((row) => ({ kind: 'vulnerability', scanner, image, ...row }));
}

export function systemEvidenceOf(
  { operatingSystem }: ScannerReport,
  scanner: ScannerName,
  image: string,
): readonly OperatingSystemEvidence[] {
  return operatingSystem === null ? [] : [{ kind: 'operating-system', scanner, image, ...operatingSystem }];
}
