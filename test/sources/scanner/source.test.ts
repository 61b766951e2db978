import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256 } from '../../../src/demo/docker-save.ts';
import { UsageError } from '../../../src/domain/usage-error.ts';
import type { Request } from '../../../src/request.ts';
import { withSpool } from '../../../src/sources/image/spool.ts';
import { modelGlobs } from '../../../src/sources/scanner/run-scanner.ts';
import { runScanners, type ScannedImage } from '../../../src/sources/scanner/source.ts';
import { createScannerBench, fakeImage, grypeJson, type ScannerBench, trivyJson } from '../../helpers/fake-scanner.ts';

let bench: ScannerBench;
const app = fakeImage('app.tar', 'a');
const other = fakeImage('other.tar', 'b');

beforeEach(async () => {
  bench = await createScannerBench();
  await bench.addDatabases();
});
afterEach(() => bench.remove());

const nothing = { file: '/nowhere', offset: 0, size: 0 };

function archive(image = app): ScannedImage {
  const path = join(bench.root, image.label);
  return { image, form: 'docker-archive', path, isAlone: true, config: nothing, packageDatabase: null, layers: [] };
}

function run(more: Partial<Request> = {}, images: readonly ScannedImage[] = [archive()]) {
  return withSpool(bench.host, 2 ** 30, (spool) =>
    runScanners({ request: bench.request(more), host: bench.host, spool, images }),
  );
}

const writes = (text: string) => `fs.writeFileSync(output, ${JSON.stringify(text)});`;
const versionOf = (text: string) =>
  `if (args.includes('--version')) { console.log(${JSON.stringify(text)}); process.exit(0); }\n`;
const addTrivy = (body: string, version = 'Version: 0.74.0') =>
  bench.addProgram(join(bench.bin, 'trivy'), versionOf(version) + body);
const addGrype = (body: string, version = 'grype 0.120.1') =>
  bench.addProgram(join(bench.bin, 'grype'), versionOf(version) + body);

describe('both scanners', () => {
  it('run over every image, and say what they covered', async () => {
    await addTrivy(writes(trivyJson(app, ['CVE-1', 'CVE-2'])));
    await addGrype(writes(grypeJson(app, ['CVE-1'])));
    const outcome = await run();
    expect(outcome.gaps).toEqual([]);
    const rows = outcome.evidence.flatMap((item) => (item.kind === 'vulnerability' ? [item] : []));
    expect(rows.map(({ scanner, id, image }) => [scanner, id, image])).toEqual([
      ['grype', 'CVE-1', 'app.tar'],
      ['trivy', 'CVE-1', 'app.tar'],
      ['trivy', 'CVE-2', 'app.tar'],
    ]);
    const common = { state: 'ran', detail: '1 of 1 image examined' };
    const database = { built: '2026-11-22', origin: 'not updated: offline' };
    const digest = async (path: string) => ({ sha256: sha256(await readFile(path)) });
    const cache = join(bench.home, '.cache');
    expect(outcome.coverage).toEqual([
      {
        ...{ name: 'grype', version: '0.120.1', ...common },
        program: { ...(await digest(join(bench.bin, 'grype'))), isLocked: false, origin: join(bench.bin, 'grype') },
        database: { ...database, ...(await digest(join(cache, 'grype/db/6/vulnerability.db'))) },
      },
      {
        ...{ name: 'trivy', version: '0.74.0', ...common },
        program: { ...(await digest(join(bench.bin, 'trivy'))), isLocked: false, origin: join(bench.bin, 'trivy') },
        database: { ...database, ...(await digest(join(cache, 'trivy/db/trivy.db'))) },
      },
    ]);
    expect(outcome.notes).toEqual([]);
  });

  it('get exact arguments, an empty private folder and no variable of the caller', async () => {
    const record = (file: string) =>
      `const [flag, value] = args.includes('--config') ? ['config', args[args.indexOf('--config') + 1]] : [];
       fs.writeFileSync(${JSON.stringify(join(bench.root, file))}, JSON.stringify({ args, env: process.env,
         work: fs.readdirSync('.'), home: fs.readdirSync(process.env.HOME), config: fs.readFileSync(value, 'utf8'),
         mode: fs.statSync('..').mode & 0o777, cwd: process.cwd() }));`;
    await addTrivy(record('trivy.json') + writes(trivyJson(app, [])));
    await addGrype(record('grype.json') + writes(grypeJson(app, [])));
    expect((await run()).gaps).toEqual([]);
    const trivy = JSON.parse(await readFile(join(bench.root, 'trivy.json'), 'utf8'));
    const grype = JSON.parse(await readFile(join(bench.root, 'grype.json'), 'utf8'));
    const inRoot = (seen: { cwd: string; args: readonly string[] }) =>
      seen.args.map((one) => one.replaceAll(join(seen.cwd, '..'), 'PRIVATE'));
    expect(inRoot(trivy)).toEqual([
      'image',
      ...['--input', join(bench.root, 'app.tar')],
      ...['--format', 'json'],
      ...['--output', 'PRIVATE/report.json'],
      ...['--config', 'PRIVATE/config.yaml'],
      ...['--ignorefile', 'PRIVATE/ignore'],
      ...['--scanners', 'vuln'],
      ...['--pkg-types', 'os,library'],
      '--list-all-pkgs',
      ...modelGlobs.flatMap((glob) => ['--skip-files', glob]),
      ...['--cache-dir', join(bench.home, '.cache/trivy')],
      ...['--cache-backend', 'memory'],
      ...['--skip-db-update', '--skip-java-db-update', '--offline-scan', '--skip-version-check'],
      ...['--disable-telemetry', '--no-progress', '--exit-code', '0', '--timeout', '2m'],
    ]);
    expect(inRoot(grype)).toEqual([
      `docker-archive:${join(bench.root, 'app.tar')}`,
      ...['-o', 'json=PRIVATE/report.json', '--name=app.tar', '--config', 'PRIVATE/config.yaml'],
      ...modelGlobs.flatMap((glob) => ['--exclude', glob]),
    ]);
    expect(modelGlobs).toContain('**/*.gguf');
    expect(Object.keys(trivy.env).sort()).toEqual(['HOME', 'NO_COLOR', 'PATH', 'TMPDIR']);
    expect(grype.env).toMatchObject({
      GRYPE_CHECK_FOR_APP_UPDATE: 'false',
      GRYPE_DB_AUTO_UPDATE: 'false',
      GRYPE_DB_CACHE_DIR: join(bench.home, '.cache/grype/db'),
    });
    expect(Object.keys(grype.env)).not.toContain('GRYPE_FAIL_ON');
    for (const seen of [trivy, grype]) {
      expect(seen).toMatchObject({ work: [], home: [], config: '{}\n', mode: 0o700 });
      expect(seen.env.HOME).not.toBe(bench.home);
      await expect(readdir(seen.cwd)).rejects.toThrow('ENOENT');
    }
  });

  it('pass proxies and certificates, and update their databases once, before the scans', async () => {
    const seen = join(bench.root, 'seen');
    const record = `fs.appendFileSync(${JSON.stringify(seen)}, JSON.stringify({ args, env: process.env }) + '\\n');`;
    await addTrivy(`${record} if (!args.includes('--download-db-only')) { ${writes(trivyJson(app, []))} }`);
    const environment = { ...bench.host.environment, HTTPS_PROXY: 'http://proxy:1', SSL_CERT_FILE: '/ca.pem' };
    const request = bench.request({ offline: false, scanners: ['trivy'] });
    const images = [archive(), archive()];
    const host = { ...bench.host, environment };
    const { coverage } = await withSpool(host, 2 ** 30, (spool) => runScanners({ request, host, spool, images }));
    const calls = (await readFile(seen, 'utf8')).trim().split('\n');
    const [update, ...scans] = calls.map((line) => JSON.parse(line));
    expect(update.args.slice(0, 6)).toEqual([
      ...['image', '--download-db-only', '--cache-dir', join(bench.home, '.cache/trivy')],
      ...['--db-repository', 'mirror.gcr.io/aquasec/trivy-db:2'],
    ]);
    expect(scans).toHaveLength(2);
    for (const { args } of scans) {
      expect(args).toContain('--skip-db-update');
      expect(args).not.toContain('--skip-java-db-update');
    }
    for (const { env } of [update, ...scans]) {
      expect(env).toMatchObject({ HTTPS_PROXY: 'http://proxy:1', SSL_CERT_FILE: '/ca.pem' });
      expect(Object.keys(env).filter((name) => /^TRIVY|TOKEN/.test(name))).toEqual([]);
    }
    expect(coverage[1]?.database?.origin).toBe('cached and up to date');
  });
});

describe('a scanner that fails is a gap, with its reason', () => {
  const onlyTrivy = { scanners: ['trivy'] } as const;
  const reasonOf = async (body: string, more: Partial<Request> = {}) => {
    await addTrivy(body);
    const outcome = await run({ ...onlyTrivy, ...more });
    expect(outcome.coverage.find((one) => one.name === 'trivy')?.state).toBe('failed');
    expect(outcome.gaps).toHaveLength(1);
    expect(outcome.gaps[0]).toMatchObject({ source: 'scanner/trivy', subject: 'app.tar' });
    return outcome.gaps[0]?.reason ?? '';
  };

  it('absent', async () => {
    const { gaps, coverage } = await run();
    expect(gaps.map(({ source, subject, reason }) => [source, subject, reason])).toEqual([
      ['scanner/grype', 'app.tar', 'grype was not found on PATH; nothing is downloaded offline'],
      ['scanner/trivy', 'app.tar', 'trivy was not found on PATH; nothing is downloaded offline'],
    ]);
    expect(gaps[1]?.hint).toBe(
      'install Trivy, give --scanner-path, or pass a finished report with --trivy-report; --scanner none leaves vulnerabilities out on purpose',
    );
    expect(coverage.map((one) => one.state)).toEqual(['failed', 'failed']);
  });

  it('exit code 1, although a report was written', async () => {
    const body = `${writes(trivyJson(app, ['CVE-1']))} console.error('first\\nFATAL no database\\n'); process.exit(1);`;
    expect(await reasonOf(body)).toBe('trivy ended with exit code 1, saying: FATAL no database');
  });

  it('exit code 2', async () => {
    expect(await reasonOf('process.exit(2)')).toBe('trivy ended with exit code 2, without a word on stderr');
  });

  it('commands, escapes and credentials on stderr are neutralised', async () => {
    const url = ['http://user', 'hunter2pass@proxy'].join(':');
    const body = `console.log('::error::on stdout'); console.error('::error::\\x1b[31m ${url} failed'); process.exit(1);`;
    const reason = await reasonOf(body);
    expect(reason).toBe('trivy ended with exit code 1, saying: : :error::\\x1b[31m http://***@proxy failed');
  });

  it('half a report', async () => {
    const half = trivyJson(app, ['CVE-1']).slice(0, 200);
    expect(await reasonOf(writes(half))).toBe('the report of trivy is not JSON, or is cut off');
  });

  it('no report', async () => {
    expect(await reasonOf('')).toBe('trivy ended without writing a report');
  });

  it('a report about another image', async () => {
    expect(await reasonOf(writes(trivyJson(other, ['CVE-1'])))).toMatch(/^the report of trivy is about another image/);
  });

  it('a report that shows no examination', async () => {
    const empty = JSON.stringify({ SchemaVersion: 2, Metadata: { ImageID: app.configDigest } });
    expect(await reasonOf(writes(empty))).toMatch(/lists no operating system and no package/);
  });

  it('hanging', async () => {
    const reason = await reasonOf('setInterval(() => {}, 1000)', { scannerTimeoutMinutes: 0.01 });
    expect(reason).toBe('trivy was stopped at the time limit of 0.01 minutes');
  });

  it('killed', async () => {
    expect(await reasonOf("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)")).toBe(
      'trivy was killed before it was done, without a word on stderr',
    );
  });

  it('flooding stdout', async () => {
    expect(await reasonOf("process.stdout.write('x'.repeat(3_000_000)); setInterval(() => {}, 1000)")).toBe(
      'trivy flooded its standard output',
    );
  });

  it.each(['0.69.4', '0.69.5', '0.69.6', 'v0.69.6-rc.1'])(
    'the compromised version %s, which is not run',
    async (version) => {
      await addTrivy(writes(trivyJson(app, [])), `Version: ${version}`);
      const { gaps, evidence } = await run(onlyTrivy);
      expect(evidence).toEqual([]);
      expect(gaps[0]?.reason).toMatch(/^Trivy 0\.69\.[456]\S* is a compromised release and is not run$/);
    },
  );

  it.each(['0.69.3', '0.69.7', '0.70.0', 'dev'])('but not version %s', async (version) => {
    await addTrivy(writes(trivyJson(app, [])), `Version: ${version}`);
    expect((await run(onlyTrivy)).gaps).toEqual([]);
  });

  it('without a version', async () => {
    await addTrivy(writes(trivyJson(app, [])), 'hello');
    expect((await run(onlyTrivy)).gaps[0]?.reason).toBe('trivy does not tell its version');
  });

  it('with one gap per image, and the evidence of the others', async () => {
    await addTrivy(
      `if (args.some((one) => one.endsWith('/app.tar'))) { ${writes(trivyJson(app, ['CVE-1']))} } else process.exit(1);`,
    );
    const { gaps, evidence, coverage } = await run(onlyTrivy, [archive(), archive(other)]);
    expect(gaps.map((gap) => gap.subject)).toEqual(['other.tar']);
    expect(evidence.map((row) => row.image)).toEqual(['app.tar']);
    expect(coverage[1]).toMatchObject({ state: 'failed', detail: '1 of 2 images examined' });
  });

  it('leaves no temporary folder behind', async () => {
    const own = join(bench.root, 'tmp');
    await mkdir(own);
    vi.stubEnv('TMPDIR', own);
    try {
      await reasonOf('process.exit(1)');
      expect(await readdir(own)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('Grype', () => {
  const onlyGrype = { scanners: ['grype'] } as const;
  it('with exit code 2 has found something', async () => {
    await addGrype(`${writes(grypeJson(app, ['CVE-1']))} process.exitCode = 2;`);
    const { gaps, evidence } = await run(onlyGrype);
    expect(gaps).toEqual([]);
    expect(evidence).toHaveLength(1);
  });

  it('with exit code 1 has failed', async () => {
    await addGrype(`${writes(grypeJson(app, ['CVE-1']))} console.error('db is 6 days old'); process.exitCode = 1;`);
    const { gaps, evidence } = await run(onlyGrype);
    expect(gaps[0]?.reason).toBe('grype ended with exit code 1, saying: db is 6 days old');
    expect(evidence).toEqual([]);
  });
});

describe('an operating system that the image has', () => {
  const database = { packageDatabase: 'var/lib/dpkg/status' };
  it('and a scanner does not name is a gap', async () => {
    await addTrivy(writes(trivyJson(app, ['CVE-1'])));
    await addGrype(writes(grypeJson(app, [])));
    const { gaps, evidence } = await run({}, [{ ...archive(), ...database }]);
    expect(evidence).toHaveLength(1);
    expect(gaps.map((gap) => gap.reason)).toEqual(
      ['grype', 'trivy'].map(
        (name) =>
          `the report of ${name} names no operating system, although the image has var/lib/dpkg/status: its packages were not examined`,
      ),
    );
  });

  it('and a scanner names is none', async () => {
    const report = JSON.parse(grypeJson(app, []));
    await addGrype(writes(JSON.stringify({ ...report, distro: { name: 'debian', version: '12' } })));
    expect((await run({ scanners: ['grype'] }, [{ ...archive(), ...database }])).gaps).toEqual([]);
  });
});

describe('the time limit', () => {
  const limitOf = async (gigabytes: number, scannerTimeoutMinutes: number | null) => {
    const seen = join(bench.root, 'seen');
    await addTrivy(
      `fs.writeFileSync(${JSON.stringify(seen)}, args[args.indexOf('--timeout') + 1]);${writes(trivyJson(app, []))}`,
    );
    const layers = [{ task: { blob: { file: '/x', offset: 0, size: gigabytes * 1e9 } } }];
    await run({ scanners: ['trivy'], scannerTimeoutMinutes }, [{ ...archive(), layers }]);
    return readFile(seen, 'utf8');
  };
  it.each([
    [0.2, null, '31m'],
    [40, null, '111m'],
    [40, 5, '6m'],
  ] as const)(
    'for %s GB with --scanner-timeout %s gives Trivy one of its own behind it: %s',
    async (size, given, own) => {
      expect(await limitOf(size, given)).toBe(own);
    },
  );
});

describe('an image whose parts are not there', () => {
  it('is scanned by none, and said once for each scanner', async () => {
    await addTrivy(writes(trivyJson(app, [])));
    await addGrype(writes(grypeJson(app, [])));
    const layers = [{ missing: 'it is a foreign layer' }];
    const { gaps } = await run({}, [{ ...archive(), form: 'oci-dir', layers }]);
    expect(gaps.map((gap) => gap.reason)).toEqual(
      ['grype', 'trivy'].map((name) => `${name} was not run: layer 0 of app.tar is not there: it is a foreign layer`),
    );
  });
});

describe('what the user chose', () => {
  const statesOf = async (more: Partial<Request>, images: readonly ScannedImage[] = [archive()]) => {
    const { gaps, coverage } = await run(more, images);
    return { gaps: gaps.length, states: coverage.map((one) => one.state) };
  };
  it.each([
    ['no scanner', { scanners: [] }, true, ['chosen-off', 'chosen-off']],
    ['no image', { images: [] }, false, ['not-needed', 'not-needed']],
    ['neither', { images: [], scanners: [] }, false, ['chosen-off', 'chosen-off']],
    ['an image that could not be read', {}, false, ['failed', 'failed']],
  ] as const)('%s is no gap of the scanners', async (_, more, hasImage, states) => {
    expect(await statesOf(more, hasImage ? undefined : [])).toEqual({ gaps: 0, states });
  });

  it('one scanner leaves the other chosen off', async () => {
    await addGrype(writes(grypeJson(app, [])));
    expect(await statesOf({ scanners: ['grype'] })).toEqual({ gaps: 0, states: ['ran', 'chosen-off'] });
  });
});

describe('finished reports', () => {
  const give = async (name: string, text: string) => {
    await writeFile(join(bench.checked, name), text);
    return [{ path: name, image: null }];
  };
  const gapsOf = async (more: Partial<Request>, images?: readonly ScannedImage[]) => {
    const outcome = await run({ scanners: [], ...more }, images);
    return { ...outcome, reasons: outcome.gaps.map((one) => [one.subject, one.reason]), trivy: outcome.coverage[1] };
  };

  it('replace the run, also with --scanner none', async () => {
    const trivyReports = await give('t.json', trivyJson(app, ['CVE-1']));
    const outcome = await gapsOf({ trivyReports });
    expect(outcome.evidence.map((row) => row.image)).toEqual(['app.tar']);
    expect(outcome.gaps).toEqual([]);
    expect(outcome.trivy).toEqual({
      name: 'trivy',
      state: 'imported',
      version: '0.74.0',
      detail: '1 finished report',
      program: null,
      database: null,
    });
  });

  it('say when they were made', async () => {
    const made = (CreatedAt: string) => JSON.stringify({ ...JSON.parse(trivyJson(app, ['CVE-1'])), CreatedAt });
    const first = await give('t.json', made('2026-11-20T10:00:00Z'));
    expect((await gapsOf({ trivyReports: first })).trivy?.detail).toBe('1 finished report of 2026-11-20');
    const second = await give('later.json', made('2026-11-22T10:00:00Z'));
    expect((await gapsOf({ trivyReports: [...second, ...first] })).trivy?.detail).toBe(
      '2 finished reports of 2026-11-20 to 2026-11-22',
    );
  });

  it('without an identity are taken for the only image, and the coverage says so', async () => {
    const trivyReports = await give('t.json', trivyJson(null, ['CVE-1']));
    const outcome = await gapsOf({ trivyReports });
    expect(outcome.evidence).toHaveLength(1);
    expect(outcome.trivy?.detail).toBe('1 finished report; not all say which image they are about');
  });

  it('about another image are a gap and no evidence', async () => {
    const outcome = await gapsOf({ trivyReports: await give('t.json', trivyJson(other, ['CVE-1'])) });
    expect(outcome.evidence).toEqual([]);
    expect(outcome.reasons).toEqual([['app.tar', 't.json is about another image']]);
    expect(outcome.trivy?.state).toBe('failed');
  });

  it('find their image among several by identity; one without a report is a gap', async () => {
    const images = [archive(), archive(other)];
    const outcome = await gapsOf({ grypeReports: await give('g.json', grypeJson(other, ['CVE-1'])) }, images);
    expect(outcome.evidence.map((row) => row.image)).toEqual(['other.tar']);
    expect(outcome.reasons).toEqual([['app.tar', 'no Grype report was given for this image']]);
  });

  it('without an identity need a name among several images', async () => {
    const trivyReports = await give('t.json', trivyJson(null, ['CVE-1']));
    const images = [archive(), archive(other)];
    const unnamed = await gapsOf({ trivyReports }, images);
    expect(unnamed.reasons[0]).toEqual(['t.json', 't.json does not say which image it is about']);
    expect(unnamed.evidence).toEqual([]);
    const both = ['app.tar', 'other.tar:tag'].map((image) => ({ path: 't.json', image }));
    const named = await gapsOf({ trivyReports: both, images: [] }, images);
    expect(named.evidence.map((row) => row.image)).toEqual(['app.tar', 'other.tar']);
    expect(named.gaps).toEqual([]);
  });

  it('without an image carry their own name, or the one given', async () => {
    await give('t.json', trivyJson(app, ['CVE-1']));
    const nameOf = async (image: string | null) =>
      (await gapsOf({ trivyReports: [{ path: 't.json', image }], images: [] }, [])).evidence[0]?.image;
    expect(await nameOf(null)).toBe('scanned.tar');
    expect(await nameOf('mine:1')).toBe('mine:1');
  });

  it('for an image that was not read cannot be checked', async () => {
    await give('t.json', trivyJson(app, ['CVE-1']));
    const outcome = await gapsOf({ trivyReports: [{ path: 't.json', image: 'app.tar' }] }, []);
    expect(outcome.evidence).toEqual([]);
    expect(outcome.reasons).toEqual([['app.tar', 't.json cannot be checked against the image, which was not read']]);
  });

  it.each([
    ['not JSON', 'hello', 't.json is not JSON, or is cut off'],
    ['another schema', '{"SchemaVersion":1}', /^t\.json has a shape that is not known here: SchemaVersion is not 2/],
  ])('%s is a gap of the image', async (_, text, reason) => {
    const outcome = await gapsOf({ trivyReports: await give('t.json', text) });
    expect(outcome.gaps).toHaveLength(1);
    expect(outcome.gaps[0]).toMatchObject({ subject: 'app.tar', reason: expect.stringMatching(reason) });
    expect(outcome.trivy?.state).toBe('failed');
  });

  it('that are a folder are a gap', async () => {
    const outcome = await gapsOf({ trivyReports: [{ path: '.', image: null }] });
    expect(outcome.reasons).toEqual([['app.tar', '. is a folder, not a file']]);
  });

  it('made with an old database are a gap beside their evidence', async () => {
    const outcome = await gapsOf({
      grypeReports: await give('g.json', grypeJson(app, ['CVE-1'], '2026-11-10T00:00:00Z')),
    });
    expect(outcome.evidence).toHaveLength(1);
    expect(outcome.reasons).toEqual([['app.tar', 'the report of grype was made with a database 12 days old']]);
  });

  it.each([
    [
      'that are missing',
      { trivyReports: [{ path: 'no.json', image: 'app.tar' }] },
      'the Trivy report no.json does not exist',
    ],
    [
      'for an image that is not checked',
      { grypeReports: [{ path: '.', image: 'x' }] },
      'the Grype report . is for x, which is not checked',
    ],
  ])('%s are a usage error', async (_, more, message) => {
    const error = await run(more).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message });
  });
});
