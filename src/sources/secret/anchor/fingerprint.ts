import { anchorPlan } from './anchor-plan.ts';

/** Bytes of an anchor that are compared; what is longer is left to the detector's pattern. */
export const comparedBytes = 16;
export const fingerprintBytes = 3;

/** The three bytes of an anchor that a search looks for first. */
export interface Fingerprint {
  /** Index of the anchor in the list that was planned for. */
  readonly anchor: number;
  /** The anchor, cut to what is compared. */
  readonly bytes: Uint8Array;
  /** Where in the anchor the fingerprint begins. */
  readonly offset: number;
  readonly bucket: number;
}

/** The part of an anchor that is compared. */
export function comparedPart(anchor: string): Uint8Array {
  return new Uint8Array(Buffer.from(anchor, 'latin1').subarray(0, comparedBytes));
}

/** The fingerprints that were planned for these anchors (scripts/plan-anchors.ts), told by their index. */
export function plannedFingerprints(anchors: readonly string[]): readonly Fingerprint[] {
  const places = new Map(anchorPlan.map((item) => [item.slice(2), item]));
  return anchors.map((text, anchor) => {
    const [offset, bucket] = places.get(text) ?? '';
    if (offset === undefined || bucket === undefined)
      throw new Error(`there is no plan for the anchor ${text}: npm run generate`);
    return { anchor, bytes: comparedPart(text), offset: Number.parseInt(offset, 16), bucket: Number(bucket) };
  });
}
