import { plannedFingerprints } from './fingerprint.ts';
import { createScalarSearch } from './scalar-search.ts';
import type { AnchorSearch } from './search.ts';
import { createSimdSearch } from './simd-search.ts';

/** Searches that are free: their memory and compiled code serve one layer after the other. */
const free: AnchorSearch[] = [];

/** A search for these anchors, always the same; SIMD where the engine has it, else a table of byte pairs, with equal results. */
export function takeSearch(anchors: readonly string[]): AnchorSearch {
  const known = free.pop();
  if (known !== undefined) return known;
  const fingerprints = plannedFingerprints(anchors);
  return createSimdSearch(fingerprints) ?? createScalarSearch(fingerprints);
}

/** To be called by whoever took it, when it is not used any more. */
export function giveBackSearch(search: AnchorSearch): void {
  free.push(search);
}
