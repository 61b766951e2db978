import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { buildDockerSave, type ImageStep } from '../../src/demo/docker-save.ts';
import { defaultLimits } from '../../src/domain/image-limits.ts';
import { coordinatesOf, plainVersion } from '../../src/domain/package-coordinates.ts';
import { readRpmDatabase } from '../../src/sources/image/rpm/database.ts';
import { imageAt } from '../helpers/check-example.ts';
import { parseReport } from '../helpers/json-report.ts';
import { need, pathOf, trivy } from '../helpers/parts.ts';
import { copyPackage, perform, type ShippedPackage } from '../helpers/program.ts';
import { readAll } from '../helpers/read-images.ts';
import { rpmNdb } from '../helpers/rpm-bytes.ts';
import {
  askRpm,
  headersIn,
  makeRpmStages,
  type RpmStages,
  rpmParts,
  writeBerkeley,
  writeWithLog,
} from '../helpers/rpm-system.ts';

let place: string;
let shipped: ShippedPackage;
let stages: Promise<RpmStages> | null = null;
const at = (path: string) => join(place, path);

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'hullcheck-rpm-'));
  shipped = await copyPackage();
});
afterAll(async () => {
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

async function realStages(context: TestContext): Promise<RpmStages> {
  need(context, rpmParts);
  stages ??= makeRpmStages(place);
  return await stages;
}

function read(path: string, file: Buffer, log: Buffer | null = null) {
  const list = readRpmDatabase(path, file, log, defaultLimits);
  if ('problem' in list) throw new Error(list.problem);
  return {
    packages: list.installed.map(({ name, version }) => `${name} ${version}`).sort(),
    files: Buffer.concat(list.files).toString().split('\n').slice(0, -1).sort(),
  };
}

async function wordOf(folder: string, backend: 'sqlite' | 'bdb_ro') {
  const { packages, files } = await askRpm(folder, backend);
  return { packages: [...packages].sort(), files: [...files].sort() };
}

describe.each(['base', 'more'] as const)('a database of rpm itself, %s', (stage) => {
  it('in SQLite gives what rpm -qa gives', async (context) => {
    const folder = (await realStages(context))[stage];
    const list = read('var/lib/rpm/rpmdb.sqlite', await readFile(join(folder, 'rpmdb.sqlite')));
    expect(list).toEqual(await wordOf(folder, 'sqlite'));
    expect(list.files.length).toBeGreaterThan(3000);
  });

  it.for([
    [512, true],
    [4096, true],
    [65_536, true],
    [4096, false],
  ] as const)(
    'in Berkeley DB (pages of %i bytes, little-endian: %s) gives what rpm -qa gives',
    async ([pageSize, isLittle], context) => {
      const folder = (await realStages(context))[stage];
      const target = at(`${stage}-${pageSize}-${isLittle}`);
      const file = await writeBerkeley(target, await headersIn(folder), pageSize, isLittle);
      const list = read('var/lib/rpm/Packages', file);
      expect(list).toEqual(await wordOf(folder, 'sqlite'));
      // rpm's own reader knows the byte order of this machine only.
      if (isLittle) expect(await wordOf(target, 'bdb_ro')).toEqual(list);
    },
  );
});

it('a log that SQLite left beside a database is read with it', async (context) => {
  const { base, more } = await realStages(context);
  const added = (await headersIn(more)).find(([, header]) => header.includes('/opt/'))?.[1];
  await writeWithLog(base, at('with-log'), added ?? Buffer.alloc(0));
  const file = await readFile(at('with-log/rpmdb.sqlite'));
  const log = await readFile(at('with-log/rpmdb.sqlite-wal'));
  const path = 'var/lib/rpm/rpmdb.sqlite';
  const list = read(path, file, log);
  expect(list.packages).toContain('later 1:3-4');
  expect(read(path, file).packages).not.toContain('later 1:3-4');
  expect(list).toEqual(await wordOf(at('with-log'), 'sqlite'));
});

type Form = readonly [form: string, path: string, write: (folder: string, name: string) => Promise<Buffer>];

const forms: readonly Form[] = [
  ['SQLite', 'usr/lib/sysimage/rpm/rpmdb.sqlite', (folder) => readFile(join(folder, 'rpmdb.sqlite'))],
  [
    'Berkeley DB',
    'var/lib/rpm/Packages',
    async (folder, name) => await writeBerkeley(at(name), await headersIn(folder), 4096, true),
  ],
  [
    'ndb',
    'usr/lib/sysimage/rpm/Packages.db',
    async (folder) => rpmNdb((await headersIn(folder)).map(([, header]) => header)),
  ],
];

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function writeImage([form, path, write]: Form, { base, more }: RpmStages): Promise<string> {
  const system = {
    'etc/os-release': 'NAME="Rocky Linux"\nID="rocky"\nVERSION_ID="9.3"\n',
    'etc/rocky-release': 'Rocky Linux release 9.3 (Blue Onyx)\n',
  };
  const keys = {
    'usr/share/demo/key.pem': newKey(),
    'etc/demo/demo.conf': newKey(),
    'var/lib/demo/state.pem': newKey(),
  };
  const steps: readonly ImageStep[] = [
    { createdBy: 'ADD rootfs', files: { ...system, ...keys, [path]: await write(base, `${form} base image`) } },
    {
      createdBy: 'RUN dnf install',
      files: { [path]: await write(more, `${form} more image`), 'app/key.pem': newKey() },
    },
  ];
  const archive = at(`${form}.tar`);
  await writeFile(archive, await buildDockerSave({ tag: 'app:1', steps }));
  return archive;
}

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

/** Name, version and layer of each package as Trivy tells them. */
async function askTrivy(archive: string): Promise<readonly string[]> {
  const words = [
    'image',
    '--input',
    archive,
    '--format',
    'cyclonedx',
    '--skip-version-check',
    '--offline-scan',
    '--quiet',
  ];
  const output = await perform(pathOf(trivy), words, { environment: { TRIVY_CACHE_DIR: at('trivy') } });
  const { components }: { components: readonly Component[] } = JSON.parse(output);
  return components.flatMap(({ name, version, purl, properties }) => {
    if (purl === undefined) return [];
    const found = coordinatesOf({ name, version, purl });
    const layer = properties.find((one) => one.name.endsWith(':LayerDiffID'))?.value;
    return [`${found.name} ${found.version} ${layer}`];
  });
}

describe.each(forms)('an image with its packages in %s', (...form) => {
  it('has packages and layers as Trivy tells them, by the same names', async (context) => {
    need(context, [trivy]);
    const archive = await writeImage(form, await realStages(context));
    const { evidence, gaps } = await readAll([imageAt(archive)]);
    const own = evidence.flatMap((one) =>
      one.kind === 'package-origin' ? [`rpm/${one.name} ${plainVersion('rpm', one.version)} ${one.diffId}`] : [],
    );
    const told = await askTrivy(archive);
    expect(told.map((line) => line.split(' ').slice(0, 2).join(' ')).sort()).toEqual([
      'rpm/demo 2.0-1.el9',
      'rpm/demo-many 1.0-1.el9',
      'rpm/later 3-4',
    ]);
    expect(own).toEqual(expect.arrayContaining([...told]));
    expect(gaps).toEqual([]);
  });

  it('has findings of info in files of packages, and of full weight in settings and what packages do not bring', async (context) => {
    const archive = await writeImage(form, await realStages(context));
    const words = ['check', '.', '--image', archive, '--scanner', 'none', '--format', 'json'];
    const { stdout } = await shipped.hullcheck(words, { directory: place });
    const { findings, gaps } = parseReport(stdout);
    expect(gaps).toEqual([]);
    expect(
      findings
        .filter(({ ruleId }) => ruleId === 'leaked-private-key')
        .map(({ severity, at: place }) => `${severity} ${place.path}`)
        .sort(),
    ).toEqual([
      'critical app/key.pem',
      'critical etc/demo/demo.conf',
      'critical var/lib/demo/state.pem',
      'info usr/share/demo/key.pem',
    ]);
  });
});
