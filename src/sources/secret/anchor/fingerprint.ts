/** Bytes of an anchor that are compared; what is longer is left to the detector's pattern. */
export const comparedBytes = 16;
export const fingerprintBytes = 3;
const bucketCount = 8;

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

/** Bytes of text and code, the most frequent first: a model good enough to tell a rare fingerprint from a common one. */
const frequentBytes = ' etaoinsrhldcumfpg\n\0wyb.,vk-_0"\'1/()=;:2xETSAI{}CNORPLjMD3Fq5U48z<>H[]679BG*';

/** How often each byte occurs, in 1 of all. Rare ones keep a share, as data is not all text. */
const frequency = Float64Array.from({ length: 256 }, (_, byte) => {
  const rank = frequentBytes.indexOf(String.fromCharCode(byte));
  return 0.001 + (rank < 0 ? 0 : 0.25 / (rank + 3));
});

/** Sets of low and high nibbles a bucket accepts at each place of the fingerprint, as bit sets. */
interface Bucket {
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** How many of 1 positions pass it. */
  readonly cost: number;
}

const emptyBucket: Bucket = { low: [0, 0, 0], high: [0, 0, 0], cost: 0 };

/** The share of bytes whose nibbles are in both sets. */
function share(low: number, high: number): number {
  let sum = 0;
  for (let upper = high; upper !== 0; upper &= upper - 1) {
    const row = (31 - Math.clz32(upper & -upper)) << 4;
    for (let lower = low; lower !== 0; lower &= lower - 1) {
      sum += frequency[row | (31 - Math.clz32(lower & -lower))] ?? 0;
    }
  }
  return sum;
}

function grow(bucket: Bucket, bytes: Uint8Array, offset: number): Bucket {
  const low = bucket.low.map((set, place) => set | (1 << ((bytes[offset + place] ?? 0) & 15)));
  const high = bucket.high.map((set, place) => set | (1 << ((bytes[offset + place] ?? 0) >> 4)));
  const isSame = low.every((set, place) => set === bucket.low[place] && high[place] === bucket.high[place]);
  if (isSame) return bucket;
  return { low, high, cost: low.reduce((product, set, place) => product * share(set, high[place] ?? 0), 1) };
}

/**
 * Chooses for each anchor the three bytes and the bucket that let the fewest other positions pass, shortest anchors
 * first, as they have the least choice. The same list gives the same plan. Anchors have at least three bytes.
 */
export function planFingerprints(anchors: readonly string[]): readonly Fingerprint[] {
  const buckets = Array.from({ length: bucketCount }, () => emptyBucket);
  const order = anchors
    .map((text, anchor) => ({ anchor, bytes: new Uint8Array(Buffer.from(text, 'latin1').subarray(0, comparedBytes)) }))
    .sort((a, b) => a.bytes.length - b.bytes.length || a.anchor - b.anchor);
  return order.map(({ anchor, bytes }) => {
    if (bytes.length < fingerprintBytes) throw new Error('an anchor has at least three bytes');
    let best = { offset: 0, bucket: 0, grown: emptyBucket, increase: Number.POSITIVE_INFINITY };
    for (let offset = 0; offset + fingerprintBytes <= bytes.length; offset++) {
      buckets.forEach((before, bucket) => {
        const grown = grow(before, bytes, offset);
        const increase = grown.cost - before.cost;
        if (increase < best.increase) best = { offset, bucket, grown, increase };
      });
      if (best.increase === 0) break;
    }
    buckets[best.bucket] = best.grown;
    return { anchor, bytes, offset: best.offset, bucket: best.bucket };
  });
}
