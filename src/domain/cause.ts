import type { Anchor, Location, PackageLocation } from './location.ts';
import type { LockedPackageEvidence } from './package-evidence.ts';
import type { Confidence } from './severity.ts';

/** The Dockerfile instruction behind a layer or a setting, or the lockfile line behind a package. */
export interface Cause {
  readonly path: string;
  readonly line: number;
  readonly endLine: number;
  /** The instruction's first line, redacted when printed; `name version` of a lockfile line. */
  readonly instruction: string;
  readonly confidence: Confidence;
  /** The lines are those of all instructions that made the layer: which of them is to blame cannot be told. */
  readonly isRange?: boolean;
  /** The lines of lockfiles that pin the package, the best first; absent behind anything else. */
  readonly pins?: readonly LockedPackageEvidence[];
}

/** What `trace` found. Keys are made by `layerKey`, `pathKey`, `settingKey`, `diffIdKey` and `packageKey`. */
export interface Causes {
  readonly layers: ReadonlyMap<string, Cause>;
  /** Of paths in layers that several instructions made: the one that wrote it, where that can be told. */
  readonly paths: ReadonlyMap<string, Cause>;
  readonly settings: ReadonlyMap<string, Cause>;
  /** Layer index by image and diffID, so that a package's layer can be looked up. */
  readonly layerByDiffId: ReadonlyMap<string, number>;
  /** Lockfile lines by image and package URL. */
  readonly pins: ReadonlyMap<string, readonly LockedPackageEvidence[]>;
}

export function layerKey(image: string, layer: number): string {
  return `${image}\0${layer}`;
}

export function pathKey(image: string, layer: number, path: string): string {
  return `${image}\0${layer}\0${path}`;
}

export function settingKey(image: string, part: string, name: string): string {
  return `${image}\0${part}\0${name}`;
}

export function diffIdKey(image: string, diffId: string): string {
  return `${image}\0${diffId}`;
}

export function packageKey(image: string, purl: string): string {
  return `${image}\0${purl}`;
}

function pinCause(pins: readonly LockedPackageEvidence[] | undefined): Cause | null {
  const first = pins?.[0];
  if (pins === undefined || first === undefined) return null;
  return {
    path: first.at.path,
    line: first.at.line,
    endLine: first.at.endLine,
    instruction: `${first.name} ${first.version}`,
    confidence: pins.length === 1 ? 'high' : 'medium',
    pins,
  };
}

function packageCause(at: PackageLocation, causes: Causes): Cause | null {
  const pinned = pinCause(causes.pins.get(packageKey(at.image, at.purl)));
  if (pinned !== null || at.diffId === null) return pinned;
  const layer = causes.layerByDiffId.get(diffIdKey(at.image, at.diffId));
  return layer === undefined ? null : (causes.layers.get(layerKey(at.image, layer)) ?? null);
}

/** Only looks up: a finding in a file is its own anchor, one in an image has the cause that was traced, or none. */
export function causeOf(at: Location, causes: Causes): Cause | null {
  if (at.kind === 'layer') {
    const own = causes.paths.get(pathKey(at.image, at.layer, at.path));
    return own ?? causes.layers.get(layerKey(at.image, at.layer)) ?? null;
  }
  if (at.kind === 'image') return causes.settings.get(settingKey(at.image, at.part, at.name)) ?? null;
  return at.kind === 'package' ? packageCause(at, causes) : null;
}

export function anchorOf(at: Location, causes: Causes): Anchor | null {
  if (at.kind === 'file') return { path: at.path, line: at.line };
  const cause = causeOf(at, causes);
  return cause === null ? null : { path: cause.path, line: cause.line };
}
