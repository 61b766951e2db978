import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { type HttpRequest, type HttpResponse, NetworkError } from '../../../src/host/network.ts';
import { RegistryError } from '../../../src/sources/registry/registry-error.ts';
import { createTransport, type Fetch } from '../../../src/sources/registry/transport.ts';
import { hostOn } from '../../helpers/check-example.ts';

type Answer = readonly [status: number, headers?: Readonly<Record<string, string>>];

function responseOf([status, headers = {}]: Answer): HttpResponse {
  const body = (async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('{}');
  })();
  return { status, headers, scope: 'public', body, discard: () => undefined };
}

/** A transport whose time is a number: each request takes `seconds`, and pauses take what they say. */
function transportOf(
  answer: (seen: number) => Answer | NetworkError,
  seconds = 0,
  environment: Host['environment'] = {},
) {
  let now = 1_000_000;
  const asked: HttpRequest[] = [];
  const pauses: number[] = [];
  const host: Host = {
    ...hostOn(),
    environment,
    clock: { now: () => now, today: () => '2026-11-22' },
    send: async (request) => {
      asked.push(request);
      now += seconds * 1000;
      const given = answer(asked.length);
      if (given instanceof NetworkError) throw given;
      return responseOf(given);
    },
  };
  const transport = createTransport(host, async (milliseconds) => {
    pauses.push(milliseconds / 1000);
    now += milliseconds;
  });
  const advance = (milliseconds: number) => {
    now += milliseconds;
  };
  return { transport, asked, pauses, advance, elapsed: () => (now - 1_000_000) / 1000 };
}

const fetchOf = (url = 'https://registry.test/v2/'): Fetch => ({
  ...{ url: new URL(url), method: 'GET', headers: {}, authorization: null, body: null },
  ...{ scopes: ['public'], totalMilliseconds: 600_000 },
});
const failure = (code: string, isInBody = false) => new NetworkError(code, code, 'registry.test', isInBody);

/** The status in the end, or what was thrown. */
async function outcomeOf(supply: ReturnType<typeof transportOf>): Promise<string> {
  try {
    return String((await supply.transport.send(fetchOf())).status);
  } catch (error) {
    if (error instanceof RegistryError) return error.message;
    if (error instanceof NetworkError) return error.code;
    throw error;
  }
}

describe('a network that is not there', () => {
  it.each([
    ['NO_CONNECTION', 10, 4],
    ['PROXY_SILENT', 10, 4],
    ['EAI_AGAIN', 5, 5],
    ['SILENT', 60, 1],
  ])('with %s after %i seconds is told within a minute, after %i attempts', async (code, seconds, attempts) => {
    const supply = transportOf(() => failure(code), seconds);
    expect(await outcomeOf(supply)).toBe(code);
    expect(supply.asked).toHaveLength(attempts);
    expect(supply.elapsed()).toBeLessThanOrEqual(60);
    expect(supply.asked[0]?.connectMilliseconds).toBe(10_000);
  });

  it.each(['ENOTFOUND', 'ECONNREFUSED', 'TOO_SLOW', 'PROXY_LOGIN', 'PROXY_REFUSAL', 'PROXY_ANSWER', 'REFUSED_ADDRESS'])(
    'with %s is told at once',
    async (code) => {
      const supply = transportOf(() => failure(code));
      expect(await outcomeOf(supply)).toBe(code);
      expect(supply.pauses).toEqual([]);
    },
  );

  it.each(['NO_CONNECTION', 'ECONNRESET', 'PROXY_BUSY'])('for a moment (%s) is tried again', async (code) => {
    const supply = transportOf((seen) => (seen <= 2 ? failure(code) : [200]));
    expect(await outcomeOf(supply)).toBe('200');
    expect(supply.pauses).toEqual([1, 2]);
  });
});

describe('a server that is busy', () => {
  const date = 'Sun, 22 Nov 2026 00:00:00 GMT';
  it.each<[string, Answer, string, readonly number[]]>([
    ['names seconds', [429, { 'retry-after': '7' }], '200', [7]],
    ['names a date', [503, { 'retry-after': 'Sun, 22 Nov 2026 00:00:09 GMT', date }], '200', [9]],
    ['names a date that is over', [429, { 'retry-after': 'Sun, 22 Nov 2015 00:00:09 GMT', date }], '200', [1]],
    ['names a date and does not tell its own', [429, { 'retry-after': date }], '200', [1]],
    ['says at once', [429, { 'retry-after': '0' }], '200', [1]],
    ['says nonsense', [429, { 'retry-after': 'soon' }], '200', [1]],
    ['says nothing', [500], '200', [1]],
    ['answers 408', [408], '200', [1]],
    ['answers 522, as networks for content do', [522], '200', [1]],
    ['cannot do it', [501], '501', []],
    ['has no such file', [404], '404', []],
  ])('once, and %s', async (_, first, outcome, pauses) => {
    const supply = transportOf((seen) => (seen === 1 ? first : [200]));
    expect(await outcomeOf(supply)).toBe(outcome);
    expect(supply.pauses).toEqual(pauses);
  });

  it('is waited for one minute in all, and not longer', async () => {
    const supply = transportOf(() => [429, { 'retry-after': '25' }]);
    expect(await outcomeOf(supply)).toBe(
      'cannot be fetched: registry.test answers with status 429 and asks to wait 25 seconds',
    );
    expect(supply.pauses).toEqual([25, 25]);
  });

  it('for good keeps its answer', async () => {
    const supply = transportOf(() => [503]);
    expect(await outcomeOf(supply)).toBe('503');
    expect(supply.pauses).toEqual([1, 2, 4, 8]);
  });
});

describe('a proxy', () => {
  it('is found anew for each host that an answer sends us to', async () => {
    const environment = { HTTPS_PROXY: 'http://proxy.test:3128', NO_PROXY: 'inside.test' };
    const places = ['https://inside.test/a', 'https://outside.test/b'];
    const supply = transportOf(
      (seen) => [seen === 3 ? 200 : 302, { location: places[seen - 1] ?? '' }],
      0,
      environment,
    );
    expect(await outcomeOf(supply)).toBe('200');
    expect(supply.asked.map(({ url, proxy }) => [url.host, proxy?.host ?? null])).toEqual([
      ['registry.test', 'proxy.test'],
      ['inside.test', null],
      ['outside.test', 'proxy.test'],
    ]);
  });
});

describe('a whole download', () => {
  it('is begun anew when its body breaks off, and told what is left of its time', async () => {
    const { transport, advance, pauses } = transportOf(() => [200]);
    const left: number[] = [];
    const value = await transport.whole(600_000, async (milliseconds) => {
      left.push(milliseconds);
      advance(100_000);
      if (left.length < 3) throw failure('ECONNRESET', true);
      return 'whole';
    });
    expect(value).toBe('whole');
    expect(pauses).toEqual([1, 2]);
    expect(left).toEqual([600_000, 499_000, 397_000]);
  });

  it.each([
    ['three times, and no more', failure('SILENT', true), 0, 3],
    ['but not beyond its time', failure('ECONNRESET', true), 600_000, 1],
    ['but not when it is too slow', failure('TOO_SLOW', true), 0, 1],
    ['but not when no answer began: that was tried again already', failure('ECONNRESET'), 0, 1],
    ['but not for what is no network error', new RegistryError('wrong bytes', ''), 0, 1],
  ])('is begun anew %s', async (_, error, takes, attempts) => {
    const { transport, advance } = transportOf(() => [200]);
    let seen = 0;
    const download = transport.whole(600_000, async () => {
      seen += 1;
      advance(takes);
      throw error;
    });
    await expect(download).rejects.toBe(error);
    expect(seen).toBe(attempts);
  });
});
