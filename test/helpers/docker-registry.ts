import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { dockerRegistry, pathOf } from './parts.ts';

/** The distribution registry on loopback, with its own storage. */
export interface DockerRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  stop(): Promise<void>;
}

const startSeconds = 20;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  server.close();
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('there is no free port');
}

async function awaitAnswer(url: string, registry: ChildProcess): Promise<void> {
  for (let tenths = 0; tenths < startSeconds * 10; tenths++) {
    if (registry.exitCode !== null) break;
    const isReady = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isReady) return;
    await wait(100);
  }
  throw new Error(`docker-registry does not answer at ${url}`);
}

/** Starts it; with a `realm`, its `silly` login is on, which takes any token and says that `realm` gives one. */
export async function startDockerRegistry(realm: string | null = null): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'hullcheck-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  const auth = realm === null ? [] : ['auth:', `  silly: { realm: "${realm}", service: "test" }`];
  const config = [
    'version: 0.1',
    'log: { level: error }',
    `storage: { filesystem: { rootdirectory: ${join(folder, 'data')} } }`,
    `http: { addr: "${host}" }`,
    ...auth,
  ];
  await writeFile(join(folder, 'config.yml'), `${config.join('\n')}\n`);
  const registry = spawn(pathOf(dockerRegistry), ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const kill = () => registry.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    if (registry.exitCode === null && registry.signalCode === null) {
      const ended = once(registry, 'exit');
      registry.kill('SIGKILL');
      await ended;
    }
    process.off('exit', kill);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await awaitAnswer(`http://${host}/v2/`, registry);
    return { host, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
