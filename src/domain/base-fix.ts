import type { BaseImage } from './base-image.ts';
import type { Remedy } from './finding.ts';
import { seriesOf } from './newer-tag.ts';
import type { ImageReference } from './reference.ts';
import { staysTheSame } from './tag-shape.ts';

/** What to do with a base image, and why that and no less. */
export interface BaseFix {
  /** ``write `debian:12.11` in FROM and rebuild (debian:12.5 stays as it was built)``. */
  readonly action: string;
  readonly remedy: Exclude<Remedy, 'none'>;
}

function nameOf({ name, tag }: ImageReference): string {
  return `${name}:${tag ?? 'latest'}`;
}

function write(image: string, why: string): BaseFix {
  return { action: `write ${image} in FROM and rebuild (${why})`, remedy: 'update' };
}

/** `a newer tag of debian 12`, or of the image where its tag tells no series. */
function newerTagOf(reference: ImageReference): string {
  const series = seriesOf(reference);
  const name = series === null ? nameOf(reference) : `${reference.name} ${series}`;
  return `a newer tag of ${name}${reference.digest === null ? '' : ' and its digest'}`;
}

/** What the registry's answer, that there is nothing newer, leaves to do. */
function settle(reference: ImageReference): BaseFix {
  if (reference.digest === null)
    return {
      action: `rebuild with --pull (${nameOf(reference)} is the newest tag of its series)`,
      remedy: 'rebuild',
    };
  const action = `update the packages in a RUN, or wait for a newer base (${nameOf(reference)} has no newer build)`;
  return { action, remedy: 'update' };
}

/** What to look for where no registry said anything. */
function suggest(reference: ImageReference, why: string): BaseFix {
  if (reference.tag === null) return write('a newer digest', why);
  const isDigestOnly = !staysTheSame({ ...reference, digest: null });
  return write(isDigestOnly ? `the newest digest of ${nameOf(reference)}` : newerTagOf(reference), why);
}

/** How a base image is renewed: by a rebuild where its tag moves, else by what FROM has to name. */
export function fixBase({ reference, endedSystem, release }: BaseImage): BaseFix {
  const advised = release?.advised ?? null;
  if (endedSystem !== null)
    return write(
      advised === null ? 'a later release' : `\`${advised}\``,
      `${endedSystem} gets no security updates any more`,
    );
  if (!staysTheSame(reference)) return { action: 'rebuild with --pull', remedy: 'rebuild' };
  const why =
    reference.digest === null ? `${nameOf(reference)} stays as it was built` : 'a digest stays as it was built';
  if (advised !== null) return write(`\`${advised}\``, why);
  return release === null ? suggest(reference, why) : settle(reference);
}
