import { comparedPart, type Fingerprint, fingerprintBytes } from '../src/sources/secret/anchor/fingerprint.ts';

const bucketCount = 8;
/** Rounds of moving single anchors; it settles after about five. */
const roundLimit = 20;
const planTrials = 8;

/** The most frequent bytes first, as measured over Python's and Node's libraries, and over programs and shared objects. */
const textBytes = ' etrsnoia\nlcdpu"mf,:h.gA_()by/*=;-vCExwS0T\'k\tI{}[]1R2NP`MDOL>GF3B#4z65Wj8U?7|9@q\\<H';
const programBytes =
  '\0H\xff $\x0f\x01DtLe\xcc\x10A\b\xe8\x02\x04rIan\x03io\x05E0\xc0fs1pu@\x0elz\xfecP_8d(\tTSMB7h`mC]9v"NxU2.yg';

/** How often each byte occurs, in 1 of all: what is not listed keeps a share. */
function frequencies(listed: string): Float64Array {
  return Float64Array.from({ length: 256 }, (_, byte) => {
    const rank = listed.indexOf(String.fromCharCode(byte));
    return 0.004 + (rank < 0 ? 0 : 0.3 / (rank + 3));
  });
}

const models = [frequencies(textBytes), frequencies(programBytes)];

/** Sets of low and high nibbles a bucket accepts at each place of the fingerprint, as bit sets. */
interface Bucket {
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** How many of 1 positions pass it. */
  readonly cost: number;
}

const emptyBucket: Bucket = { low: [0, 0, 0], high: [0, 0, 0], cost: 0 };

/** The share of bytes whose nibbles are in both sets. */
function share(frequency: Float64Array, low: number, high: number): number {
  let sum = 0;
  for (let upper = high; upper !== 0; upper &= upper - 1) {
    const row = (31 - Math.clz32(upper & -upper)) << 4;
    for (let lower = low; lower !== 0; lower &= lower - 1) {
      sum += frequency[row | (31 - Math.clz32(lower & -lower))] ?? 0;
    }
  }
  return sum;
}

/** What both kinds of content let pass, in 1 of all positions. */
function costOf(low: readonly number[], high: readonly number[]): number {
  const products = models.map((model) => low.reduce((all, set, place) => all * share(model, set, high[place] ?? 0), 1));
  return products.reduce((sum, product) => sum + product, 0) / models.length;
}

function grow(bucket: Bucket, bytes: Uint8Array, offset: number): Bucket {
  const low = bucket.low.map((set, place) => set | (1 << ((bytes[offset + place] ?? 0) & 15)));
  const high = bucket.high.map((set, place) => set | (1 << ((bytes[offset + place] ?? 0) >> 4)));
  const isSame = low.every((set, place) => set === bucket.low[place] && high[place] === bucket.high[place]);
  if (isSame) return bucket;
  return { low, high, cost: costOf(low, high) };
}

function bucketOf(members: Iterable<Fingerprint>): Bucket {
  let bucket = emptyBucket;
  for (const { bytes, offset } of members) bucket = grow(bucket, bytes, offset);
  return bucket;
}

/** Where an anchor lets the fewest other positions pass, beside what the buckets hold already. */
function bestPlace(
  bytes: Uint8Array,
  buckets: readonly Bucket[],
): { readonly offset: number; readonly bucket: number } {
  let best = { offset: 0, bucket: 0, increase: Number.POSITIVE_INFINITY };
  for (let offset = 0; offset + fingerprintBytes <= bytes.length; offset++) {
    buckets.forEach((before, bucket) => {
      const increase = grow(before, bytes, offset).cost - before.cost;
      if (increase < best.increase) best = { offset, bucket, increase };
    });
  }
  return best;
}

interface Anchor {
  readonly anchor: number;
  readonly bytes: Uint8Array;
}

/** Places the anchors in this order, then each again beside all others until none moves. */
function settle(order: readonly Anchor[]): { readonly placed: readonly Fingerprint[]; readonly cost: number } {
  const placed = new Map<number, Fingerprint>();
  const bucketsNow = () =>
    Array.from({ length: bucketCount }, (_, bucket) =>
      bucketOf([...placed.values()].filter((one) => one.bucket === bucket)),
    );
  for (let round = 0, hasMoved = true; hasMoved && round < roundLimit; round++) {
    hasMoved = false;
    for (const { anchor, bytes } of order) {
      const before = placed.get(anchor);
      placed.delete(anchor);
      const { offset, bucket } = bestPlace(bytes, bucketsNow());
      hasMoved ||= before?.offset !== offset || before.bucket !== bucket;
      placed.set(anchor, { anchor, bytes, offset, bucket });
    }
  }
  const cost = bucketsNow().reduce((sum, bucket) => sum + bucket.cost, 0);
  return { placed: [...placed.values()].sort((a, b) => a.anchor - b.anchor), cost };
}

/** The same shuffle each time, by a number per anchor that looks random (Knuth's multiplicative hash). */
function shuffled(anchors: readonly Anchor[], trial: number): readonly Anchor[] {
  const rank = ({ anchor }: Anchor) => Math.imul(anchor + 1 + 1000 * trial, 0x9e3779b1) >>> 0;
  return [...anchors].sort((a, b) => a.bytes.length - b.bytes.length || rank(a) - rank(b));
}

/**
 * Chooses for each anchor the three bytes and the bucket that let the fewest other positions pass: shortest anchors
 * first, as they have the least choice; the best of `trials` orders. The same list gives the same plan. Anchors have at
 * least three bytes.
 */
export function planFingerprints(anchors: readonly string[], trials = 1): readonly Fingerprint[] {
  const all = anchors.map((text, anchor) => ({ anchor, bytes: comparedPart(text) }));
  if (all.some(({ bytes }) => bytes.length < fingerprintBytes)) throw new Error('an anchor has at least three bytes');
  const plans = Array.from({ length: trials }, (_, trial) => settle(shuffled(all, trial)));
  return plans.reduce((best, plan) => (plan.cost < best.cost ? plan : best)).placed;
}

/** The module that holds the plan of these anchors. */
export function anchorPlanModule(anchors: readonly string[]): string {
  const items = planFingerprints(anchors, planTrials).map(
    ({ anchor, offset, bucket }) => `${offset.toString(16)}${bucket}${anchors[anchor]}`,
  );
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last === undefined || last.length + item.length > 100) lines.push(item);
    else lines[lines.length - 1] = `${last}\t${item}`;
  }
  return [
    '// Generated by `npm run generate` with scripts/plan-anchors.ts.',
    '',
    '/** For each anchor the offset of its fingerprint (a hexadecimal digit), its bucket (a digit) and itself. */',
    'export const anchorPlan: readonly string[] = [',
    ...lines.map(
      (line) => `  ${JSON.stringify(line).replaceAll(`'`, `\\'`).replaceAll('\\"', '"').replace(/^"|"$/g, `'`)},`,
    ),
    ']',
    "  .join('\\t')",
    "  .split('\\t');",
    '',
  ].join('\n');
}
