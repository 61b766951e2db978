import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { busybox, docker, dockerd, type Part, pathOf, root } from './parts.ts';
import { execute, perform } from './program.ts';

/** What an engine of our own needs. */
export const engineParts: readonly Part[] = [root, dockerd, docker];

/** A Docker engine with its own storage and socket: nothing of the machine's engine is seen or touched. */
export interface DockerEngine {
  /** What DOCKER_HOST is for it. */
  readonly host: string;
  docker(words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>;
  /** Stops the engine and removes its storage; may be called twice. */
  stop(): Promise<void>;
}

const startSeconds = 60;

/**
 * Runs the engine until standard input closes, which is also what happens when this process dies in whatever way; then
 * stops it, and removes its folder with the mounts that a killed engine leaves behind.
 */
const guard = `
folder=$1; shift
"$@" >"$folder/log" 2>&1 &
daemon=$!
cat >/dev/null
kill "$daemon"
for _ in {1..200}; do kill -0 "$daemon" 2>/dev/null || break; sleep 0.1; done
kill -9 "$daemon" 2>/dev/null
wait "$daemon"
findmnt --raw --noheadings --output TARGET | grep "^$folder/" | tac | xargs --no-run-if-empty umount --lazy
rm -rf --one-file-system "$folder"
`;

function startGuard(folder: string, socket: string): ChildProcess {
  const words = [
    pathOf(dockerd),
    `--data-root=${join(folder, 'data')}`,
    `--exec-root=${join(folder, 'exec')}`,
    `--pidfile=${join(folder, 'docker.pid')}`,
    `--host=${socket}`,
    '--iptables=false',
    '--bridge=none',
  ];
  // A session of its own, so that an interrupt from the terminal does not end the guard before the engine.
  return spawn('bash', ['-c', guard, 'bash', folder, ...words], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
}

async function awaitAnswer(folder: string, isReady: () => Promise<boolean>): Promise<void> {
  for (let tenths = 0; tenths < startSeconds * 10; tenths++) {
    if (await isReady()) return;
    await wait(100);
  }
  throw new Error(`dockerd does not answer:\n${(await readFile(join(folder, 'log'), 'utf8')).slice(-4000)}`);
}

export async function startDockerEngine(): Promise<DockerEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'hullcheck-engine-'));
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const environment = { DOCKER_HOST: socket, DOCKER_CONFIG: folder };
  const guardian = startGuard(folder, socket);
  const ended = once(guardian, 'exit');
  const engine: DockerEngine = {
    host: socket,
    docker: (words, more = {}) => perform(pathOf(docker), words, { environment: { ...environment, ...more } }),
    async stop() {
      guardian.stdin?.end();
      await ended;
    },
  };
  try {
    const isReady = async () => (await execute(pathOf(docker), ['version'], { environment })).exitCode === 0;
    await awaitAnswer(folder, isReady);
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

/** What stands in for the packages a real base has: enough for the stacks' RUN lines, without a network. */
const stubs = {
  node: '#!/bin/sh\nexit 0\n',
  npm: '#!/bin/sh\nmkdir -p node_modules/pg\necho \'{"name":"pg","version":"8.13.1"}\' > node_modules/pg/package.json\n',
};

/** Imports a base image of a static busybox with `npm` and `node` as stubs. */
export async function importBase(engine: DockerEngine, tag: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hullcheck-base-'));
  try {
    const rootFolder = join(folder, 'root');
    for (const path of ['bin', 'etc', 'tmp', 'usr/local/bin']) await mkdir(join(rootFolder, path), { recursive: true });
    await cp(pathOf(busybox), join(rootFolder, 'bin/busybox'));
    for (const name of ['sh', 'mkdir', 'rm', 'chown', 'echo']) await symlink('busybox', join(rootFolder, 'bin', name));
    await writeFile(join(rootFolder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
    await writeFile(join(rootFolder, 'etc/os-release'), 'ID=test\nVERSION_ID=1\n');
    for (const [name, script] of Object.entries(stubs)) {
      await writeFile(join(rootFolder, 'usr/local/bin', name), script);
      await chmod(join(rootFolder, 'usr/local/bin', name), 0o755);
    }
    await perform('tar', ['-C', rootFolder, '-cf', join(folder, 'base.tar'), '.']);
    const path = '--change=ENV PATH=/usr/local/bin:/bin';
    await engine.docker(['import', path, join(folder, 'base.tar'), tag]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
