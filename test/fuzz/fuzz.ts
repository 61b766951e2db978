import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createRandom, type Random } from '../hostile/random.ts';
import { createDocumentsCase } from './documents-case.ts';
import { createGzipCase } from './gzip-case.ts';
import { createRpmCase } from './rpm-case.ts';
import { createTarCase } from './tar-case.ts';
import { createZstdCase } from './zstd-case.ts';

/** One reader under test: reads one random input, and says whether it told of a problem. Anything thrown is a defect. */
export type FuzzCase = (random: Random) => boolean | Promise<boolean>;

/** One input may take as long: they are a few kB each. */
const mostMilliseconds = 2000;
const reportEvery = 2000;
const turnEvery = 100;

/** Shares of the inputs, in percent. */
const readers: readonly (readonly [string, number, FuzzCase])[] = [
  ['tar', 45, createTarCase()],
  ['gzip', 10, createGzipCase()],
  ['zstd frames', 15, createZstdCase()],
  ['indexes, manifests, configs and provenance', 15, createDocumentsCase()],
  ["rpm's databases", 15, createRpmCase()],
];

interface Options {
  readonly count: number;
  readonly seed: number;
}

function isOptions(value: unknown): value is Options {
  return typeof value === 'object' && value !== null && 'count' in value && 'seed' in value;
}

async function runReader(reader: string, read: FuzzCase, inputs: number, seed: number) {
  let problems = 0;
  let slowest = 0;
  for (let index = 0; index < inputs; index++) {
    const started = performance.now();
    try {
      if (await read(createRandom(seed + index))) problems += 1;
    } catch (error) {
      throw new Error(`${reader}, --seed ${seed + index} --count 1 of this reader: ${String(error)}`, { cause: error });
    }
    slowest = Math.max(slowest, performance.now() - started);
    if (slowest > mostMilliseconds) throw new Error(`${reader}, input ${index} took ${slowest} ms (seed ${seed})`);
    // Node's own zlib, which ours is compared with, frees its memory in turns of the event loop.
    if (index % turnEvery === 0) await setImmediate();
    if (index % reportEvery === 0) parentPort?.postMessage({ kind: 'progress', reader, index });
  }
  return { reader, inputs, problems, slowest };
}

const options: unknown = workerData;
if (!isOptions(options)) throw new Error('started without options');
const tallies = [];
for (const [reader, share, read] of readers)
  tallies.push(await runReader(reader, read, Math.ceil((options.count * share) / 100), options.seed));
parentPort?.postMessage({ kind: 'done', tallies });
