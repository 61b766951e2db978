import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { saveFromEngine } from '../../../src/sources/image/engine.ts';
import { hostOn, inFolder } from '../../helpers/check-example.ts';
import { withEngine } from '../../helpers/fake-engine.ts';
import { withAccess } from '../../helpers/read-images.ts';

const archive = Buffer.from('the bytes of an archive');
const images = { 'app:1': archive, 'team/app:latest': archive, [`app@sha256:${'0'.repeat(64)}`]: archive };

let folder = '';
let release: () => void = () => undefined;
beforeEach(async () => {
  await new Promise<void>((ready) => {
    void inFolder(async (path) => {
      folder = path;
      ready();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    });
  });
});
afterEach(() => release());

/** The saved bytes, `problem | hint`, or `usage: message`. */
async function outcome(name: string, environment: Host['environment'], spoolLimit = 1000): Promise<string> {
  const host = { ...hostOn(), environment };
  // The machine's own engine is not for tests.
  const status: Host['files']['status'] = (path) =>
    path.startsWith(folder) ? host.files.status(path) : Promise.resolve(null);
  return await withAccess(
    async (access) => {
      try {
        const saved = await saveFromEngine(name, access);
        return 'problem' in saved ? `${saved.problem} | ${saved.hint}` : await readFile(saved.path, 'utf8');
      } catch (error) {
        if (error instanceof Error && 'hint' in error) return `usage: ${error.message}`;
        throw error;
      }
    },
    { host: { ...host, files: { ...host.files, status } } },
    spoolLimit,
  );
}

describe('an image of an engine', () => {
  it.each([
    ['app:1', 'app:1'],
    ['team/app', 'team/app:latest'],
    [`app@sha256:${'0'.repeat(64)}`, `app@sha256:${'0'.repeat(64)}`],
  ])('%s is streamed into a file', async (name, saved) => {
    const socket = join(folder, 'engine.sock');
    const requests = await withEngine(socket, images, async () => {
      expect(await outcome(name, { DOCKER_HOST: `unix://${socket}` })).toBe(archive.toString());
    });
    expect(requests).toEqual([`GET /images/${name}/json`, `GET /images/${saved}/get`]);
  });

  it.each(['abab', 'ab'.repeat(32), `sha256:${'ab'.repeat(32)}`])('%s is an identifier', async (name) => {
    const socket = join(folder, 'engine.sock');
    const requests = await withEngine(socket, { [name]: archive }, async () => {
      expect(await outcome(name, { DOCKER_HOST: `unix://${socket}` })).toBe(archive.toString());
    });
    expect(requests[1]).toBe(`GET /images/${name}/get`);
  });

  it.each([
    ['CONTAINER_HOST', 'podman.sock', (path: string) => ({ CONTAINER_HOST: `unix://${path}` })],
    ['a runtime folder with Docker’s socket', 'docker.sock', (path: string) => ({ XDG_RUNTIME_DIR: dirname(path) })],
    [
      'a runtime folder with Podman’s',
      'podman/podman.sock',
      (path: string) => ({ XDG_RUNTIME_DIR: join(path, '../..') }),
    ],
    ['a home with Docker Desktop’s', '.docker/run/docker.sock', (path: string) => ({ HOME: join(path, '../../..') })],
  ])('is found by %s', async (_, place, environmentFor) => {
    const socket = join(folder, place);
    await mkdir(dirname(socket), { recursive: true });
    await withEngine(socket, images, async () => {
      expect(await outcome('app:1', environmentFor(socket))).toBe(archive.toString());
    });
  });

  it('is looked for in the next engine when the first has ended or has not got it', async () => {
    const [docker, podman] = [join(folder, 'docker.sock'), join(folder, 'podman/podman.sock')];
    await mkdir(dirname(podman));
    await writeFile(docker, 'no socket');
    await withEngine(podman, images, async () => {
      expect(await outcome('app:1', { XDG_RUNTIME_DIR: folder })).toBe(archive.toString());
      expect(await outcome('app:2', { XDG_RUNTIME_DIR: folder })).toBe('usage: the engine has no image app:2');
    });
  });
});

describe('an engine that cannot be used is a problem', () => {
  it.each([
    [
      'none is there',
      () => ({}),
      'was not examined: no container engine was found | start Docker or Podman, or set DOCKER_HOST to its socket; elsewhere docker save app:1 -o image.tar, then --image image.tar',
    ],
    [
      'it is far away',
      () => ({ DOCKER_HOST: 'tcp://build.example:2376' }),
      'was not examined: DOCKER_HOST names no unix socket, and no other engine is asked | docker save app:1 -o image.tar, then --image image.tar',
    ],
    [
      'it has ended',
      () => ({ DOCKER_HOST: `unix://${folder}/engine.sock` }),
      'was not examined: the engine at FOLDER/engine.sock does not exist | start the engine, or set DOCKER_HOST to its socket; elsewhere docker save app:1 -o image.tar, then --image image.tar',
    ],
  ])('%s', async (_, environmentFor, expected) => {
    expect((await outcome('app:1', environmentFor())).replaceAll(folder, 'FOLDER')).toBe(expected);
  });

  it('it may not be used', async () => {
    const host = { ...hostOn(), environment: { DOCKER_HOST: 'unix:///run/engine.sock' } };
    const send: Host['send'] = async (request) => {
      const { NetworkError } = await import('../../../src/host/network.ts');
      throw new NetworkError('EACCES', 'permission denied', String(request.socket));
    };
    const saved = await withAccess((access) => saveFromEngine('app:1', access), { host: { ...host, send } });
    expect(saved).toEqual({
      problem: 'was not examined: the engine at /run/engine.sock cannot be used: permission denied',
      hint: 'run as a user who may use the engine (root, or a member of the group docker), or docker save app:1 -o image.tar, then --image image.tar',
    });
  });

  it.each<[string, Parameters<typeof withEngine>[3], string]>([
    [
      'it fails',
      (_, response) => {
        response.writeHead(500).end('{}');
        return true;
      },
      'cannot be fetched: the engine at FOLDER/engine.sock answers with status 500 | see what docker save says about it',
    ],
    [
      'it answers nonsense',
      (_, response) => {
        response.end('<html>');
        return true;
      },
      'cannot be fetched: the engine at FOLDER/engine.sock answers with status 200 | see what docker save says about it',
    ],
    [
      'its stream breaks off',
      (request, response) => {
        if (request.url?.endsWith('/get') !== true) return false;
        response.write('part', () => response.destroy());
        return true;
      },
      'cannot be fetched: the engine at FOLDER/engine.sock broke the connection off | check the connection, and run again',
    ],
    [
      'its stream has no end',
      (request, response) => {
        if (request.url?.endsWith('/get') !== true) return false;
        const more = () => response.write(Buffer.alloc(65536), () => more());
        more();
        return true;
      },
      'was not examined: it needs more than 1.0 kB of temporary disk space | raise --spool-limit, or point TMPDIR at a disk with room',
    ],
  ])('%s', async (_, intercept, expected) => {
    const socket = join(folder, 'engine.sock');
    await withEngine(
      socket,
      images,
      async () => {
        const result = await outcome('app:1', { DOCKER_HOST: `unix://${socket}` });
        expect(result.replaceAll(folder, 'FOLDER')).toBe(expected);
      },
      intercept,
    );
  });

  it('it does not speak HTTP', async () => {
    const socket = join(folder, 'engine.sock');
    const server = createServer((connection) => connection.end('SSH-2.0-OpenSSH\r\n'));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    expect(await outcome('app:1', { DOCKER_HOST: `unix://${socket}` })).toMatch(
      /^cannot be fetched: the engine at .* sends what is no HTTP \(HPE_/,
    );
    server.close();
  });
});

describe('what the user named wrongly', () => {
  it('is an image that is not there', async () => {
    const socket = join(folder, 'engine.sock');
    await withEngine(socket, images, async () => {
      const environment = { DOCKER_HOST: `unix://${socket}` };
      expect(await outcome('app:2', environment)).toBe('usage: the engine has no image app:2');
    });
  });

  it.each(['UPPER', '../../info', 'app:1/../../info', 'a b', 'app?x=1', 'app#x', ''])(
    'is no name: %j',
    async (name) => {
      expect(await outcome(name, {})).toBe(`usage: docker-daemon:${name} names no image`);
    },
  );
});
