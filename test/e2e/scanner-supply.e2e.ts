import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/demo/docker-save.ts';
import { acquireScanner } from '../../src/sources/scanner/acquire.ts';
import { lockTable } from '../../src/sources/scanner/lock-table.ts';
import { type DemoStacks, unpackDemo } from '../helpers/demo-stack.ts';
import { emptyBolt, emptyGrypeDatabase } from '../helpers/empty-databases.ts';
import { withRegistry } from '../helpers/fake-registry.ts';
import { createScannerBench } from '../helpers/fake-scanner.ts';
import { collectBlobs } from '../helpers/image-forms.ts';
import { grype, need, pathOf, trivy } from '../helpers/parts.ts';
import { copyPackage, perform, type ShippedPackage } from '../helpers/program.ts';
import { type Answer, lockOf, releaseArchive, withServer } from '../helpers/release-server.ts';
import { tarEnd, tarFile } from '../helpers/tar-bytes.ts';

/** The shipped program with real scanners, whose databases come from servers on loopback. */

let shipped: ShippedPackage;
let stacks: DemoStacks;
let home: string;

beforeAll(async () => {
  shipped = await copyPackage();
  stacks = await unpackDemo(shipped);
});
afterAll(async () => {
  await stacks?.remove();
  await shipped?.remove();
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hullcheck-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

interface Scanner {
  readonly name: string;
  readonly version: string | null;
  readonly state: string;
  readonly detail: string;
  readonly program: { readonly sha256: string; readonly locked: boolean; readonly origin: string } | null;
  readonly database: { readonly built: string | null; readonly sha256: string | null; readonly origin: string } | null;
}

/** What the terminal is told, on one line. */
async function tell(words: readonly string[]): Promise<string> {
  const command = ['check', '.', '--image', 'app.tar', ...words];
  const call = { directory: stacks.fixed, environment: { PATH: dirname(process.execPath), HOME: home } };
  return (await shipped.hullcheck(command, call)).stdout.replace(/\s+/g, ' ');
}

/** Checks the demo's image with one scanner, nothing on PATH and an empty home. */
async function check(name: 'trivy' | 'grype', words: readonly string[], environment: Record<string, string> = {}) {
  const command = ['check', '.', '--image', 'app.tar', '--scanner', name, '--format', 'json', ...words];
  const call = {
    directory: stacks.fixed,
    environment: { PATH: dirname(process.execPath), HOME: home, ...environment },
  };
  const result = await shipped.hullcheck(command, call);
  const report = JSON.parse(result.stdout);
  const scanners: readonly Scanner[] = report.coverage.scanners;
  const gaps: readonly { readonly source: string; readonly reason: string }[] = report.gaps;
  const scanner = scanners.find((one) => one.name === name);
  const reasons = gaps.filter(({ source }) => source === `scanner/${name}`).map(({ reason }) => reason);
  return { ...result, scanner, reasons };
}

const today = () => new Date().toISOString().slice(0, 10);
const dayBefore = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

function trivyMetadata(day: string): string {
  return JSON.stringify({ Version: 2, NextUpdate: hoursAgo(1), UpdatedAt: `${day}T00:00:00Z` });
}

function trivyArchive(day = today()): Buffer {
  const files = [tarFile('trivy.db', emptyBolt()), tarFile('metadata.json', trivyMetadata(day)), tarEnd];
  return gzipSync(Buffer.concat(files));
}

function trivyDatabaseImage() {
  const blobs = collectBlobs();
  const config = blobs.add('{}', 'application/vnd.aquasec.trivy.config.v1+json');
  const layer = blobs.add(trivyArchive(), 'application/vnd.aquasec.trivy.db.layer.v1.tar+gzip');
  const layers = [{ ...layer, annotations: { 'org.opencontainers.image.title': 'db.tar.gz' } }];
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return { blobs, top: blobs.add(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }), mediaType) };
}

describe('the database of Trivy', () => {
  const withTrivy = (words: readonly string[]) => check('trivy', ['--scanner-path', pathOf(trivy), ...words]);
  const mirrors = (...values: readonly string[]) =>
    values.flatMap((value) => ['--scanner-db-mirror', `trivy=${value}`]);

  it('is fetched from the second mirror when the first is busy, then kept; a failing update uses it', async (context) => {
    need(context, [trivy]);
    const busy: Answer = (response) => response.writeHead(429).end();
    await withServer(busy, (first) =>
      withRegistry(trivyDatabaseImage(), async ({ image }) => {
        const { scanner } = await withTrivy(mirrors(`${first.url.slice(7)}/busy/db:2`, image));
        expect(scanner?.program).toEqual({
          sha256: sha256(await readFile(pathOf(trivy))),
          locked: false,
          origin: pathOf(trivy),
        });
        expect(scanner?.database).toEqual({ built: today(), sha256: sha256(emptyBolt()), origin: image });
        const again = await withTrivy(mirrors(image));
        expect(again.scanner?.database).toMatchObject({ built: today(), origin: 'cached and up to date' });
        const metadata = join(home, '.cache/trivy/db/metadata.json');
        const told = JSON.parse(await readFile(metadata, 'utf8'));
        await writeFile(metadata, JSON.stringify({ ...told, DownloadedAt: hoursAgo(2) }));
        const later = await withTrivy(mirrors(`${first.url.slice(7)}/busy/db:2`));
        expect(later.scanner?.database).toMatchObject({ built: today(), origin: 'last good one: the update failed' });
        expect(later.reasons).toEqual([]);
      }),
    );
  });

  it('may be given as the archive that is published', async (context) => {
    need(context, [trivy]);
    const archive = join(home, 'db.tar.gz');
    await writeFile(archive, trivyArchive());
    const { scanner, reasons } = await withTrivy(['--offline', '--scanner-db', `trivy=${archive}`]);
    expect(scanner?.database).toEqual({ built: today(), sha256: sha256(emptyBolt()), origin: 'as given' });
    expect(reasons).toEqual([]);
    expect(await readdir(home)).toEqual(['db.tar.gz']);
  });

  it.for(['cached', 'a folder', 'an archive'] as const)('that is %s tells its age offline', async (origin, context) => {
    need(context, [trivy]);
    const folder = join(home, origin === 'cached' ? '.cache/trivy' : 'given');
    const place = async (day: string) => {
      await mkdir(join(folder, 'db'), { recursive: true });
      await writeFile(join(folder, 'db', 'trivy.db'), emptyBolt());
      await writeFile(join(folder, 'db', 'metadata.json'), trivyMetadata(day));
      await writeFile(join(home, 'db.tar.gz'), trivyArchive(day));
    };
    const given = { cached: [], 'a folder': [`trivy=${folder}`], 'an archive': [`trivy=${join(home, 'db.tar.gz')}`] };
    const words = ['--offline', ...given[origin].flatMap((value) => ['--scanner-db', value])];
    await place(dayBefore(4));
    const fine = await withTrivy(words);
    expect(fine.reasons).toEqual([]);
    const all = ['--scanner', 'trivy', '--scanner-path', pathOf(trivy), ...words];
    expect(await tell(all)).toContain(`the database of Trivy is of ${dayBefore(4)}, 4 days old`);
    await place(dayBefore(9));
    const old = await withTrivy(words);
    expect(old.reasons).toEqual(['the report of trivy was made with a database 9 days old']);
    expect(old.exitCode).toBe(3);
    await place(dayBefore(-60));
    const wrong = await withTrivy(words);
    expect(wrong.reasons).toEqual(['the report of trivy was made with a database whose age cannot be told']);
  });

  it('that is not there offline is told', async (context) => {
    need(context, [trivy]);
    const { reasons, exitCode } = await withTrivy(['--offline']);
    expect(exitCode).toBe(3);
    expect(reasons).toEqual([
      `there is no Trivy database in ${join(home, '.cache/trivy')}, and offline none is downloaded`,
    ]);
  });
});

describe('the database of Grype', () => {
  const withGrype = (words: readonly string[]) => check('grype', ['--scanner-path', pathOf(grype), ...words]);
  const mirror = (url: string) => ['--scanner-db-mirror', `grype=${url}`];
  const archiveOf = (day: string) =>
    gzipSync(Buffer.concat([tarFile('vulnerability.db', emptyGrypeDatabase(`${day} 01:02:03+00:00`)), tarEnd]));

  /** As grype.anchore.io serves it: `v6/latest.json` beside the archive it names. */
  const serve =
    (day: string): Answer =>
    (response, request) => {
      const archive = archiveOf(day);
      const path = `vulnerability-db_v6.1.9_${day}T01:02:03Z_1.tar.gz`;
      const latest = { status: 'active', schemaVersion: 'v6.1.9', built: `${day}T01:02:03Z`, path };
      if (request.url?.split('?')[0]?.endsWith('/latest.json') === true) {
        response.end(JSON.stringify({ ...latest, checksum: `sha256:${sha256(archive)}` }));
      } else response.end(archive);
    };

  it('is fetched, used, and kept for when the update fails', async (context) => {
    need(context, [grype]);
    await withServer(serve(today()), async ({ url, requests }) => {
      const { scanner, reasons } = await withGrype(mirror(url));
      expect(reasons).toEqual([]);
      expect(scanner).toMatchObject({ state: 'ran', database: { built: today(), origin: url } });
      expect(requests.map((path) => path.split('?')[0])).toContain('/v6/latest.json');
    });
    await withServer(serve(today()), async ({ url }) => {
      const { scanner } = await withGrype(mirror(url));
      expect(scanner).toMatchObject({ state: 'ran', database: { origin: 'cached and up to date' } });
    });
    await withServer(
      (response) => response.writeHead(500).end(),
      async ({ url }) => {
        const { scanner, reasons } = await withGrype(mirror(url));
        expect(reasons).toEqual([]);
        expect(scanner).toMatchObject({
          state: 'ran',
          database: { built: today(), origin: 'last good one: the update failed' },
        });
      },
    );
  });

  it('that is older than the limit is a gap, and used', async (context) => {
    need(context, [grype]);
    const day = new Date(Date.now() - 9 * 86_400_000).toISOString().slice(0, 10);
    await withServer(serve(day), async ({ url }) => {
      const { scanner, reasons, exitCode } = await withGrype(mirror(url));
      expect(scanner?.database?.built).toBe(day);
      expect(reasons).toEqual([expect.stringMatching(/^the report of grype was made with a database [89] days old$/)]);
      expect(exitCode).toBe(3);
      const relaxed = await withGrype([...mirror(url), '--scanner-db-max-age', '30']);
      expect(relaxed.reasons).toEqual([]);
    });
  });

  it('may be given as an archive, whose age Grype tells', async (context) => {
    need(context, [grype]);
    const archive = join(home, 'grype-db.tar.gz');
    await writeFile(archive, archiveOf(today()));
    const { scanner, reasons } = await withGrype(['--offline', '--scanner-db', `grype=${archive}`]);
    expect(reasons).toEqual([]);
    expect(scanner).toMatchObject({ state: 'ran', database: { built: today(), origin: 'as given' } });
    expect(await readdir(home)).toEqual(['grype-db.tar.gz']);
  });

  it.for(['cached', 'an archive'] as const)('that is %s tells its age offline', async (origin, context) => {
    need(context, [grype]);
    const archive = join(home, 'grype-db.tar.gz');
    const place = async (day: string) => {
      await writeFile(archive, archiveOf(day));
      const environment = {
        ...{ PATH: dirname(process.execPath), HOME: home, GRYPE_CHECK_FOR_APP_UPDATE: 'false' },
        GRYPE_DB_CACHE_DIR: join(home, '.cache/grype/db'),
      };
      if (origin === 'cached') await perform(pathOf(grype), ['db', 'import', archive], { environment });
    };
    const words = ['--offline', ...(origin === 'cached' ? [] : ['--scanner-db', `grype=${archive}`])];
    await place(dayBefore(4));
    const fine = await withGrype(words);
    expect(fine.reasons).toEqual([]);
    expect(fine.scanner?.database?.built).toBe(dayBefore(4));
    const all = ['--scanner', 'grype', '--scanner-path', pathOf(grype), ...words];
    expect(await tell(all)).toContain(`the database of Grype is of ${dayBefore(4)}, 4 days old`);
    await place(dayBefore(9));
    const old = await withGrype(words);
    expect(old.scanner?.database?.built).toBe(dayBefore(9));
    expect(old.reasons).toEqual([
      expect.stringMatching(/^the report of grype was made with a database [89] days old$/),
    ]);
    await place(dayBefore(-60));
    const wrong = await withGrype(words);
    expect(wrong.reasons).toEqual(['the report of grype was made with a database whose age cannot be told']);
  });

  it('that was never downloaded is told with the mirror', async (context) => {
    need(context, [grype]);
    await withServer(
      (response) => response.writeHead(500).end(),
      async ({ url }) => {
        const { reasons } = await withGrype(mirror(url));
        expect(reasons[0]).toMatch(/^there is no Grype database, and none could be downloaded: http:.*exit code 1/);
      },
    );
  });
});

describe('a scanner that is not here', () => {
  it('is downloaded from a mirror, and other bytes than the locked ones are neither run nor kept', async () => {
    const marker = join(home, 'was-run');
    const program = `#!${process.execPath}\nrequire('node:fs').writeFileSync(${JSON.stringify(marker)}, '');`;
    await withServer(
      (response) => response.end(releaseArchive('trivy', program)),
      async ({ url, requests }) => {
        const { reasons, scanner, exitCode } = await check('trivy', ['--scanner-mirror', url]);
        expect(exitCode).toBe(3);
        expect(reasons[0]).toMatch(
          /^Trivy \S+ was not downloaded: 127\.0\.0\.1:\d+ sends other bytes than the locked ones/,
        );
        expect(scanner).toMatchObject({ state: 'failed', version: null, program: null });
        const { version, archives } = lockTable.trivy;
        expect(archives.map(({ asset }) => `/aquasecurity/trivy/releases/download/v${version}/${asset}`)).toContain(
          requests[0],
        );
      },
    );
    await expect(stat(marker)).rejects.toThrow('ENOENT');
    expect(await readdir(home)).toEqual([]);
  });

  it('is downloaded, kept and run when the bytes are the locked ones', async (context) => {
    need(context, [trivy]);
    const program = await readFile(pathOf(trivy));
    const archive = releaseArchive('trivy', program);
    const bench = await createScannerBench();
    try {
      await withServer(
        (response) => response.end(archive),
        async ({ url, requests }) => {
          const supply = { mirror: url, databases: [], databaseMirrors: [], databaseMaxDays: 5 };
          const request = bench.request({ offline: false, scannerSupply: supply });
          const lock = lockOf(archive, program);
          for (const origin of [url.slice('http://'.length), 'the tool cache']) {
            const folder = await mkdtemp(join(bench.root, 'private-'));
            const found = await acquireScanner('trivy', folder, { request, host: bench.host, lock });
            if ('reason' in found) throw new Error(found.reason);
            expect(found).toMatchObject({ isLocked: true, origin, sha256: sha256(program) });
            expect(await perform(found.path, ['--version'])).toMatch(/^Version: /);
          }
          expect(requests).toHaveLength(1);
        },
      );
    } finally {
      await bench.remove();
    }
  });

  it.each([
    [
      ['--scanner-mirror', 'http://example.com'],
      /^hullcheck: --scanner-mirror http:\/\/example\.com is no https address/,
    ],
    [['--scanner-db', 'snyk=/x'], /^hullcheck: --scanner-db snyk=\/x names no scanner and value/],
    [['--scanner-db', 'trivy=/no/such'], /^hullcheck: the Trivy database \/no\/such does not exist/],
    [['--scanner-db-mirror', 'trivy=--config'], /^hullcheck: --scanner-db-mirror --config is no repository/],
    [['--scanner-db-max-age', '0'], /^hullcheck: --scanner-db-max-age 0 is no number of days/],
  ])('%j is a usage error', async (words, message) => {
    const result = await shipped.hullcheck(['check', '.', '--image', 'app.tar', ...words], { directory: stacks.fixed });
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toMatch(message);
  });
});
