import { compareText } from '../compare-text.ts';
/** Negative, zero or positive, as `Array.sort` takes it. */
export type Comparison = number;

/** Whole numbers of any length, written in decimal digits; an absent one counts as zero. */
export function compareDigits(a: string, b: string): Comparison {
  const [first, second] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return first.length - second.length || compareText(first, second);
}

/** The first difference of two lists, the shorter one filled up with `filler`. */
export function compareLists<T>(
  a: readonly T[],
  b: readonly T[],
  filler: T,
  compare: (x: T, y: T) => Comparison,
): Comparison {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = compare(a[i] ?? filler, b[i] ?? filler);
    if (difference !== 0) return difference;
  }
  return 0;
}
