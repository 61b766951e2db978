import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { sha256, type TarFile } from '../../src/demo/docker-save.ts';
import { base256, longName, paxHeader, paxRecord, tarBody, tarEnd, tarFile, tarHeader } from '../helpers/tar-bytes.ts';
import { rleBlock, zstdFrame } from '../helpers/zstd-bytes.ts';
import { asTar, baseImage, dockerFiles, imageOf } from './image-archives.ts';
import { manyEntries } from './tar-archives.ts';
import { paxSparse } from './tar-seeds.ts';

/** An image archive that is to exhaust its reader, and what must be said of it. */
export interface HeavyImage {
  readonly name: string;
  /** One gap's reason, or null where all of it can be read. */
  readonly gap: RegExp | null;
  /** Writes the archive. */
  write(path: string): Promise<void>;
}

const mebibyte = 1024 ** 2;

/** Many copies of a piece as gzip, without ever making them: one member each. */
function gzipOf(head: Buffer, piece: Buffer, count: number): Buffer {
  const member = gzipSync(piece, { level: 9 });
  return Buffer.concat([gzipSync(head), ...Array.from({ length: count }, () => member)]);
}

const zeroFile = tarHeader({ name: 'zeros', size: base256(2n ** 33n) });
const gzipBomb = gzipOf(zeroFile, Buffer.alloc(16 * mebibyte), 512);
const zstdBomb = zstdFrame([...Array.from({ length: 65_536 }, () => rleBlock(0, 128 * 1024, false)), rleBlock(0, 1)], {
  window: 0x38,
});

const image = (name: string, gap: RegExp | null, make: () => Buffer | Promise<Buffer>): HeavyImage => ({
  name,
  gap,
  write: async (path) => writeFile(path, await make()),
});

const layer = (name: string, gap: RegExp | null, make: () => Buffer): HeavyImage =>
  image(name, gap, () => {
    const bytes = make();
    const isGzip = bytes[0] === 0x1f || bytes[0] === 0x28;
    return asTar(imageOf([bytes], [isGzip ? Buffer.alloc(0) : bytes]));
  });

/** A layer that is gzip of these bytes, with its true diffID. */
const packed = (name: string, gap: RegExp | null, make: () => Buffer): HeavyImage =>
  image(name, gap, () => {
    const plain = make();
    return asTar(imageOf([gzipSync(plain, { level: 1 })], [plain]));
  });

const repeat = (piece: Buffer, count: number) => Buffer.concat(Array.from({ length: count }, () => piece));
const withEnd = (...parts: readonly Buffer[]) => Buffer.concat([...parts, tarEnd]);
const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const bombs: readonly HeavyImage[] = [
  layer('gzip of 8 GiB of zeros', /limit ratio=200/, () => gzipBomb),
  layer('zstd of 8 GiB of zeros', /limit ratio=200/, () => zstdBomb),
  image('a whole archive of gzip zeros', /limit ratio=200/, () => gzipBomb),
  image('a whole archive of zstd zeros', /limit ratio=200/, () => zstdBomb),
  layer('gzip of half a GiB of zeros is read', /diffID/, () =>
    gzipOf(tarHeader({ name: 'z', size: 2 ** 29 }), Buffer.alloc(16 * mebibyte), 32),
  ),
  ...[2 ** 32, 2 ** 50].map((size) =>
    layer(`a sparse file of ${size} bytes`, /limit ratio=200/, () => {
      const records = { 'GNU.sparse.map': '0,1', 'GNU.sparse.numblocks': '1', 'GNU.sparse.size': String(size) };
      return withEnd(paxSparse(records, 'x'));
    }),
  ),
  layer('a claim of 4 GiB', /middle of an entry/, () =>
    Buffer.concat([tarHeader({ name: 'a', size: base256(2n ** 32n) }), Buffer.alloc(512)]),
  ),
];

const crowds: readonly HeavyImage[] = [
  packed('1,000,000 entries', null, () => manyEntries(1_000_000, (index) => `srv/data/${index % 1000}/${index}.json`)),
  packed('1,100,000 entries', /limit entries=1000000/, () => manyEntries(1_100_000, String)),
  packed('300,000 dotenv files', /limit findings=10000/, () => {
    const body = tarBody('CHAT_SECRET=real-value-1\n');
    const parts = Array.from({ length: 300_000 }, (_, i) => [tarHeader({ name: `srv/${i}/.env`, size: 25 }), body]);
    return Buffer.concat([...parts.flat(), tarEnd]);
  }),
  packed('200 dotenv files of 1 MiB, one value each', null, () => {
    const body = `SECRET_OF_THIS_FILE=${'a value of its own '.repeat(2)}\n`.padEnd(mebibyte - 10, '#');
    return withEnd(...Array.from({ length: 200 }, (_, i) => tarFile(`srv/${i}/.env`, body)));
  }),
  packed('200 paths of 1 MiB', /limit path-length=4096/, () => {
    const name = 'folder/'.repeat(149_000);
    return withEnd(repeat(Buffer.concat([longName(name), tarHeader({ name: 'x' })]), 200));
  }),
  packed('20,000 paths of 4 KiB', /limit path-mib=64/, () => {
    const one = Buffer.concat([longName('folder/'.repeat(580)), tarHeader({ name: 'x' })]);
    return withEnd(repeat(one, 20_000));
  }),
  image('eight layers of 10,000 paths of 4 KiB', /limit all-paths-mib=64/, () => {
    const one = Buffer.concat([longName('folder/'.repeat(580)), tarHeader({ name: 'x' })]);
    const plain = Array.from({ length: 8 }, (_, index) => withEnd(tarFile(String(index), ''), repeat(one, 10_000)));
    const stored = plain.map((bytes) => gzipSync(bytes, { level: 1 }));
    return asTar(imageOf(stored, plain));
  }),
  packed('100 PAX headers of 1 MiB, full of records', null, () => {
    const body = '6 a=b\n'.repeat(170_000);
    return withEnd(repeat(tarFile('PaxHeaders/0', body, { type: 'x' }), 100));
  }),
  packed('50 PAX headers of 1 MiB, full of paths', null, () => {
    const body = paxRecord('path', 'x').repeat(100_000);
    return withEnd(repeat(Buffer.concat([tarFile('PaxHeaders/0', body, { type: 'x' }), tarFile('x', 'x')]), 50));
  }),
  packed('64 MiB of the beginnings of keys', /look like credentials/, () => {
    const text = '-----BEGIN -----BEGIN RSA PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----AAAA';
    return withEnd(tarFile('keys', text.repeat((64 * mebibyte) / text.length)));
  }),
  packed('50 MiB of the beginnings of tokens', /look like credentials/, () => {
    const text = 'ghp_ sk-ant-api03- AKIA xoxb- npm_ hf_ postgres://a:b@';
    return withEnd(tarFile('tokens', text.repeat((50 * mebibyte) / text.length)));
  }),
  packed('one line of 300 MiB', null, () => withEnd(tarFile('line', Buffer.alloc(300 * mebibyte, 'QUJD')))),
];

const manyFiles = (count: number): Buffer => manyEntries(count, (index) => `blobs/${index}`);

const structures: readonly HeavyImage[] = [
  image('an archive of 150,000 files', /limit archive-files=100000/, () => manyFiles(150_000)),
  image('an archive of 200,000 global headers', /limit archive-files=100000/, () =>
    repeat(paxHeader({}, 'g'), 200_000),
  ),
  image('20,000 layers', /limit layers=512/, async () => asTar(layersOf(20_000))),
  image('500 times the same layer', null, async () => asTar(layersOf(500))),
  image('15,000 descriptors of one attestation', /document-mib|missing|digest/, async () => {
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': `sha256:${'b'.repeat(64)}`,
    };
    const list = Array.from({ length: 15_000 }, () => ({ digest: `sha256:${'a'.repeat(64)}`, annotations }));
    const found = Array.from({ length: 3000 }, (_, i) => ({ digest: `sha256:${sha256(Buffer.from(String(i)))}` }));
    return await asTar({ 'index.json': JSON.stringify({ manifests: [...list, ...found] }) });
  }),
  ...[
    ['empty lists', `{"a":[${'[],'.repeat(2_000_000)}0]}`],
    ['small objects', `{"history":[${'{},'.repeat(2_000_000)}0]}`],
    [
      'labels',
      `{"config":{"Labels":{${Array.from({ length: 200_000 }, (_, i) => `"${i}":"x"`).join()}}},"rootfs":{"diff_ids":[]}}`,
    ],
    ['one long text', `{"config":{"Env":["${'x'.repeat(7 * mebibyte)}"]},"rootfs":{"diff_ids":[]}}`],
  ].map(([what = '', config = '']) =>
    image(`a config of ${what}, 30 times`, /document-mib|./, async () => {
      const docker = dockerFiles({ ...baseImage, layers: [], config: Buffer.from(config) });
      const [one] = JSON.parse(String(docker['manifest.json']));
      return await asTar({ ...docker, 'manifest.json': JSON.stringify(Array.from({ length: 30 }, () => one)) });
    }),
  ),
  image('a manifest.json of 9 MiB', /limit document-mib=8/, () =>
    asTar({ 'manifest.json': `[${' '.repeat(9 * mebibyte)}]` }),
  ),
  image('20,000 images of one config', /limit images=256/, async () => {
    const docker = dockerFiles({ ...baseImage, layers: [], config: Buffer.from('{"rootfs":{"diff_ids":[]}}') });
    const [one] = JSON.parse(String(docker['manifest.json']));
    return await asTar({
      ...docker,
      'manifest.json': JSON.stringify(Array.from({ length: 20_000 }, () => ({ ...one, RepoTags: [] }))),
    });
  }),
  image('a chain of 5,000 links', /./, async () => {
    const links = Array.from({ length: 5000 }, (_, i) =>
      tarHeader({ name: i === 0 ? 'manifest.json' : `l${i}`, type: '2', link: `l${i + 1}` }),
    );
    return Buffer.concat([...links, tarEnd]);
  }),
];

function layersOf(count: number): Readonly<Record<string, string | Uint8Array>> {
  const content = withEnd(tarFile('app/.env', 'CHAT_SECRET=first-real-value\n'), tarFile('a', 'b'));
  const diffIds = Array.from({ length: count }, () => digestOf(content));
  const config = JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids: diffIds } });
  const files: TarFile[] = [['layer.tar', content]];
  return {
    ...Object.fromEntries(files),
    [`${sha256(Buffer.from(config))}.json`]: config,
    'manifest.json': JSON.stringify([
      { Config: `${sha256(Buffer.from(config))}.json`, RepoTags: [], Layers: diffIds.map(() => 'layer.tar') },
    ]),
  };
}

/** Each is measured in a process of its own. */
export const heavyImages: readonly HeavyImage[] = [...bombs, ...crowds, ...structures];
