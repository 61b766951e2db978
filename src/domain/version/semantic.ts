import { compareText } from '../compare-text.ts';
import { type Comparison, compareDigits, compareLists } from './digits.ts';

const shape = /^v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]*)?$/;

/** Numbers before words (Semantic Versioning 2.0.0, item 11.4). */
function compareIdentifiers(a: string, b: string): Comparison {
  const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOtherNumber) return compareDigits(a, b);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return compareText(a, b);
}

function comparePrereleases(a: string | undefined, b: string | undefined): Comparison {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const [first, second] = [a.split('.'), b.split('.')];
  const shared = Math.min(first.length, second.length);
  const difference = compareLists(first.slice(0, shared), second.slice(0, shared), '', compareIdentifiers);
  return difference || first.length - second.length;
}

/**
 * Semantic Versioning 2.0.0 with a leading `v` and any number of components, absent ones being zero: as npm, Cargo, Go,
 * NuGet and others write them. Null for what is no such version.
 */
export function compareSemantic(a: string, b: string): Comparison | null {
  const [first, second] = [shape.exec(a.trim()), shape.exec(b.trim())];
  if (first === null || second === null) return null;
  const numbers = (match: RegExpExecArray) => (match[1] ?? '').split('.');
  return compareLists(numbers(first), numbers(second), '0', compareDigits) || comparePrereleases(first[2], second[2]);
}

/** `go1.22rc1` as the toolchain writes it, and `v1.2.3+incompatible` of modules. */
export function compareGo(a: string, b: string): Comparison | null {
  const plain = (text: string) =>
    text
      .trim()
      .replace(/^go(?=\d)/, '')
      .replace(/(\d)(rc|beta)(\d)/, '$1-$2.$3');
  return compareSemantic(plain(a), plain(b));
}

/** Composer's stabilities in any spelling: `1.0.0-RC1`, `1.0beta2`, `2.0.0-p1` (a patch, after the release). */
export function compareComposer(a: string, b: string): Comparison | null {
  const order = ['dev', 'alpha', 'beta', 'rc', '', 'p'];
  const parse = (text: string) => {
    const match = /^v?(\d+(?:\.\d+)*)(?:[-._]?(dev|alpha|a|beta|b|rc|patch|pl|p)[-._]?(\d*))?(?:\+.*)?$/.exec(
      text.trim().toLowerCase(),
    );
    if (match === null) return null;
    const [, numbers = '', stability = '', number = ''] = match;
    const names: Readonly<Record<string, string>> = { a: 'alpha', b: 'beta', pl: 'p', patch: 'p' };
    return { numbers: numbers.split('.'), rank: order.indexOf(names[stability] ?? stability), number };
  };
  const [first, second] = [parse(a), parse(b)];
  if (first === null || second === null) return null;
  return (
    compareLists(first.numbers, second.numbers, '0', compareDigits) ||
    first.rank - second.rank ||
    compareDigits(first.number, second.number)
  );
}
