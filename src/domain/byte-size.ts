const units = ['kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** A size as people write it, in powers of 1000 with one decimal: `130 bytes`, `4.7 GB`. */
export function describeSize(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  let value = bytes;
  let unit = '';
  for (const next of units) {
    if (Number(value.toFixed(1)) < 1000) break;
    value /= 1000;
    unit = next;
  }
  return `${value.toFixed(1)} ${unit}`;
}

/** Two different sizes in words that also differ: exact bytes where rounding would make them look equal. */
export function describeSizes(one: number, other: number): readonly [string, string] {
  const rounded = [describeSize(one), describeSize(other)] as const;
  return rounded[0] === rounded[1] && one !== other ? [`${one} bytes`, `${other} bytes`] : rounded;
}
