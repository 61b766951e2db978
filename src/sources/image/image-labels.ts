import type { Platform } from '../../domain/image.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import { platformName } from './platform.ts';

/** What an archive or folder says of one of its images. */
export interface Listing {
  /** Its first tag; null where it has none. */
  readonly tag: string | null;
  readonly platform: Platform;
  /** Its place in the list, from 1, whatever became of the others. */
  readonly number: number;
}

/** Of names that may be anything. */
const longestName = 200;

/** The names as they are printed, where each image has one of its own. */
function distinct(names: readonly (string | null)[]): readonly string[] | null {
  const printed = names.flatMap((name) => (name === null ? [] : [neutralise(name, longestName)]));
  return new Set(printed).size === names.length ? printed : null;
}

function namesOf(listings: readonly Listing[]): readonly string[] {
  return (
    distinct(listings.map(({ tag }) => tag)) ??
    distinct(listings.map(({ platform }) => platformName(platform))) ??
    listings.map(({ number }) => String(number))
  );
}

/**
 * Gives each image of a run the name that reports, triage and `PATH=IMAGE` know it by: the user's own text, and where that
 * names several `text#name`. All of these are named alike: by tag where each has another, else by platform, else by number.
 * Evidence is joined by this name, so that no two images may share one, whatever an archive or a file is called.
 */
export function createLabels(
  texts: readonly string[],
): (text: string, listings: readonly Listing[]) => readonly string[] {
  const taken = new Set(texts);
  return (text, listings) =>
    namesOf(listings).map((name) => {
      const label = `${text}#${name}`;
      let own = label;
      for (let count = 2; taken.has(own); count++) own = `${label}#${count}`;
      taken.add(own);
      return own;
    });
}
