import { Worker } from 'node:worker_threads';
import type { FileSystem } from '../../host/host.ts';
import { type LayerScan, type LayerTask, scanLayer } from './layer-scan.ts';

/** Below this a worker's start costs more than it saves. */
const workerThreshold = 48 * 1024 * 1024;

/** What a worker is sent and sends back. */
export interface WorkerRequest {
  readonly index: number;
  readonly task: LayerTask;
}

export interface WorkerReply {
  readonly index: number;
  readonly scan: LayerScan;
}

/** Scans in this thread, one after the other. */
async function scanHere(tasks: readonly LayerTask[], files: FileSystem): Promise<readonly LayerScan[]> {
  const scans: LayerScan[] = [];
  for (const task of tasks) scans.push(await scanLayer(task, files));
  return scans;
}

function runWorker(script: URL, next: () => WorkerRequest | null, done: (reply: WorkerReply) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script);
    const feed = () => {
      const request = next();
      if (request === null) void worker.terminate().then(() => resolve(), reject);
      else worker.postMessage(request);
    };
    worker.on('message', (reply: WorkerReply) => {
      done(reply);
      feed();
    });
    worker.on('error', reject);
    feed();
  });
}

/**
 * Scans in this thread and in worker threads, `count` in all, the largest layers first: this one is busy while the
 * others start. The answers come in the order of `tasks`.
 */
async function scanInThreads(
  tasks: readonly LayerTask[],
  files: FileSystem,
  script: URL,
  count: number,
): Promise<readonly LayerScan[]> {
  const queue = tasks.map((task, index) => ({ index, task })).sort((a, b) => b.task.blob.size - a.task.blob.size);
  const scans = new Map<number, LayerScan>();
  const next = () => queue.shift() ?? null;
  const done = (reply: WorkerReply) => scans.set(reply.index, reply.scan);
  const scanOwnShare = async () => {
    for (let own = next(); own !== null; own = next()) scans.set(own.index, await scanLayer(own.task, files));
  };
  const others = { length: Math.min(count, tasks.length) - 1 };
  await Promise.all([scanOwnShare(), ...Array.from(others, () => runWorker(script, next, done))]);
  return tasks.flatMap((_, index) => scans.get(index) ?? []);
}

/** All layers of a run, in threads when they are large enough to pay for them. `script` is the worker's entry, null when there is none. */
export async function scanLayers(
  tasks: readonly LayerTask[],
  host: { readonly files: FileSystem; readonly processors: number; readonly layerWorker: URL | null },
): Promise<readonly LayerScan[]> {
  const total = tasks.reduce((sum, task) => sum + task.blob.size, 0);
  const isWorthThreads = tasks.length > 1 && host.processors > 1 && total > workerThreshold;
  if (host.layerWorker === null || !isWorthThreads) return await scanHere(tasks, host.files);
  return await scanInThreads(tasks, host.files, host.layerWorker, host.processors);
}
