import { parentPort } from 'node:worker_threads';
import { createFileSystem } from './host/files.ts';
import { watchReads } from './host/watch-reads.ts';
import { scanWithCache } from './sources/image/cached-scan.ts';
import { type DecompressionRequest, serveDecompression } from './sources/image/decompress-apart.ts';
import type { ScanRequest, WorkerReply } from './sources/image/layer-pool.ts';

const reportMilliseconds = 100;

let unreported = 0;
let reported = performance.now();

function reply(message: WorkerReply): void {
  parentPort?.postMessage(message, message.kind === 'done' ? memoryOf(message.result.scan.content.paths) : []);
}

/** Memory that holds nothing else is handed over instead of copied. */
function memoryOf({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}

function reportReading(): void {
  if (unreported > 0) reply({ kind: 'read', bytes: unreported });
  unreported = 0;
  reported = performance.now();
}

const files = watchReads(createFileSystem(), (bytes) => {
  unreported += bytes;
  if (performance.now() - reported > reportMilliseconds) reportReading();
});

/** Thread entry: one layer in, its scan out, and now and then how much was read; or what to decompress for another thread. */
parentPort?.on('message', async (request: ScanRequest | DecompressionRequest) => {
  if (request.kind === 'decompress') {
    await serveDecompression(request);
    return;
  }
  const { index, task, cache } = request;
  const result = await scanWithCache(task, cache, files);
  reportReading();
  reply({ kind: 'done', index, result });
});
