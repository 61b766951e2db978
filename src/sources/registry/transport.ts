import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../host/host.ts';
import { type AddressScope, type HttpResponse, isLoopbackHost, NetworkError } from '../../host/network.ts';
import { proxyFor } from '../../host/proxy.ts';
import { RegistryError } from './registry-error.ts';

/** One thing to fetch, redirects and repetitions included. */
export interface Fetch {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Sent to the URL's own origin only. */
  readonly authorization: string | null;
  readonly body: string | null;
  /** Where the first connection may lead. */
  readonly scopes: readonly AddressScope[];
  readonly totalMilliseconds: number;
}

export interface Transport {
  /**
   * An answer that is neither a redirect nor a passing failure. Throws a RegistryError or a NetworkError when there is
   * none.
   */
  send(request: Fetch): Promise<HttpResponse>;
  /**
   * Runs a whole download, and again from its start when the connection breaks off in the middle of the body. All
   * attempts share the time; each is told what is left of it.
   */
  whole<T>(totalMilliseconds: number, download: (milliseconds: number) => Promise<T>): Promise<T>;
}

const connectMilliseconds = 10_000;
const idleMilliseconds = 60_000;
const redirectLimit = 5;
const attemptLimit = 5;
const wholeLimit = 3;
const firstPause = 1000;
/** Longer than that, all pauses of one request together, nobody waits for a rate limit in a build. */
const longestPause = 60_000;
/** After so long without an answer nothing is tried anew: a network that drops packets is told within a minute. */
const patience = 40_000;

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Of 5xx what does not pass: not implemented, HTTP version not supported. */
const lasting: ReadonlySet<number> = new Set([501, 505]);
const passingCodes: ReadonlySet<string> = new Set([
  ...['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'],
  ...['NO_CONNECTION', 'SILENT', 'PROXY_BUSY', 'PROXY_SILENT'],
]);

function isPassing({ status }: HttpResponse): boolean {
  return status === 408 || status === 429 || (status >= 500 && status <= 599 && !lasting.has(status));
}

/**
 * Where an answer may send us: what is told from a public address must not make us ask a private one. Link-local
 * addresses are never gone to on an answer's word.
 */
export function scopesAfter(scope: AddressScope): readonly AddressScope[] {
  if (scope === 'loopback') return ['public', 'private', 'loopback'];
  return scope === 'private' ? ['public', 'private'] : ['public'];
}

/** Unencrypted only to this machine itself. */
export function isSecure(url: URL, scopes: readonly AddressScope[]): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url) && scopes.includes('loopback'));
}

function nextUrl(response: HttpResponse, from: URL): URL | null {
  const { location } = response.headers;
  return redirects.has(response.status) && location !== undefined && URL.canParse(location, from.href)
    ? new URL(location, from)
    : null;
}

async function follow(request: Fetch, host: Host): Promise<HttpResponse> {
  let { url, scopes } = request;
  for (let hop = 0; hop <= redirectLimit; hop++) {
    const isOwn = url.origin === request.url.origin;
    const authorization = isOwn && request.authorization !== null ? { authorization: request.authorization } : {};
    const response = await host.send({
      method: request.method,
      url,
      socket: null,
      proxy: proxyFor(url, host.environment),
      headers: { ...request.headers, ...authorization },
      body: request.body,
      scopes: isOwn ? request.scopes : scopes,
      connectMilliseconds,
      idleMilliseconds,
      totalMilliseconds: request.totalMilliseconds,
    });
    // What is posted is a secret: it goes nowhere else.
    const next = request.method === 'POST' ? null : nextUrl(response, url);
    if (next === null) return response;
    response.discard();
    scopes = scopesAfter(response.scope);
    if (!isSecure(next, scopes)) {
      throw new RegistryError(
        `cannot be fetched: ${url.host} sends us to ${next.host} without encryption`,
        'ask whoever runs the registry',
      );
    }
    url = next;
  }
  throw new RegistryError(
    `cannot be fetched: ${request.url.host} redirects without end`,
    'ask whoever runs the registry',
  );
}

/** Milliseconds that `Retry-After` asks for: seconds, or a date as against the answer's own (RFC 9110, 10.2.3). */
function retryAfter({ headers }: HttpResponse): number | null {
  const value = headers['retry-after'];
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const pause = Date.parse(value) - Date.parse(headers['date'] ?? '');
  return Number.isNaN(pause) ? null : Math.max(0, pause);
}

function refuseLongPause(request: Fetch, response: HttpResponse, pause: number, waited: number): void {
  if (waited + pause <= longestPause) return;
  const seconds = Math.ceil(pause / 1000);
  throw new RegistryError(
    `cannot be fetched: ${request.url.host} answers with status ${response.status} and asks to wait ${seconds} seconds`,
    'log in for a higher limit, or run again later',
  );
}

type Pause = (milliseconds: number) => Promise<unknown>;

async function sendPatiently(request: Fetch, host: Host, pause: Pause): Promise<HttpResponse> {
  const begun = host.clock.now();
  let waited = 0;
  for (let attempt = 1; ; attempt++) {
    const backoff = firstPause * 2 ** (attempt - 1);
    try {
      const response = await follow(request, host);
      if (!isPassing(response) || attempt === attemptLimit) return response;
      response.discard();
      const asked = Math.max(retryAfter(response) ?? 0, backoff);
      refuseLongPause(request, response, asked, waited);
      waited += asked;
      await pause(asked);
    } catch (error) {
      const isOver = attempt === attemptLimit || host.clock.now() - begun - waited > patience;
      if (!(error instanceof NetworkError) || !passingCodes.has(error.code) || isOver) throw error;
      await pause(backoff);
    }
  }
}

/** `pause` waits; tests pass their own. */
export function createTransport(host: Host, pause: Pause = sleep): Transport {
  return {
    send: (request) => sendPatiently(request, host, pause),
    async whole(totalMilliseconds, download) {
      const end = host.clock.now() + totalMilliseconds;
      for (let attempt = 1; ; attempt++) {
        try {
          return await download(Math.max(1, end - host.clock.now()));
        } catch (error) {
          const isBroken = error instanceof NetworkError && error.isInBody && error.code !== 'TOO_SLOW';
          if (!isBroken || attempt === wholeLimit || host.clock.now() >= end) throw error;
          await pause(firstPause * attempt);
        }
      }
    },
  };
}

/** The whole body of a small document. Throws a RegistryError above `limit` bytes. */
export async function readBody({ body, discard }: HttpResponse, limit: number, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) {
      discard();
      throw new RegistryError(`cannot be read: ${what} is larger than ${limit} bytes`, 'ask whoever runs the registry');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
