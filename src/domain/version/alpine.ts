import { compareText } from '../compare-text.ts';
import { type Comparison, compareDigits } from './digits.ts';

/** In the order in which a version that goes on with them is the higher one. */
const tokenKinds = ['number', 'letter', 'suffix', 'suffix-number', 'hash', 'revision', 'end'] as const;

interface Token {
  readonly kind: (typeof tokenKinds)[number];
  readonly text: string;
}

const suffixes = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'];
const shape = /^(\d+(?:\.\d+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)(?:~([0-9a-f]+))?(?:-r(\d+))?$/;

function tokensOf(text: string): readonly Token[] | null {
  const match = shape.exec(text.trim());
  if (match === null) return null;
  const [, numbers = '', letter = '', tail = '', hash = '', revision = ''] = match;
  const ends = tail.split('_').slice(1);
  const suffixTokens = ends.flatMap((suffix): readonly Token[] => {
    const name = suffix.replace(/\d+$/, '');
    const number = suffix.slice(name.length);
    const head: Token = { kind: 'suffix', text: name };
    return number === '' ? [head] : [head, { kind: 'suffix-number', text: number }];
  });
  return [
    ...numbers.split('.').map((part): Token => ({ kind: 'number', text: part })),
    ...(letter === '' ? [] : [{ kind: 'letter', text: letter } as const]),
    ...suffixTokens,
    ...(hash === '' ? [] : [{ kind: 'hash', text: hash } as const]),
    ...(revision === '' ? [] : [{ kind: 'revision', text: revision } as const]),
    { kind: 'end', text: '' },
  ];
}

function isBeforeRelease(token: Token): boolean {
  return token.kind === 'suffix' && suffixes.indexOf(token.text) < suffixes.indexOf('');
}

/** Numbers after the first are compared as text when either has a leading zero: they are fractions then. */
function compareSame(a: Token, b: Token, index: number): Comparison {
  if (a.kind === 'suffix') return suffixes.indexOf(a.text) - suffixes.indexOf(b.text);
  if (a.kind === 'letter' || a.kind === 'hash') return compareText(a.text, b.text);
  const isFraction = a.kind === 'number' && index > 0 && (a.text.startsWith('0') || b.text.startsWith('0'));
  return isFraction ? compareText(a.text, b.text) : compareDigits(a.text, b.text);
}

function compareKinds(a: Token, b: Token): Comparison {
  if (isBeforeRelease(a)) return -1;
  if (isBeforeRelease(b)) return 1;
  return tokenKinds.indexOf(b.kind) - tokenKinds.indexOf(a.kind);
}

/** apk-tools src/version.c. Null for what is no version of Alpine's. */
export function compareAlpine(a: string, b: string): Comparison | null {
  const [first, second] = [tokensOf(a), tokensOf(b)];
  if (first === null || second === null) return null;
  for (const [index, x] of first.entries()) {
    const y = second[index];
    if (y === undefined) return 0;
    const difference = x.kind === y.kind ? compareSame(x, y, index) : compareKinds(x, y);
    if (difference !== 0) return difference;
  }
  return 0;
}
