import type { Worker } from 'node:worker_threads';
import { describeSize } from '../../domain/byte-size.ts';
import { defaultLimits, overLimit } from '../../domain/image-limits.ts';
import type { FileSystem, Host } from '../../host/host.ts';
import type { ProgressTask } from '../../host/progress.ts';
import { watchReads } from '../../host/watch-reads.ts';
import { type CachedScan, scanWithCache } from './cached-scan.ts';
import { decompressApart } from './decompress-apart.ts';
import type { LayerCache } from './layer-cache.ts';
import { type Decompress, type LayerTask, storedCompression } from './layer-scan.ts';
import { takeThread } from './layer-thread.ts';
import { PathBudget } from './path-budget.ts';

/** Below this a worker's start costs more than it saves. */
const workerThreshold = 48 * 1024 * 1024;

/** What a worker is sent; or a DecompressionRequest. */
export interface ScanRequest {
  readonly kind: 'scan';
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
  next(): ScanRequest | null;
  read(bytes: number): void;
  done(index: number, result: CachedScan): void;
}

/** Has a worker take layers from the round, once it is told to begin, until there are none; then it ends. */
function runWorker(worker: Worker, round: Round, begin: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
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
    void begin.then(feed);
  });
}

/** `unpack` is for the first layer. */
async function scanHere(round: Round, host: PoolHost, unpack: Unpacking | null): Promise<void> {
  const files = watchReads(host.files, round.read);
  let unpackOwn = unpack?.decompress;
  for (let own = round.next(); own !== null; own = round.next()) {
    round.done(own.index, await scanWithCache(own.task, own.cache, files, unpackOwn));
    unpackOwn = undefined;
    unpack?.end();
  }
}

/** A worker lent to unpack one layer. */
interface Unpacking {
  readonly decompress: Decompress;
  /** Settles when it is free for layers of its own. */
  readonly ended: Promise<void>;
  end(): void;
}

function lend(worker: Worker): Unpacking {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const decompress: Decompress = async function* (chunks, compression) {
    yield* decompressApart(chunks, compression, worker);
    end();
  };
  return { decompress, ended, end };
}

function startRound(
  tasks: readonly LayerTask[],
  cache: LayerCache | null,
  results: PathBudget,
  progress: ProgressTask,
): Round {
  const queue = tasks
    .map((task, index) => ({ kind: 'scan' as const, index, task, cache }))
    .sort((a, b) => b.task.blob.size - a.task.blob.size);
  return {
    next: () => queue.shift() ?? null,
    read: progress.advance,
    done(index, result) {
      results.add(index, result);
      progress.say(`${results.count} of ${tasks.length} done`);
    },
  };
}

/** Whether one layer takes longer than all the others: a compressed one, as large as they are together. */
async function isLopsided(tasks: readonly LayerTask[], total: number, files: FileSystem): Promise<boolean> {
  const dominant = tasks.find((task) => 2 * task.blob.size > total);
  if (dominant === undefined) return false;
  const compression = await storedCompression(dominant.blob, files);
  return compression === 'gzip' || compression === 'zstd';
}

/** The results in the order of the tasks. */
export interface ScannedLayers {
  readonly scans: readonly CachedScan[];
  /** The limit that the path tables of all layers reached, so that none was kept; null: they were. */
  readonly lostPaths: string | null;
}

/**
 * All layers of a run, the largest first: in this thread and, when they are large enough to pay for them, in worker
 * threads; this one is busy while the others start. A layer that outweighs the others is unpacked by a worker.
 */
export async function scanLayers(
  tasks: readonly LayerTask[],
  cache: LayerCache | null,
  host: PoolHost,
): Promise<ScannedLayers> {
  const limits = tasks[0]?.limits ?? defaultLimits;
  const total = tasks.reduce((sum, task) => sum + task.blob.size, 0);
  const script = host.processors > 1 && total > workerThreshold ? host.layerWorker : null;
  const results = new PathBudget(limits.allPathBytes);
  const progress = host.progress.begin('reading layers', total);
  progress.say(`0 of ${tasks.length} done`);
  try {
    const round = startRound(tasks, cache, results, progress);
    const isShared = script !== null && (await isLopsided(tasks, total, host.files));
    const count = script === null ? 0 : Math.min(host.processors, tasks.length + (isShared ? 1 : 0)) - 1;
    const workers = Array.from({ length: count }, () => (script === null ? [] : [takeThread(script)])).flat();
    const unpacking = isShared && workers[0] !== undefined ? lend(workers[0]) : null;
    await Promise.all([
      scanHere(round, host, unpacking),
      ...workers.map((worker, index) =>
        runWorker(worker, round, index === 0 && unpacking !== null ? unpacking.ended : Promise.resolve()),
      ),
    ]);
  } finally {
    progress.end();
  }
  const what = `the paths of all layers take more than ${describeSize(limits.allPathBytes)}`;
  return {
    scans: tasks.flatMap((_, index) => results.resultOf(index) ?? []),
    lostPaths: results.isExceeded ? overLimit(limits, 'all-paths-mib', what) : null,
  };
}
