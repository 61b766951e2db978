import fc from 'fast-check';
import { expect, it } from 'vitest';
import { baseName, entryPath, parentPath } from '../../../src/sources/image/entry-path.ts';
import { PathTableWriter, readPathTable } from '../../../src/sources/image/path-table.ts';

it.each([
  ['app/.env', 'app/.env'],
  ['./app/.env', 'app/.env'],
  ['/app//.env', 'app/.env'],
  ['app/', 'app'],
  ['./', ''],
  ['a/./b/../c', 'a/c'],
  ['../../etc/passwd', 'etc/passwd'],
  ['..', ''],
  ['...', '...'],
  ['.env', '.env'],
])('the path of %s is %j', (name, expected) => {
  expect(entryPath(name)).toBe(expected);
});

it.each([
  ['a/b/c', 'c', 'a/b'],
  ['a', 'a', ''],
  ['', '', ''],
])('%j is %j in %j', (path, name, folder) => {
  expect([baseName(path), parentPath(path)]).toEqual([name, folder]);
});

function rows(entries: readonly (readonly [name: string, isDirectory: boolean])[]) {
  const writer = new PathTableWriter();
  for (const [name, isDirectory] of entries) writer.add(name, isDirectory);
  return [...readPathTable(writer.finish())].map(({ mark, path }) => `${mark} ${path}`);
}

it('tells files, folders, whiteouts and opaque folders apart, in the order of the archive', () => {
  expect(
    rows([
      ['./', true],
      ['app/', true],
      ['app/server.js', false],
      ['app/.wh.old.js', false],
      ['app/cache/.wh..wh..opq', false],
      ['.wh.tmp', false],
      ['.wh..wh..opq', false],
      ['app/what', false],
      ['app/server.js', false],
    ]),
  ).toEqual([
    'directory ',
    'directory app',
    'entry app/server.js',
    'whiteout app/old.js',
    'opaque app/cache',
    'whiteout tmp',
    'opaque ',
    'entry app/what',
    'entry app/server.js',
  ]);
});

it('keeps every path, however long, many or odd', () => {
  const name = fc.stringMatching(/^[^/\0.][^/\0]{0,300}$/).map((text) => Buffer.from(text).toString('utf8'));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.boolean()), { maxLength: 400 }), (entries) => {
      expect(rows(entries)).toEqual(entries.map(([path, isFolder]) => `${isFolder ? 'directory' : 'entry'} ${path}`));
    }),
    { numRuns: 100 },
  );
});

it('a zero byte in a name does not end the row', () => {
  expect(
    rows([
      ['a\0b', false],
      ['c', false],
    ]),
  ).toEqual(['entry a\ufffdb', 'entry c']);
});

it('bytes that are no table give what rows they hold', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(() => [...readPathTable(Buffer.from(bytes))]).not.toThrow();
    }),
  );
});
