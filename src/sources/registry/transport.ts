import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../host/host.ts';
import { type AddressScope, type HttpResponse, NetworkError } from '../../host/network.ts';
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
  /** An answer that is neither a redirect nor a passing failure. Throws a RegistryError when there is none. */
  send(request: Fetch): Promise<HttpResponse>;
}

const idleMilliseconds = 60_000;
const redirectLimit = 5;
const attemptLimit = 5;
const firstPause = 1000;
/** Longer than that nobody waits for a rate limit in a build. */
const longestPause = 60_000;

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const passing: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
const passingCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'SILENT']);

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

export function isLoopbackHost({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
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
      headers: { ...request.headers, ...authorization },
      body: request.body,
      scopes: isOwn ? request.scopes : scopes,
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

function refuseLongPause(request: Fetch, response: HttpResponse, pause: number): void {
  if (pause <= longestPause) return;
  const seconds = Math.ceil(pause / 1000);
  throw new RegistryError(
    `cannot be fetched: ${request.url.host} answers with status ${response.status} and asks to wait ${seconds} seconds`,
    'log in for a higher limit, or run again later',
  );
}

/** `pause` waits; tests pass their own. */
export function createTransport(host: Host, pause: (milliseconds: number) => Promise<unknown> = sleep): Transport {
  return {
    async send(request) {
      for (let attempt = 1; ; attempt++) {
        const backoff = firstPause * 2 ** (attempt - 1);
        try {
          const response = await follow(request, host);
          if (!passing.has(response.status) || attempt === attemptLimit) return response;
          response.discard();
          const asked = retryAfter(response) ?? backoff;
          refuseLongPause(request, response, asked);
          await pause(asked);
        } catch (error) {
          if (!(error instanceof NetworkError) || !passingCodes.has(error.code) || attempt === attemptLimit)
            throw error;
          await pause(backoff);
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
