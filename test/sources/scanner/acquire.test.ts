import { chmod, mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { sendRequest } from '../../../src/host/node-network.ts';
import type { Request } from '../../../src/request.ts';
import { acquireScanner } from '../../../src/sources/scanner/acquire.ts';
import { downloadArchive } from '../../../src/sources/scanner/download-archive.ts';
import { createScannerBench, type ScannerBench } from '../../helpers/fake-scanner.ts';
import { type Answer, lockOf, releaseArchive, withServer } from '../../helpers/release-server.ts';
import { tarEnd, tarFile } from '../../helpers/tar-bytes.ts';

let bench: ScannerBench;
let logged: string[];
beforeEach(async () => {
  bench = await createScannerBench();
  logged = [];
});
afterEach(() => bench.remove());

const program = `#!${process.execPath}\nconsole.log('Version: 9.9.9');\n`;
const archive = releaseArchive('trivy', program);
const lock = lockOf(archive, program);
const path = '/aquasecurity/trivy/releases/download/v9.9.9/trivy.tar.gz';
const serve: Answer = (response) => response.end(archive);

interface Options {
  readonly environment?: Record<string, string>;
  readonly request?: Partial<Request>;
  readonly machine?: Host['machine'];
  readonly lock?: typeof lock;
  readonly idle?: number;
}

/** Acquires Trivy with a mirror (null: none) and says what it waited for. */
async function acquire(mirror: string | null, options: Options = {}) {
  const pauses: number[] = [];
  const environment = { PATH: bench.bin, HOME: bench.home, ...options.environment };
  const host: Host = {
    ...bench.host,
    environment,
    machine: options.machine ?? bench.host.machine,
    log: (line) => logged.push(line),
    send: (request) => sendRequest({ ...request, idleMilliseconds: options.idle ?? request.idleMilliseconds }),
  };
  const supply = { mirror, databases: [], databaseMirrors: [], databaseMaxDays: 5 };
  const request = bench.request({ offline: false, scannerSupply: supply, ...options.request });
  const folder = await mkdtemp(join(bench.root, 'private-'));
  const found = await acquireScanner('trivy', folder, {
    ...{ request, host, lock: options.lock ?? lock },
    pause: async (milliseconds) => pauses.push(milliseconds),
  });
  return { found, folder, pauses };
}

const reasonOf = async (answer: Answer, options: Options = {}) =>
  withServer(answer, async (server) => {
    const { found, folder, pauses } = await acquire(server.url, options);
    expect(await readdir(folder)).toEqual([]);
    const reason = 'reason' in found ? found.reason : `nothing is wrong with ${found.path}`;
    return { reason: reason.replaceAll(server.url.slice('http://'.length), 'HOST'), pauses, requests: server.requests };
  });

const cacheEntry = `hullcheck-trivy/9.9.9-${lock.trivy.archives[0]?.program.slice(0, 12)}/x64`;
const inJob = () => ({ GITHUB_ACTIONS: 'true', RUNNER_TOOL_CACHE: join(bench.root, 'toolcache') });

describe('a download', () => {
  it('is verified, unpacked to one private program, and kept', async () => {
    await withServer(serve, async (server) => {
      const { found, folder } = await acquire(server.url);
      expect(found).toEqual({
        path: join(folder, 'trivy'),
        sha256: lock.trivy.archives[0]?.program,
        isLocked: true,
        origin: server.url.slice('http://'.length),
      });
      expect(server.requests).toEqual([path]);
      expect(await readdir(folder)).toEqual(['trivy']);
      expect((await stat(join(folder, 'trivy'))).mode & 0o777).toBe(0o755);
      const kept = join(bench.home, '.cache/hullcheck/tools', cacheEntry);
      expect(await readFile(join(kept, 'trivy'), 'utf8')).toBe(program);
      expect((await readdir(join(kept, '..'))).sort()).toEqual(['x64', 'x64.complete']);
    });
  });

  it('happens once: the next run takes it from the cache, offline too', async () => {
    await withServer(serve, async (server) => {
      await acquire(server.url);
      for (const offline of [false, true]) {
        const { found } = await acquire(server.url, { request: { offline } });
        expect(found).toMatchObject({ isLocked: true, origin: 'the tool cache' });
      }
      expect(server.requests).toHaveLength(1);
    });
  });

  it('in a job is kept in the tool cache of the runner, which everyone may write, and run from a private copy', async () => {
    await mkdir(join(bench.root, 'toolcache'));
    await chmod(join(bench.root, 'toolcache'), 0o777);
    await withServer(serve, async (server) => {
      await acquire(server.url, { environment: inJob() });
      const { found, folder } = await acquire(server.url, { environment: inJob() });
      expect(found).toMatchObject({ path: join(folder, 'trivy'), origin: 'the tool cache' });
      expect(await readdir(join(bench.root, 'toolcache', cacheEntry))).toEqual(['trivy']);
      expect(server.requests).toHaveLength(1);
    });
  });

  it('comes again when the cache has been changed, and mends it', async () => {
    await withServer(serve, async (server) => {
      await acquire(server.url, { environment: inJob() });
      const cached = join(bench.root, 'toolcache', cacheEntry, 'trivy');
      await chmod(cached, 0o755);
      await writeFile(cached, `${program}// changed`);
      const { found } = await acquire(server.url, { environment: inJob() });
      expect(found).toMatchObject({ isLocked: true });
      expect(server.requests).toHaveLength(2);
      expect(await readFile(cached, 'utf8')).toBe(program);
      expect(logged.join('\n')).toContain('another program in the place of trivy 9.9.9');
    });
  });

  it('may happen twice at once', async () => {
    await withServer(serve, async (server) => {
      const all = await Promise.all(Array.from({ length: 6 }, () => acquire(server.url)));
      expect(all.map(({ found }) => 'isLocked' in found && found.isLocked)).toEqual(Array(6).fill(true));
      const tools = join(bench.home, '.cache/hullcheck/tools', cacheEntry, '..');
      expect((await readdir(tools)).sort()).toEqual(['x64', 'x64.complete']);
    });
  });

  it('works without a cache that can be written', async () => {
    await writeFile(join(bench.root, 'toolcache'), 'a file');
    await withServer(serve, async (server) => {
      expect((await acquire(server.url, { environment: inJob() })).found).toMatchObject({ isLocked: true });
      expect(logged.join('\n')).toContain('trivy 9.9.9 is not kept');
    });
  });
});

describe('a server that is busy', () => {
  const busyFirst =
    (times: number, status: number, headers: Record<string, string> = {}): Answer =>
    (response, _, seen) => {
      if (seen <= times) response.writeHead(status, headers).end('busy');
      else response.end(archive);
    };
  const pausesFor = async (answer: Answer) =>
    withServer(answer, async ({ url }) => {
      const { found, pauses } = await acquire(url);
      return 'reason' in found ? found.reason : pauses;
    });

  it.each([
    ['429 with Retry-After', busyFirst(1, 429, { 'retry-after': '7' }), [7000]],
    ['429', busyFirst(2, 429), [1000, 2000]],
    ['500 and 503', busyFirst(3, 500), [1000, 2000, 4000]],
  ])('%s is asked again', async (_, answer, pauses) => {
    expect(await pausesFor(answer)).toEqual(pauses);
  });

  it.each([
    ['for good', busyFirst(99, 503), 'HOST answers with status 503', 4],
    [
      'for an hour',
      busyFirst(99, 429, { 'retry-after': '3600' }),
      'HOST answers with status 429 and asks to wait 3600 seconds',
      0,
    ],
    ['never, but has no such file', busyFirst(99, 404), 'HOST answers with status 404', 0],
  ])('%s is told', async (_, answer, problem, waits) => {
    const { reason, pauses } = await reasonOf(answer);
    expect(reason).toBe(`Trivy 9.9.9 was not downloaded: ${problem}`);
    expect(pauses).toHaveLength(waits);
  });
});

describe('a server that lies', () => {
  const problemOf = async (answer: Answer, options: Options = {}) => {
    const { reason } = await reasonOf(answer, options);
    expect(reason).toMatch(/^Trivy 9\.9\.9 was not downloaded: /);
    return reason.replace('Trivy 9.9.9 was not downloaded: ', '');
  };
  const marker = () => join(bench.root, 'was-run');
  const wrong = (text: string) =>
    `#!${process.execPath}\nrequire('node:fs').writeFileSync(${JSON.stringify(text)}, '');`;

  it('sends other bytes: they are neither unpacked nor run nor kept', async () => {
    const other = releaseArchive('trivy', wrong(marker()));
    expect(await problemOf((response) => response.end(other))).toMatch(
      /^HOST sends other bytes than the locked ones: SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}$/,
    );
    await expect(stat(marker())).rejects.toThrow('ENOENT');
    await expect(readdir(join(bench.home, '.cache'))).rejects.toThrow('ENOENT');
  });

  it('cuts the archive off, with and without a length', async () => {
    const half = archive.subarray(0, archive.length / 2);
    const cut: Answer = (response) => {
      response.writeHead(200, { 'content-length': String(archive.length) });
      response.write(half, () => response.destroy());
    };
    const { reason, requests } = await reasonOf(cut);
    expect(reason).toBe('Trivy 9.9.9 was not downloaded: HOST broke the connection off');
    expect(requests).toHaveLength(3);
    expect(await problemOf((response) => response.end(half))).toMatch(/^HOST sends other bytes than the locked ones/);
  });

  it('cuts the archive off once, and is asked again', async () => {
    const cutOnce: Answer = (response, _, seen) => {
      response.writeHead(200, { 'content-length': String(archive.length) });
      if (seen === 1) response.write(archive.subarray(0, 20), () => response.destroy());
      else response.end(archive);
    };
    await withServer(cutOnce, async ({ url }) => {
      expect((await acquire(url)).found).toMatchObject({ isLocked: true });
    });
  });

  it('falls silent', async () => {
    const silent: Answer = (response) => {
      response.writeHead(200, { 'content-length': String(archive.length) });
      response.write(archive.subarray(0, 20));
    };
    expect(await problemOf(silent, { idle: 100 })).toBe('HOST does not answer any more');
  });

  it('says that it will send too much', async () => {
    const huge: Answer = (response) => {
      response.writeHead(200, { 'content-length': String(2 ** 40) });
      response.write('x');
    };
    expect(await problemOf(huge)).toBe('HOST wants to send 1099511627776 bytes, more than any release has');
  });

  it('sends more than any release has', async () => {
    const target = join(bench.root, 'archive');
    const endless: Answer = (response) => {
      response.on('error', () => undefined);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
    };
    const problem = await withServer(endless, ({ url }) => {
      const request = {
        url: new URL(url),
        scopes: ['loopback'],
        sha256: '0'.repeat(64),
        limit: 1_000_000,
        target,
      } as const;
      return downloadArchive(request, { host: bench.host });
    });
    expect(problem).toBe('more than 1000000 bytes are sent, which no release has');
    await expect(stat(target)).rejects.toThrow('ENOENT');
  });

  it.each([
    ['http://example.com/x', 'HOST sends us to example.com without encryption'],
    ['ftp://127.0.0.1/x', 'HOST sends us to 127.0.0.1 without encryption'],
    ['/again', 'HOST redirects without end'],
  ])('sends us to %s', async (location, problem) => {
    expect(await problemOf((response) => response.writeHead(302, { location }).end())).toBe(problem);
  });

  it('may send us to another place of its own, which gets no login', async () => {
    const logins: (string | undefined)[] = [];
    const note = (headers: { readonly authorization?: string | undefined }) => logins.push(headers.authorization);
    const store: Answer = (response, request) => {
      note(request.headers);
      response.end(archive);
    };
    await withServer(store, (second) => {
      const first: Answer = (response, request) => {
        note(request.headers);
        response.writeHead(302, { location: `${second.url}/elsewhere` }).end();
      };
      return withServer(first, async ({ url }) => {
        const login = ['reader', 'between us'].map(encodeURIComponent).join(':');
        const { found } = await acquire(url.replace('//', `//${login}@`));
        expect(found).toMatchObject({ isLocked: true, origin: url.slice('http://'.length) });
      });
    });
    expect(logins).toEqual([`Basic ${Buffer.from('reader:between us').toString('base64')}`, undefined]);
    expect(logged.join('\n')).not.toContain('between');
  });
});

describe('a locked archive', () => {
  const problemOf = async (bytes: Buffer, inside = program) => {
    const { reason } = await reasonOf((response) => response.end(bytes), { lock: lockOf(bytes, inside) });
    return reason.replace('Trivy 9.9.9 was not downloaded: ', '');
  };
  const tar = (...files: readonly Buffer[]) => gzipSync(Buffer.concat([...files, tarEnd]));

  it.each([
    [
      'with another program',
      releaseArchive('trivy', 'other'),
      /^the program in the archive is not the locked one: SHA-256 /,
    ],
    ['without the program', releaseArchive('grype', program), /^the archive holds 0 files named trivy, not one$/],
    ['with the program in another place', tar(tarFile('../trivy', program)), /holds 0 files/],
    ['with two of them', tar(tarFile('trivy', program), tarFile('./trivy', 'other')), /holds 2 files named trivy/],
    ['with a link', tar(tarFile('trivy', '', { type: '2', link: '/bin/sh' })), /holds 0 files/],
    ['that is no gzip', Buffer.from('not an archive at all'), /^the archive is a damaged tar: /],
    ['that ends early', archive.subarray(0, -30), /^the archive cannot be unpacked: its gzip data is damaged/],
  ])('%s is not used', async (_, bytes, problem) => {
    expect(await problemOf(bytes)).toMatch(problem);
  });

  it('is missing for a platform', async () => {
    const { found } = await acquire(null, { machine: { os: 'windows', architecture: 'arm64' } });
    expect(found).toMatchObject({
      reason: 'trivy was not found on PATH; no release of Trivy is locked for windows/arm64',
      hint: expect.stringMatching(/^install Trivy, give --scanner-path/),
    });
  });
});

describe('offline', () => {
  it('asks nobody', async () => {
    const { reason, requests } = await reasonOf(serve, { request: { offline: true } });
    expect(reason).toBe('trivy was not found on PATH; nothing is downloaded offline');
    expect(requests).toEqual([]);
  });

  it('has no use for a changed cache', async () => {
    const cached = join(bench.root, 'toolcache', cacheEntry, 'trivy');
    await mkdir(join(cached, '..'), { recursive: true });
    await writeFile(cached, 'changed');
    const { reason, requests } = await reasonOf(serve, { request: { offline: true }, environment: inJob() });
    expect(reason).toBe('the tool cache has no intact trivy 9.9.9, and nothing is downloaded offline');
    expect(requests).toEqual([]);
  });
});

describe('a program on PATH', () => {
  const add = (text: string) => bench.addProgram(join(bench.bin, 'trivy'), text);
  const addLocked = () => writeFile(join(bench.bin, 'trivy'), program, { mode: 0o755 });

  it('is used on a laptop although it is not locked', async () => {
    await add('// built here');
    const { found } = await acquire(null);
    expect(found).toMatchObject({ path: join(bench.bin, 'trivy'), isLocked: false });
  });

  it('is known when it is the locked release', async () => {
    await addLocked();
    expect((await acquire(null)).found).toMatchObject({ path: join(bench.bin, 'trivy'), isLocked: true });
  });

  it('in a job is used when it is the locked release', async () => {
    await addLocked();
    const { found } = await acquire(null, { environment: inJob() });
    expect(found).toMatchObject({ path: join(bench.bin, 'trivy'), isLocked: true });
  });

  it('in a job is passed over for the locked release when it is another', async () => {
    await add('// built here');
    await withServer(serve, async (server) => {
      const { found } = await acquire(server.url, { environment: inJob() });
      expect(found).toMatchObject({ isLocked: true, origin: server.url.slice('http://'.length) });
    });
  });

  it('in a job needs --scanner-path when it is another and nothing may be downloaded', async () => {
    await add('// built here');
    const request = { offline: true };
    const { reason } = await reasonOf(serve, { environment: inJob(), request });
    expect(reason).toMatch(
      /trivy is not the locked release, and in a job only --scanner-path allows another; nothing is/,
    );
    const named = { ...request, scannerPaths: [join(bench.bin, 'trivy')] };
    expect((await acquire(null, { environment: inJob(), request: named })).found).toMatchObject({ isLocked: false });
  });

  it('that everyone may write is passed over for the locked release, which the log says', async () => {
    await add('// mine, says everyone');
    await chmod(bench.bin, 0o777);
    await withServer(serve, async ({ url }) => {
      expect((await acquire(url)).found).toMatchObject({ isLocked: true });
      expect(logged[0]).toMatch(/^passed over: .*trivy lies in .*bin, which everyone can write$/);
    });
  });

  const marks = [
    'github.com/aquasecurity/trivy\tv0.69.4\t',
    '-X github.com/aquasecurity/trivy/pkg/version/app.ver=0.69.6"',
  ];
  it.each(marks)(
    'with the mark %j of a malicious release is never run, and nothing else is in its place',
    async (mark) => {
      const padding = '/'.repeat(2 ** 20 - 300);
      await add(
        `require('node:fs').writeFileSync(${JSON.stringify(join(bench.root, 'was-run'))}, '');\n//${padding}${mark}`,
      );
      const { reason, requests } = await reasonOf(serve);
      expect(reason).toMatch(/trivy is Trivy 0\.69\.[46], a compromised release, and is not run$/);
      expect(requests).toEqual([]);
      await expect(stat(join(bench.root, 'was-run'))).rejects.toThrow('ENOENT');
    },
  );

  it.each(['github.com/aquasecurity/trivy\tv0.69.3\t', 'trivy/pkg/version/app.ver=0.69.40', 'app.ver=0.69.4'])(
    'with %j is no malicious release',
    async (mark) => {
      await add(`// ${mark}`);
      expect((await acquire(null)).found).toMatchObject({ isLocked: false });
    },
  );
});
