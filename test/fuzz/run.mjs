import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

const usage = `npm run fuzz -- [--count N] [--seed S]
  --count N  inputs in total (default: 1000000)
  --seed S   where the random numbers begin (default: 20261122); the same seed gives the same inputs`;

/** Without a sign of life for so long, an input hangs. */
const silenceMilliseconds = 30_000;
/** The worker's heap, and all of the process. */
const heapMegabytes = 128;
const mostMegabytes = 384;

function readOptions(words) {
  const options = { count: 1_000_000, seed: 20_261_122 };
  for (let index = 0; index < words.length; index += 2) {
    const name = words[index]?.slice(2);
    const value = Number(words[index + 1]);
    if (!words[index]?.startsWith('--') || !(name in options) || !Number.isSafeInteger(value) || value < 1)
      throw new Error(`cannot make sense of ${words.slice(index, index + 2).join(' ')}\n${usage}`);
    options[name] = value;
  }
  return options;
}

/** A package that reads a file beside it is not bundled. */
function asItIs(name) {
  const found = { path: import.meta.resolve(name), external: true };
  return { name, setup: ({ onResolve }) => onResolve({ filter: new RegExp(`^${name}$`) }, () => found) };
}

/** Runs the fuzzer in a thread, so that a hang is noticed; rejects with what went wrong. */
function watch(script, options) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, {
      workerData: options,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    let last = 'the start';
    const give = () => {
      reject(new Error(`an input after ${last} hangs (seed ${options.seed})`));
      void worker.terminate();
    };
    let timer = setTimeout(give, silenceMilliseconds);
    worker.on('message', (message) => {
      clearTimeout(timer);
      if (message.kind === 'done') return resolve(message);
      last = `${message.reader} ${message.index}`;
      timer = setTimeout(give, silenceMilliseconds);
    });
    worker.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

const options = readOptions(process.argv.slice(2));
const folder = mkdtempSync(join(tmpdir(), 'hullcheck-fuzz-'));
try {
  const script = join(folder, 'fuzz.mjs');
  const entry = fileURLToPath(new URL('fuzz.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    plugins: [asItIs('node-sqlite3-wasm')],
  });
  const started = performance.now();
  const { tallies } = await watch(script, options);
  const peak = process.resourceUsage().maxRSS / 1024;
  for (const { reader, inputs, problems, slowest } of tallies)
    console.log(`${reader}: ${inputs} inputs, ${problems} with a problem, slowest ${slowest.toFixed(0)} ms`);
  const seconds = (performance.now() - started) / 1000;
  console.log(`seed ${options.seed}, ${seconds.toFixed(0)} s, at most ${peak.toFixed(0)} MiB`);
  if (peak > mostMegabytes) throw new Error(`it took more than ${mostMegabytes} MiB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
