import type { Cause } from './cause.ts';
import type { ScannerName } from './finding.ts';
import type { Image } from './image.ts';
import type { NamedPackage } from './package-coordinates.ts';
import type { LockedPackageEvidence } from './package-evidence.ts';

/** An object of an SBOM as the scanner wrote it. */
export type SbomObject = Readonly<Record<string, unknown>>;

/** An entry of an SBOM's `components`. */
export interface SbomComponent {
  /** All of it. */
  readonly written: SbomObject;
  /** Its own `properties`, as written. */
  readonly properties: readonly unknown[];
  /** Null for what is no package with a name and a package URL: files, the operating system. */
  readonly package: NamedPackage | null;
  /** The layer that brought it; null where the scanner does not say (or, like Grype for OS packages, says it wrongly). */
  readonly diffId: string | null;
  /** Where in the image it was found. */
  readonly path: string | null;
}

/** A scanner's CycloneDX document about one image, whole, with the parts that ours is added to taken out. */
export interface ScannerSbom {
  /** The image's label. */
  readonly image: string;
  readonly scanner: ScannerName;
  readonly written: SbomObject;
  /** About the document and the image as a whole, with the image's labels; empty where there is none. */
  readonly metadata: SbomObject;
  readonly components: readonly SbomComponent[];
}

/** What brought a package into the image, as far as `trace` found it. */
export interface ComponentCause {
  readonly layer: { readonly index: number; readonly diffId: string } | null;
  /** The Dockerfile instruction behind the layer. */
  readonly instruction: Cause | null;
  /** The lines of lockfiles that pin it, the best first. */
  readonly pins: readonly LockedPackageEvidence[];
}

/** An SBOM with what is known of its components, in their order. */
export interface AttributedSbom {
  readonly sbom: ScannerSbom;
  readonly image: Image;
  readonly causes: readonly (ComponentCause | null)[];
  /** Packages that were not looked up, as there are too many. */
  readonly unattributed: number;
  /** Values of `metadata` in which a secret of the image was blanked. */
  readonly redacted: number;
}
