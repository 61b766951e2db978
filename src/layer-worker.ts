import { parentPort } from 'node:worker_threads';
import { createFileSystem } from './host/files.ts';
import type { WorkerRequest } from './sources/image/layer-pool.ts';
import { scanLayer } from './sources/image/layer-scan.ts';

const files = createFileSystem();

/** Thread entry: one layer in, its scan out. */
parentPort?.on('message', async ({ index, task }: WorkerRequest) => {
  parentPort?.postMessage({ index, scan: await scanLayer(task, files) });
});
