import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { scopeOf } from '../../src/host/address-scope.ts';
import { type AddressScope, describeNetworkError, type HttpRequest, NetworkError } from '../../src/host/network.ts';
import { sendRequest } from '../../src/host/node-network.ts';
import { inFolder } from '../helpers/check-example.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(listener: RequestListener, place: { port: number } | { path: string } = { port: 0 }) {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen({ ...place, host: 'port' in place ? '127.0.0.1' : undefined }, resolve);
  });
  return server;
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const anywhere: readonly AddressScope[] = ['public', 'private', 'loopback', 'link-local', 'socket'];
function requestTo(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  const limits = { connectMilliseconds: 5000, idleMilliseconds: 5000, totalMilliseconds: 5000 };
  return {
    method: 'GET',
    url: new URL(url),
    socket: null,
    proxy: null,
    headers: {},
    body: null,
    scopes: anywhere,
    ...limits,
    ...more,
  };
}

/** Status, scope and text of the answer, or the code of what went wrong. */
async function outcome(request: HttpRequest): Promise<string> {
  try {
    const response = await sendRequest(request);
    const chunks: Buffer[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    return `${response.status} ${response.scope} ${Buffer.concat(chunks)}`;
  } catch (error) {
    return error instanceof NetworkError ? error.code : `not a network error: ${error}`;
  }
}

describe('addresses', () => {
  it.each<[string, AddressScope]>([
    ['93.184.216.34', 'public'],
    ['2606:2800:220:1::1', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.255.0.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['::ffff:169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['0.0.0.0', 'private'],
    ['::', 'private'],
    ['fd00::1', 'private'],
    ['224.0.0.1', 'private'],
    ['255.255.255.255', 'private'],
    ['64:ff9b::a9fe:a9fe', 'private'],
    ['', 'public'],
  ])('%s is %s', (address, scope) => {
    expect(scopeOf(address)).toBe(scope);
  });
});

describe('a request', () => {
  it('gives status, headers and body', async () => {
    const server = await serve((request, response) => {
      response.writeHead(401, [
        ['www-authenticate', 'Bearer realm="a"'],
        ['www-authenticate', 'Basic realm="b"'],
      ]);
      response.end(
        `${request.method} ${request.url} ${request.headers['x-test']} ${request.headers['accept-encoding']}`,
      );
    });
    const request = requestTo(`http://127.0.0.1:${portOf(server)}/v2/?a=b`, { headers: { 'x-test': 'yes' } });
    const response = await sendRequest(request);
    expect(response.status).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="a", Basic realm="b"');
    for await (const chunk of response.body) expect(chunk.toString()).toBe('GET /v2/?a=b yes identity');
  });

  it('sends a body', async () => {
    const server = await serve(async (request, response) => {
      for await (const chunk of request) response.write(chunk);
      response.end();
    });
    const url = `http://127.0.0.1:${portOf(server)}/`;
    expect(await outcome(requestTo(url, { method: 'POST', body: 'a=b' }))).toBe('200 loopback a=b');
  });

  it('goes over a socket', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'engine.sock');
      await serve((request, response) => response.end(`${request.headers.host}${request.url}`), { path });
      expect(await outcome(requestTo('http://engine/info', { socket: path }))).toBe('200 socket engine/info');
      expect(await outcome(requestTo('http://engine/info', { socket: join(folder, 'none') }))).toBe('ENOENT');
    });
  });

  it('follows no redirect', async () => {
    const server = await serve((_, response) => response.writeHead(302, { location: '/elsewhere' }).end('moved'));
    expect(await outcome(requestTo(`http://127.0.0.1:${portOf(server)}/`))).toBe('302 loopback moved');
  });

  it.each([
    'http://127.0.0.1',
    'http://localhost',
    'http://[::1]',
    'http://2130706433',
    'http://169.254.169.254',
    'http://10.0.0.1',
  ])('does not go to %s where only public addresses are allowed', async (host) => {
    expect(await outcome(requestTo(`${host}:1/`, { scopes: ['public'] }))).toBe('REFUSED_ADDRESS');
  });

  it('tells a refused connection and a body that breaks off', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('part', () => response.destroy());
    });
    const port = portOf(server);
    expect(await outcome(requestTo(`http://127.0.0.1:${port}/`))).toBe('ECONNRESET');
    server.close();
    await wait(10);
    expect(await outcome(requestTo(`http://127.0.0.1:${port}/`))).toBe('ECONNREFUSED');
  });

  it.each([
    ['before the answer', false],
    ['in the body', true],
  ])('ends when nothing comes, %s', async (_, hasHead) => {
    const server = await serve((_request, response) => {
      if (hasHead) response.write('part');
    });
    const url = `http://127.0.0.1:${portOf(server)}/`;
    expect(await outcome(requestTo(url, { idleMilliseconds: 100 }))).toBe('SILENT');
    expect(await outcome(requestTo(url, { totalMilliseconds: 100 }))).toBe('TOO_SLOW');
  });

  it('can be discarded', async () => {
    const server = await serve((_, response) => response.end(Buffer.alloc(10_000_000)));
    const response = await sendRequest(requestTo(`http://127.0.0.1:${portOf(server)}/`));
    response.discard();
    await wait(20);
    expect(response.status).toBe(200);
  });
});

it.each([
  ['ENOTFOUND', 'is not known: its name has no address'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'has a certificate that is not trusted here (DEPTH_ZERO_SELF_SIGNED_CERT)'],
  ['EPROTO', 'cannot be spoken to over TLS (EPROTO)'],
  ['HPE_INVALID_CONSTANT', 'sends what is no HTTP (HPE_INVALID_CONSTANT)'],
  ['EOTHER', 'cannot be used: EOTHER'],
])('%s in words', (code, words) => {
  expect(describeNetworkError(new NetworkError(code, '', 'a'))).toBe(words);
});
