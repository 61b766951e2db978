import { neutralise } from './domain/neutral-text.ts';
import { UsageError } from './domain/usage-error.ts';

/** A whole number from 1 to `most`, or `fallback` when it is not given. */
export function parseWhole<T>(
  flag: string,
  word: string | undefined,
  unit: string,
  fallback: T,
  most: number,
): number | T {
  if (word === undefined) return fallback;
  const number = /^\d{1,9}$/.test(word) ? Number(word) : 0;
  if (number >= 1 && number <= most) return number;
  throw new UsageError(
    `--${flag} ${neutralise(word, 80)} is no number of ${unit}`,
    `use a whole number from 1 to ${most}`,
  );
}
