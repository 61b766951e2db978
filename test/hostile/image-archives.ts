import { gzipSync } from 'node:zlib';
import { buildImage, type ImageBlobs, sha256, tarOf } from '../../src/demo/docker-save.ts';
import {
  addImage,
  addIndex,
  addStatement,
  collectBlobs,
  dockerClassicFiles,
  type ImageFiles,
  indexText,
  layoutFiles,
  ociFiles,
  tarEntries,
} from '../helpers/image-forms.ts';
import { tarEnd, tarFile, tarHeader } from '../helpers/tar-bytes.ts';
import { rawBlock, skippableFrame, zstdFrame, zstdStored } from '../helpers/zstd-bytes.ts';
import { createRandom } from './random.ts';
import { hostileTars } from './tar-archives.ts';
import type { Hostile } from './tar-seeds.ts';

/** An image archive, and whether something of it cannot be examined. */
export interface HostileImage extends Hostile {
  /** `gap`: what is lost must be told; `whole`: all of it can be read; `either`: only that nothing breaks. */
  readonly outcome: 'gap' | 'whole' | 'either';
}

const dotenv = 'CHAT_SECRET=first-real-value\n';

export const baseImage: ImageBlobs = await buildImage({
  tag: 'app:1',
  steps: [
    { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n', 'app/.env': dotenv } },
    { createdBy: 'COPY . /app # buildkit', files: { 'app/main.py': 'print(1)\n' } },
  ],
});

export const asTar = (files: ImageFiles): Promise<Buffer> => tarOf(tarEntries(files));

/** docker save in the blobs form. */
export function dockerFiles({ tag, config, layers }: ImageBlobs): ImageFiles {
  const nameOf = (bytes: Buffer) => `blobs/sha256/${sha256(bytes)}`;
  const manifest = [{ Config: nameOf(config), RepoTags: [tag], Layers: layers.map(nameOf) }];
  return {
    ...Object.fromEntries([...layers, config].map((blob) => [nameOf(blob), blob])),
    'manifest.json': JSON.stringify(manifest),
  };
}

/** An image of the given layers as stored, with true digests; diffIDs are of `plain`. */
export function imageOf(stored: readonly Buffer[], plain: readonly Buffer[] = stored, more: object = {}): ImageFiles {
  const diffIds = plain.map((layer) => `sha256:${sha256(layer)}`);
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      config: {},
      rootfs: { type: 'layers', diff_ids: diffIds },
      ...more,
    }),
  );
  const blobs = collectBlobs();
  const descriptor = blobs.add(config, 'application/vnd.oci.image.config.v1+json');
  const layers = stored.map((layer) => blobs.add(layer, 'application/vnd.oci.image.layer.v1.tar'));
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = blobs.add(JSON.stringify({ schemaVersion: 2, mediaType: type, config: descriptor, layers }), type);
  return layoutFiles(blobs, [manifest]);
}

const forms: readonly (readonly [string, ImageFiles])[] = [
  ['classic', dockerClassicFiles(baseImage)],
  ['blobs', dockerFiles(baseImage)],
  ['oci', ociFiles(baseImage)],
  ['oci, gzip', ociFiles(baseImage, { compress: (layer) => gzipSync(layer) })],
  ['oci, zstd', ociFiles(baseImage, { compress: (layer) => zstdStored(layer) })],
  ['oci, provenance', ociFiles(baseImage, { buildArguments: { TOKEN: 'x' } })],
];

async function truncations(): Promise<readonly HostileImage[]> {
  const found: HostileImage[] = [];
  for (const [form, files] of forms) {
    const { repositories: _, ...needed } = files;
    const whole = await asTar(needed);
    const end = whole.length - tarEnd.length;
    for (let cut = 0; cut < end; cut += 512)
      for (const place of [cut, cut + 1])
        found.push({ name: `${form}, cut at ${place}`, bytes: whole.subarray(0, place), outcome: 'gap' });
  }
  return found;
}

/** Not needed to read the image: the config of an attestation manifest is `{}`. */
const optional = ['VERSION', 'repositories', 'oci-layout', sha256(Buffer.from('{}'))];

/** Each file absent, damaged in its middle, empty, or a link to itself or out of the archive. */
async function damages(): Promise<readonly HostileImage[]> {
  const found: HostileImage[] = [];
  for (const [form, files] of forms) {
    for (const name of Object.keys(files)) {
      const outcome = optional.some((end) => name.endsWith(end)) ? 'whole' : 'gap';
      const others = Object.fromEntries(Object.entries(files).filter(([other]) => other !== name));
      const bytes = Buffer.from(files[name] ?? '');
      const damaged = Buffer.from(bytes);
      const middle = Math.floor(bytes.length / 2);
      damaged[middle] = (damaged[middle] ?? 0) ^ 1;
      const rest = await asTar(others);
      const link = (target: string, type: string) => Buffer.concat([tarHeader({ name, type, link: target }), rest]);
      const isJson = /(?:manifest|index)\.json$/.test(name);
      found.push(
        { name: `${form}, without ${name}`, bytes: rest, outcome },
        {
          name: `${form}, damaged ${name}`,
          bytes: await asTar({ ...files, [name]: damaged }),
          outcome: isJson ? 'either' : outcome,
        },
        { name: `${form}, empty ${name}`, bytes: await asTar({ ...files, [name]: '' }), outcome },
        { name: `${form}, ${name} links to itself`, bytes: link(name.split('/').at(-1) ?? '', '2'), outcome },
        { name: `${form}, ${name} links out`, bytes: link('../../../../../../etc/passwd', '2'), outcome },
        { name: `${form}, ${name} is a hard link to nothing`, bytes: link('nowhere', '1'), outcome },
      );
    }
  }
  return found;
}

async function compressions(): Promise<readonly HostileImage[]> {
  const plain = Buffer.concat([tarFile('app/.env', dotenv), tarEnd]);
  const gzip = gzipSync(plain);
  const flipped = (bytes: Buffer, place: number) => {
    const copy = Buffer.from(bytes);
    copy[place] = (copy[place] ?? 0) ^ 0x40;
    return copy;
  };
  const stored: readonly (readonly [string, Buffer, HostileImage['outcome']])[] = [
    ['bzip2', Buffer.concat([Buffer.from('BZh9'), plain]), 'gap'],
    ['xz', Buffer.concat([Buffer.from('fd377a585a0000', 'hex'), plain]), 'gap'],
    ['zip', Buffer.concat([Buffer.from('504b0304', 'hex'), plain]), 'gap'],
    ['gzip twice', gzipSync(gzip), 'gap'],
    ['gzip, text behind', Buffer.concat([gzip, Buffer.from('trailing')]), 'gap'],
    ['gzip, zeros behind', Buffer.concat([gzip, Buffer.alloc(700)]), 'whole'],
    ['gzip magic alone', Buffer.from('1f8b', 'hex'), 'gap'],
    ...Array.from({ length: gzip.length }, (_, cut) => ['gzip, cut', gzip.subarray(0, cut), 'gap'] as const).filter(
      (_, i) => i % 5 === 0 && i > 0,
    ),
    ...Array.from({ length: 20 }, (_, i) => [`gzip, flipped ${i}`, flipped(gzip, 10 + i * 5), 'gap'] as const),
    ['zstd of no frame', Buffer.from('28b52ffd', 'hex'), 'gap'],
    ['zstd, skippable alone', skippableFrame('x'), 'gap'],
    ['zstd, text behind', Buffer.concat([zstdStored(plain), Buffer.from('trailing')]), 'gap'],
    ['zstd, cut', zstdStored(plain).subarray(0, 900), 'gap'],
    ['zstd, skippable frame of 4 GiB', Buffer.concat([Buffer.from('502a4d18ffffffff', 'hex'), plain]), 'gap'],
    ['zstd, dictionary', zstdFrame([rawBlock(plain)], { dictionary: 7 }), 'gap'],
    ['zstd, window of terabytes', zstdFrame([rawBlock(plain)], { window: 0xff }), 'gap'],
    ['zstd, window of 1 KiB', zstdFrame([rawBlock(plain)], { window: 0 }), 'gap'],
    ['zstd, reserved block', Buffer.concat([zstdFrame([]), Buffer.of(7, 0, 0)]), 'gap'],
    ['zstd, wrong content size', zstdFrame([rawBlock(plain)], { contentSize: 9 }), 'gap'],
    ['zstd, wrong checksum', zstdFrame([rawBlock(plain)], { checksum: Buffer.alloc(4) }), 'either'],
  ];
  const found: HostileImage[] = [];
  for (const [name, layer, outcome] of stored) {
    found.push({ name: `layer: ${name}`, bytes: await asTar(imageOf([layer], [plain])), outcome });
    const whole = await asTar(dockerFiles(baseImage));
    if (name.includes('cut') || name.includes('flipped')) continue;
    found.push({ name: `archive: ${name}`, bytes: Buffer.concat([layer.subarray(0, 8), whole]), outcome: 'gap' });
  }
  return found;
}

const json = (value: unknown) => JSON.stringify(value);
const deep = (open: string, close: string, depth: number) => `${open.repeat(depth)}0${close.repeat(depth)}`;

const junk: readonly string[] = [
  ...['', '0', 'null', '[]', '{}', '[null]', '[[]]', '"x"', '{', '[{}]', '\ufeff{}', '{"manifests":0}', 'NaN'],
  ...[
    '{"manifests":[null]}',
    '{"manifests":[{"digest":"sha256:x"}]}',
    '{"manifests":{}}',
    '{"__proto__":{"manifests":[]}}',
  ],
  ...[
    '[{"Config":0,"Layers":[]}]',
    '[{"Config":"","Layers":[0]}]',
    '[{"Config":"../x","Layers":["../../y"]}]',
    '{"layers":[{}]}',
  ],
  ...[
    '{"rootfs":{"diff_ids":[1,2]}}',
    '{"rootfs":[]}',
    '{"rootfs":{"diff_ids":{}}}',
    '{"config":[],"rootfs":{"diff_ids":[]}}',
  ],
  deep('[', ']', 100_000),
  deep('{"a":', '}', 100_000),
  deep('{"manifests":[', ']}', 10_000),
];

/** Every document in turn replaced by junk, with a digest that fits where a digest names it. */
async function documents(): Promise<readonly HostileImage[]> {
  const found: HostileImage[] = [];
  const docker = dockerFiles(baseImage);
  for (const [index, text] of junk.entries()) {
    const label = `junk ${index}`;
    const blobs = collectBlobs();
    const manifest = blobs.add(text, 'application/vnd.oci.image.manifest.v1+json');
    const image = addImage(blobs, baseImage);
    const statement = addStatement(blobs, image, text);
    found.push(
      { name: `${label} as manifest.json`, bytes: await asTar({ ...docker, 'manifest.json': text }), outcome: 'gap' },
      { name: `${label} as index.json`, bytes: await asTar({ 'index.json': text }), outcome: 'gap' },
      { name: `${label} as a manifest`, bytes: await asTar(layoutFiles(blobs, [manifest, image])), outcome: 'either' },
      {
        name: `${label} as a config`,
        bytes: await asTar({ ...docker, ...dockerFiles({ ...baseImage, config: Buffer.from(text) }) }),
        outcome: 'gap',
      },
      { name: `${label} as provenance`, bytes: await asTar(layoutFiles(blobs, [image, statement])), outcome: 'either' },
    );
  }
  return found;
}

async function indexes(): Promise<readonly HostileImage[]> {
  const found: HostileImage[] = [];
  const push = async (name: string, files: ImageFiles, outcome: HostileImage['outcome']) =>
    void found.push({ name, bytes: await asTar(files), outcome });
  for (const depth of [1, 4, 5, 6, 50]) {
    const blobs = collectBlobs();
    let top = addImage(blobs, baseImage);
    for (let level = 0; level < depth; level++) top = addIndex(blobs, [top]);
    await push(`indexes ${depth} deep`, layoutFiles(blobs, [top]), depth < 5 ? 'whole' : 'gap');
  }
  const blobs = collectBlobs();
  const image = addImage(blobs, baseImage);
  const digest = `sha256:${'a'.repeat(64)}`;
  const self = indexText([{ digest }]);
  await push('an index that names itself', { 'index.json': self, [`blobs/sha256/${'a'.repeat(64)}`]: self }, 'gap');
  await push(
    'an image a thousand times',
    layoutFiles(
      blobs,
      Array.from({ length: 1000 }, () => image),
    ),
    'whole',
  );
  const subject = { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': image.digest };
  await push(
    'an image that attests to itself',
    layoutFiles(blobs, [image, { ...image, annotations: subject }]),
    'either',
  );
  for (const size of [0, -1, 2 ** 40, 'x', null])
    await push(`a descriptor of size ${size}`, layoutFiles(blobs, [{ ...image, size }]), 'whole');
  for (const name of ['\u001b[2J', '::error::x', '\r\nx', '\u202e', '<script>', 'n'.repeat(100_000)])
    await push(`tag ${json(name).slice(0, 40)}`, dockerFiles({ ...baseImage, tag: name }), 'whole');
  const [first = Buffer.alloc(0)] = baseImage.layers;
  await push('a blob with two diffIDs', imageOf([first, first], [first, Buffer.from('x')]), 'gap');
  await push('a layer twice', imageOf([first, first]), 'whole');
  const twice = Buffer.concat([tarFile('manifest.json', '[]'), await asTar(dockerFiles(baseImage))]);
  found.push({ name: 'manifest.json twice', bytes: twice, outcome: 'gap' });
  return found;
}

/** The hostile tars as layers, with true digests: what their reader says must arrive as a gap. */
async function layers(seed: number): Promise<readonly HostileImage[]> {
  const tars = hostileTars(seed).filter(({ bytes }) => bytes.length < 100_000);
  const found: HostileImage[] = [];
  for (const [index, { name, bytes }] of tars.entries()) {
    if (index % 12 !== 0) continue;
    found.push({ name: `layer: ${name}`, bytes: await asTar(imageOf([bytes])), outcome: 'either' });
  }
  return found;
}

async function mutations(seed: number, count: number): Promise<readonly HostileImage[]> {
  const random = createRandom(seed);
  const wholes: Buffer[] = [];
  for (const [, files] of forms) wholes.push(await asTar(files));
  return Array.from({ length: count }, (_, index) => {
    const bytes = Buffer.from(wholes[random.below(wholes.length)] ?? '');
    for (let changes = 1 + random.below(5); changes > 0; changes--)
      bytes[random.below(bytes.length)] = random.below(256);
    return { name: `mutation ${index}`, bytes, outcome: 'either' as const };
  });
}

/** Image archives made to mislead or break, each small; the same for the same seed. */
export async function hostileImages(seed: number): Promise<readonly HostileImage[]> {
  const parts = [
    await truncations(),
    await damages(),
    await compressions(),
    await documents(),
    await indexes(),
    await layers(seed),
    await mutations(seed, 150),
  ];
  return parts.flat();
}
