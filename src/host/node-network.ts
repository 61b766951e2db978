import { type LookupAddress, lookup } from 'node:dns';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type * as TlsModule from 'node:tls';
import { scopeOf } from './address-scope.ts';
import { type AddressScope, type HttpRequest, type HttpResponse, NetworkError } from './network.ts';
import { openTunnel } from './proxy-tunnel.ts';

function peerOf({ url, socket }: HttpRequest): string {
  return socket ?? url.host;
}

/** Without the brackets of IPv6. */
function hostOf({ url }: HttpRequest): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function refusal(peer: string): NetworkError {
  return new NetworkError('REFUSED_ADDRESS', `${peer} has an address that must not be asked`, peer);
}

/** Looks a name up and refuses it as a whole when one of its addresses lies where it must not. */
function guardedLookup(request: HttpRequest): LookupFunction {
  const { scopes } = request;
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: readonly LookupAddress[]) => {
      const [first] = addresses ?? [];
      const isRefused = (addresses ?? []).some(({ address }) => !scopes.includes(scopeOf(address)));
      if (error !== null || first === undefined || isRefused) done(error ?? refusal(peerOf(request)), '', 0);
      else if (options.all === true) done(null, [...addresses]);
      else done(null, first.address, first.family);
    });
  };
}

function asNetworkError(error: unknown, request: HttpRequest, isInBody: boolean): NetworkError {
  const isOurs = error instanceof NetworkError;
  if (isOurs && error.isInBody === isInBody) return error;
  const hasCode = error instanceof Error && 'code' in error && typeof error.code === 'string';
  const code = hasCode ? String(error.code) : 'UNKNOWN';
  const message = error instanceof Error ? error.message : String(error);
  return new NetworkError(code, message, isOurs ? error.peer : peerOf(request), isInBody);
}

async function* bodyOf(message: IncomingMessage, request: HttpRequest): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of message) yield Buffer.from(chunk);
  } catch (error) {
    throw asNetworkError(error, request, true);
  }
}

/** Behind a proxy only what is written as an address is known. */
function answeringScope(message: IncomingMessage, request: HttpRequest): AddressScope {
  if (request.socket !== null) return 'socket';
  if (request.proxy === null) return scopeOf(message.socket.remoteAddress ?? '');
  return isIP(hostOf(request)) === 0 ? 'public' : scopeOf(hostOf(request));
}

function responseOf(message: IncomingMessage, request: HttpRequest): HttpResponse {
  // An error that comes while nobody reads the body is told to whoever reads it next.
  message.on('error', () => undefined);
  const headers = Object.entries(message.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
  return {
    status: message.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    scope: answeringScope(message, request),
    body: bodyOf(message, request),
    discard: () => message.destroy(),
  };
}

/** TLS with the URL's host inside the tunnel. */
function encrypt(connectTls: typeof TlsModule.connect, tunnel: Duplex, request: HttpRequest): Socket {
  const host = hostOf(request);
  const named = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ socket: tunnel, host, ALPNProtocols: ['http/1.1'], ...named });
}

/** What is needed is loaded then: most runs ask nobody, and Node takes milliseconds to load it. */
async function start(request: HttpRequest, tunnel: Duplex | null): Promise<ClientRequest> {
  const { url, socket, method, headers } = request;
  const { request: send } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  const options = { method, headers: { 'accept-encoding': 'identity', ...headers } } as const;
  if (tunnel !== null) {
    const { connect: connectTls } = await import('node:tls');
    return send(url, { ...options, createConnection: () => encrypt(connectTls, tunnel, request) });
  }
  // A connection of its own each time: which addresses are allowed differs from request to request.
  if (socket !== null) return send(url, { ...options, agent: false, socketPath: socket });
  return send(url, { ...options, agent: false, lookup: guardedLookup(request) });
}

/** A name that is an address is never looked up, so it is judged here. */
function isRefusedLiteral(request: HttpRequest): boolean {
  const host = hostOf(request);
  return request.socket === null && isIP(host) !== 0 && !request.scopes.includes(scopeOf(host));
}

/** Ends a request that takes too long in one of three ways. */
function limitTime(client: ClientRequest, request: HttpRequest, giveUp: (error: NetworkError) => void): void {
  const { connectMilliseconds, idleMilliseconds, totalMilliseconds, url } = request;
  const end = (code: string, why: string) => () => giveUp(new NetworkError(code, why, peerOf(request)));
  const deadline = setTimeout(end('TOO_SLOW', `took more than ${totalMilliseconds} ms`), totalMilliseconds);
  const connecting = setTimeout(
    end('NO_CONNECTION', `no connection in ${connectMilliseconds} ms`),
    connectMilliseconds,
  );
  client.setTimeout(idleMilliseconds, end('SILENT', `was silent for ${idleMilliseconds} ms`));
  client.on('socket', (socket) => {
    const ready = url.protocol === 'https:' ? 'secureConnect' : 'connect';
    socket.once(ready, () => clearTimeout(connecting));
  });
  client.on('close', () => {
    clearTimeout(deadline);
    clearTimeout(connecting);
  });
}

async function exchange(request: HttpRequest, tunnel: Duplex | null): Promise<HttpResponse> {
  const client = await start(request, tunnel);
  return await new Promise((resolve, reject) => {
    let response: IncomingMessage | null = null;
    limitTime(client, request, (error) => {
      response?.destroy(error);
      client.destroy(error);
    });
    client.on('error', (error) => reject(asNetworkError(error, request, false)));
    client.on('response', (message) => {
      response = message;
      resolve(responseOf(message, request));
    });
    client.end(request.body ?? undefined);
  });
}

/** `SendRequest` over TCP, TLS and unix sockets, and through proxies. */
export async function sendRequest(request: HttpRequest): Promise<HttpResponse> {
  if (isRefusedLiteral(request)) throw refusal(peerOf(request));
  const { proxy, url, connectMilliseconds } = request;
  return await exchange(request, proxy === null ? null : await openTunnel(url, proxy, connectMilliseconds));
}
