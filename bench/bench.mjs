import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { cacheFolder, emptyFolder, image, repository, scannerReports } from './inputs.mjs';
import { compare, peakMemory, runOnce } from './measure.mjs';
import { findScanner, scannerCommands } from './scanners.mjs';

const usage = `npm run bench -- [--quick] [--large] [--dist FOLDER] [--write]
  --quick        fewer runs, and an image of 300 MB
  --large        measure the memory for an image of 10 GB too, which is made on disk first
  --dist FOLDER  the built program to measure (default: dist)
  --write        put the table into docs/performance.md`;

const root = fileURLToPath(new URL('..', import.meta.url));
const reportPath = join(root, 'docs', 'performance.md');

/** Counted runs of each pair, and the image's size. */
const plans = {
  full: { start: 21, small: 11, large: 5, image: 9, trivy: 2, scanners: 5, reports: 5, megabytes: 1000 },
  quick: { start: 9, small: 5, large: 3, image: 5, trivy: 1, scanners: 3, reports: 3, megabytes: 300 },
};

function readOptions(words) {
  const options = { plan: plans.full, dist: join(root, 'dist'), isLarge: false, isWritten: false };
  for (let index = 0; index < words.length; index++) {
    if (words[index] === '--quick') options.plan = plans.quick;
    else if (words[index] === '--large') options.isLarge = true;
    else if (words[index] === '--write') options.isWritten = true;
    else if (words[index] === '--dist' && words[index + 1] !== undefined) options.dist = resolve(words[++index]);
    else throw new Error(`cannot make sense of ${words[index]}\n${usage}`);
  }
  if (!existsSync(join(options.dist, 'cli.js'))) throw new Error(`${options.dist} has no cli.js: npm run build first`);
  return options;
}

const node = (...words) => ({ program: process.execPath, words });

/** A check that is seen to do its work: nothing left unexamined, and as much examined as was generated. */
function checkCommand(dist, folder, words, least) {
  const base = [join(dist, 'cli.js'), 'check', folder, '--scanner', 'none', ...words];
  const { counts, coverage } = JSON.parse(runOnce(node(...base, '--format', 'json')).stdout);
  const isWhole = counts.gaps === 0 && Object.entries(least).every(([name, value]) => coverage[name] >= value);
  if (!isWhole) throw new Error(`the check of ${folder} left something out: ${JSON.stringify({ counts, coverage })}`);
  return node(...base, '--format', 'text');
}

function ratioRow(target, reference, limit, ratio) {
  const text = `${ratio.median.toFixed(2)} [${ratio.least.toFixed(2)} .. ${ratio.greatest.toFixed(2)}]`;
  return { target, reference, text, limit, value: ratio.median };
}

async function measureStart({ plan, dist }) {
  const version = node(join(dist, 'cli.js'), '--version');
  const small = checkCommand(dist, await repository(1000), [], { files: 150 });
  const large = checkCommand(dist, await repository(4000), [], { files: 600 });
  return [
    ratioRow('`hullcheck --version`', '`node -e 0`', 2.5, await compare(node('-e', '0'), version, plan.start)),
    ratioRow('`check`, 1,000 files', '`hullcheck --version`', 12, await compare(version, small, plan.small)),
    ratioRow('`check`, 4,000 files', '`check`, 1,000 files', 4.4, await compare(small, large, plan.large)),
  ];
}

const script = (name, ...words) => node(fileURLToPath(new URL(name, import.meta.url)), ...words);
const openssl = (path) => ({ program: 'openssl', words: ['dgst', '-sha256', path] });
const sizeOf = ({ megabytes }) => (megabytes === 1000 ? '1 GB' : `${megabytes} MB`);
/** Start-up is a large part of the time for a small image: the limits are for 1 GB. */
const limitOf = ({ megabytes }, limit) => (megabytes === 1000 ? limit : null);

async function checkImage({ dist, plan }, path, layers = 4) {
  return checkCommand(dist, await emptyFolder(), ['--image', path], { layers, bytes: plan.megabytes * 1e6 });
}

/** The product's zstd decoder by itself. */
async function bundleDecoder() {
  const outfile = join(cacheFolder, 'zstd.mjs');
  const entryPoints = [join(root, 'src/sources/image/zstd.ts')];
  await build({ entryPoints, outfile, bundle: true, minify: true, platform: 'node', format: 'esm' });
  return outfile;
}

/** What is asked of the image source, each beside what only does the part that cannot be left out. */
async function measureImages(options) {
  const { plan } = options;
  const { megabytes } = plan;
  const single = await image(megabytes, { compression: 'gzip', layers: 1 });
  const gzip = await image(megabytes, { compression: 'gzip' });
  const plain = await image(megabytes);
  const zstd = await image(megabytes, { compression: 'zstd' });
  const row = async (target, reference, limit, path, command, layers) =>
    ratioRow(
      `${target}, ${sizeOf(plan)}`,
      reference,
      limitOf(plan, limit),
      await compare(command, await checkImage(options, path, layers), plan.image),
    );
  const gunzip = '`createGunzip`, 1 MiB chunks';
  return [
    await row('image of one gzip layer', gunzip, 1.15, single, script('./gunzip.mjs', single), 1),
    await row('image of four gzip layers', gunzip, 1.05, gzip, script('./gunzip.mjs', gzip)),
    await row('image of four plain layers', '`openssl dgst -sha256`', 1.2, plain, openssl(plain)),
    await row(
      'image of four zstd layers',
      'the zstd decoder alone',
      1.25,
      zstd,
      script('./unzstd.mjs', await bundleDecoder(), zstd),
    ),
  ];
}

/** The scanner most people have, over the same image with its secret rules alone. */
async function measureTrivy(options) {
  const { plan } = options;
  const path = await image(plan.megabytes);
  const scan = ['image', '--quiet', '--input', path, '--scanners', 'secret', '--format', 'json', '--timeout', '30m'];
  const trivy = {
    program: findScanner('trivy'),
    words: [...scan, '--cache-backend', 'memory', '--skip-version-check'],
  };
  return ratioRow(
    `image of four plain layers, ${sizeOf(plan)}`,
    '`trivy image --scanners secret`',
    limitOf(plan, 0.1),
    await compare(trivy, await checkImage(options, path), plan.trivy),
  );
}

/** Both scanners at once and our own look into the layers, beside the same two scans one after the other. */
async function measureScanners({ plan, dist }) {
  const { folder, reference, target } = await scannerCommands(dist, plan.megabytes);
  try {
    const ratio = await compare(reference, target, plan.scanners);
    return ratioRow(`image with both scanners, ${sizeOf(plan)}`, 'Trivy, then Grype', limitOf(plan, 1.25), ratio);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function memoryRow(target, command, limit) {
  const value = peakMemory(command);
  return { target: `peak memory, ${target}`, reference: 'none', text: `${value} MiB`, limit, value };
}

async function measureMemory(options) {
  const { plan, isLarge } = options;
  const gzip = await checkImage(options, await image(plan.megabytes, { compression: 'gzip' }));
  const plain = await checkImage(options, await image(plan.megabytes));
  const rows = [
    memoryRow(`four gzip layers, ${sizeOf(plan)}`, gzip, 256),
    memoryRow(`four plain layers, ${sizeOf(plan)}`, plain, 256),
  ];
  if (!isLarge) return rows;
  const large = memoryRow(
    'eight plain layers, 10 GB',
    await checkImage(options, await image(10_000, { layers: 8 }), 8),
    256,
  );
  return [...rows, large];
}

/** An image of which all layers but a small one were read before, beside hashing its archive. */
async function measureSecondRun({ plan, dist }, compression) {
  const { megabytes } = plan;
  const known = mkdtempSync(join(cacheFolder, 'results-'));
  try {
    const words = ['--cache', known];
    const before = await image(megabytes, { compression });
    runOnce(node(join(dist, 'cli.js'), 'check', await emptyFolder(), '--scanner', 'none', '--image', before, ...words));
    const path = await image(megabytes, { compression, hasOwnLayer: true });
    const least = { layers: 5, bytes: megabytes * 1e6 };
    const target = checkCommand(dist, await emptyFolder(), ['--image', path, ...words], least);
    if (!runOnce(target).stderr.includes('4 of 5 layers known')) throw new Error('the cache did not serve');
    return ratioRow(
      `second run, one small layer changed, ${compression}, ${sizeOf(plan)}`,
      '`openssl dgst -sha256`',
      // Of a gzip archive start-up is a large part of the time.
      compression === 'plain' ? limitOf(plan, 1.2) : null,
      await compare(openssl(path), target, plan.image),
    );
  } finally {
    rmSync(known, { recursive: true });
  }
}

/** Reading, merging, judging and rendering; the exit code is 1, as some of the generated flaws are critical. */
async function measureReports({ plan, dist }) {
  const count = 50_000;
  const folder = await scannerReports(count);
  const files = ['trivy', 'grype'].map((name) => join(folder, `${name}.json`));
  const reports = ['--trivy-report', files[0], '--grype-report', files[1]];
  const words = [join(dist, 'cli.js'), 'check', await repository(1000), ...reports];
  const { counts } = JSON.parse(runOnce(node(...words, '--format', 'json')).stdout);
  if (counts.gaps !== 0 || counts.findings < count)
    throw new Error(`not all matches were read: ${JSON.stringify(counts)}`);
  const parse = node(fileURLToPath(new URL('./parse.mjs', import.meta.url)), ...files);
  const target = node(...words, '--format', 'text');
  const name = '50,000 matches of each scanner';
  return [
    ratioRow(name, '`JSON.parse` of the two reports', 4, await compare(parse, target, plan.reports)),
    memoryRow(name, target, 512),
  ];
}

function measureBundle({ dist }) {
  const value = ['action.js', 'layer-worker.js'].reduce((sum, name) => sum + statSync(join(dist, name)).size, 0) / 1e6;
  return { target: 'action bundle', reference: 'none', text: `${value.toFixed(2)} MB`, limit: 3, value };
}

const isMissed = (row) => row.limit !== null && row.value > row.limit;

function renderTable(rows) {
  const cells = rows.map((row) => {
    const verdict = row.limit === null ? 'no limit' : isMissed(row) ? '**missed**' : 'met';
    return [row.target, row.reference, row.text, row.limit === null ? '' : String(row.limit), verdict];
  });
  const table = [['target', 'reference', 'measured, median [least .. greatest]', 'limit', ''], ...cells];
  const widths = table[0].map((_, column) => Math.max(3, ...table.map((row) => row[column].length)));
  const lines = table.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`);
  return [lines[0], `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...lines.slice(1)].join('\n');
}

function writeTable(table) {
  const [before, rest] = readFileSync(reportPath, 'utf8').split('<!-- table -->\n');
  const after = rest?.split('<!-- end of table -->')[1];
  if (after === undefined) throw new Error(`${reportPath} has no place for the table`);
  writeFileSync(reportPath, `${before}<!-- table -->\n\n${table}\n\n<!-- end of table -->${after}`);
}

const measures = [
  measureStart,
  measureImages,
  measureTrivy,
  measureScanners,
  (options) => measureSecondRun(options, 'plain'),
  (options) => measureSecondRun(options, 'gzip'),
  measureMemory,
  measureReports,
  measureBundle,
];

try {
  const options = readOptions(process.argv.slice(2));
  const rows = [];
  for (const measure of measures) {
    for (const row of [await measure(options)].flat()) {
      rows.push(row);
      console.error(`${row.target}: ${row.text}`);
    }
  }
  const table = renderTable(rows);
  console.log(table);
  if (options.isWritten) writeTable(table);
  if (rows.some(isMissed)) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
