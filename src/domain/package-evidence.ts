import type { PackageManager } from './evidence.ts';
import type { ScannerName } from './finding.ts';
import type { FileLocation } from './location.ts';

/** Managers whose lockfiles say which line pins a package. */
export type LockManager = PackageManager | 'pipenv' | 'cargo' | 'go' | 'composer' | 'bundler';

/** A package that a lockfile of the repository pins. */
export interface LockedPackageEvidence {
  readonly kind: 'locked-package';
  /** From the line that names it to the one that says its version. */
  readonly at: FileLocation;
  readonly manager: LockManager;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  /** Null where the files do not say how it came in. */
  readonly isDirect: boolean | null;
  /** Names from a direct dependency to the one that needs it; empty for a direct one. */
  readonly through: readonly string[];
}

/** The source package of a binary package; `version` where it is known. */
export interface SourcePackage {
  readonly name: string;
  readonly version: string | null;
}

/** The layer that brought a version of a package, told by the package databases of the layers themselves. */
export interface PackageOriginEvidence {
  readonly kind: 'package-origin';
  readonly image: string;
  readonly type: 'deb' | 'apk' | 'rpm';
  readonly name: string;
  readonly version: string;
  readonly diffId: string;
}

/** What one scanner takes an image's operating system for. */
export interface OperatingSystemEvidence {
  readonly kind: 'operating-system';
  readonly scanner: ScannerName;
  readonly image: string;
  /** `debian 12.5`. */
  readonly name: string;
  /** Its vendor publishes no security updates any more. */
  readonly isEndOfLife: boolean;
}

/** What the registry of a base image answered. */
export interface BaseReleaseEvidence {
  readonly kind: 'base-release';
  /** The FROM. */
  readonly path: string;
  readonly line: number;
  /** What it should name; null: the registry has nothing newer. */
  readonly advised: string | null;
}
