import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { neutralise } from '../domain/neutral-text.ts';
import { createExecute } from './execute.ts';
import { createFileSystem } from './files.ts';
import type { Host, Machine } from './host.ts';
import { sendRequest } from './node-network.ts';
import { createNodeProgress } from './node-progress.ts';

/** The layer worker's bundle lies beside the program's own; in tests that run the sources there is none. */
function findLayerWorker(programUrl: string): URL | null {
  const script = new URL('./layer-worker.js', programUrl);
  return existsSync(script) ? script : null;
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

function machineOf(platform: string, architecture: string): Machine {
  return { os: platform === 'win32' ? 'windows' : platform, architecture: architectures[architecture] ?? architecture };
}

/** The host of a real run. `programUrl` is the entry's `import.meta.url`. */
export function createNodeHost(programUrl: string): Host {
  return {
    files: createFileSystem(),
    execute: createExecute(),
    send: sendRequest,
    environment: process.env,
    machine: machineOf(process.platform, process.arch),
    clock: {
      now: () => performance.now(),
      today: () => new Date().toISOString().slice(0, 10),
    },
    processors: availableParallelism(),
    layerWorker: findLayerWorker(programUrl),
    programUrl,
    log: (line) => process.stderr.write(`${neutralise(line)}\n`),
    progress: createNodeProgress(),
  };
}
