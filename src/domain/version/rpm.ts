import { compareText } from '../compare-text.ts';
import { type Comparison, compareDigits } from './digits.ts';

function parse(text: string): readonly [epoch: string, version: string, release: string | null] {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(text.trim()) ?? [];
  const dash = rest.lastIndexOf('-');
  return dash < 0 ? [epoch, rest, null] : [epoch, rest.slice(0, dash), rest.slice(dash + 1)];
}

/** Runs of digits or letters, and the marks `~` (before anything) and `^` (after the end, before anything else). */
function segmentsOf(text: string): readonly string[] {
  return text.match(/\d+|[A-Za-z]+|[~^]/g) ?? [];
}

function rankOf(segment: string | undefined): number {
  if (segment === '~') return 0;
  if (segment === undefined) return 1;
  if (segment === '^') return 2;
  return /^\d/.test(segment) ? 4 : 3;
}

/** rpmio/rpmvercmp.c. */
function comparePart(a: string, b: string): Comparison {
  const [first, second] = [segmentsOf(a), segmentsOf(b)];
  const length = Math.max(first.length, second.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [first[i], second[i]];
    const rank = rankOf(x) - rankOf(y);
    if (rank !== 0) return rank;
    const difference = rankOf(x) === 4 ? compareDigits(x ?? '', y ?? '') : compareText(x ?? '', y ?? '');
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Epoch, version, release; a version without a release is compared without one, as RPM's own dependencies are. */
export function compareRpm(a: string, b: string): Comparison {
  const [epoch, version, release] = parse(a);
  const [otherEpoch, otherVersion, otherRelease] = parse(b);
  const difference = compareDigits(epoch, otherEpoch) || comparePart(version, otherVersion);
  return difference !== 0 || release === null || otherRelease === null
    ? difference
    : comparePart(release, otherRelease);
}
