import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256, tarOf } from '../../../src/demo/docker-save.ts';
import { exampleKey } from '../../../src/domain/example-key.ts';
import { UsageError } from '../../../src/domain/usage-error.ts';
import { createFileSystem } from '../../../src/host/files.ts';
import type { FileSystem, Host } from '../../../src/host/host.ts';
import { entryName, scanWithCache } from '../../../src/sources/image/cached-scan.ts';
import {
  closeLayerCache,
  type LayerCache,
  openLayerCache,
  trimLayerCache,
} from '../../../src/sources/image/layer-cache.ts';
import type { LayerTask } from '../../../src/sources/image/layer-scan.ts';
import { hostOn } from '../../helpers/check-example.ts';

const files = createFileSystem();
let root: string;
let cache: LayerCache;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'hullcheck-cache-')));
  await mkdir(join(root, 'cache'));
  cache = { folder: join(root, 'cache'), ruleset: 'rules', isWritten: true };
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const entriesOf = async () => (await readdir(cache.folder)).filter((name) => name.endsWith('.layer'));
const content = { 'etc/motd': 'hello\n'.repeat(2000), 'usr/include/stdio.h': 'int x;', 'models/a.gguf': 'GGUF' };
const interest = { fileNames: [/^motd$/], hashPaths: ['models/**'], identityKey: new Uint8Array(32) };

/** A layer in a file; what is stated of it is right unless told otherwise. */
async function layer(tar: Buffer, change: Partial<LayerTask> = {}, stored = tar): Promise<LayerTask> {
  const file = join(root, sha256(stored));
  await writeFile(file, Buffer.concat([Buffer.from('before'), stored, Buffer.from('after')]));
  return {
    blob: { file, offset: 6, size: stored.length },
    digest: `sha256:${sha256(stored)}`,
    diffId: `sha256:${sha256(tar)}`,
    interest,
    ...change,
  };
}

/** The real files, counting how often a layer's is opened. */
function counting(): { readonly files: FileSystem; opened: number } {
  const counted = { files, opened: 0 };
  counted.files = {
    ...files,
    async open(path) {
      counted.opened += 1;
      return await files.open(path);
    },
  };
  return counted;
}

describe('scanWithCache', () => {
  it.each([
    ['plain', (tar: Buffer) => tar],
    ['gzip', (tar: Buffer) => gzipSync(tar)],
  ])('knows a %s layer the second time, whatever key the run has, and gives the same', async (_, store) => {
    const tar = await tarOf(Object.entries(content));
    const task = await layer(tar, {}, store(tar));
    const first = await scanWithCache(task, cache, files);
    expect(first.use).toEqual({ isKnown: false, isDamaged: false, problem: null });
    expect(first.scan.problems).toEqual([]);
    expect(first.scan.content.matches.map(({ path }) => path)).toEqual(['etc/motd', 'models/a.gguf']);
    const again = { ...task, interest: { ...interest, identityKey: new Uint8Array(32).fill(1) } };
    const second = await scanWithCache(again, cache, files);
    expect(second.use).toEqual({ isKnown: true, isDamaged: false, problem: null });
    expect(second.scan).toEqual(first.scan);
  });

  it('reads the layer once where nothing is known, and once where it is', async () => {
    const task = await layer(await tarOf(Object.entries(content)));
    for (const _ of [1, 2]) {
      const counted = counting();
      await scanWithCache(task, cache, counted.files);
      expect(counted.opened).toBe(1);
    }
  });

  it('makes an entry for each way a layer is stored', async () => {
    const tar = await tarOf(Object.entries(content));
    for (const stored of [tar, gzipSync(tar)]) await scanWithCache(await layer(tar, {}, stored), cache, files);
    expect(await entriesOf()).toHaveLength(2);
  });

  it.each<[string, (task: LayerTask) => LayerTask, Partial<LayerCache>]>([
    ['other rules', (task) => task, { ruleset: 'other' }],
    ['another list of names', (task) => ({ ...task, interest: { ...interest, fileNames: [/^motd$/i] } }), {}],
    ['other files to hash', (task) => ({ ...task, interest: { ...interest, hashPaths: [] } }), {}],
    ['a field that nobody knows yet', (task) => ({ ...task, limits: { entries: 1 } }), {}],
  ])('does not know it with %s', async (_, change, otherCache) => {
    const task = await layer(await tarOf(Object.entries(content)));
    await scanWithCache(task, cache, files);
    const { use } = await scanWithCache(change(task), { ...cache, ...otherCache }, files);
    expect(use?.isKnown).toBe(false);
  });

  describe('with bytes that are not those of the layer they are said to be', () => {
    const dirty = { ...content, 'etc/motd': exampleKey().padEnd(content['etc/motd'].length, '\n') };

    it('says that the digest is wrong and what is in them', async () => {
      const clean = await layer(await tarOf(Object.entries(content)));
      await scanWithCache(clean, cache, files);
      const tar = await tarOf(Object.entries(dirty));
      expect(tar).toHaveLength(clean.blob.size);
      const forged = await layer(tar, { digest: clean.digest, diffId: clean.diffId });
      expect(entryName(forged, cache.ruleset), 'the entry is looked at').toBe(entryName(clean, cache.ruleset));
      for (const digest of [clean.digest, null]) {
        const { scan, use } = await scanWithCache({ ...forged, digest }, cache, files);
        expect(use?.isKnown).toBe(false);
        expect(scan.problems.join()).toContain('does not have the diffID');
        expect(scan.content.keys.map(({ path }) => path)).toEqual(['etc/motd']);
      }
    });

    it('nor do right bytes under a wrong digest or diffID get away', async () => {
      const tar = await tarOf(Object.entries(content));
      const clean = await layer(tar);
      await scanWithCache(clean, cache, files);
      const other = `sha256:${'0'.repeat(64)}`;
      for (const change of [{ digest: other }, { diffId: other }]) {
        const { scan, use } = await scanWithCache({ ...clean, ...change }, cache, files);
        expect(use?.isKnown).toBe(false);
        expect(scan.problems).toHaveLength(1);
      }
    });

    it('nor does an entry that was renamed to fit', async () => {
      const clean = await layer(await tarOf(Object.entries(content)));
      await scanWithCache(clean, cache, files);
      const forged = await layer(await tarOf(Object.entries(dirty)));
      const entry = await readFile(join(cache.folder, entryName(clean, cache.ruleset)));
      await writeFile(join(cache.folder, entryName(forged, cache.ruleset)), entry);
      const { scan, use } = await scanWithCache(forged, cache, files);
      expect(use).toEqual({ isKnown: false, isDamaged: true, problem: null });
      expect(scan.content.keys).toHaveLength(1);
    });
  });

  it('keeps nothing of a layer with a secret, and no byte of it', async () => {
    const key = exampleKey();
    const tar = await tarOf(Object.entries({ ...content, 'root/key.pem': key }));
    const { scan } = await scanWithCache(await layer(tar), cache, files);
    expect(scan.content.keys).toHaveLength(1);
    expect(await readdir(cache.folder)).toEqual([]);
  });

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['empty', (path) => writeFile(path, '')],
    ['cut', async (path) => writeFile(path, (await readFile(path)).subarray(0, -1))],
    ['too large', (path) => writeFile(path, Buffer.alloc(17 * 2 ** 20))],
    ['a folder', async (path) => [await rm(path), await mkdir(join(path, 'deep'), { recursive: true })]],
    ['a link to nowhere', async (path) => [await rm(path), await symlink('/nowhere', path)]],
  ])('reads the layer again where the entry is %s, and repairs it', async (_, damage) => {
    const task = await layer(await tarOf(Object.entries(content)));
    const first = await scanWithCache(task, cache, files);
    const path = join(cache.folder, entryName(task, cache.ruleset));
    await damage(path);
    const readOnly = await scanWithCache(task, { ...cache, isWritten: false }, files);
    expect(readOnly).toEqual({ scan: first.scan, use: { isKnown: false, isDamaged: true, problem: null } });
    const second = await scanWithCache(task, cache, files);
    expect(second).toEqual({ scan: first.scan, use: { isKnown: false, isDamaged: true, problem: null } });
    const third = await scanWithCache(task, cache, files);
    expect(third).toEqual({ scan: first.scan, use: { isKnown: true, isDamaged: false, problem: null } });
  });

  it('writes nothing where it only reads', async () => {
    const task = await layer(await tarOf(Object.entries(content)));
    await scanWithCache(task, { ...cache, isWritten: false }, files);
    expect(await readdir(cache.folder)).toEqual([]);
  });

  it('tells why a result cannot be kept, and gives it all the same', async () => {
    const task = await layer(await tarOf(Object.entries(content)));
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
    const { scan, use } = await scanWithCache(task, cache, { ...files, write: () => Promise.reject(full) });
    expect(scan.problems).toEqual([]);
    expect(use?.problem).toBe('cannot be written: no space left on the device');
  });

  it('says of a layer that is gone what it says without a cache', async () => {
    const task = await layer(await tarOf(Object.entries(content)));
    await scanWithCache(task, cache, files);
    await rm(task.blob.file);
    expect((await scanWithCache(task, cache, files)).scan.problems).toEqual(['does not exist']);
  });

  it('serves runs that share it', async () => {
    const tasks = await Promise.all(
      ['one', 'two', 'three'].map(async (text) => layer(await tarOf([['etc/motd', text]]))),
    );
    const runs = Array.from({ length: 4 }, () => tasks.map((task) => scanWithCache(task, cache, files))).flat();
    for (const { scan } of await Promise.all(runs)) expect(scan.problems).toEqual([]);
    expect(await readdir(cache.folder)).toHaveLength(3);
    for (const task of tasks) expect((await scanWithCache(task, cache, files)).use?.isKnown).toBe(true);
  });
});

describe('trimLayerCache', () => {
  const name = (digit: number) => `${String(digit).repeat(64)}.layer`;
  const day = 86_400_000;

  async function fill(): Promise<void> {
    for (const digit of [1, 2, 3, 4]) {
      await writeFile(join(cache.folder, name(digit)), Buffer.alloc(1000));
      await utimes(join(cache.folder, name(digit)), digit, digit);
    }
    await writeFile(join(cache.folder, 'notes.txt'), Buffer.alloc(9000));
  }

  it.each([
    ['entries', { bytes: 1e9, entries: 2 }, [3, 4]],
    ['bytes', { bytes: 3999, entries: 99 }, [2, 3, 4]],
    ['nothing', { bytes: 4000, entries: 4 }, [1, 2, 3, 4]],
  ])('removes what was used longest ago for %s, and nothing that is not its own', async (_, limits, left) => {
    await fill();
    await trimLayerCache(cache.folder, files, 0, limits);
    expect((await readdir(cache.folder)).sort()).toEqual([...left.map(name), 'notes.txt'].sort());
  });

  it('counts a hit as use', async () => {
    const task = await layer(await tarOf(Object.entries(content)));
    await scanWithCache(task, cache, files);
    const own = entryName(task, cache.ruleset);
    await utimes(join(cache.folder, own), 0, 0);
    await fill();
    await scanWithCache(task, cache, files);
    await trimLayerCache(cache.folder, files, 0, { bytes: 1e9, entries: 1 });
    expect(await entriesOf()).toEqual([own]);
  });

  it('removes what a run left half written the day before, not what one may be writing', async () => {
    const unfinished = (digit: string) => join(cache.folder, `.${name(1)}.${digit.repeat(12)}`);
    for (const digit of ['a', 'b']) await writeFile(unfinished(digit), 'half');
    await utimes(unfinished('a'), 10, 10);
    await utimes(unfinished('b'), 20, 20);
    await trimLayerCache(cache.folder, files, 15_000 + day);
    expect(await readdir(cache.folder)).toEqual([`.${name(1)}.${'b'.repeat(12)}`]);
  });
});

describe('openLayerCache', () => {
  let host: Host;
  let checked: string;
  beforeEach(async () => {
    const program = join(root, 'layer-worker.js');
    await writeFile(program, 'program');
    checked = join(root, 'repository');
    await mkdir(checked);
    host = { ...hostOn(), layerWorker: pathToFileURL(program), environment: {} };
  });
  const open = (folder: string, isWritten = true) => openLayerCache({ folder, isWritten }, checked, host);

  it('makes the folder, and has the hash of the program that reads layers as its ruleset', async () => {
    const opened = await open(join(root, 'new', 'cache'));
    expect(opened).toEqual({
      folder: join(root, 'new', 'cache'),
      ruleset: sha256(Buffer.from('program')),
      isWritten: true,
    });
    await writeFile(join(root, 'layer-worker.js'), 'program.');
    expect((await open(join(root, 'new', 'cache')))?.ruleset).toBe(sha256(Buffer.from('program.')));
  });

  it('is none where none is asked for, none is there to be read, or nothing says what the rules are', async () => {
    expect(await openLayerCache(null, checked, host)).toBeNull();
    expect(await open(join(root, 'new'), false)).toBeNull();
    expect(await readdir(root)).not.toContain('new');
    host = { ...host, layerWorker: null };
    expect(await open(cache.folder)).toBeNull();
  });

  it.each<[string, () => Promise<string>]>([
    ['is not a folder', async () => join(root, 'layer-worker.js')],
    ['lies inside the checked repository', async () => checked],
    ['lies inside the checked repository', async () => join(checked, '.cache')],
    [
      'lies inside the checked repository',
      async () => {
        await mkdir(join(checked, 'own'));
        await symlink(join(checked, 'own'), join(root, 'link'));
        return join(root, 'link');
      },
    ],
    [
      'can be written by everyone',
      async () => {
        await chmod(cache.folder, 0o1777);
        return cache.folder;
      },
    ],
  ])('refuses a folder that %s', async (reason, make) => {
    const folder = await make();
    for (const isWritten of [true, false]) {
      const failure = await open(folder, isWritten).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(UsageError);
      expect(String(failure)).toContain(reason);
    }
    expect(await readdir(checked)).not.toContain('.cache');
  });

  it('refuses a folder that cannot be made', async () => {
    await expect(open(join(root, 'layer-worker.js', 'below'))).rejects.toThrow('is not a folder');
  });

  it('refuses a folder of the workspace of which a part is checked', async () => {
    host = { ...host, environment: { GITHUB_WORKSPACE: root } };
    await expect(open(cache.folder)).rejects.toThrow('lies inside the checked repository');
  });
});

describe('closeLayerCache', () => {
  it.each([
    [[true, true], false, null, 'cache: 2 of 2 layers known'],
    [[true, false], true, null, 'cache: 1 of 2 layers known; damaged and not used: 2'],
    [[false], false, 'cannot be written: no space left on the device', 'cannot be written: no space left'],
  ])('says how it served: %s, damaged %s, problem %s', async (known, isDamaged, problem, expected) => {
    const lines: string[] = [];
    const host = { ...hostOn(), log: (line: string) => lines.push(line) };
    await closeLayerCache(
      cache,
      known.map((isKnown) => ({ isKnown, isDamaged, problem })),
      host,
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(expected);
  });

  it('changes nothing when it cannot be trimmed', async () => {
    const lines: string[] = [];
    await rm(cache.folder, { recursive: true });
    await closeLayerCache(cache, [], { ...hostOn(), log: (line: string) => lines.push(line) });
    expect(lines[0]).toContain('does not exist');
  });
});
