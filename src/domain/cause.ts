import type { Anchor, Location } from './location.ts';
import type { Confidence } from './severity.ts';

/** The Dockerfile instruction behind a layer or a setting. */
export interface Cause {
  readonly path: string;
  readonly line: number;
  readonly endLine: number;
  /** The instruction's first line, redacted when printed. */
  readonly instruction: string;
  readonly confidence: Confidence;
}

/** What `trace` found. Keys are made by `layerKey` and `settingKey`. */
export interface Causes {
  readonly layers: ReadonlyMap<string, Cause>;
  readonly settings: ReadonlyMap<string, Cause>;
  /** Layer index by image and diffID, so that a package's layer can be looked up. */
  readonly layerByDiffId: ReadonlyMap<string, number>;
}

export function layerKey(image: string, layer: number): string {
  return `${image}\0${layer}`;
}

export function settingKey(image: string, part: string, name: string): string {
  return `${image}\0${part}\0${name}`;
}

export function diffIdKey(image: string, diffId: string): string {
  return `${image}\0${diffId}`;
}

/** Only looks up: a finding in a file is its own anchor, one in an image has the cause that was traced, or none. */
export function causeOf(at: Location, causes: Causes): Cause | null {
  if (at.kind === 'layer') return causes.layers.get(layerKey(at.image, at.layer)) ?? null;
  if (at.kind === 'image') return causes.settings.get(settingKey(at.image, at.part, at.name)) ?? null;
  if (at.kind === 'package' && at.diffId !== null) {
    const layer = causes.layerByDiffId.get(diffIdKey(at.image, at.diffId));
    return layer === undefined ? null : (causes.layers.get(layerKey(at.image, layer)) ?? null);
  }
  return null;
}

export function anchorOf(at: Location, causes: Causes): Anchor | null {
  if (at.kind === 'file') return { path: at.path, line: at.line };
  const cause = causeOf(at, causes);
  return cause === null ? null : { path: cause.path, line: cause.line };
}
