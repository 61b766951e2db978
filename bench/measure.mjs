import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** What a measured program may end with: 1 is a verdict too. */
const allowedCodes = [0, 1];
const preload = new URL('./peak-memory.mjs', import.meta.url);

/** @typedef {{ program: string, words: readonly string[] }} Command */

/** Runs a command to its end and returns what it printed; a failure ends the bench, as its time would mean nothing. */
export function runOnce({ program, words }) {
  const result = spawnSync(program, words, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (result.error !== undefined) throw new Error(`${program} did not start: ${result.error.message}`);
  if (!allowedCodes.includes(result.status))
    throw new Error(`${program} ${words.join(' ')} ended with ${result.status}: ${result.stderr}`);
  return { stdout: result.stdout, stderr: result.stderr };
}

/** Wall time of the whole process in milliseconds, start-up and exit included. */
function wallTime(command) {
  const start = process.hrtime.bigint();
  runOnce(command);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function processorTimes() {
  const times = cpus().map((processor) => processor.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  return { idle, all: times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) };
}

/**
 * Waits until the processors have nothing else to do, for twenty seconds at most: a program of one thread keeps its pace
 * on a busy machine, one of several does not, and their ratio would tell of the machine.
 */
async function awaitIdle() {
  for (let waited = 0; waited < 20_000; waited += 250) {
    const before = processorTimes();
    await setTimeout(250);
    const after = processorTimes();
    if (after.idle - before.idle > 0.9 * (after.all - before.all)) return;
  }
}

/**
 * Runs reference and target in turn, after one run of each that does not count, and relates each target to the reference
 * just before it: what else the machine does hits both. Returns the median, least and greatest ratio.
 */
export async function compare(reference, target, runs) {
  for (const command of [reference, target]) runOnce(command);
  const ratios = [];
  for (let run = 0; run < runs; run++) {
    await awaitIdle();
    const before = wallTime(reference);
    ratios.push(wallTime(target) / before);
  }
  return { median: median(ratios), least: Math.min(...ratios), greatest: Math.max(...ratios) };
}

/** The most memory a Node program has, in MiB. */
export function peakMemory({ program, words }) {
  const { stderr } = runOnce({ program, words: ['--import', fileURLToPath(preload), ...words] });
  const peaks = [...stderr.matchAll(/^peak-memory (\d+)$/gm)].map((match) => Number(match[1]));
  return Math.round(Math.max(...peaks) / 1024);
}
