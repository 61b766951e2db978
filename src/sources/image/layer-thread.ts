import { Worker } from 'node:worker_threads';
import type { Host } from '../../host/host.ts';

/** A thread that was started before there is anything to do for it. */
let waiting: Worker | null = null;

/**
 * Starts a worker thread for layers while the program does what has to come before them: it takes 50 ms until a thread can
 * begin. It does not keep the process alive.
 */
export function prepareThread({ layerWorker, processors }: Pick<Host, 'layerWorker' | 'processors'>): void {
  if (layerWorker === null || processors < 2 || waiting !== null) return;
  const worker = new Worker(layerWorker);
  worker.unref();
  // Whoever needs a thread then starts another one, and meets the same.
  worker.once('error', () => {
    if (waiting === worker) waiting = null;
  });
  waiting = worker;
}

/** The thread that was prepared, or a new one. */
export function takeThread(script: URL): Worker {
  const worker = waiting ?? new Worker(script);
  waiting = null;
  worker.ref();
  return worker;
}

/** Ends a thread that nobody took. */
export async function dismissThread(): Promise<void> {
  const worker = waiting;
  waiting = null;
  await worker?.terminate();
}
