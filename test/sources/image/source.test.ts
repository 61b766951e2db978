import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  buildImage,
  type ImageBlobs,
  type ImageContent,
  sha256,
  type TarFile,
  tarOf,
} from '../../../src/demo/docker-save.ts';
import { exampleKey } from '../../../src/domain/example-key.ts';
import type { Request } from '../../../src/request.ts';
import { run } from '../../../src/run.ts';
import type { ImageAccess } from '../../../src/sources/image/image-access.ts';
import { type ImageReading, readImages } from '../../../src/sources/image/source.ts';
import { createRedactor } from '../../../src/sources/secret/redactor.ts';
import { hostOn, imageAt, inFolder, requestFor } from '../../helpers/check-example.ts';
import { withEngine } from '../../helpers/fake-engine.ts';
import { withRegistry } from '../../helpers/fake-registry.ts';
import {
  addAttestation,
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
  writeFolder,
} from '../../helpers/image-forms.ts';
import { readAll, withAccess } from '../../helpers/read-images.ts';
import { tarEnd, tarFile } from '../../helpers/tar-bytes.ts';
import { rawBlock, skippableFrame, zstdChunked, zstdFrame, zstdStored } from '../../helpers/zstd-bytes.ts';

const content: ImageContent = {
  tag: 'app:1',
  user: '1000',
  environment: ['PATH=/usr/bin', 'CHAT_API_KEY=q8Zr-not-a-placeholder'],
  steps: [
    {
      createdBy: 'ADD rootfs.tar / # buildkit',
      files: { 'etc/os-release': 'ID=alpine\n', 'app/.env': 'A_KEY=first-real-value\n' },
    },
    { createdBy: 'ENV CHAT_API_KEY=q8Zr-not-a-placeholder' },
    {
      createdBy: 'COPY . /app # buildkit',
      files: { 'app/.env': 'A_KEY=other-real-value\n', 'app/key.pem': exampleKey() },
    },
    { createdBy: 'RUN /bin/sh -c rm /app/.env # buildkit', deletes: ['app/.env'] },
    { createdBy: 'USER 1000' },
  ],
};
const dockerfile =
  'FROM alpine:3.21\nENV CHAT_API_KEY=q8Zr-not-a-placeholder\nCOPY . /app\nRUN rm /app/.env\nUSER 1000\n';

const asTar = (files: ImageFiles, prefix = '') => tarOf(tarEntries(files, prefix));

/** What `docker save` writes with the containerd image store: both manifests, gzip layers, a nested index. */
function containerdFiles(image: ImageBlobs): ImageFiles {
  const blobs = collectBlobs();
  const manifest = addImage(blobs, image, { compress: (layer) => gzipSync(layer) });
  const { layers } = JSON.parse(
    Buffer.from(blobs.files[`blobs/${manifest.digest.replace(':', '/')}`] ?? '').toString(),
  );
  const nameOf = (digest: string) => `blobs/${digest.replace(':', '/')}`;
  const docker = [
    {
      Config: `blobs/sha256/${sha256(image.config)}`,
      RepoTags: [image.tag],
      Layers: layers.map((layer: { digest: string }) => nameOf(layer.digest)),
    },
  ];
  return { ...layoutFiles(blobs, [addIndex(blobs, [manifest])]), 'manifest.json': JSON.stringify(docker) };
}

function nestedFiles(image: ImageBlobs): ImageFiles {
  const blobs = collectBlobs();
  const manifest = addImage(blobs, image);
  return layoutFiles(blobs, [addIndex(blobs, [addIndex(blobs, [manifest])])]);
}

/** One gzip member per part, as eStargz has one per file. */
function multiMember(layer: Buffer): Buffer {
  const parts = Array.from({ length: Math.ceil(layer.length / 700) }, (_, index) =>
    layer.subarray(index * 700, (index + 1) * 700),
  );
  return Buffer.concat(parts.map((part) => gzipSync(part)));
}

/** Classic docker save where a layer's folder links to another's, as for equal layers. */
async function linkedLayers(image: ImageBlobs): Promise<Buffer> {
  const files = dockerClassicFiles(image);
  const [first] = Object.keys(files).filter((name) => name.endsWith('layer.tar'));
  const plain = Object.entries(files).filter(([name]) => name !== first);
  const link = tarFile(first ?? '', '', { type: '2', link: '../shared/layer.tar' });
  const parts = [tarFile('shared/layer.tar', Buffer.from(files[first ?? ''] ?? '')), link];
  return Buffer.concat([...parts, ...plain.map(([name, bytes]) => tarFile(name, Buffer.from(bytes))), tarEnd]);
}

const forms: readonly (readonly [string, (image: ImageBlobs) => ImageFiles | Promise<Buffer>])[] = [
  ['docker save, classic', (image) => asTar(dockerClassicFiles(image))],
  ['docker save, classic, with linked layers', linkedLayers],
  ['docker save, blobs', (image) => asTar(blobFormFiles(image))],
  ['docker save, blobs, names that begin in ./', (image) => asTar(blobFormFiles(image), './')],
  ['docker save of the containerd store', (image) => asTar(containerdFiles(image))],
  ['OCI archive', (image) => asTar(ociFiles(image))],
  ['OCI archive, names that begin in ./', (image) => asTar(ociFiles(image), './')],
  ['OCI archive, index in an index in an index', (image) => asTar(nestedFiles(image))],
  ['OCI archive, gzip layers', (image) => asTar(ociFiles(image, { compress: (layer) => gzipSync(layer) }))],
  ['OCI archive, gzip layers of many members', (image) => asTar(ociFiles(image, { compress: multiMember }))],
  [
    'OCI archive, one layer gzip',
    (image) => asTar(ociFiles(image, { compress: (layer, index) => (index === 1 ? gzipSync(layer) : layer) })),
  ],
  ['OCI archive, zstd layers', (image) => asTar(ociFiles(image, { compress: (layer) => zstdStored(layer) }))],
  ['OCI archive, zstd:chunked layers', (image) => asTar(ociFiles(image, { compress: (layer) => zstdChunked(layer) }))],
  ['docker save, gzip as a whole', async (image) => gzipSync(await asTar(blobFormFiles(image)))],
  ['docker save, classic, zstd as a whole', async (image) => zstdStored(await asTar(dockerClassicFiles(image)))],
  [
    'OCI archive, gzip layers, zstd of many frames as a whole',
    async (image) => zstdChunked(await asTar(ociFiles(image, { compress: (layer) => gzipSync(layer) }))),
  ],
  ['OCI folder', (image) => ociFiles(image)],
  ['OCI folder, nested index', nestedFiles],
];

function blobFormFiles({ tag, config, layers }: ImageBlobs): ImageFiles {
  const nameOf = (bytes: Buffer) => `blobs/sha256/${sha256(bytes)}`;
  const manifest = [{ Config: nameOf(config), RepoTags: [tag], Layers: layers.map(nameOf) }];
  return {
    ...Object.fromEntries([...layers, config].map((blob) => [nameOf(blob), blob])),
    'manifest.json': JSON.stringify(manifest),
  };
}

/** Puts an archive or a folder at `place`. */
async function store(place: string, form: ImageFiles | Buffer): Promise<void> {
  if (Buffer.isBuffer(form)) await writeFile(place, form);
  else await writeFolder(place, form);
}

const expectedFindings = [
  'leaked-dotenv 1 critical',
  'leaked-dotenv 3 critical',
  'leaked-private-key 3 critical',
  'secret-in-image-config 2 medium',
];

/** All that must not depend on how an image was stored or fetched, as text. */
async function essenceOf(name: string, image: Request['images'][number], repository: string, host = hostOn()) {
  const more = { images: [image], offline: false };
  const { findings, gaps, coverage } = await run(requestFor(repository, more), host);
  const read = await readAll([image], {}, { host, offline: false });
  const facts = read.images.map(({ image: { layers, tags: _, ...rest } }) => ({
    ...rest,
    diffIds: layers.map((layer) => layer.diffId),
  }));
  expect(gaps, name).toEqual([]);
  expect(
    findings.map((finding) => `${finding.ruleId} ${finding.anchor?.line} ${finding.severity}`).sort(),
    name,
  ).toEqual(expectedFindings);
  return JSON.stringify({ findings, facts, entries: coverage.layerEntries, pairings: coverage.pairings });
}

describe('the same content in every form', () => {
  it('gives the same image, evidence, findings and fingerprints', async () => {
    const image = await buildImage(content);
    const seen = new Map<string, string>();
    await inFolder(async (folder) => {
      const repository = join(folder, 'repository');
      await writeFolder(repository, { Dockerfile: dockerfile });
      for (const [name, make] of forms) {
        const place = join(folder, name.replaceAll(/\W/g, '-'));
        await store(place, await make(image));
        seen.set(name, await essenceOf(name, imageAt(place), repository));
      }
      const blobs = collectBlobs();
      const top = addIndex(blobs, [addImage(blobs, image, { compress: (layer) => gzipSync(layer) })]);
      await withRegistry({ blobs, top }, async ({ image: target }) => {
        const request = { text: 'app.tar', transport: 'registry', target } as const;
        seen.set('registry', await essenceOf('registry', request, repository));
      });
      const socket = join(folder, 'engine.sock');
      const archive = await asTar(blobFormFiles(image));
      await withEngine(socket, { 'app:1': archive }, async () => {
        const host = { ...hostOn(), environment: { DOCKER_HOST: `unix://${socket}` } };
        const request = { text: 'app.tar', transport: 'docker-daemon', target: 'app:1' } as const;
        seen.set('docker-daemon', await essenceOf('docker-daemon', request, repository, host));
      });
    });
    expect(seen.size).toBe(forms.length + 2);
    const [first] = seen.values();
    for (const [name, result] of seen) expect(result, name).toBe(first);
  });
});

async function readForm(form: ImageFiles | Buffer, access: Partial<ImageAccess> = {}): Promise<ImageReading> {
  return await inFolder(async (folder) => {
    const place = join(folder, 'image');
    await mkdir(folder, { recursive: true });
    await store(place, form);
    return await readAll([imageAt(place)], { fileNames: [/^\.env$/] }, access);
  });
}

const reasonsOf = ({ gaps }: ImageReading) =>
  gaps.map((item) => `${item.source}: ${item.reason.replace(/sha256[:/][0-9a-f]{64}/g, 'sha256:…')}`);
const pathsOf = ({ evidence }: ImageReading) =>
  evidence.flatMap((item) => (item.kind === 'layer-entry' ? [`${item.at.layer} ${item.at.path}`] : []));

const [xz, bzip2] = [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), Buffer.from('BZh9')];
const gzipTwice = (layer: Buffer) => gzipSync(layer).subarray(0, -20);
const secondLayer = (change: (layer: Buffer) => Uint8Array) => ({
  compress: (layer: Buffer, index: number) => (index === 1 ? change(layer) : layer),
});

const unread = (text: string) => `image/layer: layer 1 of app.tar was not fully examined: ${text}`;
const notRead = (name: string) => unread(`it is compressed with ${name}, which is not read`);

describe('a layer that cannot be examined is a gap, and the others are examined', () => {
  it.each<[string, (layer: Buffer) => Uint8Array, readonly string[], readonly string[]]>([
    [
      'cut zstd',
      (layer) => zstdStored(layer).subarray(0, -20),
      [unread('its zstd data ends before it is complete')],
      ['0 app/.env'],
    ],
    [
      'cut zstd:chunked',
      (layer) => zstdChunked(layer).subarray(0, -1),
      [unread('its zstd data ends before it is complete')],
      ['0 app/.env', '1 app/.env'],
    ],
    [
      'zstd without the last of its frames',
      (layer) => zstdStored(layer.subarray(0, 2048)),
      [
        unread('its content does not have the diffID the config states'),
        unread('the archive ends in the middle of an entry (after 2 entries)'),
      ],
      ['0 app/.env', '1 app/.env'],
    ],
    [
      'zstd with nothing but a frame to skip',
      () => skippableFrame('x'),
      [unread('its zstd data is empty')],
      ['0 app/.env'],
    ],
    [
      'zstd with more behind it',
      (layer) => Buffer.concat([zstdChunked(layer), Buffer.from('more')]),
      [unread('its zstd data has bytes that belong to no frame')],
      ['0 app/.env', '1 app/.env'],
    ],
    [
      'zstd that needs a window of 2 GiB',
      (layer) => zstdFrame([rawBlock(layer)], { window: 21 << 3 }),
      [unread('its zstd data needs a window of 2147483648 bytes of memory, more than the limit of 134217728')],
      ['0 app/.env'],
    ],
    ['xz', () => xz, [notRead('xz')], ['0 app/.env']],
    ['bzip2', () => bzip2, [notRead('bzip2')], ['0 app/.env']],
    ['zip', () => Buffer.from('PK\x03\x04'), [notRead('zip')], ['0 app/.env']],
    [
      'cut gzip',
      gzipTwice,
      ['image/layer: layer 1 of app.tar was not fully examined: its gzip data is damaged (unexpected end of file)'],
      ['0 app/.env', '1 app/.env'],
    ],
    [
      'gzip with more behind it',
      (layer) => Buffer.concat([gzipSync(layer), Buffer.from('more')]),
      ['image/layer: layer 1 of app.tar was not fully examined: its gzip data is damaged (incorrect header check)'],
      ['0 app/.env', '1 app/.env'],
    ],
    [
      'another tar than the config states',
      () => Buffer.concat([tarFile('app/.env', 'B=1\n'), tarEnd]),
      [
        'image/layer: layer 1 of app.tar was not fully examined: its content does not have the diffID the config states',
      ],
      ['0 app/.env', '1 app/.env'],
    ],
    [
      'no tar',
      () => Buffer.from('text'.repeat(400)),
      [
        'image/layer: layer 1 of app.tar was not fully examined: its content does not have the diffID the config states',
        'image/layer: layer 1 of app.tar was not fully examined: an entry header has a wrong checksum (after 0 entries)',
      ],
      ['0 app/.env'],
    ],
  ])('%s', async (_, change, reasons, paths) => {
    const reading = await readForm(await asTar(ociFiles(await buildImage(content), secondLayer(change))));
    expect(reasonsOf(reading)).toEqual(reasons);
    expect(pathsOf(reading)).toEqual(paths);
  });

  it('bytes that do not have the digest the manifest states', async () => {
    const image = await buildImage(content);
    const files = ociFiles(image);
    const first = image.layers[0] ?? Buffer.alloc(0);
    const changed = {
      ...files,
      [`blobs/sha256/${sha256(first)}`]: Buffer.concat([tarFile('app/.env', 'B=1\n'), tarEnd]),
    };
    expect(reasonsOf(await readForm(changed))).toEqual([
      'image/layer: layer 0 of app.tar was not fully examined: its bytes do not have the digest the manifest states',
      'image/layer: layer 0 of app.tar was not fully examined: its content does not have the diffID the config states',
    ]);
  });
});

/** A docker save of one layer whose parts can be replaced. */
async function brokenSave(change: (files: ImageFiles, image: ImageBlobs) => ImageFiles): Promise<Buffer> {
  const image = await buildImage(content);
  return await asTar(change(blobFormFiles(image), image));
}

const configName = (image: ImageBlobs) => `blobs/sha256/${sha256(image.config)}`;
const without = (files: ImageFiles, name: string) =>
  Object.fromEntries(Object.entries(files).filter(([path]) => path !== name));
const withConfig = (files: ImageFiles, image: ImageBlobs, config: string) => {
  const bytes = Buffer.from(config);
  const name = `blobs/sha256/${sha256(bytes)}`;
  const manifest = String(files['manifest.json']).replace(configName(image), name);
  return { ...files, [name]: bytes, 'manifest.json': manifest };
};

describe('an image that cannot be read is a gap', () => {
  it.each<[string, () => Promise<Buffer> | Promise<ImageFiles>, string]>([
    ['cut archive', async () => (await brokenSave((files) => files)).subarray(0, 2000), 'app.tar is truncated'],
    ['empty file', async () => Buffer.alloc(0), 'app.tar is not a readable image archive: it is too short'],
    [
      'text',
      async () => Buffer.from('x'.repeat(2000)),
      'app.tar is not a readable image archive: an entry header has a wrong checksum',
    ],
    ['xz as a whole', async () => xz, 'app.tar is compressed as a whole with xz, which is not read'],
    [
      'cut gzip as a whole',
      async () => gzipSync(await brokenSave((files) => files)).subarray(0, -9),
      'app.tar cannot be read: its gzip data is damaged (unexpected end of file)',
    ],
    [
      'cut zstd as a whole',
      async () => zstdStored(await brokenSave((files) => files)).subarray(0, -9),
      'app.tar cannot be read: its zstd data ends before it is complete',
    ],
    [
      'gzip twice',
      async () => gzipSync(gzipSync(await brokenSave((files) => files))),
      'app.tar is compressed more than once',
    ],
    ['xz in gzip', async () => gzipSync(xz), 'app.tar is compressed more than once'],
    ['text in gzip', async () => gzipSync('text'), 'app.tar is not a readable image archive: it is too short'],
    [
      'no manifest',
      () => brokenSave((files) => without(files, 'manifest.json')),
      'app.tar is not an image: it has neither manifest.json nor index.json',
    ],
    [
      'manifest that is no JSON',
      () => brokenSave((files) => ({ ...files, 'manifest.json': '[{' })),
      'app.tar cannot be read: manifest.json is not the manifest of a docker save',
    ],
    [
      'manifest without layers',
      () => brokenSave((files) => ({ ...files, 'manifest.json': '[{"Config":"a"}]' })),
      'app.tar cannot be read: manifest.json is not the manifest of a docker save',
    ],
    [
      'manifest that injects keys',
      () => brokenSave((files) => ({ ...files, 'manifest.json': '[],"images":[]' })),
      'app.tar holds no image',
    ],
    [
      'manifest that names no image',
      () => brokenSave((files) => ({ ...files, 'manifest.json': '[]' })),
      'app.tar holds no image',
    ],
    [
      'missing config',
      () => brokenSave((files, image) => without(files, configName(image))),
      'app.tar cannot be read: blobs/sha256:… is missing',
    ],
    [
      'config with another digest',
      () => brokenSave((files, image) => ({ ...files, [configName(image)]: '{}' })),
      'app.tar cannot be read: the config blobs/sha256:… does not have the digest its name states',
    ],
    [
      'config that is no JSON',
      () => brokenSave((files, image) => withConfig(files, image, 'no')),
      'app.tar cannot be read: the config blobs/sha256:… is not JSON',
    ],
    [
      'config that is a list',
      () => brokenSave((files, image) => withConfig(files, image, '[]')),
      'app.tar cannot be read: the config blobs/sha256:… is not JSON',
    ],
    [
      'config of other layers',
      () => brokenSave((files, image) => withConfig(files, image, '{"rootfs":{"diff_ids":[]}}')),
      'app.tar cannot be read: the config names 0 layers and the manifest 3',
    ],
    [
      'folder without index',
      async () => ({ 'oci-layout': '{}' }),
      'app.tar is not an image: it has neither manifest.json nor index.json',
    ],
    [
      'index that is no index',
      async () => ({ 'index.json': '{"layers":[]}' }),
      'app.tar cannot be read: index.json is not an OCI index',
    ],
    ['index of nothing', async () => ({ 'index.json': indexText([]) }), 'app.tar holds no image'],
    [
      'index with a digest that leads out',
      async () => ({ 'index.json': indexText([{ digest: 'sha256:../../../etc/passwd' }]) }),
      'app.tar was not fully examined: an index names a manifest without a valid sha256 digest',
    ],
  ])('%s', async (_, make, expected) => {
    const reading = await readForm(await make());
    expect(reading.images).toEqual([]);
    expect(reasonsOf(reading)).toEqual([`image: ${expected}`]);
  });

  it('a compressed archive larger than the spool is one', async () => {
    const archive = gzipSync(await brokenSave((files) => files));
    await inFolder(async (folder) => {
      await store(join(folder, 'image'), archive);
      const { gaps } = await withAccess(
        (access) =>
          readImages([imageAt(join(folder, 'image'))], { fileNames: [], hashPaths: [] }, access, createRedactor()),
        {},
        2000,
      );
      expect(gaps).toMatchObject([
        {
          reason: 'app.tar was not examined: it needs more than 2.0 kB of temporary disk space',
          hint: 'raise --spool-limit, or point TMPDIR at a disk with room',
        },
      ]);
    });
  });

  it("a path that is not there is the user's mistake", async () => {
    const reading = readAll([imageAt('/nowhere/app.tar')]);
    await expect(reading).rejects.toMatchObject({ message: 'the image app.tar does not exist' });
  });
});

it.each([
  ['as many steps as layers', [{}, { empty_layer: true }, {}, {}], [0, 2, 3]],
  ['fewer steps', [{}, {}], [null, null, null]],
  ['more steps', [{}, {}, {}, {}], [null, null, null]],
  ['no history', [], [null, null, null]],
])('a layer belongs to its step only where the counts fit: %s', async (_, history, expected) => {
  const image = await buildImage(content);
  const config = { ...JSON.parse(image.config.toString()), history };
  const reading = await readForm(await asTar(ociFiles({ ...image, config: Buffer.from(JSON.stringify(config)) })));
  expect(reading.images[0]?.image.layers.map((layer) => layer.historyIndex)).toEqual(expected);
});

describe('indexes', () => {
  it('an index that names itself ends in a gap', async () => {
    const digest = `sha256:${'ab'.repeat(32)}`;
    const index = indexText([{ mediaType: 'application/vnd.oci.image.index.v1+json', digest, size: 1 }]);
    expect(reasonsOf(await readForm({ 'index.json': index, [`blobs/${digest.replace(':', '/')}`]: index }))).toEqual([
      'image: app.tar was not fully examined: blobs/sha256:… does not have the digest its name states',
    ]);
  });

  it('indexes nested too deep end in a gap', async () => {
    const blobs = collectBlobs();
    let inner = addImage(blobs, await buildImage(content));
    for (let depth = 0; depth < 6; depth++) inner = addIndex(blobs, [inner]);
    expect(reasonsOf(await readForm(layoutFiles(blobs, [inner])))).toEqual([
      'image: app.tar was not fully examined: indexes are nested more than 5 deep',
    ]);
  });

  it('every platform is read, a manifest named twice once', async () => {
    const blobs = collectBlobs();
    const [one, two] = [
      addImage(blobs, await buildImage(content)),
      addImage(blobs, await buildImage({ ...content, user: '0', steps: content.steps.slice(0, 1) })),
    ];
    const reading = await readForm(layoutFiles(blobs, [addIndex(blobs, [one, two, one])]));
    expect(reading.images.map(({ image }) => [image.label, image.user, image.layers.length])).toEqual([
      ['app.tar#1', '1000', 3],
      ['app.tar#2', '0', 1],
    ]);
    expect(pathsOf(reading)).toEqual(['0 app/.env', '1 app/.env', '0 app/.env']);
    expect(reading.gaps).toEqual([]);
  });

  it('one platform of two is missing: the other is read, and the gap says so', async () => {
    const blobs = collectBlobs();
    const manifest = addImage(blobs, await buildImage(content));
    const missing = { ...manifest, digest: `sha256:${'0'.repeat(64)}` };
    const reading = await readForm(layoutFiles(blobs, [manifest, missing]));
    expect(reading.images.map(({ image }) => image.label)).toEqual(['app.tar']);
    expect(reasonsOf(reading)).toEqual(['image: app.tar was not fully examined: blobs/sha256:… is missing']);
  });

  it('several images of one docker save have their tags in their names, and shared layers are read once', async () => {
    const image = await buildImage(content);
    const files = blobFormFiles(image);
    const [entry] = JSON.parse(String(files['manifest.json']));
    const both = { ...files, 'manifest.json': JSON.stringify([entry, { ...entry, RepoTags: ['app:2'] }]) };
    const reading = await readForm(await asTar(both));
    expect(reading.images.map((stored) => stored.image.label)).toEqual(['app.tar#app:1', 'app.tar#app:2']);
    expect([reading.layers, reading.layerEntries]).toEqual([6, 5]);
  });
});

describe('attestations', () => {
  const settingsOf = ({ evidence }: ImageReading) =>
    evidence.flatMap((item) => (item.kind === 'image-setting' ? [`${item.part} ${item.name}`] : []));
  const buildArguments = { NPM_TOKEN: 'q8Zr-not-a-placeholder', NODE_ENV: 'production' };

  it('build arguments of an image are read, in an archive and in a folder', async () => {
    const files = ociFiles(await buildImage({ ...content, environment: [], steps: content.steps.slice(2) }), {
      buildArguments,
    });
    for (const form of [files, await asTar(files)]) {
      const reading = await readForm(form);
      expect(settingsOf(reading)).toEqual(['provenance NPM_TOKEN']);
      expect(reading.gaps).toEqual([]);
    }
  });

  it('those of a docker save too', async () => {
    const image = await buildImage({ ...content, environment: [], steps: content.steps.slice(2) });
    const both = { ...ociFiles(image, { buildArguments }), ...blobFormFiles(image) };
    expect(settingsOf(await readForm(await asTar(both)))).toEqual(['provenance NPM_TOKEN']);
  });

  it('are no image of their own', async () => {
    const blobs = collectBlobs();
    const manifest = addImage(blobs, await buildImage(content));
    const attestation = addAttestation(blobs, manifest, buildArguments);
    const reading = await readForm(layoutFiles(blobs, [addIndex(blobs, [manifest, attestation])]));
    expect(reading.images.map(({ image }) => image.label)).toEqual(['app.tar']);
    expect(settingsOf(reading)).toContain('provenance NPM_TOKEN');
  });

  it.each<[string, (statement: Buffer) => Buffer | null, string]>([
    ['missing', () => null, 'blobs/sha256:… is missing'],
    [
      'changed',
      (bytes) => Buffer.concat([bytes, Buffer.from(' ')]),
      'blobs/sha256:… does not have the digest its name states',
    ],
  ])('a statement that is %s is a gap', async (_, change, problem) => {
    const files = ociFiles(await buildImage(content), { buildArguments });
    const broken = Object.entries(files).flatMap(([path, bytes]) => {
      if (!Buffer.from(bytes).includes('predicateType')) return [[path, bytes] as const];
      const changed = change(Buffer.from(bytes));
      return changed === null ? [] : [[path, changed] as const];
    });
    expect(reasonsOf(await readForm(Object.fromEntries(broken)))).toEqual([
      `image/provenance: the build provenance of app.tar cannot be read: ${problem}`,
    ]);
  });

  it('a statement that is no JSON object is a gap', async () => {
    const blobs = collectBlobs();
    const manifest = addImage(blobs, await buildImage(content));
    const files = layoutFiles(blobs, [manifest, addStatement(blobs, manifest, 'no statement')]);
    expect(reasonsOf(await readForm(files))).toEqual([
      'image/provenance: the build provenance of app.tar cannot be read: blobs/sha256:… is not JSON',
    ]);
  });
});

describe('layers that are not there', () => {
  it('a missing one is a gap, and the others are examined', async () => {
    const image = await buildImage(content);
    const gone = `blobs/sha256/${sha256(image.layers[1] ?? Buffer.alloc(0))}`;
    const reading = await readForm(await asTar(without(blobFormFiles(image), gone)));
    expect(reasonsOf(reading)).toEqual([unread('it is missing')]);
    expect(pathsOf(reading)).toEqual(['0 app/.env']);
  });

  it('a foreign one is a gap that says so', async () => {
    const image = await buildImage(content);
    const files = ociFiles(image);
    const gone = `blobs/sha256/${sha256(image.layers[1] ?? Buffer.alloc(0))}`;
    const [config, ...layers] = [image.config, ...image.layers].map((bytes, index) => ({
      mediaType:
        index === 2
          ? 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'
          : 'application/vnd.oci.image.layer.v1.tar',
      digest: `sha256:${sha256(bytes)}`,
      size: bytes.length,
      ...(index === 2 ? { urls: ['https://example.com/layer'] } : {}),
    }));
    const manifest = JSON.stringify({ schemaVersion: 2, config, layers });
    const digest = sha256(Buffer.from(manifest));
    const changed = {
      ...without(files, gone),
      [`blobs/sha256/${digest}`]: manifest,
      'index.json': indexText([{ digest: `sha256:${digest}` }]),
    };
    const reading = await readForm(changed);
    expect(reasonsOf(reading)).toEqual([unread('it is a foreign layer, which lies outside of the image')]);
    expect(reading.gaps[0]?.hint).toBe('pull the image with an engine, and pass its docker save archive');
  });
});

const linux = (architecture: string, variant = '') => ({ os: 'linux', architecture, variant });

describe('several platforms', () => {
  /** An index of amd64 and arm64 (as its descriptors and configs say), with provenance for each. */
  async function twoPlatforms(change: (files: ImageFiles, arm: string) => ImageFiles = (files) => files) {
    const blobs = collectBlobs();
    const image = await buildImage(content);
    const config = Buffer.from(image.config.toString().replace('"amd64"', '"arm64"'));
    const amd = { ...addImage(blobs, image), platform: linux('amd64') };
    const arm = { ...addImage(blobs, { ...image, config }), platform: linux('arm64', 'v8') };
    const attested = [amd, arm].map((one) => addAttestation(blobs, one, { API_TOKEN: 'q8Zr-not-a-placeholder' }));
    return change(layoutFiles(blobs, [amd, arm, ...attested]), arm.digest.slice(7));
  }
  const labels = ({ images }: ImageReading) =>
    images.map(({ image }) => `${image.label} ${image.platform.architecture}`);

  it('are all read, and named; layers they share are read once', async () => {
    const reading = await readForm(await asTar(await twoPlatforms()));
    expect(labels(reading)).toEqual(['app.tar#linux/amd64 amd64', 'app.tar#linux/arm64 arm64']);
    expect([reading.layers, reading.layerEntries]).toEqual([6, 5]);
    expect(reading.gaps).toEqual([]);
  });

  it.each([
    ['amd64', ''],
    ['amd64', 'v1'],
    ['arm64', ''],
    ['arm64', 'v8'],
  ])('only %s%s when it is chosen', async (architecture, variant) => {
    const reading = await readForm(await asTar(await twoPlatforms()), { platform: linux(architecture, variant) });
    expect(labels(reading)).toEqual([`app.tar ${architecture}`]);
    expect(reading.gaps).toEqual([]);
    expect(reading.evidence.some((item) => item.kind === 'image-setting' && item.part === 'provenance')).toBe(true);
  });

  it('one that is not chosen may be absent', async () => {
    const sparse = await twoPlatforms((files, arm) => without(files, `blobs/sha256/${arm}`));
    expect(labels(await readForm(sparse, { platform: linux('amd64') }))).toEqual(['app.tar amd64']);
    const all = await readForm(sparse);
    expect(labels(all)).toEqual(['app.tar amd64']);
    expect(reasonsOf(all)).toEqual(['image: app.tar was not fully examined: blobs/sha256:… is missing']);
  });

  it.each([
    ['an OCI archive', async () => asTar(await twoPlatforms()), 'it is there for linux/amd64, linux/arm64/v8'],
    ['a docker save', async () => asTar(blobFormFiles(await buildImage(content))), 'it is there for linux/amd64'],
  ])('one that is missing in %s is a mistake, and those there are named', async (_, make, hint) => {
    const reading = readForm(await make(), { platform: linux('riscv64') });
    await expect(reading).rejects.toMatchObject({ message: 'app.tar is not there for linux/riscv64', hint });
  });

  it('a docker save that holds more than its manifest.json says is read whole', async () => {
    const files = await twoPlatforms();
    const image = await buildImage(content);
    const reading = await readForm(
      await asTar({ ...files, 'manifest.json': blobFormFiles(image)['manifest.json'] ?? '' }),
    );
    expect(labels(reading)).toEqual(['app.tar#linux/amd64 amd64', 'app.tar#linux/arm64 arm64']);
    expect(reading.gaps).toEqual([]);
  });
});

describe('what an archive must not reach', () => {
  it('a link of an OCI folder is not followed', async () => {
    const image = await buildImage(content);
    await inFolder(async (folder) => {
      const files = ociFiles(image);
      await writeFolder(join(folder, 'image'), without(files, configName(image)));
      await writeFile(join(folder, 'outside'), image.config);
      execFileSync('ln', ['-s', join(folder, 'outside'), join(folder, 'image', configName(image))]);
      const reading = await readAll([imageAt(join(folder, 'image'))]);
      expect(reasonsOf(reading)).toEqual(['image: app.tar cannot be read: blobs/sha256:… is missing']);
    });
  });

  it('a loop of links inside an archive is a missing blob', async () => {
    const loop = [
      tarFile('manifest.json', '', { type: '2', link: 'other' }),
      tarFile('other', '', { type: '2', link: 'manifest.json' }),
    ];
    expect(reasonsOf(await readForm(Buffer.concat([...loop, tarEnd])))).toEqual([
      'image: app.tar cannot be read: manifest.json is missing',
    ]);
  });
});

it('a layer of 100,000 entries is counted, and the one that matters found', async () => {
  const one = tarFile('usr/share/doc/package/copyright', 'x');
  const layer = Buffer.concat([
    ...Array.from({ length: 100_000 }, () => one),
    tarFile('srv/.env', 'A_KEY=real-value-1\n'),
    tarEnd,
  ]);
  const config = Buffer.from(
    JSON.stringify({ rootfs: { diff_ids: [`sha256:${sha256(layer)}`] }, history: [{ created_by: 'x' }] }),
  );
  const reading = await readForm(
    await tarOf(
      Object.entries(blobFormFiles({ tag: 'big:1', config, layers: [layer] })).map(
        ([name, bytes]): TarFile => [name, bytes],
      ),
    ),
  );
  expect([reading.layerEntries, ...pathsOf(reading)]).toEqual([100_001, '0 srv/.env']);
  expect(reading.gaps).toEqual([]);
});
