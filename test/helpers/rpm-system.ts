import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dbLoad, type Part, pathOf, python, root, rpm, rpmbuild } from './parts.ts';
import { perform } from './program.ts';

export const rpmParts: readonly Part[] = [root, rpm, rpmbuild, dbLoad, python];

/** What rpm itself says of a database. */
export interface RpmWord {
  readonly packages: readonly string[];
  /** Without directories, settings, and what is made on the machine. */
  readonly files: readonly string[];
}

const manyFiles = 3000;

/** Of a few files, settings among them; of very many; with an epoch; without any. */
const specs = (version: string) => `
Name: demo
Version: ${version}
Release: 1.el9
Summary: s
License: MIT
BuildArch: noarch
%description
d
%package many
Summary: s
Epoch: 2
%description many
d
%package -n other-none
Summary: s
Version: 7~rc1
%description -n other-none
d
%install
mkdir -p %{buildroot}/etc/demo %{buildroot}/usr/share/demo/tëst %{buildroot}/usr/lib/many %{buildroot}/var/lib/demo
echo x > %{buildroot}/etc/demo/demo.conf
echo x > %{buildroot}/usr/share/demo/key.pem
echo x > %{buildroot}/usr/share/demo/tëst/x
echo x > %{buildroot}/var/lib/demo/state.pem
for i in $(seq ${manyFiles}); do : > %{buildroot}/usr/lib/many/a-file-of-a-package-with-very-many-files-$i; done
%files
%config(noreplace) /etc/demo/demo.conf
/usr/share/demo/key.pem
%doc /usr/share/demo/tëst/x
%ghost /var/lib/demo/state.pem
%files many
/usr/lib/many/*
%files -n other-none
`;

const later = `
Name: later
Version: 3
Release: 4
Epoch: 1
Summary: s
License: MIT
BuildArch: noarch
%description
d
%install
mkdir -p %{buildroot}/opt
echo x > %{buildroot}/opt/later
%files
/opt/later
`;

async function buildPackages(folder: string, name: string, spec: string): Promise<readonly string[]> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'x.spec'), spec);
  await perform(
    pathOf(rpmbuild),
    ['-bb', '--quiet', '--define', `_topdir ${join(folder, name)}`, join(folder, name, 'x.spec')],
    {
      environment: { LC_ALL: 'C.UTF-8' },
    },
  );
  const made = join(folder, name, 'RPMS', 'noarch');
  return (await readdir(made)).map((file) => join(made, file));
}

const query = (format: string, folder: string, backend: string) => [
  ...['--dbpath', folder, '--define', `_db_backend ${backend}`, '-qa', '--qf', format],
];

/** The list of rpm itself. */
export async function askRpm(folder: string, backend: 'sqlite' | 'bdb_ro'): Promise<RpmWord> {
  const lines = async (format: string) =>
    (await perform(pathOf(rpm), query(format, folder, backend))).split('\n').filter((line) => line !== '');
  const files = await lines('[%{FILEFLAGS}|%{FILEMODES:perms}|%{FILENAMES}\\n]');
  return {
    packages: await lines('%{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\n'),
    files: files.flatMap((line) => {
      const [flags = '', mode = '', path = ''] = line.split('|');
      return (Number(flags) & 65) === 0 && !mode.startsWith('d') ? [path] : [];
    }),
  };
}

export interface RpmStages {
  /** Folders with rpm's database as it was after the base, and after more was installed, replaced and removed. */
  readonly base: string;
  readonly more: string;
}

/** A real database at two points of its life. */
export async function makeRpmStages(folder: string): Promise<RpmStages> {
  const first = await buildPackages(folder, 'first', specs('1.0'));
  const second = await buildPackages(folder, 'second', specs('2.0'));
  const third = await buildPackages(folder, 'third', later);
  const system = join(folder, 'system');
  const dbpath = '/usr/lib/sysimage/rpm';
  await mkdir(system);
  const run = (...words: readonly string[]) =>
    perform(pathOf(rpm), ['--root', system, '--define', `_dbpath ${dbpath}`, ...words]);
  const stages = { base: join(folder, 'base'), more: join(folder, 'more') };
  const change = ['--nodeps', '--noscripts', '--nosignature'];
  await run('--initdb');
  await run('--install', ...change, ...first);
  await cp(join(system, dbpath), stages.base, { recursive: true });
  await run('--upgrade', ...change, ...second.filter((path) => path.includes('/demo-2')), ...third);
  await run('--erase', ...change, 'other-none');
  await cp(join(system, dbpath), stages.more, { recursive: true });
  return stages;
}

const pythonHeaders = `
import sqlite3, sys
for number, blob in sqlite3.connect(sys.argv[1]).execute("SELECT hnum, blob FROM Packages"):
    print(number, blob.hex())
`;

/** Headers as rpm wrote them, by number: the same in every form. */
export async function headersIn(folder: string): Promise<readonly (readonly [number: number, header: Buffer])[]> {
  const output = await perform(pathOf(python), ['-c', pythonHeaders, join(folder, 'rpmdb.sqlite')]);
  return output.split('\n').flatMap((line) => {
    const [number, hex] = line.split(' ');
    return hex === undefined ? [] : [[Number(number), Buffer.from(hex, 'hex')] as const];
  });
}

/** A `Packages` file that Berkeley DB itself writes. */
export async function writeBerkeley(
  folder: string,
  headers: readonly (readonly [number, Buffer])[],
  pageSize: number,
  isLittle: boolean,
): Promise<Buffer> {
  const word = (value: number) => {
    const bytes = Buffer.alloc(4);
    if (isLittle) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const last = Math.max(...headers.map(([number]) => number));
  const records = [[0, word(last)] as const, ...headers];
  const order = isLittle ? 1234 : 4321;
  const lines = [
    ...['VERSION=3', 'format=bytevalue', 'type=hash', `db_pagesize=${pageSize}`, `db_lorder=${order}`, 'HEADER=END'],
    ...records.flatMap(([number, record]) => [` ${word(number).toString('hex')}`, ` ${record.toString('hex')}`]),
    ...['DATA=END', ''],
  ];
  await mkdir(folder, { recursive: true });
  await perform(pathOf(dbLoad), [join(folder, 'Packages')], { input: lines.join('\n') });
  return await readFile(join(folder, 'Packages'));
}

const pythonLog = `
import shutil, sqlite3, sys
path, blob, target = sys.argv[1:]
database = sqlite3.connect(path)
database.execute("PRAGMA journal_mode=WAL")
database.execute("PRAGMA wal_autocheckpoint=0")
database.execute("INSERT INTO Packages (blob) VALUES (?)", [open(blob, "rb").read()])
database.execute("DELETE FROM Packages WHERE hnum = (SELECT min(hnum) FROM Packages)")
database.commit()
for end in ("", "-wal"):
    shutil.copy(path + end, target + end)
`;

/** A database whose last transaction lies in its log alone, as a build that was killed leaves it. */
export async function writeWithLog(folder: string, target: string, header: Buffer): Promise<void> {
  await cp(folder, `${target}-live`, { recursive: true });
  await writeFile(join(`${target}-live`, 'header'), header);
  await mkdir(target);
  const live = join(`${target}-live`, 'rpmdb.sqlite');
  await perform(pathOf(python), [
    '-c',
    pythonLog,
    live,
    join(`${target}-live`, 'header'),
    join(target, 'rpmdb.sqlite'),
  ]);
}
