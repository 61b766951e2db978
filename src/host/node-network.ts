import { type LookupAddress, lookup } from 'node:dns';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { type AddressScope, type HttpRequest, type HttpResponse, NetworkError } from './network.ts';

type Subnet = readonly [address: string, prefix: number, family: 'ipv4' | 'ipv6'];

function blockList(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) list.addSubnet(...subnet);
  return list;
}

const loopback = blockList([
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
]);
/** Cloud machines give their credentials to whoever asks there. */
const linkLocal = blockList([
  ['169.254.0.0', 16, 'ipv4'],
  ['fe80::', 10, 'ipv6'],
]);
/** What is not globally reachable (IANA special-purpose address registries), multicast too. */
const notPublic = blockList([
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 96, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
]);

/** The scope of an IP address; IPv4 in IPv6 counts as what it holds. */
export function scopeOf(address: string): AddressScope {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const mapped = /^::ffff:(?=[0-9.]+$)/i.exec(address);
  if (mapped !== null) return scopeOf(address.slice(mapped[0].length));
  if (loopback.check(address, family)) return 'loopback';
  if (linkLocal.check(address, family)) return 'link-local';
  return notPublic.check(address, family) ? 'private' : 'public';
}

function peerOf({ url, socket }: HttpRequest): string {
  return socket ?? url.host;
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

function asNetworkError(error: unknown, request: HttpRequest): NetworkError {
  if (error instanceof NetworkError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  return new NetworkError(code, error instanceof Error ? error.message : String(error), peerOf(request));
}

async function* bodyOf(message: IncomingMessage, request: HttpRequest): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of message) yield Buffer.from(chunk);
  } catch (error) {
    throw asNetworkError(error, request);
  }
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
    scope: request.socket === null ? scopeOf(message.socket.remoteAddress ?? '') : 'socket',
    body: bodyOf(message, request),
    discard: () => message.destroy(),
  };
}

/** Loaded when it is needed: most runs ask nobody, and Node takes milliseconds to load it. */
async function start(request: HttpRequest): Promise<ClientRequest> {
  const { url, socket, method, headers } = request;
  const { request: send } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  // A connection of its own each time: which addresses are allowed differs from request to request.
  const options = { method, headers: { 'accept-encoding': 'identity', ...headers }, agent: false } as const;
  if (socket !== null) return send(url, { ...options, socketPath: socket });
  return send(url, { ...options, lookup: guardedLookup(request) });
}

/** A name that is an address is never looked up, so it is judged here. */
function isRefusedLiteral({ url, socket, scopes }: HttpRequest): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return socket === null && isIP(host) !== 0 && !scopes.includes(scopeOf(host));
}

/** `SendRequest` over TCP, TLS and unix sockets. */
export async function sendRequest(request: HttpRequest): Promise<HttpResponse> {
  const peer = peerOf(request);
  if (isRefusedLiteral(request)) throw refusal(peer);
  const client = await start(request);
  return await new Promise((resolve, reject) => {
    let response: IncomingMessage | null = null;
    const giveUp = (error: NetworkError) => {
      response?.destroy(error);
      client.destroy(error);
    };
    const { idleMilliseconds, totalMilliseconds } = request;
    const tooSlow = () => giveUp(new NetworkError('TOO_SLOW', `took more than ${totalMilliseconds} ms`, peer));
    const silent = () => giveUp(new NetworkError('SILENT', `was silent for ${idleMilliseconds} ms`, peer));
    const deadline = setTimeout(tooSlow, totalMilliseconds);
    client.setTimeout(idleMilliseconds, silent);
    client.on('error', (error) => reject(asNetworkError(error, request)));
    client.on('close', () => clearTimeout(deadline));
    client.on('response', (message) => {
      response = message;
      resolve(responseOf(message, request));
    });
    client.end(request.body ?? undefined);
  });
}
