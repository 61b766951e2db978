import { Worker } from 'node:worker_threads';
import type { Host } from '../../host/host.ts';
import type { ProgressTask } from '../../host/progress.ts';
import { watchReads } from '../../host/watch-reads.ts';
import { type CachedScan, scanWithCache } from './cached-scan.ts';
import type { LayerCache } from './layer-cache.ts';
import type { LayerTask } from './layer-scan.ts';

/** Below this a worker's start costs more than it saves. */
const workerThreshold = 48 * 1024 * 1024;

/** What a worker is sent. */
export interface WorkerRequest {
  readonly index: number;
  readonly task: LayerTask;
  readonly cache: LayerCache | null;
}

/** What it sends back: now and then how many more bytes it read, at the end the result. */
export type WorkerReply =
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'done'; readonly index: number; readonly result: CachedScan };

/** What scanning needs of the outside world. */
export type PoolHost = Pick<Host, 'files' | 'processors' | 'layerWorker' | 'progress'>;

/** Hands out the layers, the largest first, and collects the results. */
interface Round {
  next(): WorkerRequest | null;
  read(bytes: number): void;
  done(index: number, result: CachedScan): void;
}

function runWorker(script: URL, round: Round): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script);
    const feed = () => {
      const request = round.next();
      if (request === null) void worker.terminate().then(() => resolve(), reject);
      else worker.postMessage(request);
    };
    worker.on('message', (reply: WorkerReply) => {
      if (reply.kind === 'read') {
        round.read(reply.bytes);
        return;
      }
      round.done(reply.index, reply.result);
      feed();
    });
    worker.on('error', reject);
    feed();
  });
}

async function scanHere(round: Round, host: PoolHost): Promise<void> {
  const files = watchReads(host.files, round.read);
  for (let own = round.next(); own !== null; own = round.next()) {
    round.done(own.index, await scanWithCache(own.task, own.cache, files));
  }
}

function startRound(
  tasks: readonly LayerTask[],
  cache: LayerCache | null,
  results: Map<number, CachedScan>,
  progress: ProgressTask,
): Round {
  const queue = tasks
    .map((task, index) => ({ index, task, cache }))
    .sort((a, b) => b.task.blob.size - a.task.blob.size);
  return {
    next: () => queue.shift() ?? null,
    read: progress.advance,
    done(index, result) {
      results.set(index, result);
      progress.say(`${results.size} of ${tasks.length} done`);
    },
  };
}

/**
 * All layers of a run, the largest first: in this thread and, when they are large enough to pay for them, in worker
 * threads; this one is busy while the others start. The answers come in the order of `tasks`.
 */
export async function scanLayers(
  tasks: readonly LayerTask[],
  cache: LayerCache | null,
  host: PoolHost,
): Promise<readonly CachedScan[]> {
  const total = tasks.reduce((sum, task) => sum + task.blob.size, 0);
  const isWorthThreads = tasks.length > 1 && host.processors > 1 && total > workerThreshold;
  const results = new Map<number, CachedScan>();
  const progress = host.progress.begin('reading layers', total);
  progress.say(`0 of ${tasks.length} done`);
  try {
    const round = startRound(tasks, cache, results, progress);
    const script = isWorthThreads ? host.layerWorker : null;
    const others = { length: script === null ? 0 : Math.min(host.processors, tasks.length) - 1 };
    await Promise.all([
      scanHere(round, host),
      ...Array.from(others, () => (script === null ? Promise.resolve() : runWorker(script, round))),
    ]);
  } finally {
    progress.end();
  }
  return tasks.flatMap((_, index) => results.get(index) ?? []);
}
