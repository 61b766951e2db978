import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../../src/domain/image-limits.ts';
import { readRpmDatabase } from '../../../../src/sources/image/rpm/database.ts';
import {
  type HeaderTag,
  inLogMode,
  type RpmContent,
  rpmBerkeley,
  rpmHeader,
  rpmHeaderOf,
  rpmNdb,
  rpmSqlite,
  sqliteLog,
} from '../../../helpers/rpm-bytes.ts';

const sqlitePath = 'var/lib/rpm/rpmdb.sqlite';
const ndbPath = 'usr/lib/sysimage/rpm/Packages.db';
const berkeleyPath = 'var/lib/rpm/Packages';

function read(path: string, file: Buffer, log: Buffer | null = null, limits = defaultLimits) {
  const list = readRpmDatabase(path, file, log, limits);
  if ('problem' in list) return list.problem;
  const packages = list.installed.map(({ type, name, version }) => `${type} ${name} ${version}`);
  return { packages, files: Buffer.concat(list.files).toString().split('\n').slice(0, -1) };
}

const bash: RpmContent = { name: 'bash', version: '5.1.8', release: '6.el9', files: { '/usr/bin/bash': 0 } };
const ssl: RpmContent = {
  ...{ name: 'openssl-libs', version: '3.0.7', release: '27.el9', epoch: 1 },
  files: {
    '/etc/pki/tls/openssl.cnf': 1,
    '/usr/lib64/libssl.so.3': 0,
    '/usr/share/doc/openssl/demo.pem': 2,
    '/var/lib/ssl/seed.pem': 64,
    '/usr/lib64/ünï': 0,
  },
  padding: 30_000,
};
const key: RpmContent = { name: 'gpg-pubkey', version: 'fd431d51', release: '4ae0493b' };
const three = [bash, ssl, key].map(rpmHeader);

const threeRead = {
  packages: ['rpm bash 5.1.8-6.el9', 'rpm openssl-libs 1:3.0.7-27.el9', 'rpm gpg-pubkey fd431d51-4ae0493b'],
  files: ['/usr/bin/bash', '/usr/lib64/libssl.so.3', '/usr/share/doc/openssl/demo.pem', '/usr/lib64/ünï'],
};

const forms: readonly (readonly [string, string, (headers: readonly Buffer[]) => Buffer])[] = [
  ['SQLite', sqlitePath, rpmSqlite],
  ['SQLite with small pages', sqlitePath, (headers) => rpmSqlite(headers, 512)],
  ['SQLite with the largest pages', sqlitePath, (headers) => rpmSqlite(headers, 65_536)],
  ['ndb', ndbPath, rpmNdb],
  ['Berkeley DB', berkeleyPath, rpmBerkeley],
  ['Berkeley DB with small pages', berkeleyPath, (headers) => rpmBerkeley(headers, 512)],
  ['Berkeley DB of a big-endian machine', berkeleyPath, (headers) => rpmBerkeley(headers, 4096, false)],
];

describe.each(forms)('%s', (_, path, write) => {
  it('tells packages and the files that came with them, but no settings and nothing made on the machine', () => {
    expect(read(path, write(three))).toEqual(threeRead);
  });

  it('holds none when rpm has only made it, or nothing was written', () => {
    expect(read(path, write([]))).toEqual({ packages: [], files: [] });
    expect(read(path, Buffer.alloc(0))).toEqual({ packages: [], files: [] });
  });

  it('holds as many packages as a large image', () => {
    const many = Array.from({ length: 700 }, (_, index) =>
      rpmHeader({ name: `p${index}`, padding: (index * 37) % 9000 }),
    );
    const list = read(path, write(many));
    expect(list).toHaveProperty(
      'packages',
      many.map((_, index) => `rpm p${index} 1.0-1`),
    );
  });

  it('is told of when it is damaged', () => {
    const file = write(three);
    const damaged = expect.stringMatching(
      new RegExp(`^its rpm database ${path} is damaged: .+; which files its packages own is not known$`),
    );
    expect(read(path, file.subarray(0, file.length - 600))).toEqual(damaged);
    expect(read(path, file.subarray(0, 10))).toEqual(damaged);
    expect(read(path, Buffer.alloc(file.length, 'x'))).toEqual(damaged);
    expect(read(path, write([Buffer.from('no header')]))).toEqual(damaged);
  });

  it('is a gap where its packages have more paths than are kept', () => {
    expect(read(path, write(three), null, { ...defaultLimits, pathBytes: 40 })).toBe(
      `its rpm database ${path} is not read, as its packages have more than 40 bytes of paths; which files its packages own is not known (limit path-mib=${40 / 2 ** 20})`,
    );
  });
});

describe('SQLite', () => {
  it('is read as it is after rows were deleted and written anew', () => {
    const file = rpmSqlite(three, 512, [
      'INSERT INTO Packages (blob) SELECT blob FROM Packages WHERE hnum = 1',
      'DELETE FROM Packages WHERE hnum < 3',
    ]);
    expect(read(sqlitePath, file)).toHaveProperty('packages', [
      'rpm gpg-pubkey fd431d51-4ae0493b',
      'rpm bash 5.1.8-6.el9',
    ]);
  });

  it.each([
    ['no such table', ['DROP TABLE Packages'], 'it has no table Packages'],
    [
      'another table of that name',
      ['DROP TABLE Packages', 'CREATE TABLE Packages (a, b)', "INSERT INTO Packages VALUES (1, 'x')"],
      'a row of its table holds no header',
    ],
    ['UTF-16', [], 'its text is not UTF-8', [[59, 2]]],
    ['pages of no size', [], 'its pages cannot be of 4097 bytes', [[17, 1]]],
    [
      'pages without room',
      [],
      'its pages have no room',
      [
        [16, 2],
        [20, 40],
      ],
    ],
    ['a root that is no table', [], 'a page of a table is none', [[100, 10]]],
  ] as const)('with %s is damaged', (_, statements, reason, changes: readonly (readonly [number, number])[] = []) => {
    const file = rpmSqlite(three, 4096, statements);
    for (const [at, value] of changes) file.writeUInt8(value, at);
    expect(read(sqlitePath, file)).toContain(`is damaged: ${reason};`);
  });

  it('whose overflow pages go in a circle is damaged', () => {
    const file = rpmSqlite([rpmHeader({ name: 'p', padding: 40_000 })]);
    const first = Array.from({ length: file.length / 4096 }, (_, page) => page * 4096).find(
      (start) => start > 0 && file.readUInt32BE(start) === start / 4096 + 2,
    );
    file.writeUInt32BE((first ?? 0) / 4096 + 1, (first ?? 0) + 4096);
    expect(read(sqlitePath, file)).toContain('is damaged: a page of it is used twice;');
  });
});

describe('a write-ahead log', () => {
  const before = inLogMode(rpmSqlite([rpmHeader(bash)]));
  const after = inLogMode(rpmSqlite(three));
  const bashOnly = { packages: ['rpm bash 5.1.8-6.el9'], files: ['/usr/bin/bash'] };

  it.each([true, false])('is read with its database (sums of a little-endian machine: %s)', (isLittle) => {
    expect(read(sqlitePath, before, sqliteLog(before, after, 4096, isLittle))).toEqual(threeRead);
  });

  it('that is empty, cut off before its transaction ends, or of another database adds nothing', () => {
    const log = sqliteLog(before, after, 4096);
    const changed = Buffer.from(log);
    changed.writeUInt8(changed.readUInt8(60) ^ 1, 60);
    for (const one of [Buffer.alloc(0), log.subarray(0, -1), changed, sqliteLog(before, after, 512).subarray(0, 5000)])
      expect(read(sqlitePath, before, one)).toEqual(bashOnly);
  });

  it('counts up to its last whole transaction', () => {
    const log = sqliteLog(before, after, 4096);
    expect(read(sqlitePath, before, Buffer.concat([log, Buffer.alloc(5000, 1)]))).toEqual(threeRead);
  });

  it('is not looked at where the database is not written through one', () => {
    const plain = rpmSqlite([rpmHeader(bash)]);
    expect(read(sqlitePath, plain, sqliteLog(before, after, 4096))).toEqual(bashOnly);
  });
});

describe('ndb', () => {
  it.each([
    ['another version', 4, 1, 'it has version 1, and 0 is known'],
    ['a slot that is none', 64, 0, 'a slot of it is none'],
    ['a slot of another package', 36, 9, 'a blob of it is not whole'],
    ['a blob of another length', 44, 3, 'a blob of it is not whole'],
    ['a blob beyond its end', 43, 9, 'a part of it lies beyond its end'],
    ['slots beyond its end', 13, 9, 'a part of it lies beyond its end'],
  ])('with %s is damaged', (_, at, value, reason) => {
    const file = rpmNdb(three);
    file.writeUInt8(value, at);
    expect(read(ndbPath, file)).toContain(`is damaged: ${reason};`);
  });

  it('whose blobs share their bytes is damaged', () => {
    const file = rpmNdb(three);
    for (let at = 48; at < 4096; at += 16) file.copy(file, at, 32, 48);
    expect(read(ndbPath, file)).toContain('is damaged: its blobs are larger than the file;');
  });
});

describe('Berkeley DB', () => {
  /** The first page of a type. */
  const pageOf = (file: Buffer, type: number) =>
    Array.from({ length: file.length / 4096 }, (_, page) => page * 4096).find(
      (start) => file[start + 25] === type && start > 0,
    ) ?? 0;

  it.each([
    ['encryption', (file: Buffer) => file.writeUInt8(1, 24), 'its pages are encrypted or have sums'],
    ['sums of its pages', (file: Buffer) => file.writeUInt8(1, 26), 'its pages are encrypted or have sums'],
    ['pages of no size', (file: Buffer) => file.writeUInt32LE(5000, 20), 'its pages cannot be of 5000 bytes'],
    ['fewer pages than it says', (file: Buffer) => file.writeUInt32LE(999, 32), 'it is cut off'],
    [
      'a record in a circle',
      (file: Buffer) => file.writeUInt32LE(pageOf(file, 7) / 4096, pageOf(file, 7) + 16),
      'a page of it is used twice',
    ],
    [
      'a record that leads to no page of one',
      (file: Buffer) => file.writeUInt32LE(1, pageOf(file, 7) + 16),
      'a page of it is used twice',
    ],
    ['a record that ends early', (file: Buffer) => file.writeUInt32LE(0, pageOf(file, 7) + 16), 'a record ends early'],
    [
      'a page that says it holds more',
      (file: Buffer) => file.writeUInt16LE(5000, pageOf(file, 7) + 22),
      'a page of a record is none',
    ],
    [
      'items in each other',
      (file: Buffer) => file.writeUInt16LE(4095, pageOf(file, 13) + 28),
      'the items of a page overlap',
    ],
    [
      'an odd number of items',
      (file: Buffer) => file.writeUInt16LE(1, pageOf(file, 13) + 20),
      'a key of it is no number',
    ],
  ] as const)('with %s is damaged', (_, damage, reason) => {
    const file = rpmBerkeley(three);
    damage(file);
    expect(read(berkeleyPath, file)).toContain(`is damaged: ${reason};`);
  });
});

describe('a header', () => {
  const named: readonly HeaderTag[] = [
    [1000, 6, ['p']],
    [1001, 6, ['1']],
    [1002, 6, ['2']],
  ];
  const readTags = (...tags: readonly HeaderTag[]) => read(ndbPath, rpmNdb([rpmHeaderOf(tags)]));

  it('of a package that was moved when it was installed has the paths that came last', () => {
    const paths = (folder: string): readonly HeaderTag[] => [
      [1116, 4, [0]],
      [1117, 8, ['x']],
      [1118, 8, [folder]],
    ];
    expect(readTags(...named, ...paths('/usr/'), ...paths('/opt/'))).toHaveProperty('files', ['/opt/x']);
  });

  it('of rpm 3 has whole paths', () => {
    expect(readTags(...named, [1027, 8, ['/usr/a', '/usr/b']])).toHaveProperty('files', ['/usr/a', '/usr/b']);
  });

  it.each<[string, string, readonly HeaderTag[]]>([
    ['no name', 'a package of it has no name or version', named.slice(1)],
    ['an empty version', 'a package of it has no name or version', [...named, [1001, 6, ['']]]],
    ['a number for a name', 'a text in a header is none', [...named, [1000, 4, [1]]]],
    ['a text for an epoch', 'a number in a header is none', [...named, [1003, 6, ['1']]]],
    ['a file without a folder', 'a file in a header has no directory', [...named, [1117, 8, ['x']]]],
    [
      'a file in a folder that is not there',
      'a file in a header has no directory',
      [...named, [1116, 4, [7]], [1117, 8, ['x']], [1118, 8, ['/']]],
    ],
  ])('with %s is damage', (_, reason, tags) => {
    expect(readTags(...tags)).toContain(`is damaged: ${reason};`);
  });

  it.each([
    ['more texts than it has', 28, 9, 'a text in a header does not end'],
    ['a text behind its end', 24, 999, 'a text in a header does not end'],
    ['more than any package has', 28, 2_000_000, 'a header of it lists more than 1000000 things'],
    ['an index larger than itself', 0, 0xffffffff, 'a part of it lies beyond its end'],
    ['a store larger than itself', 4, 0xffffffff, 'a part of it lies beyond its end'],
  ])('that states %s is damage', (_, at, value, reason) => {
    const header = rpmHeaderOf(named.slice(0, 1));
    header.writeUInt32BE(value, at < 8 ? at : at - 8);
    expect(read(ndbPath, rpmNdb([header]))).toContain(`is damaged: ${reason};`);
  });

  it('cannot make more text than it is long by many files in one long folder', () => {
    const folder = `/${'x'.repeat(100_000)}/`;
    const count = 5000;
    const zeros = Array.from({ length: count }, () => 0);
    const header = rpmHeaderOf([...named, [1116, 4, zeros], [1117, 8, zeros.map(() => 'y')], [1118, 8, [folder]]]);
    expect(read(ndbPath, rpmNdb([header]))).toContain('(limit path-mib=64)');
  });
});

it('more packages than any image has are not listed', () => {
  const header = rpmHeader({ name: 'p' });
  const many = rpmNdb(Array.from({ length: 20_001 }, () => header));
  expect(read(ndbPath, many)).toContain('is damaged: it lists more than 20000 packages;');
});
