import { compareText } from '../compare-text.ts';
import { type Comparison, compareDigits } from './digits.ts';

/** A number, a qualifier or a part after a hyphen, which is a list of its own. */
type Item = { readonly number: string } | { readonly word: string } | readonly Item[];

const qualifiers = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp'];
const aliases: Readonly<Record<string, string>> = { ga: '', final: '', release: '', cr: 'rc' };
const shortForms: Readonly<Record<string, string>> = { a: 'alpha', b: 'beta', m: 'milestone' };

function isList(item: Item): item is readonly Item[] {
  return Array.isArray(item);
}

function wordItem(word: string, isBeforeDigit: boolean): Item {
  const long = isBeforeDigit ? (shortForms[word] ?? word) : word;
  return { word: aliases[long] ?? long };
}

function isNull(item: Item): boolean {
  if (isList(item)) return item.length === 0;
  return 'number' in item ? /^0*$/.test(item.number) : item.word === '';
}

/** Trailing zeros and empty qualifiers say nothing, also before a sub-list. */
function trimmed(items: readonly Item[]): readonly Item[] {
  const kept = [...items];
  for (let i = kept.length - 1; i >= 0; i--) {
    const item = kept[i];
    if (item === undefined) break;
    if (isNull(item)) kept.splice(i, 1);
    else if (!isList(item)) break;
  }
  return kept;
}

/** Parts before and after hyphens, and before a qualifier, nest to the right. */
function parse(text: string): readonly Item[] {
  const groups: Item[][] = [[]];
  const token = /(\d+)|([a-z]+)|([-._+])|[\s\S]/g;
  const lower = text.trim().toLowerCase();
  let before: 'number' | 'word' | 'other' = 'other';
  for (let match = token.exec(lower); match !== null; match = token.exec(lower)) {
    const [, number, word, separator] = match;
    const isNew =
      separator === '-' || (before === 'number' && word !== undefined) || (before === 'word' && number !== undefined);
    if (isNew) groups.push([]);
    if (number !== undefined) groups.at(-1)?.push({ number });
    if (word !== undefined) groups.at(-1)?.push(wordItem(word, /\d/.test(lower.charAt(token.lastIndex))));
    before = number !== undefined ? 'number' : word !== undefined ? 'word' : 'other';
  }
  return groups.reduceRight<readonly Item[]>(
    (inner, group) => trimmed(inner.length === 0 ? group : [...group, inner]),
    [],
  );
}

function qualifierOrder(word: string): string {
  const index = qualifiers.indexOf(word);
  return index < 0 ? `${qualifiers.length}-${word}` : String(index);
}

/** Against nothing: a number is more, a qualifier is as it stands to a release. */
function compareToNothing(item: Item): Comparison {
  if (isList(item)) {
    const differing = item.map(compareToNothing).find((difference) => difference !== 0);
    return differing ?? 0;
  }
  if ('number' in item) return isNull(item) ? 0 : 1;
  return compareText(qualifierOrder(item.word), qualifierOrder(''));
}

function kindRank(item: Item): number {
  if (isList(item)) return 1;
  return 'number' in item ? 2 : 0;
}

function compareItems(a: Item | undefined, b: Item | undefined): Comparison {
  if (a === undefined) return b === undefined ? 0 : -compareToNothing(b);
  if (b === undefined) return compareToNothing(a);
  if (isList(a) && isList(b)) return compareParts(a, b);
  if (kindRank(a) !== kindRank(b) || isList(a) || isList(b)) return kindRank(a) - kindRank(b);
  if ('number' in a && 'number' in b) return compareDigits(a.number, b.number);
  return 'word' in a && 'word' in b ? compareText(qualifierOrder(a.word), qualifierOrder(b.word)) : 0;
}

function compareParts(a: readonly Item[], b: readonly Item[]): Comparison {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = compareItems(a[i], b[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** More parts than any version has; a hostile one would only nest deeper. */
const longestVersion = 256;

/** Maven's ComparableVersion (maven.apache.org/pom.html, Version Order Specification). Null for a text too long to be one. */
export function compareMaven(a: string, b: string): Comparison | null {
  if (a.length > longestVersion || b.length > longestVersion) return null;
  return compareParts(parse(a), parse(b));
}
