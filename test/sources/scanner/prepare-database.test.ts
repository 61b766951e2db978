import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/domain/usage-error.ts';
import { type HttpRequest, NetworkError } from '../../../src/host/network.ts';
import type { Request, ScannerSupply } from '../../../src/request.ts';
import { withSpool } from '../../../src/sources/image/spool.ts';
import { refuseWrongDatabases } from '../../../src/sources/scanner/given-database.ts';
import { prepareDatabase } from '../../../src/sources/scanner/prepare-database.ts';
import { grype } from '../../../src/sources/scanner/run-grype.ts';
import { trivy } from '../../../src/sources/scanner/run-trivy.ts';
import { runScanners } from '../../../src/sources/scanner/source.ts';
import { createScannerBench, fakeImage, grypeJson, type ScannerBench, trivyJson } from '../../helpers/fake-scanner.ts';
import { tarEnd, tarFile } from '../../helpers/tar-bytes.ts';
import { zstdStored } from '../../helpers/zstd-bytes.ts';

let bench: ScannerBench;
beforeEach(async () => {
  bench = await createScannerBench();
});
afterEach(() => bench.remove());

const scanners = { trivy, grype } as const;
type Name = keyof typeof scanners;

const supplied = (more: Partial<ScannerSupply>): Partial<Request> => ({
  scannerSupply: { mirror: null, databases: [], databaseMirrors: [], databaseMaxDays: 5, ...more },
});

/** Prepares with a program whose body may see `mirror` (the one asked) and `database` (the folder). */
async function prepare(name: Name, body: string, more: Partial<Request> = {}, send = bench.host.send) {
  const program = join(bench.bin, name);
  await bench.addProgram(
    program,
    `const env = process.env;
     const mirror = env.GRYPE_DB_UPDATE_URL ?? args[args.indexOf('--db-repository') + 1];
     const database = env.GRYPE_DB_CACHE_DIR ?? args[args.indexOf('--cache-dir') + 1];
     fs.appendFileSync(${JSON.stringify(join(bench.root, 'asked'))}, (args.includes('import') ? 'import' : mirror) + '\\n');
     ${body}`,
  );
  const temporary = await mkdtemp(join(bench.root, 'private-'));
  const request = bench.request({ offline: false, ...more });
  return prepareDatabase(temporary, { scanner: scanners[name], program, request, host: { ...bench.host, send } });
}

const asked = async () => (await readFile(join(bench.root, 'asked'), 'utf8')).trim().split('\n');
const writesTrivy = (day: string) => `fs.mkdirSync(database + '/db', { recursive: true });
  fs.writeFileSync(database + '/db/trivy.db', 'new');
  fs.writeFileSync(database + '/db/metadata.json', JSON.stringify({ Version: 2, UpdatedAt: '${day}T01:00:00Z' }));`;
const writesGrype = (day: string) => `fs.mkdirSync(database + '/6', { recursive: true });
  fs.writeFileSync(database + '/6/vulnerability.db', 'new');
  fs.writeFileSync(database + '/6/import.json', JSON.stringify({ source: 'https://x.test/v6/db_${day}T01:00:00Z_1.tar.zst' }));`;
const fails = (why: string) => `console.error('${why}'); process.exit(1);`;

describe('an update', () => {
  it.each([
    ['trivy', writesTrivy('2026-11-21'), 'mirror.gcr.io/aquasec/trivy-db:2', '.cache/trivy'],
    ['grype', writesGrype('2026-11-21'), 'https://grype.anchore.io/databases', '.cache/grype/db'],
  ] as const)('of %s is its own, in its own folder', async (name, body, origin, folder) => {
    const found = await prepare(name, body);
    expect(found).toMatchObject({
      folder: join(bench.home, folder),
      built: '2026-11-21',
      ageDays: 1,
      origin,
      notes: [],
    });
    expect(await asked()).toEqual([origin]);
  });

  it.each([
    ['trivy', writesTrivy('2026-11-22'), ['first.test/db:2', 'second.test/db:2', 'third.test/db:2']],
    ['grype', writesGrype('2026-11-22'), ['https://first.test', 'https://second.test', 'https://third.test']],
  ] as const)('of %s asks the mirrors in order, until one serves it', async (name, body, mirrors) => {
    const databaseMirrors = mirrors.map((value) => ({ scanner: name, value }));
    const found = await prepare(
      name,
      `if (!mirror.includes('second')) { ${fails('429')} } ${body}`,
      supplied({ databaseMirrors }),
    );
    expect(found).toMatchObject({ origin: mirrors[1], notes: [] });
    expect(await asked()).toEqual(mirrors.slice(0, 2));
  });

  it('that fails leaves the last good one in use, and the note tells its age', async () => {
    await bench.addDatabases('2026-11-19');
    expect(await prepare('trivy', fails('TOOMANYREQUESTS'))).toMatchObject({
      built: '2026-11-19',
      origin: 'last good one: the update failed',
      notes: [
        'the database of Trivy could not be updated, and the last one was used, of 2026-11-19, 3 days old ' +
          '(mirror.gcr.io/aquasec/trivy-db:2: trivy ended with exit code 1, saying: TOOMANYREQUESTS; ' +
          'ghcr.io/aquasecurity/trivy-db:2: trivy ended with exit code 1, saying: TOOMANYREQUESTS)',
      ],
    });
  });

  it('that fails with nothing there is the end', async () => {
    expect(await prepare('grype', fails('no route'))).toEqual({
      reason:
        'there is no Grype database, and none could be downloaded: https://grype.anchore.io/databases: ' +
        'grype ended with exit code 1, saying: no route',
      hint: expect.stringContaining('--scanner-db-mirror'),
    });
  });

  it.each([
    ['trivy', 'mirror.gcr.io', 'ghcr.io', writesTrivy('2026-11-22'), 'ghcr.io/aquasecurity/trivy-db:2'],
    ['grype', 'first.test', 'second.test', writesGrype('2026-11-22'), 'https://second.test/x'],
  ] as const)('of %s does not wait for a mirror that is silent', async (name, silent, other, body, origin) => {
    const probed: HttpRequest[] = [];
    const send = async (request: HttpRequest) => {
      probed.push(request);
      const code = request.url.host === silent ? 'NO_CONNECTION' : 'ECONNREFUSED';
      throw new NetworkError(code, code, request.url.host);
    };
    const login = ['reader', 'between-us'].join(':');
    const databaseMirrors = ['first', 'second'].map((host) => ({
      scanner: 'grype' as const,
      value: `https://${host === 'first' ? `${login}@` : ''}${host}.test/x`,
    }));
    const found = await prepare(name, body, supplied({ databaseMirrors }), send);
    expect(found).toMatchObject({ origin, notes: [] });
    expect(await asked()).toEqual([origin]);
    expect(probed.map(({ url, connectMilliseconds }) => [url.host, url.username, connectMilliseconds])).toEqual(
      [silent, other].map((host) => [host, '', 10_000]),
    );
  });

  it('with silent mirrors only is told, and the scanner is not kept waiting', async () => {
    const send = async ({ url }: HttpRequest) => {
      throw new NetworkError('NO_CONNECTION', 'none', url.host);
    };
    expect(await prepare('trivy', writesTrivy('2026-11-22'), {}, send)).toMatchObject({
      reason:
        'there is no Trivy database, and none could be downloaded: mirror.gcr.io does not answer: no connection came ' +
        'about; ghcr.io does not answer: no connection came about',
    });
    await expect(asked()).rejects.toThrow('ENOENT');
  });

  it('never shows the login in a mirror', async () => {
    const login = ['reader', 'between-us'].join(':');
    const databaseMirrors = ['first.test', 'second.test'].map((host) => ({
      scanner: 'grype' as const,
      value: `https://${login}@${host}`,
    }));
    const body = `if (mirror.includes('first')) { ${fails('asked of the first')} } ${writesGrype('2026-11-22')}`;
    expect(await prepare('grype', body, supplied({ databaseMirrors }))).toMatchObject({
      origin: 'https://***@second.test',
    });
    expect((await asked())[1]).toContain(login);
    const found = await prepare('grype', fails('no'), supplied({ databaseMirrors }));
    expect(JSON.stringify(found)).not.toContain('between-us');
  });

  it('that hangs is stopped', async () => {
    await bench.addDatabases();
    const found = await prepare('grype', 'setInterval(() => {}, 1000)', { scannerTimeoutMinutes: 0.01 });
    expect(found).toMatchObject({ notes: [expect.stringContaining('stopped at the time limit of 0.01 minutes')] });
  });

  it('waits for that of another run, and leaves no trace of the wait', async () => {
    const marker = JSON.stringify(join(bench.root, 'running'));
    const slow = `fs.writeFileSync(${marker}, '', { flag: 'wx' });
      setTimeout(() => { ${writesTrivy('2026-11-22')} fs.rmSync(${marker}); }, 150);`;
    const both = await Promise.all([prepare('trivy', slow), prepare('trivy', slow)]);
    const origins = both.map((found) => ('reason' in found ? found.reason : found.origin));
    expect(origins.sort()).toEqual(['cached and up to date', 'mirror.gcr.io/aquasec/trivy-db:2']);
    expect(await readdir(join(bench.home, '.cache/trivy'))).toEqual(['db']);
  });

  it('of another run that has no end is not waited for without end', async () => {
    await bench.addDatabases('2026-11-21');
    const path = join(bench.home, '.cache/trivy/.hullcheck.lock');
    const lock = await bench.host.files.hold(path, 0, () => undefined);
    const found = await prepare('trivy', fails('not to be run'), { scannerTimeoutMinutes: 0.002 });
    await lock?.release();
    expect(found).toMatchObject({
      origin: 'last good one: the update failed',
      notes: [expect.stringContaining('another run has been updating it for 0.002 minutes')],
    });
    await expect(asked()).rejects.toThrow('ENOENT');
  });

  it('goes on where no lock can be written', async () => {
    await mkdir(join(bench.home, '.cache'));
    await writeFile(join(bench.home, '.cache/trivy'), 'a file');
    expect(await prepare('trivy', fails('not a directory'))).toMatchObject({
      reason: expect.stringContaining('none could be downloaded: '),
    });
  });

  it('that says it went well and leaves nothing is told', async () => {
    expect(await prepare('trivy', '')).toMatchObject({ reason: expect.stringContaining('there is none in') });
  });

  it('does not happen offline', async () => {
    await bench.addDatabases('2026-11-18');
    expect(await prepare('trivy', writesTrivy('2026-11-22'), { offline: true })).toMatchObject({
      built: '2026-11-18',
      origin: 'not updated: offline',
      notes: ['the database of Trivy is of 2026-11-18, 4 days old'],
    });
    await expect(asked()).rejects.toThrow('ENOENT');
  });

  it('offline with nothing there says where it was looked for', async () => {
    expect(await prepare('trivy', '', { offline: true })).toMatchObject({
      reason: `there is no Trivy database in ${join(bench.home, '.cache/trivy')}, and offline none is downloaded`,
    });
  });
});

describe('a database that is given', () => {
  const give = (scanner: Name, value: string) => supplied({ databases: [{ scanner, value }] });
  const metadata = JSON.stringify({ Version: 2, UpdatedAt: '2026-11-20T00:00:00Z' });
  const tar = (...files: readonly Buffer[]) => Buffer.concat([...files, tarEnd]);
  const whole = tar(tarFile('trivy.db', 'bolt'), tarFile('metadata.json', metadata));
  const archive = async (bytes: Buffer) => {
    const path = join(bench.root, 'db.archive');
    await writeFile(path, bytes);
    return path;
  };

  it.each(['.cache/trivy', '.cache/trivy/db'])(
    'as the folder %s is used where it lies, and not updated',
    async (folder) => {
      await bench.addDatabases('2026-11-21');
      const found = await prepare('trivy', fails('not to be run'), give('trivy', join(bench.home, folder)));
      expect(found).toMatchObject({
        folder: join(bench.home, '.cache/trivy'),
        built: '2026-11-21',
        origin: 'as given',
      });
      await expect(asked()).rejects.toThrow('ENOENT');
    },
  );

  it.each([
    ['gzip', gzipSync(whole)],
    ['zstd', zstdStored(whole)],
    ['no compression', whole],
    ['a folder db in it', tar(tarFile('./db/metadata.json', metadata), tarFile('./db/trivy.db', 'bolt'))],
  ])('as an archive of Trivy with %s is unpacked for this run only', async (_, bytes) => {
    const found = await prepare('trivy', fails('not to be run'), {
      ...give('trivy', await archive(bytes)),
      offline: true,
    });
    if ('reason' in found) throw new Error(found.reason);
    expect(found).toMatchObject({ built: '2026-11-20', origin: 'as given' });
    expect(await readFile(found.file, 'utf8')).toBe('bolt');
    expect(found.folder).toMatch(/private-[^/]+\/database$/);
  });

  it('as an archive of Grype is imported by Grype, into a folder of this run', async () => {
    const path = await archive(Buffer.from('for Grype to read'));
    const found = await prepare('grype', writesGrype('2026-11-20'), { ...give('grype', path), offline: true });
    expect(found).toMatchObject({ built: '2026-11-20', folder: expect.stringMatching(/private-[^/]+\/database$/) });
    expect(await asked()).toEqual(['import']);
    await expect(readdir(join(bench.home, '.cache'))).rejects.toThrow('ENOENT');
  });

  it('that Grype imported tells its age when it is asked', async () => {
    const path = await archive(Buffer.from('for Grype to read'));
    const body = `if (args.includes('status')) console.log(JSON.stringify({ built: '2026-11-19T04:05:06Z', valid: true }));
      else { ${writesGrype('2026-11-20')} fs.writeFileSync(database + '/6/import.json', '{"source":"manual import"}'); }`;
    const found = await prepare('grype', body, give('grype', path));
    expect(found).toMatchObject({
      built: '2026-11-19',
      ageDays: 3,
      notes: ['the database of Grype is of 2026-11-19, 3 days old'],
    });
  });

  it.each([
    ['without metadata', tar(tarFile('trivy.db', 'bolt')), 'holds no metadata.json'],
    ['without database', tar(tarFile('metadata.json', metadata)), 'holds 0 files named trivy.db, not one'],
    [
      'cut off',
      gzipSync(whole).subarray(0, -20),
      'cannot be unpacked: its gzip data is damaged (unexpected end of file)',
    ],
    [
      'compressed with xz',
      Buffer.from('fd377a585a000000', 'hex'),
      'is compressed in a way that is not read here: use gzip or zstd',
    ],
  ])('as an archive %s is told', async (_, bytes, problem) => {
    const path = await archive(bytes);
    const found = await prepare('trivy', '', give('trivy', path));
    expect(found).toMatchObject({ reason: `the Trivy database ${path} ${problem}` });
  });

  it('that Grype refuses is told with its words', async () => {
    const path = await archive(Buffer.from('x'));
    const found = await prepare('grype', fails('unsupported archive'), give('grype', path));
    expect(found).toMatchObject({
      reason: `the Grype database ${path} was not imported: grype ended with exit code 1, saying: unsupported archive`,
    });
  });

  it.each([
    ['trivy', 'nowhere', /^the Trivy database .*nowhere does not exist$/],
    ['grype', '.', /^the folder .* holds no Grype database$/],
  ] as const)('wrongly (%s=%s) is a usage error before anything runs', async (scanner, path, message) => {
    const request = bench.request(give(scanner, join(bench.root, path)));
    const error = await refuseWrongDatabases(request, bench.host).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
  });
});

describe('the age of the database', () => {
  const app = fakeImage('app.tar', 'a');
  const scan = async (day: string, databaseMaxDays = 5) => {
    await bench.addDatabases(day);
    const report = { trivy: trivyJson(app, ['CVE-1']), grype: grypeJson(app, ['CVE-1'], `${day}T00:00:00Z`) };
    for (const [name, version] of [
      ['trivy', 'Version: 0.74.0'],
      ['grype', 'grype 0.120.1'],
    ] as const) {
      const body = `if (args.includes('--version')) console.log('${version}');
        else fs.writeFileSync(output, ${JSON.stringify(report[name])});`;
      await bench.addProgram(join(bench.bin, name), body);
    }
    const nothing = { file: '/app.tar', offset: 0, size: 0 };
    const archive = { form: 'docker-archive', path: '/app.tar', isAlone: true, config: nothing, layers: [] } as const;
    const images = [{ image: app, ...archive, packageDatabase: null }];
    const request = bench.request(supplied({ databaseMaxDays }));
    const outcome = await withSpool(bench.host, 2 ** 30, (spool) =>
      runScanners({ request, host: bench.host, spool, images }),
    );
    return { ...outcome, reasons: outcome.gaps.map(({ reason }) => reason) };
  };

  it('is a note above two days, and the findings count', async () => {
    const { reasons, notes, evidence } = await scan('2026-11-19');
    expect(reasons).toEqual([]);
    expect(evidence).toHaveLength(2);
    expect(notes).toEqual([
      'the database of Grype is of 2026-11-19, 3 days old',
      'the database of Trivy is of 2026-11-19, 3 days old',
    ]);
  });

  it('is a gap above the limit, and what was found is still told', async () => {
    const { reasons, evidence, coverage } = await scan('2026-11-12');
    expect(reasons).toEqual([
      'the report of grype was made with a database 10 days old',
      'the report of trivy was made with a database 10 days old',
    ]);
    expect(evidence).toHaveLength(2);
    expect(coverage.map(({ state, database }) => [state, database?.built])).toEqual(
      Array(2).fill(['failed', '2026-11-12']),
    );
  });

  it('has a limit that can be set', async () => {
    expect((await scan('2026-11-12', 10)).reasons).toEqual([]);
    expect((await scan('2026-11-20', 1)).reasons).toHaveLength(2);
  });

  it('of today needs no word', async () => {
    const { reasons, notes } = await scan('2026-11-22');
    expect([...reasons, ...notes]).toEqual([]);
  });
});

it('a home folder that is missing puts the database into the folder of this run', async () => {
  const program = join(bench.bin, 'trivy');
  await bench.addProgram(
    program,
    `const database = args[args.indexOf('--cache-dir') + 1]; ${writesTrivy('2026-11-22')}`,
  );
  const temporary = join(bench.root, 'private');
  await mkdir(temporary);
  const host = { ...bench.host, environment: { PATH: bench.bin } };
  const request = bench.request({ offline: false });
  expect(await prepareDatabase(temporary, { scanner: trivy, program, request, host })).toMatchObject({
    folder: join(temporary, 'database'),
  });
});
