import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { emptyFolder, packagesImage } from './inputs.mjs';
import { runOnce } from './measure.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const names = ['trivy', 'grype'];

/** Where `.ci/run` builds it, else on PATH. */
export function findScanner(name) {
  const built = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hullcheck-ci', 'bin', name);
  return existsSync(built) ? built : execFileSync('which', [name], { encoding: 'utf8' }).trim();
}

/** The tests' databases of a few advisories, as of now: what scanners do with an image hardly depends on theirs. */
async function writeDatabases(cache) {
  const entries = ['advisory-database/trivy-database', 'advisory-database/grype-database', 'scanned-app'];
  const outdir = join(root, 'node_modules', '.cache', 'hullcheck-bench');
  const entryPoints = entries.map((name) => join(root, 'test', 'helpers', `${name}.ts`));
  const common = { bundle: true, platform: 'node', format: 'esm', packages: 'external', entryNames: '[name]' };
  await build({ ...common, entryPoints, outdir, outExtension: { '.js': '.mjs' } });
  const load = (name) => import(pathToFileURL(join(outdir, `${name}.mjs`)).href);
  const { planted } = await load('scanned-app');
  const { writeTrivyDatabase } = await load('trivy-database');
  const { writeGrypeDatabase } = await load('grype-database');
  await writeTrivyDatabase(join(cache, 'trivy'), Object.values(planted), new Date());
  await writeGrypeDatabase(join(cache, 'grype', 'db'), Object.values(planted), new Date());
}

/** Stands in for a scanner, writes down how it was called, and runs it. */
function writeRecorder(folder, name) {
  const path = join(folder, name);
  const lines = [
    '#!/bin/sh',
    `calls="$(mktemp -d '${folder}/${name}-XXXXXX')"`,
    'printf "%s\\0" "$@" >"$calls/words"',
    'env -0 >"$calls/environment"',
    'printf "%s\\0" "$PWD" >"$calls/place"',
    `exec '${findScanner(name)}' "$@"`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** How the scanner was called over the image, among all that it was asked. */
function recordedScan(folder, name, image) {
  const read = (call, part) =>
    readFileSync(join(folder, call, part), 'utf8')
      .split('\0')
      .slice(0, -1);
  const calls = readdirSync(folder).filter((entry) => entry.startsWith(`${name}-`));
  const scan = calls.find((call) => read(call, 'words').some((word) => word.includes(image)));
  if (scan === undefined) throw new Error(`${name} was not run over ${image} itself`);
  return { words: read(scan, 'words'), environment: read(scan, 'environment'), place: read(scan, 'place')[0] };
}

const quote = (word) => `'${word.replaceAll("'", "'\\''")}'`;

/** The same call in a private folder of our own, which stays: its place is the folder's `work`. */
function scanAgain(folder, name, image) {
  const { words, environment, place } = recordedScan(folder, name, image);
  const own = join(folder, `private-${name}`);
  for (const part of ['work', 'home', 'tmp']) mkdirSync(join(own, part), { recursive: true });
  writeFileSync(join(own, 'config.yaml'), '{}\n');
  writeFileSync(join(own, 'ignore'), '');
  const moved = (text) => quote(text.replaceAll(dirname(place), own));
  const called = [findScanner(name), ...words].map(moved).join(' ');
  return `cd ${quote(join(own, 'work'))}; env -i ${environment.map(moved).join(' ')} ${called}`;
}

/**
 * The check of an image with both scanners, and what is related to it: the two scanners' own calls, word for word and
 * with the variables of the check, one after the other.
 */
export async function scannerCommands(dist, megabytes) {
  const folder = mkdtempSync(join(tmpdir(), 'hullcheck-bench-scanners-'));
  await writeDatabases(join(folder, 'cache'));
  const image = await packagesImage(megabytes);
  const check = async (paths) => {
    const chosen = paths.flatMap((path) => ['--scanner-path', path]);
    const words = [join(dist, 'cli.js'), 'check', await emptyFolder(), '--image', image, '--offline', ...chosen];
    return { program: 'env', words: [`XDG_CACHE_HOME=${join(folder, 'cache')}`, process.execPath, ...words] };
  };
  const recorded = await check(names.map((name) => writeRecorder(folder, name)));
  const { counts, coverage } = JSON.parse(
    runOnce({ ...recorded, words: [...recorded.words, '--format', 'json'] }).stdout,
  );
  const hasRun = coverage.scanners.every(({ state }) => state === 'ran');
  if (counts.gaps > 0 || counts.findings < 4 || !hasRun)
    throw new Error(`the scanners did not find what was planted: ${JSON.stringify({ counts, coverage })}`);
  const alone = `set -e; ${names.map((name) => `( ${scanAgain(folder, name, image)} )`).join('; ')}`;
  return { folder, reference: { program: 'sh', words: ['-c', alone] }, target: await check(names.map(findScanner)) };
}
