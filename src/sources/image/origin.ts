import type { Origin } from '../../domain/layer-evidence.ts';
import { libraryPlace } from '../../domain/library-path.ts';
import { packageOwnership } from './package-owner.ts';

/** Whose the file at a path of the image is; a package's word counts before what its place says. */
export function originsOf(
  layers: readonly { readonly packageLists: readonly Uint8Array[] }[],
): (path: string) => Origin {
  const isOwned = packageOwnership(layers.flatMap((layer) => layer.packageLists));
  return (path) => {
    if (isOwned(path)) return 'package';
    const place = libraryPlace(path);
    if (place === null) return 'team';
    return place.isTest ? 'library-test' : 'library';
  };
}

/** Whose a secret is: a published key stays one in the team's files too. */
export function secretOrigin(place: Origin, isPublished: boolean): Origin {
  return isPublished && (place === 'team' || place === 'library') ? 'published' : place;
}
