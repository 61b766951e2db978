import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/domain/image-limits.ts';
import type { FileSystem, OpenFile } from '../../../src/host/host.ts';
import type { Progress } from '../../../src/host/progress.ts';
import { type PoolHost, scanLayers } from '../../../src/sources/image/layer-pool.ts';
import type { LayerTask } from '../../../src/sources/image/layer-scan.ts';
import { silentProgress } from '../../helpers/silent-progress.ts';

const megabyte = 1024 * 1024;

/** Every file is zeros: an empty tar. */
const zeros: OpenFile = {
  size: 64 * megabyte,
  readAt: async (target) => {
    target.fill(0);
    return target.length;
  },
  close: async () => undefined,
};

const unused = () => Promise.reject(new Error('not expected here'));
const files: FileSystem = {
  status: unused,
  realPath: unused,
  list: unused,
  open: async () => zeros,
  read: unused,
  write: unused,
  writeNew: unused,
  rename: unused,
  touch: unused,
  makeFolder: unused,
  link: unused,
  hold: unused,
  makeTemporaryFolder: unused,
  remove: unused,
};

/** A worker that reads nothing and answers with a problem of its own, so that its answers are told apart. */
const answering = (problem: string) =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`
      import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ index, task }) => {
        const content = { entries: 0, paths: new Uint8Array(), matches: [], keys: [], packageLists: [], secrets: [], problems: [] };
        parentPort.postMessage({ kind: 'read', bytes: task.blob.size });
        const scan = { content, bytes: task.blob.size, stored: null, problems: ['${problem}'] };
        parentPort.postMessage({ kind: 'done', index, result: { scan, use: null } });
      });
    `)}`,
  );

function task(megabytes: number): LayerTask {
  const size = megabytes * megabyte;
  const diffId = `sha256:${createHash('sha256').update(Buffer.alloc(size)).digest('hex')}`;
  const interest = { fileNames: [], hashPaths: [], identityKey: new Uint8Array(32) };
  return { blob: { file: '/image.tar', offset: 0, size }, digest: null, diffId, interest, limits: defaultLimits };
}

async function scanAll(tasks: readonly LayerTask[], host: Omit<PoolHost, 'progress'>, progress = silentProgress) {
  const { scans } = await scanLayers(tasks, null, { ...host, progress });
  return scans.map(({ scan }) => scan);
}

describe('scanLayers', () => {
  const tasks = [1, 20, 2, 24, 16].map(task);

  it('answers in the order of the tasks, whoever scanned them', async () => {
    const host = { files, processors: 3, layerWorker: answering('by a worker') };
    const scans = await scanAll(tasks, host);
    expect(scans.map((scan) => scan.bytes)).toEqual(tasks.map((layer) => layer.blob.size));
    const problems = scans.map((scan) => scan.problems.join());
    expect(problems).toContain('by a worker');
    expect(problems[3], 'the largest is scanned in this thread').toBe('');
  });

  it.each([
    ['there is no worker', { processors: 4, layerWorker: null }],
    ['there is one processor', { processors: 1, layerWorker: answering('by a worker') }],
  ])('scans in this thread where %s', async (_, host) => {
    const scans = await scanAll(tasks, { files, ...host });
    expect(scans.map((scan) => [scan.bytes, scan.problems])).toEqual(tasks.map((layer) => [layer.blob.size, []]));
  });

  it('starts no worker for little', async () => {
    const host = { files, processors: 4, layerWorker: answering('by a worker') };
    const scans = await scanAll([task(1), task(2)], host);
    expect(scans.flatMap((scan) => scan.problems)).toEqual([]);
  });

  it('tells of every byte that is read, in whatever thread, and how many layers are done', async () => {
    const told = { total: -1, bytes: 0, where: '', ends: 0 };
    const progress: Progress = {
      begin(_, total) {
        told.total = total ?? -1;
        return {
          advance(bytes) {
            told.bytes += bytes;
          },
          say(where) {
            told.where = where;
          },
          end() {
            told.ends += 1;
          },
        };
      },
    };
    await scanAll(tasks, { files, processors: 3, layerWorker: answering('by a worker') }, progress);
    const size = tasks.reduce((sum, layer) => sum + layer.blob.size, 0);
    expect(told).toMatchObject({ total: size, where: '5 of 5 done', ends: 1 });
    expect(told.bytes).toBeGreaterThanOrEqual(size);
    expect(told.bytes, 'and the few that tell the compression').toBeLessThan(size + 1000);
  });

  it('rejects when a worker crashes', async () => {
    const host = { files, processors: 2, layerWorker: new URL("data:text/javascript,throw new Error('crashed')") };
    await expect(scanAll(tasks, host)).rejects.toThrow('crashed');
  });
});
