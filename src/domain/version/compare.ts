import { compareAlpine } from './alpine.ts';
import { compareDebian } from './debian.ts';
import type { Comparison } from './digits.ts';
import { compareMaven } from './maven.ts';
import { comparePython } from './python.ts';
import { compareRpm } from './rpm.ts';
import { compareRuby } from './ruby.ts';
import { compareComposer, compareGo, compareSemantic } from './semantic.ts';

/** By type of package URL. */
const comparators: ReadonlyMap<string, (a: string, b: string) => Comparison | null> = new Map([
  ['deb', compareDebian],
  ['rpm', compareRpm],
  ['apk', compareAlpine],
  ['pypi', comparePython],
  ['maven', compareMaven],
  ['gem', compareRuby],
  ['golang', compareGo],
  ['composer', compareComposer],
  ['npm', compareSemantic],
  ['cargo', compareSemantic],
  ['nuget', compareSemantic],
  ['hex', compareSemantic],
  ['pub', compareSemantic],
  ['swift', compareSemantic],
]);

/** Longer ones are no versions; the comparisons take linear time. */
const longestVersion = 512;

/** How two versions of a package of this type stand to each other; null where that cannot be told. */
export function compareVersions(type: string, a: string, b: string): Comparison | null {
  if (a.length > longestVersion || b.length > longestVersion) return null;
  return comparators.get(type)?.(a, b) ?? null;
}
