import { expect, it } from 'vitest';
import type { Origin } from '../../../src/domain/layer-evidence.ts';
import { originsOf, secretOrigin } from '../../../src/sources/image/origin.ts';
import { isPackageList, packageListOf } from '../../../src/sources/image/package-owner.ts';

const list = (path: string, ...lines: readonly string[]) => packageListOf(path, Buffer.from(`${lines.join('\n')}\n`));
/** Asked for one path, and for it among many: one is searched for otherwise than the other. */
const origins =
  (...packageLists: readonly ReturnType<typeof list>[]) =>
  (path: string) => {
    const others = Array.from({ length: 100 }, (_, index) => `app/${index}`);
    const alone = originsOf([{ packageLists }], [path])(path);
    expect(originsOf([{ packageLists }], [...others, path])(path)).toBe(alone);
    return alone;
  };

it('dpkg lists files by path, or by digest and path', () => {
  const originOf = origins(
    list('var/lib/dpkg/info/x.list', '/.', '/lib/x', '/lib/x/key.pem'),
    list('var/lib/dpkg/status.d/y.md5sums', '0123  usr/share/y.pem'),
  );
  expect(
    ['lib/x/key.pem', 'usr/lib/x/key.pem', 'usr/share/y.pem', 'key.pem', 'x/key.pem'].map((path) => originOf(path)),
  ).toEqual(['package', 'package', 'package', 'team', 'team']);
});

it.each(['lib/apk/db/installed', 'usr/lib/apk/db/installed'])('apk lists folders and the files in them: %s', (path) => {
  const originOf = origins(
    list(
      path,
      'P:openssl',
      'V:3.3.1-r0',
      'F:etc',
      'F:etc/ssl',
      'M:0:0:755',
      'R:demo.pem',
      'Z:Q1x',
      '',
      'P:tini',
      'F:sbin',
      'R:tini',
    ),
    list(path, 'P:root', 'F:', 'R:top.pem'),
  );
  expect(
    ['etc/ssl/demo.pem', 'sbin/tini', 'top.pem', 'etc/ssl', 'demo.pem', 'etc/demo.pem'].map((path) => originOf(path)),
  ).toEqual(['package', 'package', 'package', 'team', 'team', 'team']);
});

it('a library tells by its place, a package by its database, which counts first', () => {
  const originOf = origins(list('var/lib/dpkg/info/z.list', '/usr/lib/python3/dist-packages/z/test/key.pem'));
  expect(
    [
      'usr/lib/python3/dist-packages/z/test/key.pem',
      'usr/lib/python3/dist-packages/w/test/key.pem',
      'usr/lib/python3/dist-packages/w/key.pem',
      'app/test/key.pem',
    ].map((path) => originOf(path)),
  ).toEqual(['package', 'library-test', 'library', 'team']);
});

it.each([
  ['var/lib/dpkg/info/x.list', true],
  ['var/lib/dpkg/status.d/x.md5sums', true],
  ['lib/apk/db/installed', true],
  ['usr/lib/apk/db/installed', true],
  ['app/lib/apk/db/installed', false],
  ['app/var/lib/dpkg/info/x.list', false],
  ['var/lib/rpm/rpmdb.sqlite', false],
])('%s is read as a list of a package database: %s', (path, isList) => {
  expect(isPackageList(path)).toBe(isList);
});

it('ten thousand paths take one pass over lists of tens of megabytes', () => {
  const names = Array.from(
    { length: 10_000 },
    (_, index) => `/usr/lib/library-${index % 1000}/file-number-${index}.so`,
  );
  const lists = Array.from({ length: 50 }, () => list('var/lib/dpkg/info/x.list', ...names));
  // Lines of another form, in each of which only its own bytes are looked through.
  const odd = list('var/lib/dpkg/status.d/x.md5sums', ...Array.from({ length: 300_000 }, () => 'x'));
  const paths = names.map((name, index) => `${name.slice(1)}${index % 2 === 0 ? '' : '.key'}`);
  const started = performance.now();
  const originOf = originsOf([{ packageLists: [...lists, odd] }], paths);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(paths.map(originOf)).toEqual(paths.map((_, index) => (index % 2 === 0 ? 'package' : 'team')));
});

it.each<[Origin, Origin]>([
  ['team', 'published'],
  ['library', 'published'],
  ['library-test', 'library-test'],
  ['package', 'package'],
])('a published key in a file of the %s is of the %s', (place, origin) => {
  expect([secretOrigin(place, true), secretOrigin(place, false)]).toEqual([origin, place]);
});
