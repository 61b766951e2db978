import type { DotenvFacts } from './layer-evidence.ts';
import { neutralise } from './neutral-text.ts';

const shownKeys = 5;

function listKeys(keys: readonly string[]): string {
  const shown = keys.slice(0, shownKeys).map((key) => neutralise(key, 60));
  return keys.length > shownKeys ? `${shown.join(', ')} and ${keys.length - shownKeys} more` : shown.join(', ');
}

/** What a dotenv file is worth, and the words for it, as in `.env holds 2 real values (A, B)`. */
export interface DotenvVerdict {
  /** `unknown`: what was read of it is not all, and holds no real value. */
  readonly worth: 'real' | 'unknown' | 'nothing';
  readonly holds: string;
}

/** Judges a dotenv file by the facts about its keys. */
export function judgeDotenv(facts: DotenvFacts): DotenvVerdict {
  const real = facts.realKeys.length;
  if (real > 0) {
    return {
      worth: 'real',
      holds: `holds ${real} real ${real === 1 ? 'value' : 'values'} (${listKeys(facts.realKeys)})`,
    };
  }
  if (!facts.isComplete) return { worth: 'unknown', holds: 'is too large to judge whole' };
  const holds = facts.placeholderKeys.length > 0 ? 'holds placeholders only' : 'holds no values';
  return { worth: 'nothing', holds };
}
