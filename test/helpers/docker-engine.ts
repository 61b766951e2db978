import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDaemon } from './guard.ts';
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

function engineCommand(folder: string): readonly string[] {
  return [
    pathOf(dockerd),
    `--data-root=${join(folder, 'data')}`,
    `--exec-root=${join(folder, 'exec')}`,
    `--pidfile=${join(folder, 'docker.pid')}`,
    `--host=${socketIn(folder)}`,
    '--iptables=false',
    '--bridge=none',
  ];
}

function socketIn(folder: string): string {
  return `unix://${join(folder, 'docker.sock')}`;
}

export async function startDockerEngine(): Promise<DockerEngine> {
  const environmentIn = (folder: string) => ({ DOCKER_HOST: socketIn(folder), DOCKER_CONFIG: folder });
  const { folder, stop } = await startDaemon(engineCommand, async (place) => {
    const { exitCode } = await execute(pathOf(docker), ['version'], { environment: environmentIn(place) });
    return exitCode === 0;
  });
  const environment = environmentIn(folder);
  return {
    host: socketIn(folder),
    docker: (words, more = {}) => perform(pathOf(docker), words, { environment: { ...environment, ...more } }),
    stop,
  };
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
