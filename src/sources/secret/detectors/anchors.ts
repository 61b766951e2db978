import { keyAnchor } from '../private-key.ts';
import type { Detector } from './detector.ts';
import { detectors } from './table.ts';

function byAnchor(): ReadonlyMap<string, readonly Detector[]> {
  const found = new Map<string, Detector[]>([[keyAnchor, []]]);
  for (const detector of detectors) {
    for (const anchor of detector.anchors) found.set(anchor, [...(found.get(anchor) ?? []), detector]);
  }
  return found;
}

/** What is searched for, each with the detectors that look at it; private keys have a reader of their own. */
export const anchors: ReadonlyMap<string, readonly Detector[]> = byAnchor();
