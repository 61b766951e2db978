/**
 * Makes the lock table of the scanners anew from upstream's releases and prints what changes, to be reviewed.
 *
 *   node scripts/refresh-scanners.mjs [trivy=0.76.0] [grype=0.121.0] [--write] [--young] [--from URL] [--table PATH]
 *
 * Without a version the newest release is taken. Every archive is downloaded, compared with the release's own checksum
 * file, and unpacked for the digest of its program; nothing of it is run. A release younger than a week is refused without
 * --young: the malicious one of March 2026 was gone after three hours. A locked release whose bytes have changed since is
 * an error always.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

const compromised = { trivy: ['0.69.4', '0.69.5', '0.69.6'], grype: [] };
const coolingDays = 7;
const archiveLimit = 512 * 1024 * 1024;
const digest = /^[0-9a-f]{64}$/;

function fail(message) {
  console.error(`refresh-scanners: ${message}`);
  process.exit(1);
}

/** `trivy=0.76.0` and so on. */
function readVersion(word) {
  const [name, version = ''] = word.split('=');
  if (name in compromised && /^\d+\.\d+\.\d+$/.test(version)) return [name, version];
  return fail(`${word} is not understood: write trivy=X.Y.Z or grype=X.Y.Z`);
}

function readWords() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      from: { type: 'string', default: 'https://github.com' },
      table: {
        type: 'string',
        default: fileURLToPath(new URL('../src/sources/scanner/lock-table.json', import.meta.url)),
      },
      write: { type: 'boolean', default: false },
      young: { type: 'boolean', default: false },
    },
  });
  const { protocol, hostname } = new URL(values.from);
  const isLocal = hostname === '127.0.0.1' || hostname === 'localhost';
  if (protocol !== 'https:' && !(protocol === 'http:' && isLocal)) fail('--from must be https');
  return { ...values, versions: Object.fromEntries(positionals.map(readVersion)) };
}

async function fetchBytes(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(10 * 60_000) });
  if (!response.ok) fail(`${url} answers with status ${response.status}`);
  if (Number(response.headers.get('content-length') ?? 0) > archiveLimit) fail(`${url} is too large`);
  return { bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers };
}

/** The page of the newest release redirects to its tag. */
async function newestVersion(from, repository) {
  const response = await fetch(`${from}/${repository}/releases/latest`, { redirect: 'manual' });
  const version = /\/releases\/tag\/v(\d+\.\d+\.\d+)$/.exec(response.headers.get('location') ?? '')?.[1];
  return version ?? fail(`${from}/${repository}/releases/latest names no release`);
}

/** `<digest>  <name>` per line, as sha256sum writes it. */
function parseChecksums(text) {
  const pairs = text.split('\n').map((line) => line.trim().split(/\s+\*?/));
  return new Map(pairs.filter(([sum]) => digest.test(sum)).map(([sum, name]) => [name, sum]));
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Digest of the one program of that name at the top of the archive. */
async function programDigest(archive, name, asset) {
  const found = [];
  const reader = extract();
  reader.on('entry', (header, stream, next) => {
    const isProgram = header.type === 'file' && header.name.replace(/^\.\//, '') === name;
    const hash = createHash('sha256');
    stream.on('data', (chunk) => hash.update(chunk));
    stream.on('end', () => {
      if (isProgram) found.push(hash.digest('hex'));
      next();
    });
  });
  await pipeline(Readable.from([archive]), createGunzip(), reader).catch((error) =>
    fail(`${asset} cannot be unpacked: ${error.message}`),
  );
  return found.length === 1 ? found[0] : fail(`${asset} holds ${found.length} programs named ${name}`);
}

function refuseYoung(name, version, headers, mayBeYoung) {
  const published = Date.parse(headers.get('last-modified') ?? '');
  const age = (Date.now() - published) / 86_400_000;
  const told = Number.isNaN(age) ? 'at a time its server does not tell' : `${Math.floor(age)} days ago`;
  console.log(`# ${name} ${version}, published ${told}`);
  if (!mayBeYoung && !(age >= coolingDays))
    fail(`${name} ${version} was published ${told}; wait ${coolingDays} days, or give --young`);
}

async function refresh(name, locked, options) {
  const version = options.versions[name] ?? (await newestVersion(options.from, locked.repository));
  if (compromised[name].includes(version)) fail(`${name} ${version} is a compromised release`);
  const base = `${options.from}/${locked.repository}/releases/download/v${version}`;
  const checksums = await fetchBytes(`${base}/${name}_${version}_checksums.txt`);
  refuseYoung(name, version, checksums.headers, options.young);
  const sums = parseChecksums(checksums.bytes.toString('utf8'));
  const archives = [];
  for (const old of locked.archives) {
    const asset = old.asset.replace(locked.version, version);
    const archive = sums.get(asset) ?? fail(`the checksums of ${name} ${version} have no ${asset}`);
    const { bytes } = await fetchBytes(`${base}/${asset}`);
    const actual = sha256(bytes);
    if (actual !== archive) fail(`${asset} has SHA-256 ${actual}, and the release's checksums say ${archive}`);
    const fresh = { ...old, asset, archive, program: await programDigest(bytes, name, asset) };
    const isChanged = fresh.archive !== old.archive || fresh.program !== old.program;
    if (version === locked.version && isChanged) fail(`${asset} is not what was locked: the release has been changed`);
    archives.push(fresh);
  }
  return { ...locked, version, archives };
}

function describeLines(name, { version, archives }) {
  return archives.flatMap(({ os, architecture, asset, archive, program }) => [
    `${name} ${version} ${os}/${architecture} ${asset} archive ${archive}`,
    `${name} ${version} ${os}/${architecture} ${asset} program ${program}`,
  ]);
}

const options = readWords();
const table = JSON.parse(readFileSync(options.table, 'utf8'));
const fresh = {};
for (const [name, locked] of Object.entries(table)) fresh[name] = await refresh(name, locked, options);

const changed = Object.keys(table).filter((name) => fresh[name].version !== table[name].version);
for (const name of changed) {
  for (const line of describeLines(name, table[name])) console.log(`- ${line}`);
  for (const line of describeLines(name, fresh[name])) console.log(`+ ${line}`);
}
if (changed.length === 0) console.log('# nothing changes: every locked archive is still what it was');
else
  console.log(`# before this is committed: compare the digests with a second, independent source, read the release notes for
# reports of a compromise, and run .ci/run with the new programs (docs/decisions/scanner-verification.md)`);
if (options.write) writeFileSync(options.table, `${JSON.stringify(fresh, null, 2)}\n`);
