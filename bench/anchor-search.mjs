// MB/s of the search for anchors, on one core: `node bench/anchor-search.mjs [FILE...]`; default: this repository's
// node_modules as one tar, and random bytes. CPU time, so that a busy machine does not matter much.
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const chunkSize = 1024 * 1024;
const sampleSize = 192 * chunkSize;

async function load() {
  const folder = mkdtempSync(join(tmpdir(), 'hullcheck-bench-'));
  try {
    const names = [
      'detectors/table',
      'detectors/anchors',
      'anchor/fingerprint',
      'anchor/simd-search',
      'anchor/scalar-search',
      'content-scanner',
    ];
    const contents = names.map((name) => `export * from './src/sources/secret/${name}.ts';`).join('\n');
    const outfile = join(folder, 'bench.mjs');
    await build({
      stdin: { contents, resolveDir: root, loader: 'ts' },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function chunksOf(bytes) {
  const count = Math.ceil(bytes.length / chunkSize);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * chunkSize, (index + 1) * chunkSize));
}

function measure(bytes, work) {
  const rates = [];
  for (let round = 0; round < 3; round++) {
    const start = process.cpuUsage();
    for (const chunk of chunksOf(bytes)) work(chunk);
    const { user, system } = process.cpuUsage(start);
    rates.push(bytes.length / (user + system));
  }
  return Math.round(Math.max(...rates));
}

function searchWith(search) {
  return (chunk) => {
    chunk.copy(search.data);
    search.search(0, chunk.length, () => undefined);
  };
}

const sources = await load();
const anchors = [...sources.anchors.keys()];
const plan = sources.plannedFingerprints(anchors);
const needles = anchors.map((anchor) => Buffer.from(anchor));
const scanner = new sources.ContentScanner(() => undefined);
const works = {
  'SIMD search': searchWith(sources.createSimdSearch(plan)),
  'scalar search': searchWith(sources.createScalarSearch(plan)),
  'whole content scanner': (chunk) => scanner.push(chunk),
  'Buffer.indexOf per anchor': (chunk) => needles.map((needle) => chunk.indexOf(needle)),
};

const files = process.argv.slice(2).map((path) => [path, readFileSync(path)]);
const tar = () => execFileSync('tar', ['cf', '-', '-C', root, 'node_modules'], { maxBuffer: 2 ** 31 });
const inputs =
  files.length > 0
    ? files
    : [
        ['node_modules', tar()],
        ['random', randomFillSync(Buffer.alloc(sampleSize))],
      ];
console.log(`${sources.detectors.length} detectors, ${anchors.length} anchors; MB/s of CPU time`);
for (const [name, bytes] of inputs) {
  for (const [work, run] of Object.entries(works)) {
    const part = work.startsWith('Buffer') ? bytes.subarray(0, 16 * chunkSize) : bytes.subarray(0, sampleSize);
    console.log(`${name.padEnd(16)} ${work.padEnd(28)} ${measure(part, run)}`);
  }
}
