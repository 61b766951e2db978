import { type Comparison, compareDigits } from './digits.ts';

interface DebianVersion {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

function parse(text: string): DebianVersion {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(text.trim()) ?? [];
  const dash = rest.lastIndexOf('-');
  return dash < 0
    ? { epoch, upstream: rest, revision: '' }
    : { epoch, upstream: rest.slice(0, dash), revision: rest.slice(dash + 1) };
}

/** A tilde sorts before the end of the text, the end before letters, letters before everything else. */
function weightOf(character: string): number {
  if (character === '~') return -1;
  if (character === '') return 0;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

function compareNonDigits(a: string, b: string): Comparison {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = weightOf(a.charAt(i)) - weightOf(b.charAt(i));
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Alternating runs of non-digits and digits (dpkg lib/dpkg/version.c, verrevcmp). */
function comparePart(a: string, b: string): Comparison {
  const run = /(\D*)(\d*)/y;
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    run.lastIndex = i;
    const [first = '', text = '', number = ''] = run.exec(a) ?? [];
    run.lastIndex = j;
    const [second = '', otherText = '', otherNumber = ''] = run.exec(b) ?? [];
    const difference = compareNonDigits(text, otherText) || compareDigits(number, otherNumber);
    if (difference !== 0) return difference;
    i += first.length;
    j += second.length;
  }
  return 0;
}

/** Debian Policy 5.6.12. */
export function compareDebian(a: string, b: string): Comparison {
  const [first, second] = [parse(a), parse(b)];
  return (
    compareDigits(first.epoch, second.epoch) ||
    comparePart(first.upstream, second.upstream) ||
    comparePart(first.revision, second.revision)
  );
}
