import { compareText } from '../compare-text.ts';
import { type Comparison, compareDigits, compareLists } from './digits.ts';

const shape =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|beta|preview|pre|a|b|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/;

interface PythonVersion {
  readonly epoch: string;
  readonly release: readonly string[];
  /** Rank and number: a development release of the release itself is before `a`, none is after `rc`. */
  readonly pre: readonly [number, string];
  /** Null for no post-release. */
  readonly post: string | null;
  readonly dev: string | null;
  readonly local: readonly string[];
}

function preRank(name: string | undefined): number {
  if (name === undefined) return 4;
  if (name.startsWith('a')) return 1;
  return name.startsWith('b') ? 2 : 3;
}

function parse(text: string): PythonVersion | null {
  const match = shape.exec(text.trim().toLowerCase());
  if (match === null) return null;
  const [, epoch = '0', release = '', pre, preNumber, implicitPost, postWord, postNumber, devWord, devNumber, local] =
    match;
  const post = implicitPost ?? (postWord === undefined ? null : postNumber || '0');
  const dev = devWord === undefined ? null : devNumber || '0';
  const rank = pre === undefined && post === null && dev !== null ? 0 : preRank(pre);
  const parts = local === undefined ? [] : local.split(/[-_.]/);
  return { epoch, release: release.split('.'), pre: [rank, preNumber ?? ''], post, dev, local: parts };
}

/** Absent before present for post-releases, after it for development releases. */
function compareOptional(a: string | null, b: string | null, absent: -1 | 1): Comparison {
  if (a === null || b === null) return a === b ? 0 : a === null ? absent : -absent;
  return compareDigits(a, b);
}

function compareLocal(a: readonly string[], b: readonly string[]): Comparison {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const [isNumber, isOtherNumber] = [/^\d+$/.test(part), /^\d+$/.test(other)];
    if (isNumber !== isOtherNumber) return isNumber ? 1 : -1;
    const difference = isNumber ? compareDigits(part, other) : compareText(part, other);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** PEP 440. Null for what is no such version. */
export function comparePython(a: string, b: string): Comparison | null {
  const [first, second] = [parse(a), parse(b)];
  if (first === null || second === null) return null;
  return (
    compareDigits(first.epoch, second.epoch) ||
    compareLists(first.release, second.release, '0', compareDigits) ||
    first.pre[0] - second.pre[0] ||
    compareDigits(first.pre[1], second.pre[1]) ||
    compareOptional(first.post, second.post, -1) ||
    compareOptional(first.dev, second.dev, 1) ||
    compareLocal(first.local, second.local)
  );
}
