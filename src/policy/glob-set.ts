const wildcard = /[*?]/;

function literalStart(pattern: string): string {
  const end = pattern.search(wildcard);
  return end < 0 ? pattern : pattern.slice(0, end);
}

/**
 * Whether every path `inner` matches is surely matched by `outer`: equal globs, `**`, or `folder/**` around something
 * below that folder. Anything cleverer answers false, as a wrong yes would hide a wider glob.
 */
export function containsGlob(outer: string, inner: string): boolean {
  if (outer === inner || outer === '**') return true;
  if (!outer.endsWith('/**')) return false;
  const folder = outer.slice(0, -2);
  return !wildcard.test(folder) && inner.startsWith(folder) && inner.length > folder.length;
}

/** Whether some path may match both: false only where the text before the first wildcards already differs. */
export function mayOverlap(a: string, b: string): boolean {
  const [first, second] = [literalStart(a), literalStart(b)];
  return first.startsWith(second) || second.startsWith(first);
}
