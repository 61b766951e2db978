import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { BaseQuestion } from '../../../src/domain/base-image.ts';
import { parseReference } from '../../../src/domain/reference.ts';
import type { Host } from '../../../src/host/host.ts';
import { type HttpRequest, NetworkError } from '../../../src/host/network.ts';
import { askForNewerBases } from '../../../src/sources/registry/newer-bases.ts';
import { hostOn } from '../../helpers/check-example.ts';
import { withServer } from '../../helpers/fake-registry.ts';

const oldDigest = `sha256:${'a'.repeat(64)}`;
const manifest = '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}';
const newDigest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Tags in pages of two, and one manifest behind each. */
function registryOf(tags: readonly string[]): Answer {
  return (request, response) => {
    const url = new URL(request.url ?? '', 'http://registry');
    if (url.pathname === '/v2/') return void response.end('{}');
    if (!url.pathname.endsWith('/tags/list')) return void response.end(manifest);
    const start = url.searchParams.has('last') ? tags.indexOf(url.searchParams.get('last') ?? '') + 1 : 0;
    const page = tags.slice(start, start + 2);
    const isLast = start + 2 >= tags.length;
    const link = `</proxy/elsewhere/tags/list?last=${page.at(-1)}&n=2>; rel="next"`;
    response.writeHead(200, isLast ? {} : { link });
    response.end(JSON.stringify({ name: 'team/base', tags: page }));
  };
}

interface Asked {
  readonly advised: readonly (string | null)[];
  readonly requests: readonly string[];
}

interface Question extends Partial<BaseQuestion> {
  readonly image: string;
}

/** Asks a registry on loopback about images of it; `HOST` stands for it. */
async function ask(answer: Answer, asked: readonly Question[], host: Host = hostOn()): Promise<Asked> {
  const requests: string[] = [];
  const listener: Answer = (request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  };
  return await withServer(listener, async (registry) => {
    const questions = asked.map(({ image, ...more }, index): BaseQuestion => {
      const reference = parseReference(`${registry}/${image}`);
      if (reference === null) throw new Error(`${image} is no reference`);
      return { path: 'Dockerfile', line: index + 1, reference, isEnded: false, asksDigest: false, ...more };
    });
    const found = await askForNewerBases(questions, { host, directory: '/nowhere' });
    const shown = found.map(
      ({ advised }) => advised?.replaceAll(registry, 'HOST').replace(newDigest, 'DIGEST') ?? null,
    );
    return { advised: shown, requests };
  });
}

const debian = registryOf(['11', '12', '12.5', '12.11', '13.0', 'latest', '13.0-slim']);

describe('a registry', () => {
  it('is asked for all pages of its tags, once for all lines that name the repository', async () => {
    const { advised, requests } = await ask(debian, [
      { image: 'team/debian:12.5' },
      { image: 'team/debian:12.11' },
      { image: 'team/debian:12.5', isEnded: true },
      { image: 'team/debian:12', isEnded: true },
    ]);
    expect(advised).toEqual(['HOST/team/debian:12.11', null, 'HOST/team/debian:13.0', null]);
    expect(requests).toEqual([
      '/v2/',
      '/v2/team/debian/tags/list?n=1000',
      '/v2/team/debian/tags/list?last=12&n=2',
      '/v2/team/debian/tags/list?last=12.11&n=2',
      '/v2/team/debian/tags/list?last=latest&n=2',
    ]);
  });

  it('gives the digest of what is advised, where one is asked for', async () => {
    const { advised } = await ask(debian, [
      { image: 'team/debian:12.5', asksDigest: true },
      { image: `team/debian:12.11@${oldDigest}`, asksDigest: true },
    ]);
    expect(advised).toEqual(['HOST/team/debian:12.11@DIGEST', 'HOST/team/debian:12.11@DIGEST']);
  });

  it('is asked for the digest alone where the tag moves', async () => {
    const { advised, requests } = await ask(debian, [{ image: `team/debian:12@${oldDigest}`, asksDigest: true }]);
    expect(advised).toEqual(['HOST/team/debian:12@DIGEST']);
    expect(requests).toEqual(['/v2/', '/v2/team/debian/manifests/12']);
  });

  it('has nothing newer than the digest that is pinned', async () => {
    const { advised } = await ask(debian, [{ image: `team/debian:12@${newDigest}`, asksDigest: true }]);
    expect(advised).toEqual([null]);
  });

  it('passes over tags that are none', async () => {
    const odd: Answer = (request, response) =>
      response.end(
        request.url === '/v2/' ? '{}' : JSON.stringify({ tags: ['12.99\n::error::', 7, null, '12.6', '../12.7'] }),
      );
    expect((await ask(odd, [{ image: 'team/debian:12.5' }])).advised).toEqual(['HOST/team/debian:12.6']);
  });

  it.each<[string, Answer]>([
    ['has no such repository', (request, response) => response.writeHead(request.url === '/v2/' ? 200 : 404).end('{}')],
    ['answers with no JSON', (_, response) => response.end('<html>')],
    ['asks for a login', (_, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()],
    ['is busy', (_, response) => response.writeHead(429, { 'retry-after': '1' }).end()],
    ['breaks off', (request) => request.socket.destroy()],
    [
      'names its own page as the next one, without end and ever anew',
      (request, response) => {
        const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('last') ?? 0) + 1;
        response.writeHead(200, { link: `<?last=${page}>; rel="next"` });
        response.end('{"tags":["12.6"]}');
      },
    ],
    ['gives a list without end', (_, response) => response.end(`{"tags":["${'x'.repeat(3_000_000)}"]}`)],
  ])('that %s leaves the advice unsaid', async (_, answer) => {
    const { advised, requests } = await ask(answer, [{ image: 'team/debian:12.5' }]);
    expect(advised).toEqual([]);
    expect(requests.length).toBeLessThan(110);
  });

  it('whose list leads round in a circle is read once', async () => {
    const circle: Answer = (_, response) => {
      response.writeHead(200, { link: '</v2/team/debian/tags/list?last=12.6>; rel="next"' });
      response.end('{"tags":["12.6"]}');
    };
    const { advised, requests } = await ask(circle, [{ image: 'team/debian:12.5' }]);
    expect([advised, requests.length]).toEqual([['HOST/team/debian:12.6'], 3]);
  });

  it('is asked for twenty seconds at most, nowhere near cloud metadata', async () => {
    const sent: HttpRequest[] = [];
    const host: Host = {
      ...hostOn(),
      send: async (request) => {
        sent.push(request);
        throw new NetworkError('TOO_SLOW', 'too slow', request.url.host);
      },
    };
    expect((await ask(debian, [{ image: 'team/debian:12.5' }], host)).advised).toEqual([]);
    expect(sent.length).toBeGreaterThan(0);
    for (const { totalMilliseconds, scopes } of sent) {
      expect(totalMilliseconds).toBeLessThanOrEqual(20_000);
      expect(scopes).not.toContain('link-local');
    }
  });
});
