import type { Detector, SecretFound, Sighting } from './detector.ts';
import { entropyOf, isMadeUp } from './made-up.ts';
import { detectors } from './table.ts';

const leastEntropy = 2.5;
/** How far from a match its `near` words may stand. */
const nearness = 256;

/** The match of a pattern that holds the anchor at `at`. */
function matchAt({ pattern, before = 0 }: Detector, text: string, at: number): RegExpExecArray | null {
  if (pattern.sticky) {
    pattern.lastIndex = at;
    return pattern.exec(text);
  }
  pattern.lastIndex = Math.max(0, at - before);
  for (let match = pattern.exec(text); match !== null && match.index <= at; match = pattern.exec(text)) {
    if (match.index + match[0].length > at) return match;
  }
  return null;
}

function isNear({ near }: Detector, { text, index }: Sighting): boolean {
  if (near === undefined) return true;
  const around = text.slice(Math.max(0, index - nearness), index + nearness).toLowerCase();
  return near.some((word) => around.includes(word));
}

/** What a detector makes of the anchor at `at` in `text`: a credential, or null. Text is latin1. */
export function sight(detector: Detector, text: string, at: number): SecretFound | null {
  const match = matchAt(detector, text, at);
  if (match === null) return null;
  const groups = { ...match.groups };
  const sighting = { value: groups['value'] ?? match[0], groups, text, index: match.index };
  if (entropyOf(sighting.value) < (detector.entropy ?? leastEntropy)) return null;
  if (!isNear(detector, sighting) || isMadeUp(sighting.value)) return null;
  const verdict = detector.validate === undefined ? { proof: detector.proof } : detector.validate(sighting);
  if (verdict === null || (verdict.value !== undefined && isMadeUp(verdict.value))) return null;
  return {
    detector: detector.id,
    vendor: verdict.vendor ?? detector.vendor,
    what: verdict.what ?? detector.what,
    revokeUrl: verdict.revokeUrl ?? detector.revokeUrl,
    proof: verdict.proof,
    value: verdict.value ?? sighting.value,
    expires: verdict.expires ?? null,
  };
}

/** Most values hold no anchor, which one look tells. */
const anyAnchor = new RegExp(
  detectors
    .flatMap(({ anchors }) => anchors)
    .map((anchor) => anchor.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .join('|'),
);

/** Longest value that can be a vendor's token. */
const valueLimit = 4096;

function sightWhole(detector: Detector, value: string): SecretFound | null {
  if (detector.near !== undefined) return null;
  const places = detector.anchors.map((anchor) => value.indexOf(anchor));
  const at = places.find((place) => place === 0 || (place > 0 && !detector.pattern.sticky));
  const match = at === undefined ? null : matchAt(detector, value, at);
  const isWhole = match?.[0] === value && match.groups?.['value'] === undefined;
  return isWhole && at !== undefined ? sight(detector, value, at) : null;
}

/** A credential whose vendor is known. */
export interface VendorSecret extends SecretFound {
  readonly vendor: string;
}

function hasVendor(found: SecretFound | null): found is VendorSecret {
  return found !== null && found.vendor !== null;
}

/**
 * The vendor's credential that a whole value is, if any: nothing may stand before or behind it, and its format must tell
 * without the name it is assigned to.
 */
export function vendorOf(value: string): VendorSecret | null {
  if (value.length > valueLimit || !anyAnchor.test(value)) return null;
  for (const detector of detectors) {
    const found = sightWhole(detector, value);
    if (hasVendor(found)) return found;
  }
  return null;
}
