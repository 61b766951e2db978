import { compareText } from '../compare-text.ts';
import { type Comparison, compareDigits, compareLists } from './digits.ts';

const isNumber = (segment: string): boolean => /^\d/.test(segment);

function segmentsOf(text: string): readonly string[] | null {
  const plain = text.trim().replaceAll('-', '.pre.');
  if (!/^\d+(?:\.[0-9A-Za-z]+)*$/.test(plain)) return null;
  return plain.match(/\d+|[A-Za-z]+/g);
}

/** Words are pre-releases: before numbers, and before the end, which counts as zero. */
function compareSegments(a: string, b: string): Comparison {
  if (isNumber(a) && isNumber(b)) return compareDigits(a, b);
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? 1 : -1;
  return compareText(a, b);
}

/** Gem::Version (rubygems lib/rubygems/version.rb). Null for what is no such version. */
export function compareRuby(a: string, b: string): Comparison | null {
  const [first, second] = [segmentsOf(a), segmentsOf(b)];
  return first === null || second === null ? null : compareLists(first, second, '0', compareSegments);
}
