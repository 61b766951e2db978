import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildImage, sha256, tarOf } from '../../../src/demo/docker-save.ts';
import type { Request } from '../../../src/request.ts';
import { openImages } from '../../../src/sources/image/open-images.ts';
import { createScanInputs, type ScanInput, type ScanProblem } from '../../../src/sources/scanner/scan-input.ts';
import { hostOn, inFolder } from '../../helpers/check-example.ts';
import {
  addAttestation,
  addImage,
  addIndex,
  collectBlobs,
  dockerClassicFiles,
  type ImageFiles,
  layoutFiles,
  tarEntries,
  writeFolder,
} from '../../helpers/image-forms.ts';
import { withAccess } from '../../helpers/read-images.ts';

const app = await buildImage({
  tag: 'app:1',
  steps: [
    { createdBy: 'COPY a /', files: { a: 'first' } },
    { createdBy: 'COPY b /', files: { b: 'second' } },
  ],
});
const other = await buildImage({ tag: 'other:1', steps: [{ createdBy: 'COPY c /', files: { c: 'third' } }] });

/** Both images in a nested index, with an attestation first: what `docker buildx build --output type=oci` writes. */
function nested(): ImageFiles {
  const blobs = collectBlobs();
  const options = { compress: (layer: Buffer) => gzipSync(layer) };
  const [first, second] = [addImage(blobs, app, options), addImage(blobs, other, options)];
  return layoutFiles(blobs, [addIndex(blobs, [addAttestation(blobs, first, {}), first, second])]);
}

interface Prepared {
  readonly input: ScanInput | ScanProblem;
  /** Path -> content of the layout folder; empty for an archive. */
  readonly files: Readonly<Record<string, Buffer>>;
  readonly links: number;
}

async function readInput(input: ScanInput | ScanProblem): Promise<Prepared> {
  if ('reason' in input || input.form !== 'oci-dir') return { input, files: {}, links: 0 };
  const blobs = join('blobs', 'sha256');
  const names = [
    'index.json',
    'oci-layout',
    ...(await readdir(join(input.path, blobs))).map((one) => join(blobs, one)),
  ];
  const files: Record<string, Buffer> = {};
  let links = 0;
  for (const name of names) {
    files[name] = await readFile(join(input.path, name));
    if ((await stat(join(input.path, name))).nlink > 1) links += 1;
  }
  return { input, files, links };
}

/** What the scanners would get for each image at the path. */
async function prepareAll(target: string, spoolLimit?: number): Promise<readonly Prepared[]> {
  const request: Request['images'][number] = { text: 'image', transport: 'docker-archive', target };
  return await withAccess(
    async (access) => {
      const { images } = await openImages([request], access);
      const prepare = createScanInputs(access);
      const inputs = [];
      for (const stored of images) {
        const image = { ...stored, packageDatabase: null };
        const input = await prepare(image);
        expect(await prepare(image)).toBe(input);
        inputs.push(await readInput(input));
      }
      return inputs;
    },
    { host: hostOn() },
    spoolLimit,
  );
}

/** A layout of one manifest that names this image, every blob there and true to its name. */
function expectLayoutOf(image: typeof app, { input, files }: Prepared): void {
  if ('reason' in input) throw new Error(input.reason);
  const index = JSON.parse(String(files['index.json']));
  expect(index.manifests).toHaveLength(1);
  expect(index.manifests[0].digest).toBe(input.manifestDigest);
  const blob = (digest: string) => files[join('blobs', ...digest.split(':'))] ?? Buffer.from('missing');
  for (const [name, content] of Object.entries(files))
    if (name.startsWith('blobs')) expect(sha256(content)).toBe(name.slice('blobs/sha256/'.length));
  const manifest = JSON.parse(String(blob(index.manifests[0].digest)));
  expect(blob(manifest.config.digest)).toEqual(image.config);
  expect(manifest.layers).toHaveLength(image.layers.length);
  for (const layer of manifest.layers) expect(blob(layer.digest)).toHaveLength(layer.size);
}

describe('what the scanners are pointed at', () => {
  it('is the archive itself where it holds one image', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'app.tar');
      await writeFile(path, await tarOf(tarEntries(dockerClassicFiles(app))));
      const [prepared, ...rest] = await prepareAll(path);
      expect(prepared?.input).toEqual({ form: 'docker-archive', path, manifestDigest: null });
      expect(rest).toEqual([]);
    }));

  it('is a layout of each image where an archive holds two', () =>
    inFolder(async (folder) => {
      const both = { ...dockerClassicFiles(app), ...dockerClassicFiles(other) };
      const entries = [app, other].flatMap((image) => JSON.parse(String(dockerClassicFiles(image)['manifest.json'])));
      const path = join(folder, 'two.tar');
      await writeFile(path, await tarOf(tarEntries({ ...both, 'manifest.json': JSON.stringify(entries) })));
      const prepared = await prepareAll(path);
      expect(prepared.map((one) => one.links)).toEqual([0, 0]);
      for (const [index, image] of [app, other].entries()) {
        const one = prepared[index];
        if (one === undefined) throw new Error(`image ${index} was not read`);
        expectLayoutOf(image, one);
        expect(String(Object.values(one.files))).toContain('application/vnd.oci.image.layer.v1.tar"');
      }
    }));

  it.each(['archive', 'folder'])('is a layout of one manifest for an OCI %s with a nested index', (form) =>
    inFolder(async (folder) => {
      const path = join(folder, 'a:b@c');
      if (form === 'folder') await writeFolder(path, nested());
      else await writeFile(path, await tarOf(tarEntries(nested())));
      const prepared = await prepareAll(path);
      expect(prepared).toHaveLength(2);
      for (const [index, image] of [app, other].entries()) {
        const one = prepared[index];
        if (one === undefined) throw new Error(`image ${index} was not read`);
        expectLayoutOf(image, one);
        expect(String(Object.values(one.files))).toContain('application/vnd.oci.image.layer.v1.tar+gzip"');
        expect(one.links).toBe(form === 'folder' ? image.layers.length + 1 : 0);
        expect('path' in one.input ? one.input.path : '').not.toMatch(/[@:]/);
      }
    }),
  );

  it('says when there is no room to unpack', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'image.tar');
      await writeFile(path, await tarOf(tarEntries(nested())));
      const [prepared] = await prepareAll(path, 100);
      expect(prepared?.input).toMatchObject({
        reason: expect.stringMatching(/^image#.+ could not be laid out for the scanners: it needs more than /),
        hint: expect.stringContaining('--spool-limit'),
      });
    }));

  it('says which layer is missing', () =>
    inFolder(async (folder) => {
      const files = Object.entries(nested()).filter(
        ([, content]) => content.length !== gzipSync(app.layers[1] ?? '').length,
      );
      await writeFolder(join(folder, 'x'), Object.fromEntries(files));
      const [prepared] = await prepareAll(join(folder, 'x'));
      expect(prepared?.input).toMatchObject({
        reason: expect.stringMatching(/^layer [01] of image#\S+ is not there: it is missing$/),
      });
    }));
});
