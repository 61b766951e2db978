import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, changedImage, emptyFolder, image, repository } from './inputs.mjs';
import { compare, peakMemory, runOnce } from './measure.mjs';

const usage = `npm run bench -- [--quick] [--dist FOLDER] [--write]
  --quick        fewer runs, and an image of 300 MB
  --dist FOLDER  the built program to measure (default: dist)
  --write        put the table into docs/performance.md`;

const root = fileURLToPath(new URL('..', import.meta.url));
const reportPath = join(root, 'docs', 'performance.md');

/** Counted runs of each pair, and the image's size. */
const plans = {
  full: { start: 21, small: 11, large: 5, image: 11, gzip: 3, megabytes: 1000 },
  quick: { start: 9, small: 5, large: 3, image: 5, gzip: 3, megabytes: 300 },
};

function readOptions(words) {
  const options = { plan: plans.full, dist: join(root, 'dist'), isWritten: false };
  for (let index = 0; index < words.length; index++) {
    if (words[index] === '--quick') options.plan = plans.quick;
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

async function measureImages({ plan, dist }) {
  const { megabytes } = plan;
  const size = megabytes === 1000 ? '1 GB' : `${megabytes} MB`;
  const checkImage = async (path) =>
    checkCommand(dist, await emptyFolder(), ['--image', path], { layers: 4, bytes: megabytes * 1e6 });
  const plainPath = await image(megabytes, false);
  const gzipPath = await image(megabytes, true);
  const plain = await checkImage(plainPath);
  const gzip = await checkImage(gzipPath);
  const openssl = { program: 'openssl', words: ['dgst', '-sha256', plainPath] };
  const gunzip = node(fileURLToPath(new URL('./gunzip.mjs', import.meta.url)), gzipPath);
  const memoryRow = (target, command) => {
    const value = peakMemory(command);
    return { target: `peak memory, ${target}`, reference: 'none', text: `${value} MiB`, limit: null, value };
  };
  // Start-up is a large part of the time for a small image: the limit is for 1 GB.
  const limit = megabytes === 1000 ? 1.3 : null;
  return [
    ratioRow(
      `image of plain layers, ${size}`,
      '`openssl dgst -sha256`',
      limit,
      await compare(openssl, plain, plan.image),
    ),
    ratioRow(
      `image of gzip layers, ${size}`,
      '`createGunzip`, 1 MiB chunks',
      null,
      await compare(gunzip, gzip, plan.gzip),
    ),
    memoryRow(`plain layers, ${size}`, plain),
    memoryRow(`gzip layers, ${size}`, gzip),
  ];
}

/** An image of which all layers but a small one were read before, beside hashing its archive. */
async function measureSecondRun({ plan, dist }, isGzip) {
  const { megabytes } = plan;
  const known = mkdtempSync(join(cacheFolder, 'results-'));
  try {
    const words = ['--cache', known];
    const before = await image(megabytes, isGzip);
    runOnce(node(join(dist, 'cli.js'), 'check', await emptyFolder(), '--scanner', 'none', '--image', before, ...words));
    const path = await changedImage(megabytes, isGzip);
    const least = { layers: 5, bytes: megabytes * 1e6 };
    const target = checkCommand(dist, await emptyFolder(), ['--image', path, ...words], least);
    if (!runOnce(target).stderr.includes('4 of 5 layers known')) throw new Error('the cache did not serve');
    const openssl = { program: 'openssl', words: ['dgst', '-sha256', path] };
    const size = megabytes === 1000 ? '1 GB' : `${megabytes} MB`;
    return ratioRow(
      `second run, one small layer changed, ${isGzip ? 'gzip' : 'plain'}, ${size}`,
      '`openssl dgst -sha256`',
      // Of a gzip archive, or a small one, start-up is a large part of the time.
      megabytes === 1000 && !isGzip ? 1.2 : null,
      await compare(openssl, target, plan.image),
    );
  } finally {
    rmSync(known, { recursive: true });
  }
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

try {
  const options = readOptions(process.argv.slice(2));
  const rows = [
    ...(await measureStart(options)),
    ...(await measureImages(options)),
    await measureSecondRun(options, false),
    await measureSecondRun(options, true),
    measureBundle(options),
  ];
  const table = renderTable(rows);
  console.log(table);
  if (options.isWritten) writeTable(table);
  if (rows.some(isMissed)) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
