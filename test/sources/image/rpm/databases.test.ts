import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildDockerSave, type ImageStep } from '../../../../src/demo/docker-save.ts';
import { defaultLimits } from '../../../../src/domain/image-limits.ts';
import { isRpmDatabase, RpmDatabases } from '../../../../src/sources/image/rpm/databases.ts';
import { imageAt, inFolder } from '../../../helpers/check-example.ts';
import { readAll } from '../../../helpers/read-images.ts';
import { inLogMode, rpmBerkeley, rpmHeader, rpmNdb, rpmSqlite, sqliteLog } from '../../../helpers/rpm-bytes.ts';

const bash = rpmHeader({ name: 'bash', files: { '/usr/bin/bash': 0 } });
const curl = rpmHeader({ name: 'curl', epoch: 1, files: { '/usr/bin/curl': 0 } });
const before = inLogMode(rpmSqlite([bash]));
const after = inLogMode(rpmSqlite([bash, curl]));
const log = sqliteLog(before, after, 4096);

const path = 'var/lib/rpm/rpmdb.sqlite';
const logPath = `${path}-wal`;

type File = readonly [path: string, content: Buffer, link?: string];

function collect(files: readonly File[], limits = defaultLimits) {
  const databases = new RpmDatabases(limits);
  for (const [name, content, link] of files) {
    databases.begin(name, content.length, link ?? null);
    for (let at = 0; at < content.length; at += 5000) databases.push(content.subarray(at, at + 5000));
  }
  const { installed, files: lists, problems } = databases.finish();
  return { names: installed.map(({ name }) => name), lists: lists.map(String), problems };
}

it.each([
  ['var/lib/rpm/rpmdb.sqlite', true],
  ['var/lib/rpm/rpmdb.sqlite-wal', true],
  ['var/lib/rpm/Packages', true],
  ['usr/lib/sysimage/rpm/rpmdb.sqlite', true],
  ['usr/lib/sysimage/rpm/Packages.db', true],
  ['usr/share/rpm/rpmdb.sqlite', true],
  ['var/lib/rpm/rpmdb.sqlite-shm', false],
  ['var/lib/rpm/Name', false],
  ['var/lib/rpm/Index.db', false],
  ['app/var/lib/rpm/Packages', false],
])('%s is a file of rpm to read: %s', (name, expected) => {
  expect(isRpmDatabase(name)).toBe(expected);
});

describe('the databases of a layer', () => {
  it('are read with the log that lies before or behind one', () => {
    const whole = { names: ['bash', 'curl'], lists: ['/usr/bin/bash\n/usr/bin/curl\n'], problems: [] };
    expect(
      collect([
        [path, before],
        [logPath, log],
      ]),
    ).toEqual(whole);
    expect(
      collect([
        [logPath, log],
        [path, before],
      ]),
    ).toEqual(whole);
  });

  it('are all read where there are several', () => {
    expect(
      collect([
        ['var/lib/rpm/Packages', rpmBerkeley([bash])],
        ['usr/lib/sysimage/rpm/Packages.db', rpmNdb([curl])],
      ]).names,
    ).toEqual(['bash', 'curl']);
  });

  it('are read as an engine unpacks them, which is the last of one name', () => {
    expect(
      collect([
        [path, after],
        [path, before],
      ]).names,
    ).toEqual(['bash']);
  });

  it('whose log lies in a layer without them are a problem, unless it adds nothing', () => {
    expect(collect([[logPath, log]]).problems).toEqual([
      `its rpm database ${path} lies in another layer than its write-ahead log, which changes it; which files its packages own is not known`,
    ]);
    expect(collect([[logPath, Buffer.alloc(0)]]).problems).toEqual([]);
    expect(collect([[logPath, log.subarray(0, 100)]]).problems).toEqual([]);
  });

  it('that are hard links are read under the other name, or are a problem', () => {
    const twin = 'usr/lib/sysimage/rpm-ostree-base-db/rpmdb.sqlite';
    expect(
      collect([
        [twin, before],
        [path, Buffer.alloc(0), twin],
      ]),
    ).toMatchObject({ names: ['bash'], problems: [] });
    expect(collect([[path, Buffer.alloc(0), 'sysroot/ostree/repo/objects/00/11.file']]).problems).toEqual([
      `its rpm database ${path} is a hard link to a file that is not known as a database; which files its packages own is not known`,
    ]);
  });

  it('larger than may be kept are a problem, and those that fit are read', () => {
    const limits = { ...defaultLimits, document: before.length / 16 };
    const packages = rpmNdb([curl]);
    expect(
      collect(
        [
          [path, before],
          ['usr/lib/sysimage/rpm/Packages.db', packages],
        ],
        limits,
      ),
    ).toEqual({
      names: ['bash'],
      lists: ['/usr/bin/bash\n'],
      problems: [
        expect.stringMatching(
          /^its rpm database usr\/lib\/sysimage\/rpm\/Packages\.db is not read, as a layer's may have 16\.4 kB; .+ \(limit document-mib=.+\)$/,
        ),
      ],
    });
  });

  it('larger than may be kept take no memory', () => {
    const databases = new RpmDatabases(defaultLimits);
    databases.begin(path, 2 ** 52, null);
    databases.push(Buffer.alloc(1000));
    expect(databases.finish().problems).toHaveLength(1);
  });
});

describe('an image with packages of rpm', () => {
  const key = 'usr/share/demo/credentials.json';
  const secret = (value: string) => JSON.stringify({ installed: { client_secret: value.repeat(24) } });
  const demo = (release: string) => rpmHeader({ name: 'demo', version: '2', release, files: { [`/${key}`]: 0 } });

  async function readSteps(steps: readonly ImageStep[]) {
    return await inFolder(async (folder) => {
      await writeFile(join(folder, 'app.tar'), await buildDockerSave({ tag: 'app:1', steps }));
      return await readAll([imageAt(join(folder, 'app.tar'))]);
    });
  }

  it('has files that are of a package, and a layer for each version of one', async () => {
    const { evidence, gaps, images } = await readSteps([
      { createdBy: 'ADD base', files: { [path]: rpmSqlite([bash, demo('1')]), [key]: secret('x') } },
      {
        createdBy: 'RUN dnf',
        files: { [path]: rpmSqlite([bash, curl, demo('2')]), 'app/credentials.json': secret('y') },
      },
    ]);
    const [first, second] = images[0]?.image.layers.map(({ diffId }) => diffId) ?? [];
    expect(evidence.flatMap((one) => (one.kind === 'layer-entry' ? [[one.at.path, one.origin]] : []))).toEqual([
      [key, 'package'],
      ['app/credentials.json', 'team'],
    ]);
    expect(
      evidence.flatMap((one) => (one.kind === 'package-origin' ? [[one.type, one.name, one.version, one.diffId]] : [])),
    ).toEqual([
      ['rpm', 'bash', '1.0-1', first],
      ['rpm', 'demo', '2-1', first],
      ['rpm', 'curl', '1:1.0-1', second],
      ['rpm', 'demo', '2-2', second],
    ]);
    expect([gaps, images[0]?.packageDatabase]).toEqual([[], path]);
  });

  it('whose database is damaged has a gap with what to do', async () => {
    const damaged = rpmSqlite([bash]).fill(0, 4096);
    const { gaps } = await readSteps([{ createdBy: 'ADD base', files: { [path]: damaged } }]);
    expect(gaps).toMatchObject([
      {
        subject: 'app.tar layer 0',
        reason: `layer 0 of app.tar was not fully examined: its rpm database ${path} is damaged: a page of a table is none; which files its packages own is not known`,
        hint: expect.stringContaining('rpmdb --rebuilddb'),
      },
    ]);
  });
});
