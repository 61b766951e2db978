import type { Origin } from '../../domain/layer-evidence.ts';
import { libraryPlace } from '../../domain/library-path.ts';
import { packageOwned } from './package-owner.ts';

/** Whose the file at each of these paths of the image is; a package's word counts before what its place says. */
export function originsOf(
  layers: readonly { readonly packageLists: readonly Uint8Array[] }[],
  paths: Iterable<string>,
): (path: string) => Origin {
  const owned = packageOwned(
    layers.flatMap((layer) => layer.packageLists),
    paths,
  );
  return (path) => {
    if (owned.has(path)) return 'package';
    const place = libraryPlace(path);
    if (place === null) return 'team';
    return place.isTest ? 'library-test' : 'library';
  };
}

/** Whose a secret is: a published key stays one in the team's files too. */
export function secretOrigin(place: Origin, isPublished: boolean): Origin {
  return isPublished && (place === 'team' || place === 'library') ? 'published' : place;
}
