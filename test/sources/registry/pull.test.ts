import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildImage } from '../../../src/demo/docker-save.ts';
import type { Host } from '../../../src/host/host.ts';
import { type HttpRequest, type HttpResponse, NetworkError } from '../../../src/host/network.ts';
import type { ImageAccess } from '../../../src/sources/image/image-access.ts';
import { pullImage } from '../../../src/sources/registry/pull.ts';
import { createTransport } from '../../../src/sources/registry/transport.ts';
import { hostOn, inFolder } from '../../helpers/check-example.ts';
import {
  type FakeContent,
  type FakeRegistry,
  type Intercept,
  withRegistry,
  withServer,
} from '../../helpers/fake-registry.ts';
import { addAttestation, addImage, addIndex, collectBlobs } from '../../helpers/image-forms.ts';
import { readAll, withAccess } from '../../helpers/read-images.ts';

const secret = ['hunter', '2'].join('');
const oneLayer = await buildImage({
  tag: 'team/app:1',
  steps: [{ createdBy: 'COPY . /app', files: { 'app/.env': 'A_KEY=first-real-value\n' } }],
});

/** One image without an index. */
function single(): FakeContent {
  const blobs = collectBlobs();
  return { blobs, top: addImage(blobs, oneLayer, { compress: (layer) => gzipSync(layer) }) };
}

/** An index of two platforms, the first with provenance. */
async function double(): Promise<FakeContent> {
  const blobs = collectBlobs();
  const arm = await buildImage({ tag: 'team/app:1', steps: [{ createdBy: 'COPY b /', files: { '.env': 'B=2\n' } }] });
  const config = Buffer.from(arm.config.toString().replace('"amd64"', '"arm64"'));
  const amd = { ...addImage(blobs, oneLayer), platform: { os: 'linux', architecture: 'amd64' } };
  const other = {
    ...addImage(blobs, { ...arm, config }),
    platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
  };
  return {
    blobs,
    top: addIndex(blobs, [amd, other, addAttestation(blobs, amd, { API_TOKEN: 'q8Zr-not-a-placeholder' })]),
  };
}

interface Pulled {
  /** `read` with the pulled images, the problem, or the usage error. */
  readonly outcome: string;
  readonly hint: string;
  readonly requests: readonly string[];
  /** Milliseconds of every pause. */
  readonly pauses: readonly number[];
}

interface PullOptions {
  readonly intercept?: Intercept;
  readonly access?: Partial<ImageAccess>;
  readonly name?: (registry: FakeRegistry) => string;
  readonly spoolLimit?: number;
}

/** Pulls from a fake registry, reads what was pulled, and says what happened. `HOST` stands for the registry. */
async function pull(content: FakeContent, options: PullOptions = {}): Promise<Pulled> {
  const pauses: number[] = [];
  return await withRegistry(
    content,
    async (registry) => {
      const { name = ({ image }: FakeRegistry) => image } = options;
      const [outcome, hint] = await withAccess(
        async (access): Promise<readonly [string, string]> => {
          const transport = createTransport(access.host, async (pause) => void pauses.push(pause));
          try {
            const pulled = await pullImage(name(registry), access, transport);
            if ('problem' in pulled) return [pulled.problem, pulled.hint];
            const target = { text: 'app', transport: 'oci-dir', target: pulled.path } as const;
            const { images, gaps, evidence } = await readAll([target], { fileNames: [/^\.env$/] });
            const provenance = evidence.some((item) => item.kind === 'image-setting');
            const names = images.map(({ image, manifestDigest }) => {
              const { architecture } = image.platform;
              return `${image.tags.join()} ${architecture}${manifestDigest === null ? '' : ' by digest'}`;
            });
            return [
              `read ${[...names, ...gaps.map((item) => item.reason)].join(', ')}`,
              provenance ? 'provenance' : '',
            ];
          } catch (error) {
            if (error instanceof Error && 'hint' in error) return [`usage: ${error.message}`, String(error.hint)];
            throw error;
          }
        },
        { offline: false, host: hostIn({}), ...options.access },
        options.spoolLimit,
      );
      const shown = (text: string) => text.replaceAll(registry.host, 'HOST').replace(/sha256:[0-9a-f]{64}/g, 'DIGEST');
      return { outcome: shown(outcome), hint: shown(hint), requests: registry.requests.map(shown), pauses };
    },
    options.intercept,
  );
}

/** The real host with an environment of its own. */
function hostIn(environment: Host['environment']): Host {
  return { ...hostOn(), environment };
}

/** Runs `work` with a host whose config.json has this content. */
async function withConfig<T>(config: unknown, work: (host: Host, folder: string) => Promise<T>): Promise<T> {
  return await inFolder(async (folder) => {
    await writeFile(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
    return await work(hostIn({ DOCKER_CONFIG: folder, PATH: join(folder, 'bin') }), folder);
  });
}

const auth = (user: string) => Buffer.from(`${user}:${secret}`).toString('base64');
const read = 'read HOST/team/app:1 amd64 by digest';

describe('a pull', () => {
  it('reads an image without an index', async () => {
    const { outcome, requests, pauses } = await pull(single());
    expect(outcome).toBe(read);
    expect(requests.slice(0, 2)).toEqual(['GET /v2/', 'GET /v2/team/app/manifests/1']);
    expect(requests.slice(2)).toEqual(Array(2).fill('GET /v2/team/app/blobs/DIGEST'));
    expect(pauses).toEqual([]);
  });

  it('reads all platforms of an index, and what attests to them', async () => {
    const { outcome, hint } = await pull(await double());
    expect(outcome).toBe('read HOST/team/app:1 amd64 by digest, HOST/team/app:1 arm64 by digest');
    expect(hint).toBe('provenance');
  });

  it.each([
    ['amd64', '', 'provenance'],
    ['arm64', '', ''],
    ['arm64', 'v8', ''],
  ])('reads only %s%s when it is chosen', async (architecture, variant, hint) => {
    const platform = { os: 'linux', architecture, variant };
    const pulled = await pull(await double(), { access: { platform } });
    expect(pulled.outcome).toBe(`read HOST/team/app:1 ${architecture} by digest`);
    expect(pulled.hint).toBe(hint);
    const blobs = pulled.requests.filter((request) => request.includes('/blobs/'));
    expect(blobs).toHaveLength(architecture === 'amd64' ? 4 : 2);
  });

  it('names the platforms that are there', async () => {
    const platform = { os: 'linux', architecture: 'riscv64', variant: '' };
    expect(await pull(await double(), { access: { platform } })).toMatchObject({
      outcome: 'usage: team/app is not there for linux/riscv64',
      hint: 'it is there for linux/amd64, linux/arm64/v8',
    });
  });

  it('goes by digest', async () => {
    const content = single();
    const name = ({ host }: FakeRegistry) => `${host}/team/app@${content.top.digest}`;
    expect((await pull(content, { name })).outcome).toBe('read HOST/team/app amd64 by digest');
  });

  it('asks nobody offline', async () => {
    expect(await pull(single(), { access: { offline: true } })).toMatchObject({
      outcome: 'was not examined: with --offline no registry is asked',
      requests: [],
    });
  });

  it.each(['', 'host/UPPER', 'a b', 'host/x:'])('a name that is none is a mistake: %j', async (name) => {
    const { outcome } = await pull(single(), { name: () => name });
    expect(outcome).toBe(`usage: registry:${name} names no image`);
  });

  it('an image that is not there is a mistake', async () => {
    expect(await pull(single(), { name: ({ host }) => `${host}/team/app:2` })).toMatchObject({
      outcome: 'usage: the registry HOST has no image team/app:2',
    });
  });

  it('ends where the spool does', async () => {
    const { outcome, hint } = await pull(single(), { spoolLimit: 900 });
    expect(outcome).toBe('was not examined: it needs more than 900 bytes of temporary disk space');
    expect(hint).toContain('--spool-limit');
  });
});

const isPath = (part: string) => (request: { readonly url?: string | undefined }) =>
  request.url?.includes(part) === true;

describe('what a registry gets wrong', () => {
  it('no digest header', async () => {
    const content = single();
    const intercept: Intercept = (request, response) => {
      if (!isPath('/manifests/1')(request)) return false;
      response.end(content.blobs.files[`blobs/${content.top.digest.replace(':', '/')}`]);
      return true;
    };
    expect((await pull(content, { intercept })).outcome).toBe(read);
  });

  it.each<[string, Intercept, string]>([
    [
      'another digest header',
      (request, response) => {
        if (!isPath('/manifests/1')(request)) return false;
        response.writeHead(200, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }).end('{}');
        return true;
      },
      'cannot be read: its manifest 1 does not have the digest that names it',
    ],
    [
      'a manifest that is no JSON',
      (request, response) => {
        if (!isPath('/manifests/1')(request)) return false;
        response.end('<html>');
        return true;
      },
      'cannot be read: its manifest 1 is not JSON',
    ],
    [
      'an old manifest',
      (request, response) => {
        if (!isPath('/manifests/1')(request)) return false;
        response.setHeader('content-type', 'application/vnd.docker.distribution.manifest.v1+prettyjws');
        response.end('{"schemaVersion":1,"fsLayers":[]}');
        return true;
      },
      'cannot be read: its manifest DIGEST is of a kind that is not read (application/vnd.docker.distribution.manifest.v1+prettyjws)',
    ],
    [
      'a manifest of 5 MiB',
      (request, response) => {
        if (!isPath('/manifests/1')(request)) return false;
        response.end(Buffer.alloc(5 * 1024 * 1024, ' '));
        return true;
      },
      'cannot be read: its manifest 1 is larger than 4194304 bytes',
    ],
    [
      'other bytes than a blob has',
      (request, response) => {
        if (!isPath('/blobs/')(request)) return false;
        response.end('other');
        return true;
      },
      "cannot be read: the registry's bytes of DIGEST do not have the size and digest the manifest states",
    ],
    [
      'more bytes than a blob has',
      (request, response) => {
        if (!isPath('/blobs/')(request)) return false;
        response.end(Buffer.alloc(1_000_000));
        return true;
      },
      "cannot be read: the registry's bytes of DIGEST do not have the size and digest the manifest states",
    ],
    [
      'a blob that is missing',
      (request, response) => {
        if (!isPath('/blobs/')(request)) return false;
        response.writeHead(404).end();
        return true;
      },
      'cannot be fetched: HOST answers with status 404 for DIGEST',
    ],
    [
      'redirects without end',
      (request, response) => {
        if (!isPath('/manifests/')(request)) return false;
        response.writeHead(307, { location: request.url ?? '' }).end();
        return true;
      },
      'cannot be fetched: HOST redirects without end',
    ],
    [
      'a redirect to the machine’s metadata',
      (request, response) => {
        if (!isPath('/blobs/')(request)) return false;
        response.writeHead(307, { location: 'https://169.254.169.254/latest/meta-data/' }).end();
        return true;
      },
      'cannot be fetched: 169.254.169.254 is not asked: it has a private or local address',
    ],
    [
      'a redirect without encryption',
      (request, response) => {
        if (!isPath('/blobs/')(request)) return false;
        response.writeHead(307, { location: 'http://example.com/blob' }).end();
        return true;
      },
      'cannot be fetched: HOST sends us to example.com without encryption',
    ],
  ])('%s', async (_, intercept, expected) => {
    expect((await pull(single(), { intercept })).outcome).toBe(expected);
  });
});

describe('passing failures', () => {
  /** Fails the first `times` requests for the manifest with this status. */
  const failing =
    (times: number, status: number, headers: Readonly<Record<string, string>> = {}): Intercept =>
    (request, response) => {
      if (!isPath('/manifests/1')(request) || remaining.count >= times) return false;
      remaining.count += 1;
      response.writeHead(status, headers).end();
      return true;
    };
  const remaining = { count: 0 };

  it.each<[string, Intercept, string, readonly number[]]>([
    ['429 that names seconds', failing(1, 429, { 'retry-after': '7' }), read, [7000]],
    [
      '429 that names a date',
      failing(1, 429, { 'retry-after': 'Sun, 22 Nov 2026 00:00:09 GMT', date: 'Sun, 22 Nov 2026 00:00:00 GMT' }),
      read,
      [9000],
    ],
    ['503 twice', failing(2, 503), read, [1000, 2000]],
    ['500 for ever', failing(9, 500), 'cannot be fetched: HOST answers with status 500', [1000, 2000, 4000, 8000]],
    [
      '429 for an hour',
      failing(9, 429, { 'retry-after': '3600' }),
      'cannot be fetched: HOST answers with status 429 and asks to wait 3600 seconds',
      [],
    ],
  ])('%s', async (_, intercept, outcome, pauses) => {
    remaining.count = 0;
    expect(await pull(single(), { intercept })).toMatchObject({ outcome, pauses });
  });

  it('a blob that breaks off is begun anew', async () => {
    let broken = 0;
    const intercept: Intercept = (request, response) => {
      if (!isPath('/blobs/')(request) || broken >= 1) return false;
      broken += 1;
      response.writeHead(200, { 'content-length': '100000' }).write('part', () => response.destroy());
      return true;
    };
    expect((await pull(single(), { intercept })).outcome).toBe(read);
  });

  it('a server that falls silent is asked again, and then a problem', async () => {
    const host = {
      ...hostIn({}),
      send: async (): Promise<HttpResponse> => {
        throw new NetworkError('SILENT', 'silent', 'registry.example');
      },
    };
    const { outcome, pauses } = await pull(single(), { access: { host }, name: () => 'registry.example/app' });
    expect(outcome).toBe('cannot be fetched: registry.example does not answer any more');
    expect(pauses).toEqual([1000, 2000, 4000, 8000]);
  });
});

/** Wants this authorization everywhere; `challenge` is what it says else. */
const guarded =
  (authorization: string, challenge: string): Intercept =>
  (request, response) => {
    if (request.headers.authorization === authorization) return false;
    response.writeHead(401, { 'www-authenticate': challenge }).end();
    return true;
  };

describe('a login', () => {
  it.each([
    ['token', { token: 'T1' }],
    ['access_token', { access_token: 'T1' }],
  ])('by %s, without credentials', async (_, answer) => {
    const asked: string[] = [];
    await withServer(
      (request, response) => {
        asked.push(`${request.url} ${request.headers.authorization}`);
        response.end(JSON.stringify(answer));
      },
      async (tokens) => {
        const intercept = guarded('Bearer T1', `Bearer realm="http://${tokens}/token",service="reg"`);
        const { outcome, requests } = await pull(single(), { intercept });
        expect(outcome).toBe(read);
        expect(requests[0]).toBe('GET /v2/');
        expect(requests.slice(1).every((request) => request.endsWith('[Bearer T1]'))).toBe(true);
      },
    );
    expect(asked).toEqual(['/token?service=reg&scope=repository%3Ateam%2Fapp%3Apull undefined']);
  });

  it('takes Bearer of two challenges, and anew when the token has expired', async () => {
    let token = 0;
    await withServer(
      (_, response) => response.end(JSON.stringify({ token: `T${++token}` })),
      async (tokens) => {
        const challenge = `Basic realm="x", Bearer realm="http://${tokens}/token"`;
        const intercept: Intercept = (request, response) => {
          const isFresh = request.headers.authorization === (isPath('/blobs/')(request) ? 'Bearer T2' : 'Bearer T1');
          if (isFresh || request.headers.authorization === 'Bearer T2') return false;
          response.writeHead(401, { 'www-authenticate': challenge }).end();
          return true;
        };
        expect((await pull(single(), { intercept })).outcome).toMatch(/^read /);
      },
    );
    expect(token).toBeGreaterThan(1);
  });

  it('sends the password of exactly this registry, and to the token server only', async () => {
    const asked: (string | undefined)[] = [];
    await withServer(
      (request, response) => {
        asked.push(request.headers.authorization);
        response.end('{"token":"T1"}');
      },
      async (tokens) => {
        await withRegistryAuth(async (host) => {
          const intercept = guarded('Bearer T1', `Bearer realm="http://${tokens}/token"`);
          const { outcome, requests } = await pull(single(), { intercept, access: { host } });
          expect(outcome).toBe(read);
          expect(requests.join()).not.toContain('Basic');
        });
      },
    );
    expect(asked).toEqual([`Basic ${auth('me')}`]);
  });

  it('by Basic, and none for another host', async () => {
    const intercept = guarded(`Basic ${auth('me')}`, 'Basic realm="Artifactory Realm"');
    await withRegistryAuth(async (host) => {
      expect((await pull(single(), { intercept, access: { host } })).outcome).toBe(read);
    });
    for (const key of ['127.0.0.1', 'evil.127.0.0.1:5000', 'https://index.docker.io/v1/']) {
      await withConfig({ auths: { [key]: { auth: auth('me') } } }, async (host) => {
        const { outcome, requests, hint } = await pull(single(), { intercept, access: { host } });
        expect(outcome).toBe('cannot be fetched: HOST asks for a login');
        expect(hint).toContain('docker login');
        expect(requests).toEqual(['GET /v2/']);
      });
    }
  });

  it('by a refresh token, posted', async () => {
    const bodies: string[] = [];
    await withServer(
      (request, response) => {
        let body = '';
        request.on('data', (chunk) => {
          body += chunk;
        });
        request.on('end', () => {
          bodies.push(`${request.method} ${body}`);
          response.end('{"access_token":"T1"}');
        });
      },
      async (tokens) => {
        await withRegistryAuth(
          async (host) => {
            const intercept = guarded('Bearer T1', `Bearer realm="http://${tokens}/token",service="reg"`);
            expect((await pull(single(), { intercept, access: { host } })).outcome).toBe(read);
          },
          { identitytoken: 'R1' },
        );
      },
    );
    expect(bodies).toEqual([
      'POST service=reg&scope=repository%3Ateam%2Fapp%3Apull&grant_type=refresh_token&client_id=hullcheck&refresh_token=R1',
    ]);
  });

  it.each([
    ['credHelpers', (host: string) => ({ credHelpers: { [host]: 'test' } })],
    ['credsStore', () => ({ credsStore: 'test' })],
  ])('by a helper of %s', async (_, configFor) => {
    const intercept = guarded(`Basic ${auth('me')}`, 'Basic realm="x"');
    const script = `#!${process.execPath}
      let server = ''; process.stdin.on('data', (part) => { server += part; });
      process.stdin.on('end', () => {
        if (!/^127/.test(server)) { console.log('credentials not found'); process.exit(1); }
        console.log(JSON.stringify({ ServerURL: server, Username: 'me', Secret: ['hunter', '2'].join('') }));
      });`;
    await withAnyConfig(configFor, async (host, folder) => {
      await mkdir(join(folder, 'bin'));
      await writeFile(join(folder, 'bin', 'docker-credential-test'), script);
      await chmod(join(folder, 'bin', 'docker-credential-test'), 0o755);
      const directory = join(folder, 'bin');
      const refused = await pull(single(), { intercept, access: { host, directory } });
      expect(refused.outcome).toBe('cannot be fetched: HOST asks for a login');
      const checked = join(folder, 'checked');
      await mkdir(checked);
      expect((await pull(single(), { intercept, access: { host, directory: checked } })).outcome).toBe(read);
    });
  });

  it('a config.json that is broken is a problem, and one that is absent is none', async () => {
    const intercept = guarded('Bearer T1', 'Bearer realm="http://127.0.0.1:1/token"');
    await withConfig('{', async (host) => {
      const { outcome } = await pull(single(), { intercept, access: { host } });
      expect(outcome).toMatch(/^was not examined: .*config\.json, which may hold its login, is not valid JSON$/);
    });
    const { outcome } = await pull(single(), { intercept, access: { host: hostIn({ HOME: '/nowhere' }) } });
    expect(outcome).toBe('cannot be fetched: 127.0.0.1:1 refuses the connection');
  });

  it('goes nowhere without encryption', async () => {
    const intercept = guarded('Bearer T1', 'Bearer realm="http://auth.example/token"');
    expect((await pull(single(), { intercept })).outcome).toBe(
      'cannot be fetched: HOST wants its login sent to auth.example without encryption',
    );
  });

  it('is not sent along to another host', async () => {
    const content = single();
    const seen: (string | undefined)[] = [];
    await withServer(
      (request, response) => {
        seen.push(request.headers.authorization);
        response.end(content.blobs.files[(request.url ?? '').slice(1).replace(':', '/')]);
      },
      async (storage) => {
        const intercept: Intercept = (request, response) => {
          if (guarded(`Basic ${auth('me')}`, 'Basic realm="x"')(request, response, 0)) return true;
          const digest = /blobs\/(.+)$/.exec(request.url ?? '')?.[1];
          if (digest === undefined) return false;
          response.writeHead(307, { location: `http://${storage}/blobs/${digest}` }).end();
          return true;
        };
        await withRegistryAuth(async (host) => {
          expect((await pull(content, { intercept, access: { host } })).outcome).toBe(read);
        });
      },
    );
    expect(seen).toEqual([undefined, undefined]);
  });
});

/** A config.json that knows the fake registry, whose port only the first request tells. */
async function withRegistryAuth(
  work: (host: Host) => Promise<void>,
  entry: Readonly<Record<string, string>> = { auth: auth('me') },
): Promise<void> {
  await withAnyConfig((registry) => ({ auths: { [registry]: entry } }), work);
}

/** Writes config.json when the host is first asked for it, for the registry that was asked last. */
async function withAnyConfig(
  configFor: (registry: string) => unknown,
  work: (host: Host, folder: string) => Promise<void>,
): Promise<void> {
  await withConfig({}, async (host, folder) => {
    const send = async (request: HttpRequest) => {
      if (request.url.pathname === '/v2/')
        await writeFile(join(folder, 'config.json'), JSON.stringify(configFor(request.url.host)));
      return await host.send(request);
    };
    await work({ ...host, send }, folder);
  });
}

describe('addresses', () => {
  const answerFrom =
    (scope: HttpResponse['scope'], asked: HttpRequest[]): Host['send'] =>
    async (request) => {
      asked.push(request);
      const headers = request.url.pathname === '/v2/' ? {} : { location: 'https://elsewhere.example/x' };
      const status = request.url.host === 'elsewhere.example' ? 404 : request.url.pathname === '/v2/' ? 200 : 307;
      const body = (async function* (): AsyncGenerator<Buffer> {
        yield Buffer.from('{}');
      })();
      return { status, headers, scope, body, discard: () => undefined };
    };

  it.each([
    ['public', ['public']],
    ['private', ['public', 'private']],
    ['loopback', ['public', 'private', 'loopback']],
    ['link-local', ['public']],
  ] as const)('what a %s address says leads to %j', async (scope, allowed) => {
    const asked: HttpRequest[] = [];
    const host = { ...hostIn({}), send: answerFrom(scope, asked) };
    await pull(single(), { access: { host }, name: () => 'registry.example/app:1' });
    expect(asked.map(({ url, scopes }) => [url.host, scopes.includes('link-local')])).toEqual([
      ['registry.example', true],
      ['registry.example', true],
      ['elsewhere.example', false],
    ]);
    expect(asked[2]?.scopes).toEqual(allowed);
  });

  it('Docker Hub has an API host of its own, and is never asked without encryption', async () => {
    const asked: HttpRequest[] = [];
    const host = { ...hostIn({}), send: answerFrom('public', asked) };
    await pull(single(), { access: { host }, name: () => 'python:3.12' });
    expect(asked.slice(0, 2).map(({ url }) => url.href)).toEqual([
      'https://registry-1.docker.io/v2/',
      'https://registry-1.docker.io/v2/library/python/manifests/3.12',
    ]);
    expect(asked[1]?.headers['accept']?.split(', ')).toHaveLength(4);
  });
});
