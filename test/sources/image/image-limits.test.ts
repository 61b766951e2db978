import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { exampleKey } from '../../../src/domain/example-key.ts';
import { defaultLimits, type ImageLimits, limitNames, withLimit } from '../../../src/domain/image-limits.ts';
import { imageAt, inFolder } from '../../helpers/check-example.ts';
import { readAll } from '../../helpers/read-images.ts';
import { longName, tarEnd, tarFile, tarHeader } from '../../helpers/tar-bytes.ts';
import { asTar, baseImage, dockerFiles, imageOf } from '../../hostile/image-archives.ts';

/** Reason and hint of each gap of an archive read under these limits. */
async function gapsOf(archive: Buffer, limits: Partial<ImageLimits>): Promise<readonly string[]> {
  return await inFolder(async (folder) => {
    const path = join(folder, 'app.tar');
    await writeFile(path, archive);
    const imageLimits = { ...defaultLimits, ...limits };
    const { gaps } = await readAll([imageAt(path)], { fileNames: [/^\.env$/] }, { imageLimits });
    return gaps.map(({ reason, hint }) => `${reason} | ${hint}`);
  });
}

const layer = Buffer.concat([tarFile('a/.env', 'A=1'), tarFile('b/.env', 'B=2'), tarFile('c/.env', 'C=3'), tarEnd]);
const oci = await asTar(imageOf([layer]));
const raise = (name: string) => `where the image can be trusted, raise it with --image-limit ${name}=NUMBER`;
const inLayer = 'layer 0 of app.tar was not fully examined: ';

describe('a limit that is reached is a gap that names it', () => {
  it.each<[string, Partial<ImageLimits>, string]>([
    ['entries', { entries: 2 }, `${inLayer}it holds more than 2 entries (limit entries=2) (after 2 entries)`],
    [
      'path-length',
      { pathLength: 5 },
      `${inLayer}the path of an entry is longer than 5 characters (limit path-length=5)`,
    ],
    [
      'findings',
      { findings: 2 },
      `${inLayer}it holds more credential files or secrets than are listed one by one (limit findings=2)`,
    ],
    ['images', { images: 0 }, 'app.tar was not examined: it holds 1 images (limit images=0)'],
    ['layers', { layers: 0 }, 'app.tar was not examined: app.tar has 1 layers (limit layers=0)'],
  ])('%s', async (name, limits, reason) => {
    expect(await gapsOf(oci, limits)).toEqual([`${reason} | ${raise(name)}`]);
  });

  it('unpacked-gib and path-mib', async () => {
    expect((await gapsOf(oci, { unpacked: 2048 }))[0]).toContain(`${inLayer}it unpacks to more than 2.0 kB (limit unp`);
    expect((await gapsOf(oci, { pathBytes: 10 }))[0]).toContain(`${inLayer}its paths take more than 10 bytes (limit p`);
  });

  it('all-paths-mib: one gap for an image, and every finding is told', async () => {
    const other = Buffer.concat([tarFile('a/.wh..env', ''), tarFile('d/.env', 'D=4'), tarEnd]);
    const archive = await asTar(imageOf([layer, other]));
    const told =
      'app.tar was not fully examined: the paths of all layers take more than 0 bytes (limit all-paths-mib=0)';
    const unknown = '; what later layers overwrite or delete, and what packages own, is not known | ';
    const [gap, ...more] = await gapsOf(archive, { allPathBytes: 0 });
    expect(gap).toContain(told);
    expect(gap).toContain(`${unknown}${raise('all-paths-mib')}`);
    expect(more).toEqual([]);
    expect(await gapsOf(archive, { allPathBytes: 39 })).toHaveLength(1);
    expect(await gapsOf(archive, { allPathBytes: 40 })).toEqual([]);
  });

  it('archive-files', async () => {
    const [gap] = await gapsOf(oci, { archiveFiles: 2 });
    expect(gap).toContain('app.tar holds more than 2 files (limit archive-files=2) | ');
    expect(gap).toContain(raise('archive-files'));
  });

  it('document-mib: of one document, and of all together', async () => {
    const [one] = await gapsOf(oci, { document: 100 });
    expect(one).toContain('index.json is larger than 100 bytes (limit document-mib=');
    const docker = dockerFiles(baseImage);
    const [image] = JSON.parse(String(docker['manifest.json']));
    const many = JSON.stringify(Array.from({ length: 60 }, () => image));
    const gaps = await gapsOf(await asTar({ ...docker, 'manifest.json': many }), { document: many.length });
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toContain('its manifests and configs hold more than may be read');
  });
});

describe('the ratio', () => {
  const zeros = Buffer.concat([tarHeader({ name: 'swap', size: 2 ** 27 }), Buffer.alloc(2 ** 27), tarEnd]);

  it('matters above a GiB alone: a file of zeros is read', async () => {
    expect(await gapsOf(await asTar(imageOf([gzipSync(zeros)], [zeros])), { ratio: 1 })).toEqual([]);
  });
});

describe('what is read before a limit or a cut is told', () => {
  it('the dotenv file in which a layer ends', async () => {
    const cut = Buffer.concat([tarHeader({ name: 'app/.env', size: 5000 }), Buffer.from('SECRET_KEY=real-value\n')]);
    await inFolder(async (folder) => {
      const path = join(folder, 'app.tar');
      await writeFile(path, await asTar(imageOf([cut])));
      const { evidence, gaps } = await readAll([imageAt(path)], { fileNames: [/^\.env$/] });
      const found = evidence.flatMap((item) => (item.kind === 'layer-entry' ? [item.dotenv?.realKeys] : []));
      expect(found).toEqual([['SECRET_KEY']]);
      expect(gaps).toHaveLength(1);
    });
  });

  it('a secret behind a path that is too long', async () => {
    const long = Buffer.concat([
      longName(`${'x/'.repeat(4000)}.env`),
      tarFile('cut', 'SECRET_KEY=real-value\n'),
      tarEnd,
    ]);
    await inFolder(async (folder) => {
      const path = join(folder, 'app.tar');
      await writeFile(path, await asTar(imageOf([long])));
      const { evidence } = await readAll([imageAt(path)], { fileNames: [/^\.env$/] });
      expect(evidence.filter((item) => item.kind === 'layer-entry')).toHaveLength(1);
    });
  });
});

it('what is inside a whiteout is searched, as it ships', async () => {
  const hidden = Buffer.concat([tarFile('app/.wh.key', exampleKey()), tarEnd]);
  await inFolder(async (folder) => {
    const path = join(folder, 'app.tar');
    await writeFile(path, await asTar(imageOf([hidden])));
    const { evidence } = await readAll([imageAt(path)]);
    const found = evidence.flatMap((item) => (item.kind === 'secret-match' ? [item.at] : []));
    expect(found).toEqual([expect.objectContaining({ path: 'app/.wh.key' })]);
  });
});

it('a type that is not known is read, as it ships', async () => {
  const hidden = Buffer.concat([tarFile('app/.env', 'SECRET_KEY=real-value\n', { type: 'Z' }), tarEnd]);
  await inFolder(async (folder) => {
    const path = join(folder, 'app.tar');
    await writeFile(path, await asTar(imageOf([hidden])));
    const { evidence } = await readAll([imageAt(path)], { fileNames: [/^\.env$/] });
    expect(evidence.filter((item) => item.kind === 'layer-entry')).toHaveLength(1);
  });
});

it('every limit can be set', () => {
  for (const name of limitNames) expect(withLimit(defaultLimits, name, 3)).not.toEqual(defaultLimits);
  expect(withLimit(defaultLimits, 'toString', 3)).toBeNull();
  expect(withLimit(defaultLimits, 'path-mib', 3)?.pathBytes).toBe(3 * 1024 ** 2);
});

describe('archives that readers disagree about', () => {
  it('manifest.json twice', async () => {
    const twice = Buffer.concat([tarFile('manifest.json', '[]'), await asTar(dockerFiles(baseImage))]);
    expect((await gapsOf(twice, {}))[0]).toContain('holds manifest.json more than once');
  });

  it('entries behind a single zero block', async () => {
    const archive = Buffer.concat([tarFile('x', ''), Buffer.alloc(512), await asTar(dockerFiles(baseImage))]);
    expect((await gapsOf(archive, {}))[0]).toContain('a zero block stands between its entries');
  });

  it('one blob with two diffIDs', async () => {
    const archive = await asTar(imageOf([layer, layer], [layer, Buffer.from('x')]));
    expect(await gapsOf(archive, {})).toEqual([
      expect.stringContaining('another diffID is stated for the same layer elsewhere'),
    ]);
  });
});
