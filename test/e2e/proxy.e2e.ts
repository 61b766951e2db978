import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildImage } from '../../src/demo/docker-save.ts';
import { lockTable } from '../../src/sources/scanner/lock-table.ts';
import { type DemoStacks, unpackDemo } from '../helpers/demo-stack.ts';
import { addImage, collectBlobs } from '../helpers/image-forms.ts';
import { copyPackage, type ShippedPackage } from '../helpers/program.ts';
import { type Route, withProxy } from '../helpers/proxy-server.ts';
import { releaseArchive } from '../helpers/release-server.ts';
import { withTlsServer } from '../helpers/tls-server.ts';

/** The shipped program with a network that is reached through a proxy only: none of these names has an address. */

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

const secret = ['between', 'us'].join('-');
const login = `reader:${secret}`;

async function check(words: readonly string[], environment: Readonly<Record<string, string>>) {
  const call = {
    directory: stacks.fixed,
    environment: { PATH: dirname(process.execPath), HOME: home, ...environment },
  };
  const result = await shipped.hullcheck(['check', '.', '--format', 'json', ...words], call);
  expect(result.stdout + result.stderr).not.toContain(secret);
  expect(result.stdout + result.stderr).not.toContain(Buffer.from(login).toString('base64'));
  const { gaps, coverage } = JSON.parse(result.stdout);
  const reasons: readonly string[] = gaps.map(({ reason }: { readonly reason: string }) => reason);
  return { ...result, reasons, coverage };
}

const oneLayer = await buildImage({
  tag: 'team/app:1',
  steps: [{ createdBy: 'COPY . /app', files: { 'app/main.js': '' } }],
});

describe('an image in a registry behind a proxy', () => {
  const blobs = collectBlobs();
  const top = addImage(blobs, oneLayer);
  const pull = ['--image', 'registry:registry.test/team/app:1', '--scanner', 'none'];
  const answer = (url: string) => {
    const digest = url.endsWith('/manifests/1') ? top.digest : url.replace(/^.*\//, '');
    return url === '/v2/' ? '{}' : blobs.files[`blobs/${digest.replace(':', '/')}`];
  };
  /** Runs `work` with the registry's port and what makes its certificate trusted. */
  const withTlsRegistry = (work: (port: number, trust: Record<string, string>) => Promise<void>) =>
    withTlsServer(
      'registry.test',
      ({ url = '' }, response) => {
        const found = answer(url);
        response.writeHead(found === undefined ? 404 : 200, { 'content-type': top.mediaType }).end(found);
      },
      ({ port, certificate }) => work(port, { NODE_EXTRA_CA_CERTS: certificate }),
    );

  it('is pulled, every request through a tunnel of its own', async () => {
    await withTlsRegistry(async (port, trust) => {
      await withProxy(
        () => port,
        async ({ host, asked }) => {
          const { reasons, coverage } = await check(pull, { ...trust, https_proxy: `http://${login}@${host}` });
          expect(reasons).toEqual([]);
          expect(coverage.images).toBe(1);
          const tunnel = `CONNECT registry.test:443 [Basic ${Buffer.from(login).toString('base64')}]`;
          expect(asked).toEqual(Array(4).fill(tunnel));
        },
      );
    });
  });

  it('is asked directly when NO_PROXY names it', async () => {
    await withProxy(
      () => '200 ok',
      async ({ host, asked }) => {
        const environment = { HTTPS_PROXY: `http://${host}`, NO_PROXY: 'localhost,.test' };
        const { reasons, exitCode } = await check(pull, environment);
        expect(exitCode).toBe(3);
        expect(reasons.join()).toContain('cannot be fetched: registry.test ');
        expect(asked).toEqual([]);
      },
    );
  });

  it.each<[string, Route, RegExp, number]>([
    ['wants another login', () => '407 x', /: the proxy PROXY refuses the login it was given \(status 407\)$/, 1],
    ['forbids it', () => '403 x', /: the proxy PROXY does not connect to registry\.test:443 \(status 403\)$/, 1],
  ])('is a gap when the proxy %s', async (_, route, problem, requests) => {
    await withProxy(route, async ({ host, asked }) => {
      const { reasons, exitCode } = await check(pull, { HTTPS_PROXY: `http://${login}@${host}` });
      expect(exitCode).toBe(3);
      expect(reasons.map((reason) => reason.replace(host, 'PROXY'))).toContainEqual(expect.stringMatching(problem));
      expect(asked).toHaveLength(requests);
    });
  });

  it('is a gap when the setting names no proxy', async () => {
    const { reasons } = await check(pull, { HTTPS_PROXY: `socks5://${login}@proxy.test:1080` });
    expect(reasons).toContainEqual(
      expect.stringMatching(/HTTPS_PROXY names a proxy for socks5; only http and https proxies are used here$/),
    );
  });
});

describe('a scanner behind a proxy', () => {
  it('is downloaded through it, and compared with the lock', async () => {
    const archive = releaseArchive('trivy', 'another program');
    const paths: (string | undefined)[] = [];
    await withTlsServer(
      'github.com',
      ({ url }, response) => {
        paths.push(url);
        response.end(archive);
      },
      async ({ port, certificate }) => {
        await withProxy(
          () => port,
          async ({ host, asked }) => {
            const words = ['--image', 'app.tar', '--scanner', 'trivy'];
            const environment = { NODE_EXTRA_CA_CERTS: certificate, HTTPS_PROXY: `http://${login}@${host}` };
            const { reasons, exitCode } = await check(words, environment);
            expect(exitCode).toBe(3);
            const { version } = lockTable.trivy;
            expect(reasons).toEqual([
              expect.stringMatching(
                `^Trivy ${version} was not downloaded: github.com sends other bytes than the locked`,
              ),
            ]);
            expect(asked).toHaveLength(1);
            expect(paths).toEqual([expect.stringContaining(`/aquasecurity/trivy/releases/download/v${version}/`)]);
          },
        );
      },
    );
  });

  it('is a gap that names the proxy when it refuses', async () => {
    await withProxy(
      () => '407 x',
      async ({ host }) => {
        const environment = { HTTPS_PROXY: `http://${login}@${host}` };
        const { reasons } = await check(['--image', 'app.tar', '--scanner', 'grype'], environment);
        const { version } = lockTable.grype;
        expect(reasons).toEqual([
          `Grype ${version} was not downloaded: the proxy ${host} refuses the login it was given (status 407)`,
        ]);
      },
    );
  });
});
