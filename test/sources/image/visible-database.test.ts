import { describe, expect, it } from 'vitest';
import { resolveFates } from '../../../src/sources/image/layer-state.ts';
import { PathTableWriter } from '../../../src/sources/image/path-table.ts';
import { placesOfDatabases, visibleDatabase } from '../../../src/sources/image/visible-database.ts';

/** The path of the package database that an image of these layers shows. */
function databaseOf(...layers: readonly (readonly string[])[]): string | null {
  const tables = layers.map((paths) => {
    const writer = new PathTableWriter();
    for (const path of paths) writer.add(path, false);
    return writer.finish();
  });
  const places = placesOfDatabases(tables);
  return visibleDatabase(places, resolveFates(tables, places));
}

describe('the package database of an image', () => {
  it.each([
    ['var/lib/dpkg/status'],
    ['var/lib/dpkg/status.d/base'],
    ['lib/apk/db/installed'],
    ['var/lib/rpm/rpmdb.sqlite'],
    ['usr/lib/sysimage/rpm/Packages.db'],
    ['var/lib/rpmmanifest/container-manifest-2'],
  ])('is %s', (path) => {
    expect(databaseOf(['etc/passwd', path], ['app/main'])).toBe(path);
  });

  it('is the one a later layer brings anew', () => {
    const path = 'var/lib/dpkg/status';
    expect(databaseOf([path], ['var/lib/.wh.dpkg'], [path])).toBe(path);
  });

  it.each([
    ['there is none', [['app/main', 'srv/var/lib/dpkg/status', 'var/lib/dpkg/status-old']]],
    ['it is deleted', [['var/lib/dpkg/status'], ['var/lib/dpkg/.wh.status']]],
    ['its folder is deleted', [['lib/apk/db/installed'], ['.wh.lib']]],
    ['its folder is opaque', [['lib/apk/db/installed'], ['lib/apk/.wh..wh..opq']]],
  ])('is none where %s', (_, layers) => {
    expect(databaseOf(...layers)).toBeNull();
  });
});
