import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createRandom, makeWords } from './random.mjs';

const compress = promisify(gzip);
const blockSize = 512;
/** Parts of a zstd layer that are compressed on their own, as pzstd and zstd:chunked do. */
const frameSize = 4 * 1024 * 1024;
const poolSize = 16 * 1024 * 1024;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const paddingOf = (size) => (blockSize - (size % blockSize)) % blockSize;

/** A ustar header (POSIX.1-2001 pax, ustar Interchange Format). */
function tarHeader(name, size, type) {
  const block = Buffer.alloc(blockSize);
  block.write(name, 0, 100);
  block.write(type === '5' ? '0000755\0' : '0000644\0', 100);
  block.write('0000000\0'.repeat(2), 108);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.fill(32, 148, 156);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Words, some of them joined as names are: about one in twelve. */
function prose(random, words) {
  const count = random.between(3, 14);
  let text = random.pick(words);
  for (let index = 1; index < count; index++) text += (random.below(12) === 0 ? '_' : ' ') + random.pick(words);
  return text;
}

/**
 * Text as documentation and sources have it: words, names, indentation, rules of dashes, and about as many certificates
 * as an image with the bundles of its distribution and of Python has. 1.6 % of its places look like the begin of a
 * credential's anchor, as in the sources of Python's own library (1.9 %) and of node_modules (2.8 %).
 */
function textPool(random) {
  const words = makeWords(random, 20_000);
  const lines = [];
  for (let length = 0; length < poolSize; ) {
    const kind = random.below(16_000);
    const certificate = `-----BEGIN CERTIFICATE-----\n${random.hex(1200)}\n-----END CERTIFICATE-----`;
    const line =
      kind === 0
        ? certificate
        : kind < 280
          ? `# ${'-'.repeat(random.between(20, 76))}`
          : `${' '.repeat(random.below(4) * 2)}${prose(random, words)} = ${random.below(100_000)}`;
    lines.push(line);
    length += line.length + 1;
  }
  return Buffer.from(lines.join('\n')).subarray(0, poolSize);
}

/** Bytes as machine code and data have them: instructions that come again with other operands. */
function binaryPool(random) {
  const pool = random.fill(Buffer.alloc(poolSize));
  const instructions = Array.from({ length: 300 }, () => random.fill(Buffer.alloc(8)));
  for (let position = 0; position < poolSize - 16; position += random.between(1, 4)) {
    position += random.pick(instructions).copy(pool, position, 0, random.between(3, 8));
  }
  return pool;
}

/** Most files are small and most bytes are in large ones, as in the images of interpreters and their packages. */
function fileSize(random) {
  const kind = random.below(1000);
  if (kind < 700) return random.between(200, 8_000);
  if (kind < 950) return random.between(8_000, 100_000);
  return kind < 999 ? random.between(100_000, 1_000_000) : random.between(4_000_000, 16_000_000);
}

function fileName(random, words, number, isText) {
  // Not below usr/lib, which Trivy leaves out.
  const folder = isText ? 'app/venv/lib/python3.12/site-packages' : 'app/venv/lib/native';
  const own = `${random.pick(words)}-${number}`;
  return isText ? `${folder}/${random.pick(words)}/${own}.py` : `${folder}/${own}.so.1`;
}

/** A layer's tar of about `size` bytes. */
function makeLayer(random, pools, words, size) {
  const tar = Buffer.alloc(size + 32 * 1024 * 1024);
  let length = tarHeader('app/', 0, '5').copy(tar);
  for (let number = 0; length < size; number++) {
    const isText = random.below(100) < 60;
    const pool = isText ? pools.text : pools.binary;
    const content = Math.min(fileSize(random), Math.max(1024, size - length));
    const start = random.below(poolSize - content);
    length += tarHeader(fileName(random, words, number, isText), content, '0').copy(tar, length);
    length += pool.copy(tar, length, start, start + content);
    length += paddingOf(content);
  }
  return tar.subarray(0, length + 2 * blockSize);
}

/** The tar of what changes with each build: sources, and a dotenv file without a value, so that it is read every time. */
function makeOwnLayer(random, words) {
  const files = Array.from({ length: 40 }, (_, number) => [
    `app/${random.pick(words)}-${number}.py`,
    Buffer.from(Array.from({ length: 4_000 }, () => random.pick(words)).join(' ')),
  ]);
  return tarOf([...files, ['app/.env', Buffer.from('# API_URL=\n')]]);
}

/** The tar of files given as path and content. */
function tarOf(files) {
  const entries = files.flatMap(([name, content]) => [
    tarHeader(name, content.length, '0'),
    content,
    Buffer.alloc(paddingOf(content.length)),
  ]);
  return Buffer.concat([...entries, Buffer.alloc(2 * blockSize)]);
}

function configOf(diffIds) {
  const created = '2026-01-01T00:00:00Z';
  const history = diffIds.map((_, index) => ({ created, created_by: `COPY layer-${index} / # buildkit` }));
  const config = { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['python3'], User: '10001', WorkingDir: '/app' };
  return Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created,
      config,
      history,
      rootfs: { type: 'layers', diff_ids: diffIds.map((id) => `sha256:${id}`) },
    }),
  );
}

function createArchive(path) {
  const file = openSync(path, 'w');
  const add = (name, bytes) => {
    writeSync(file, tarHeader(name, bytes.length, '0'));
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    writeSync(file, Buffer.alloc(paddingOf(bytes.length)));
  };
  const addBlob = (bytes) => {
    const digest = sha256(bytes);
    add(`blobs/sha256/${digest}`, bytes);
    return digest;
  };
  const close = () => {
    writeSync(file, Buffer.alloc(2 * blockSize));
    closeSync(file);
  };
  return { add, addBlob, close };
}

function compressFrame(bytes) {
  const { stdout, error, status } = spawnSync('zstd', ['-3', '-c'], { input: bytes, maxBuffer: 2 * frameSize });
  if (error !== undefined || status !== 0) throw new Error('zstd is needed to make the input: apt-get install zstd');
  return stdout;
}

function compressFrames(tar) {
  const count = Math.ceil(tar.length / frameSize);
  return Buffer.concat(
    Array.from({ length: count }, (_, index) =>
      compressFrame(tar.subarray(index * frameSize, (index + 1) * frameSize)),
    ),
  );
}

const compressions = {
  plain: { suffix: 'tar', compress: (tar) => tar },
  gzip: { suffix: 'tar+gzip', compress: (tar) => compress(tar, { level: 6 }) },
  zstd: { suffix: 'tar+zstd', compress: compressFrames },
};

/**
 * Writes a `docker save` archive (Docker 25 and later: OCI layout and manifest.json) of `layers` layers of similar size,
 * `size` bytes uncompressed in all; the same arguments give the same bytes. With `hasOwnLayer` one of about a megabyte
 * comes on top of the same ones, or one of the files that `ownFiles` gives.
 */
export async function writeImage(path, { size, compression, layers: layerCount, hasOwnLayer, ownFiles }) {
  const random = createRandom(20261123);
  const pools = { text: textPool(random), binary: binaryPool(random) };
  const words = makeWords(random, 2_000);
  const archive = createArchive(path);
  const layers = [];
  for (let index = 0; index < layerCount + (hasOwnLayer ? 1 : 0); index++) {
    const isOwn = index === layerCount;
    const makeOwn = ownFiles === undefined ? makeOwnLayer : () => tarOf(ownFiles(random, words));
    const tar = isOwn ? makeOwn(random, words) : makeLayer(random, pools, words, Math.floor(size / layerCount));
    const stored = await compressions[compression].compress(tar);
    layers.push({ diffId: sha256(tar), size: stored.length, digest: archive.addBlob(stored) });
  }
  const config = configOf(layers.map((layer) => layer.diffId));
  const configDigest = archive.addBlob(config);
  const { suffix } = compressions[compression];
  const describe = (mediaType, digest, bytes) => ({
    mediaType: `application/vnd.oci.image.${mediaType}`,
    digest: `sha256:${digest}`,
    size: bytes,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: describe('config.v1+json', configDigest, config.length),
      layers: layers.map((layer) => describe(`layer.v1.${suffix}`, layer.digest, layer.size)),
    }),
  );
  const manifestDigest = archive.addBlob(manifest);
  const index = { schemaVersion: 2, manifests: [describe('manifest.v1+json', manifestDigest, manifest.length)] };
  archive.add('index.json', Buffer.from(JSON.stringify(index)));
  archive.add('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  const blobs = {
    Config: `blobs/sha256/${configDigest}`,
    Layers: layers.map((layer) => `blobs/sha256/${layer.digest}`),
  };
  archive.add('manifest.json', Buffer.from(JSON.stringify([{ ...blobs, RepoTags: ['bench:1'] }])));
  archive.close();
}
