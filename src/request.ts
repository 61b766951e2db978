import type { ScannerName } from './domain/finding.ts';
import type { Platform } from './domain/image.ts';
import type { ImageLimits } from './domain/image-limits.ts';
import { type ReportFormat, reportFormats } from './domain/report.ts';
import type { Severity } from './domain/severity.ts';
import type { VulnerabilityGate } from './policy/vulnerability-gate.ts';

export const formats = reportFormats;
export type Format = ReportFormat;

export interface ImageRequest {
  /** As the user gave it: what reports call the image. */
  readonly text: string;
  readonly transport: 'auto' | 'docker-archive' | 'oci-archive' | 'oci-dir' | 'docker-daemon' | 'registry';
  /** Absolute path, or the name for `docker-daemon` and `registry`. */
  readonly target: string;
}

/** A path relative to the checked folder, with the image it belongs to where the user said so (`PATH=IMAGE`). */
export interface PathForImage {
  readonly path: string;
  readonly image: string | null;
}

/** `NAME=VALUE`, for one scanner. */
export interface ScannerSetting {
  readonly scanner: ScannerName;
  readonly value: string;
}

/** Where scanners and their databases come from. */
export interface ScannerSupply {
  /** Base address in the place of https://github.com; null: that. */
  readonly mirror: string | null;
  /** Databases to use as they are: absolute paths of folders or archives. */
  readonly databases: readonly ScannerSetting[];
  /** Where databases are fetched, in order; none for a scanner: its own list. */
  readonly databaseMirrors: readonly ScannerSetting[];
  /** An older database is a gap. */
  readonly databaseMaxDays: number;
}

/** Where SBOMs go: into one file, or into a folder with a file per image. */
export interface SbomTarget {
  /** Absolute. */
  readonly path: string;
  /** As the user gave it. */
  readonly given: string;
  readonly isFolder: boolean;
}

/** Everything `check` is asked to do, however it was asked: the one shape behind CLI and action. */
export interface Request {
  /** Absolute, the checked folder. */
  readonly directory: string;
  /** The checked folder as reports name it. */
  readonly subject: string;
  readonly images: readonly ImageRequest[];
  /** Which of an image's platforms is read; null: all. An empty variant stands for any. */
  readonly platform: Platform | null;
  /** Bytes of temporary disk space that compressed, engines' and registries' images may take. */
  readonly spoolLimit: number;
  /** Where the results of clean layers are kept between runs, and whether this run adds to them; null: nowhere. */
  readonly cache: { readonly folder: string; readonly isWritten: boolean } | null;
  readonly imageLimits: ImageLimits;
  /** Paths relative to the folder. */
  readonly dockerfiles: readonly PathForImage[];
  /** Relative to the folder; null: `model-manifest.yml` where present. */
  readonly models: string | null;
  /** Relative to the folder; null: `.hullcheck.yml` where present. */
  readonly policy: string | null;
  /** Empty when the user chose none. */
  readonly scanners: readonly ScannerName[];
  /** Absolute paths of scanner programs, by `--scanner-path`. */
  readonly scannerPaths: readonly string[];
  /** Null: by the size of the image. */
  readonly scannerTimeoutMinutes: number | null;
  readonly scannerSupply: ScannerSupply;
  readonly trivyReports: readonly PathForImage[];
  readonly grypeReports: readonly PathForImage[];
  /** Empty: no SBOM is made. */
  readonly sbomTargets: readonly SbomTarget[];
  /** A git revision. */
  readonly base: string | null;
  /** On a pull request policy, baseline and triage come from the base tree. */
  readonly isPullRequest: boolean;
  /** Absolute path of an earlier JSON report. */
  readonly baselineReport: string | null;
  /** Overrides the policy's `failOn`; null: the policy's, or the default. */
  readonly failOn: Severity | 'never' | null;
  /** What of the policy's `vulnerabilities` the user overrides. */
  readonly gate: Partial<VulnerabilityGate>;
  readonly offline: boolean;
  /** Every finding in the text report. */
  readonly all: boolean;
}
