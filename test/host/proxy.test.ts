import { describe, expect, it } from 'vitest';
import { describeNetworkError, type HttpRequest, NetworkError } from '../../src/host/network.ts';
import { sendRequest } from '../../src/host/node-network.ts';
import { type HttpProxy, proxyFor } from '../../src/host/proxy.ts';
import { withProxy, withRawServer } from '../helpers/proxy-server.ts';
import { withTlsServer } from '../helpers/tls-server.ts';

const secret = ['between', 'us'].join('-');
const login = (password: string) => `me:${password}`;

describe('the proxy of an address', () => {
  const hostFor = (environment: Record<string, string>, url = 'https://ghcr.io/v2/') => {
    const proxy = proxyFor(new URL(url), environment);
    return proxy === null ? null : `${proxy.isEncrypted ? 'https' : 'http'} ${proxy.host} ${proxy.port}`;
  };

  it.each<[Record<string, string>, string | null]>([
    [{}, null],
    [{ HTTPS_PROXY: '' }, null],
    [{ HTTPS_PROXY: 'http://proxy.test:3128' }, 'http proxy.test 3128'],
    [{ https_proxy: 'http://proxy.test:3128/' }, 'http proxy.test 3128'],
    [{ HTTPS_PROXY: 'http://upper.test', https_proxy: 'http://lower.test' }, 'http upper.test 80'],
    [{ HTTPS_PROXY: '', https_proxy: 'http://lower.test' }, 'http lower.test 80'],
    [{ HTTPS_PROXY: ' proxy.test:3128 ' }, 'http proxy.test 3128'],
    [{ HTTPS_PROXY: 'https://proxy.test' }, 'https proxy.test 443'],
    [{ HTTPS_PROXY: 'http://[fd00::1]:8080' }, 'http fd00::1 8080'],
    [{ HTTP_PROXY: 'http://proxy.test' }, null],
    [{ ALL_PROXY: 'http://proxy.test' }, null],
  ])('%j: %s', (environment, expected) => {
    expect(hostFor(environment)).toBe(expected);
  });

  it.each([
    'https://localhost:5000/',
    'https://127.0.0.1/',
    'https://127.9.9.9/',
    'https://[::1]:5000/',
    'http://127.0.0.1:5000/',
  ])('is none for this machine: %s', (url) => {
    expect(hostFor({ HTTPS_PROXY: 'http://proxy.test' }, url)).toBeNull();
  });

  it.each<[string, string, boolean]>([
    ['*', 'ghcr.io', true],
    ['ghcr.io', 'ghcr.io', true],
    ['GHCR.io', 'ghcr.io', true],
    ['ghcr.io.', 'ghcr.io', true],
    ['ghcr.io', 'pkg.ghcr.io', true],
    ['ghcr.io', 'notghcr.io', false],
    ['ghcr.io', 'ghcr.io.evil.test', false],
    ['.ghcr.io', 'ghcr.io', false],
    ['.ghcr.io', 'pkg.ghcr.io', true],
    ['*.ghcr.io', 'pkg.ghcr.io', true],
    ['a.test, ghcr.io ,b.test', 'ghcr.io', true],
    ['a.test ghcr.io', 'ghcr.io', true],
    ['ghcr.io:443', 'ghcr.io', true],
    ['ghcr.io:5000', 'ghcr.io', false],
    ['ghcr.io:5000', 'ghcr.io:5000', true],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.30', false],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['10.0.0.0/8', 'ghcr.io', false],
    ['10.0.0.0/99', '10.1.2.3', false],
    ['fd00::/8', '[fd00::1]', true],
    ['fd00::1', '[fd00::1]:5000', true],
    ['[fd00::1]:5000', '[fd00::1]:5000', true],
    ['[fd00::1]:5000', '[fd00::1]', false],
    ['10.0.0.0/8', '[fd00::1]', false],
    ['', 'ghcr.io', false],
    [',', 'ghcr.io', false],
    ['.', 'ghcr.io', false],
    ['://', 'ghcr.io', false],
  ])('NO_PROXY=%s leaves %s out: %s', (exempt, host, isLeftOut) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const found = hostFor({ HTTPS_PROXY: 'http://proxy.test', [name]: exempt }, `https://${host}/`);
      expect(found === null).toBe(isLeftOut);
    }
  });

  it('has the login of its address, and a name without it', () => {
    const encoded = encodeURIComponent(`${secret}:@%`);
    expect(proxyFor(new URL('https://ghcr.io'), { https_proxy: `http://${login(encoded)}@proxy.test:8080` })).toEqual({
      host: 'proxy.test',
      port: 8080,
      isEncrypted: false,
      authorization: `Basic ${Buffer.from(login(`${secret}:@%`)).toString('base64')}`,
      name: 'the proxy proxy.test:8080',
    });
  });

  it.each([
    [
      'HTTPS_PROXY',
      `socks5://${login(secret)}@proxy.test`,
      'names a proxy for socks5; only http and https proxies are used here',
    ],
    ['https_proxy', `http://${login(secret)}@`, 'is not the address of a proxy'],
    ['HTTPS_PROXY', `http://${login(secret)}@proxy.test:99999`, 'is not the address of a proxy'],
    ['HTTPS_PROXY', 'http://', 'is not the address of a proxy'],
  ])('%s that names none is told without its value', (name, value, problem) => {
    try {
      proxyFor(new URL('https://ghcr.io'), { [name]: value });
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      expect(`${error.peer} ${describeNetworkError(error)}`).toBe(`${name} ${problem}`);
    }
  });
});

function through(proxy: HttpProxy | null, url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'GET',
    url: new URL(url),
    socket: null,
    proxy,
    headers: {},
    body: null,
    scopes: ['public', 'loopback'],
    connectMilliseconds: 5000,
    idleMilliseconds: 5000,
    totalMilliseconds: 5000,
    ...more,
  };
}

const proxyAt = (host: string, scheme = 'http') =>
  proxyFor(new URL('https://registry.test'), { HTTPS_PROXY: `${scheme}://${login(secret)}@${host}` });

/** What is told of the request, `PROXY` in the place of the proxy. */
async function problemOf(host: string, more: Partial<HttpRequest> = {}, scheme = 'http'): Promise<string> {
  try {
    const { status } = await sendRequest(through(proxyAt(host, scheme), 'https://registry.test/v2/', more));
    return `status ${status}`;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const told = `${error.peer} ${describeNetworkError(error)}`;
    expect(`${told} ${error.message} ${error.stack}`).not.toContain(secret);
    return told.replace(host, 'PROXY');
  }
}

describe('a tunnel', () => {
  it('leads to TLS with the very host, whose name the proxy looks up', async () => {
    await withTlsServer(
      'registry.test',
      (_, response) => response.end('hello'),
      async ({ port }) => {
        await withProxy(
          () => port,
          async ({ host, asked }) => {
            // The certificate of a test is trusted by nobody; that its own problem is told shows whom TLS was spoken with.
            expect(await problemOf(host)).toBe(
              'registry.test has a certificate that is not trusted here (DEPTH_ZERO_SELF_SIGNED_CERT)',
            );
            expect(asked).toEqual([
              `CONNECT registry.test:443 [Basic ${Buffer.from(login(secret)).toString('base64')}]`,
            ]);
          },
        );
      },
    );
  });

  it.each([
    ['407 Proxy Authentication Required', 'the proxy PROXY refuses the login it was given (status 407)'],
    ['403 Forbidden', 'the proxy PROXY does not connect to registry.test:443 (status 403)'],
    ['503 Service Unavailable', 'the proxy PROXY does not connect to registry.test:443 (status 503)'],
    ['100 Continue', 'the proxy PROXY does not connect to registry.test:443 (status 100)'],
  ])('that is refused with %s is told', async (status, problem) => {
    await withProxy(
      () => status,
      async ({ host }) => expect(await problemOf(host)).toBe(problem),
    );
  });

  it('that asks for a login and got none says so', async () => {
    await withProxy(
      () => '407 x',
      async ({ host }) => {
        const proxy = proxyFor(new URL('https://registry.test'), { HTTPS_PROXY: `http://${host}` });
        const failure = sendRequest(through(proxy, 'https://registry.test/'));
        await expect(failure).rejects.toMatchObject({ code: 'PROXY_LOGIN', message: 'asks for a login (status 407)' });
      },
    );
  });

  it.each<[string, Parameters<typeof withRawServer>[0], unknown]>([
    ['answers nothing', () => undefined, 'the proxy PROXY does not connect to registry.test:443 within 0.2 seconds'],
    ['hangs up', (socket) => socket.destroy(), 'the proxy PROXY broke the connection off'],
    [
      'is no proxy',
      (socket) => socket.write('SSH-2.0-OpenSSH\r\n'),
      'the proxy PROXY does not answer as a proxy does (HPE_INVALID_CONSTANT)',
    ],
    [
      'sends headers without end',
      (socket) => socket.write(`HTTP/1.1 200 ok\r\nx: ${'y'.repeat(100_000)}`),
      'the proxy PROXY does not answer as a proxy does (HPE_HEADER_OVERFLOW)',
    ],
    [
      'speaks before it is asked',
      (socket) => socket.write('HTTP/1.1 200 ok\r\n\r\nwelcome'),
      'the proxy PROXY sends bytes before anything was asked',
    ],
    [
      'opens a tunnel to nowhere',
      (socket) => socket.write('HTTP/1.1 200 ok\r\n\r\n'),
      'registry.test does not answer: no connection came about',
    ],
    [
      'opens a tunnel to no TLS',
      (socket) =>
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 ok\r\n\r\n');
          socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
        }),
      expect.stringMatching(/^registry\.test cannot be spoken to over TLS \((?:EPROTO|ERR_SSL_\w+)\)$/),
    ],
  ])('of a server that %s is told', async (_, greet, problem) => {
    await withRawServer(greet, async (host) => {
      expect(await problemOf(host, { connectMilliseconds: 200 })).toEqual(problem);
    });
  });

  it('to a proxy that is not there, or speaks no TLS, is told', async () => {
    const gone = await withRawServer(
      () => undefined,
      async (host) => host,
    );
    expect(await problemOf(gone)).toBe('the proxy PROXY refuses the connection');
    await withProxy(
      () => '200 ok',
      async ({ host }) => {
        expect(await problemOf(host, {}, 'https')).toMatch(
          /^the proxy PROXY does not answer as a proxy does \((?:EPROTO|ERR_SSL_\w+)\)$/,
        );
      },
    );
  });

  it('leads to no address that must not be asked', async () => {
    await withProxy(
      () => '200 ok',
      async ({ host, asked }) => {
        const request = through(proxyAt(host), 'https://169.254.169.254/latest/meta-data/');
        await expect(sendRequest(request)).rejects.toMatchObject({ code: 'REFUSED_ADDRESS' });
        expect(asked).toEqual([]);
      },
    );
  });
});

describe('a connection that does not come about', () => {
  it('is given up in time, with TLS that is not answered', async () => {
    await withRawServer(
      () => undefined,
      async (host) => {
        const limits = { connectMilliseconds: 100, idleMilliseconds: 60_000, totalMilliseconds: 60_000 };
        await expect(sendRequest(through(null, `https://${host}/`, limits))).rejects.toMatchObject({
          code: 'NO_CONNECTION',
          peer: host,
        });
      },
    );
  });

  it('does not count once it has', async () => {
    await withRawServer(
      (socket) => setTimeout(() => socket.end('HTTP/1.1 204 No Content\r\n\r\n'), 300),
      async (host) => {
        const { status } = await sendRequest(through(null, `http://${host}/`, { connectMilliseconds: 150 }));
        expect(status).toBe(204);
      },
    );
  });
});
