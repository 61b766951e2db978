import type { EntryFate } from './layer-state.ts';
import { entriesAmong } from './path-table.ts';

/** Where operating systems keep the list of their packages; a folder in distroless images. */
const databases = [
  'var/lib/dpkg/status',
  'var/lib/dpkg/status.d/base',
  'lib/apk/db/installed',
  'usr/lib/apk/db/installed',
  'var/lib/rpmmanifest/container-manifest-2',
  ...['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'].flatMap((folder) =>
    ['rpmdb.sqlite', 'Packages.db', 'Packages'].map((name) => `${folder}/${name}`),
  ),
];

export interface Place {
  readonly path: string;
  readonly layer: number;
}

/** The package databases in the layers' path tables, whether later layers leave them or not. */
export function placesOfDatabases(tables: readonly Buffer[]): readonly Place[] {
  return tables.flatMap((table, layer) => {
    const found = entriesAmong(table, databases);
    return databases.filter((path) => found.has(path)).map((path) => ({ path, layer }));
  });
}

/** The package database that the final image shows, if any: it has an operating system, whatever a scanner says. */
export function visibleDatabase(
  places: readonly Place[],
  fateOf: (path: string, layer: number) => EntryFate,
): string | null {
  return places.find(({ path, layer }) => fateOf(path, layer).state === 'present')?.path ?? null;
}
