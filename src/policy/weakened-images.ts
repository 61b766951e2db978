import { type TagLevel, tagLevels } from '../domain/rule.ts';
import { containsGlob, mayOverlap } from './glob-set.ts';
import type { Policy } from './schema.ts';

/** A weaker setting, before it has a place: `key` is its key path in the head's policy. */
export interface Weakening {
  readonly key: string;
  readonly what: string;
}

/** The word the policy file has for a level. */
function wordOf(level: TagLevel): string {
  return level === 'codename' ? 'tagged' : level;
}

type Images = Policy['images'];
type Override = Images['overrides'][number];

/** What holds where no override does; its pattern contains every other. */
function withDefault(images: Images): readonly Override[] {
  return [...images.overrides, { pattern: '**', level: images.minLevel }];
}

function isWeaker(level: TagLevel, than: TagLevel): boolean {
  return tagLevels.indexOf(level) < tagLevels.indexOf(than);
}

/**
 * The strictest level the base asks of any image that `override` decides in the head. The first match wins on both
 * sides: what an override ahead of it decides in the head does not count, nor what follows one that decides all in the base.
 */
function strictestBefore(override: Override, ahead: readonly Override[], base: Images): TagLevel {
  let strictest: TagLevel = 'none';
  for (const known of withDefault(base)) {
    const isDecided = ahead.some(({ pattern }) => containsGlob(pattern, known.pattern));
    if (!isDecided && mayOverlap(known.pattern, override.pattern) && isWeaker(strictest, known.level)) {
      strictest = known.level;
    }
    if (containsGlob(known.pattern, override.pattern)) break;
  }
  return strictest;
}

/** Overrides and `minLevel` of the head that ask less of some image than the base did, or may. */
export function compareImageLevels(base: Images, head: Images): readonly Weakening[] {
  const overrides = withDefault(head);
  return overrides.flatMap((override, index) => {
    const before = strictestBefore(override, overrides.slice(0, index), base);
    if (!isWeaker(override.level, before)) return [];
    const isDefault = index === overrides.length - 1;
    const images = isDefault ? 'without an override' : `under ${override.pattern}`;
    return [
      {
        key: isDefault ? 'images.minLevel' : `images.overrides.${override.pattern}`,
        what: `the level asked of images ${images} goes from ${wordOf(before)} to ${wordOf(override.level)}`,
      },
    ];
  });
}
