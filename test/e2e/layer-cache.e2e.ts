import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildImage, type ImageBlobs, sha256, tarOf } from '../../src/demo/docker-save.ts';
import { exampleKey } from '../../src/domain/example-key.ts';
import {
  collectBlobs,
  dockerClassicFiles,
  layoutFiles,
  ociFiles,
  tarEntries,
  writeFolder,
} from '../helpers/image-forms.ts';
import { type JsonReport, parseReport } from '../helpers/json-report.ts';
import { expectPlain, expectUsage } from '../helpers/outcome.ts';
import { need } from '../helpers/parts.ts';
import { copyPackage, type Result, type ShippedPackage } from '../helpers/program.ts';
import { runStep, type Step } from '../helpers/runner.ts';
import { stockSystem, stockSystemParts } from '../helpers/stock-system.ts';

let shipped: ShippedPackage;
let place: string;
let checked: string;
let image: ImageBlobs;
let cache: string;
let next = 0;

/** Never written in one piece. */
const token = ['made', 'up', 'for', 'this', 'test', '4711'].join('-');
const big = (seed: string) => Buffer.from(seed.repeat(1024)).toString('base64').repeat(4000);

async function write(name: string, content: Buffer): Promise<string> {
  const path = join(place, name);
  await writeFile(path, content);
  return path;
}

beforeAll(async () => {
  shipped = await copyPackage();
  place = await mkdtemp(join(tmpdir(), 'hullcheck-cached-'));
  checked = join(place, 'repository');
  await mkdir(checked);
  await writeFile(join(checked, 'Dockerfile'), 'FROM scratch\nCOPY base /\nCOPY . .\nCOPY models /models\n');
  image = await buildImage({
    tag: 'app:1',
    user: '10001',
    steps: [
      { createdBy: 'COPY base / # buildkit', files: { 'etc/os-release': 'ID=debian\n', 'usr/share/a': big('a') } },
      {
        createdBy: 'COPY . . # buildkit',
        files: { 'app/.env': `API_TOKEN=${token}\n`, 'app/key.pem': exampleKey(), 'usr/include/stdio.h': 'int x;' },
      },
      { createdBy: 'COPY models /models # buildkit', files: { 'models/a.gguf': big('b') } },
      { createdBy: 'RUN rm /app/key.pem # buildkit', deletes: ['app/key.pem'] },
    ],
  });
  await write('plain.tar', await tarOf(tarEntries(dockerClassicFiles(image))));
  await write('gzip.tar', await tarOf(tarEntries(ociFiles(image, { compress: (layer) => gzipSync(layer) }))));
});
beforeEach(() => {
  cache = join(place, `cache-${next++}`);
});
afterAll(async () => {
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

async function check(archive: string, ...words: readonly string[]): Promise<Result> {
  const all = ['check', checked, '--image', archive, '--scanner', 'none', '--format', 'json', ...words];
  const result = await shipped.hullcheck(all, { directory: place });
  expectPlain(result);
  return result;
}

/** All that a report says; what it does not say is how long it took. */
function said({ stdout }: Result): JsonReport {
  const report = parseReport(stdout);
  expect(report.findings.length).toBeGreaterThan(0);
  return report;
}

const entries = async () => (await readdir(cache)).map((name) => join(cache, name));

interface Damage {
  readonly which: number;
  readonly how: keyof typeof damages;
  readonly at: number;
  readonly byte: number;
}

/** What becomes of an entry: of its bytes, the place and byte chosen, and the bytes of another entry. */
const damages = {
  flip: (bytes: Buffer, at: number, byte: number) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(at) ^ byte, at);
    return copy;
  },
  cut: (bytes: Buffer, at: number) => bytes.subarray(0, at),
  extend: (bytes: Buffer, _: number, byte: number) => Buffer.concat([bytes, Buffer.alloc(byte, byte)]),
  replace: (_: Buffer, at: number, byte: number) => Buffer.alloc(at, byte),
  swap: (_bytes: Buffer, _at: number, _byte: number, other: Buffer) => other,
};

const damage: fc.Arbitrary<Damage> = fc.record({
  which: fc.nat(),
  how: fc.constantFrom('flip', 'cut', 'extend', 'replace', 'swap'),
  at: fc.nat(),
  byte: fc.integer({ min: 1, max: 255 }),
});

async function harm({ which, how, at, byte }: Damage): Promise<void> {
  const paths = (await entries()).sort();
  const [path = '', other = ''] = [paths[which % paths.length], paths[(which + 1) % paths.length]];
  const bytes = await readFile(path);
  await writeFile(path, damages[how](bytes, at % bytes.length, byte, await readFile(other)));
}

describe.each(['plain.tar', 'gzip.tar'])('%s', (archive) => {
  it('is told the same with and without a cache, cold and warm', async () => {
    const without = await check(archive);
    expect(without.stderr).toBe('');
    const cold = await check(archive, '--cache', cache);
    expect(cold.stderr).toBe('cache: 0 of 4 layers known\n');
    expect(await entries(), 'all but the layer with the secrets').toHaveLength(3);
    const warm = await check(archive, '--cache', cache);
    expect(warm.stderr).toBe('cache: 3 of 4 layers known\n');
    expect(said(without).findings.map(({ ruleId }) => ruleId)).toEqual(
      expect.arrayContaining(['leaked-dotenv', 'leaked-private-key']),
    );
    for (const result of [cold, warm]) {
      expect(said(result)).toEqual(said(without));
      expect(result.exitCode).toBe(without.exitCode);
    }
  });

  it('is told the same whatever happened to the cache', async () => {
    const cold = said(await check(archive, '--cache', cache));
    await fc.assert(
      fc.asyncProperty(damage, async (one) => {
        await harm(one);
        const result = await check(archive, '--cache', cache);
        expect(said(result)).toEqual(cold);
        expect(result.stderr).toBe('cache: 2 of 4 layers known; damaged and not used: 1\n');
        expect((await check(archive, '--cache', cache)).stderr).toBe('cache: 3 of 4 layers known\n');
      }),
      { numRuns: 8 },
    );
  });
});

it('a plain and a compressed archive of one image are told the same, each with entries of its own', async () => {
  const plain = said(await check('plain.tar', '--cache', cache));
  const gzip = said(await check('gzip.tar', '--cache', cache));
  expect(await entries()).toHaveLength(6);
  const fingerprints = (report: JsonReport) => report.findings.map(({ fingerprint }) => fingerprint).sort();
  expect(fingerprints(gzip)).toEqual(fingerprints(plain));
});

it('an archive that states the digests of clean layers and has other bytes is never clean', async () => {
  await check('plain.tar', '--cache', cache);
  const bytes = await readFile(join(place, 'plain.tar'));
  const at = bytes.indexOf(big('b').slice(0, 100));
  const forged = Buffer.from(bytes);
  forged.write(exampleKey('forged'), at);
  await write('forged.tar', forged);
  for (const words of [['--cache', cache], []]) {
    const report = said(await check('forged.tar', ...words));
    expect(report.verdict).toBe('fail');
    expect(report.gaps.map(({ reason }) => reason)).toEqual([
      'layer 2 of forged.tar was not fully examined: its content does not have the diffID the config states',
    ]);
    expect(report.findings.map(({ at }) => at.path)).toContain('models/a.gguf');
  }
  const oci = await readFile(join(place, 'gzip.tar'));
  await check('gzip.tar', '--cache', cache);
  const start = oci.indexOf(gzipSync(image.layers[2] ?? ''));
  oci.writeUInt8(oci.readUInt8(start + 200) ^ 1, start + 200);
  await write('forged.tar', oci);
  const { gaps } = said(await check('forged.tar', '--cache', cache));
  expect(gaps).toHaveLength(1);
  expect(gaps[0]?.reason).toMatch(/^layer 2 of forged.tar was not fully examined/);
});

it('no value of a secret is in the cache, in any spelling', async () => {
  await check('plain.tar', '--cache', cache);
  const key = exampleKey().split('\n')[1] ?? '';
  for (const path of await entries()) {
    const bytes = await readFile(path);
    for (const value of [token, key, sha256(Buffer.from(token))]) expect(bytes.includes(value)).toBe(false);
    expect((await stat(path)).size).toBeLessThan(2000);
  }
});

it('forgets everything when a byte of the program that reads layers changes', async () => {
  await check('plain.tar', '--cache', cache);
  const worker = join(shipped.folder, 'dist', 'layer-worker.js');
  const program = await readFile(worker);
  await appendFile(worker, '\n');
  try {
    expect((await check('plain.tar', '--cache', cache)).stderr).toBe('cache: 0 of 4 layers known\n');
  } finally {
    await writeFile(worker, program);
  }
});

it('serves layers that are read in threads', async () => {
  const files = Array.from({ length: 4 }, (_, index) => ({ [`models/${index}.bin`]: Buffer.alloc(20e6, index) }));
  const large = await buildImage({
    tag: 'large:1',
    user: '10001',
    steps: files.map((layer, index) => ({ createdBy: `COPY ${index} /`, files: layer })),
  });
  await write('large.tar', await tarOf(tarEntries(dockerClassicFiles(large))));
  const words = ['check', checked, '--image', 'large.tar', '--scanner', 'none', '--format', 'json', '--cache', cache];
  const results = [1, 2, 3].map(() => shipped.hullcheck(words, { directory: place }));
  const together = await Promise.all(results);
  const after = await shipped.hullcheck(words, { directory: place });
  expect(after.stderr).toBe('cache: 4 of 4 layers known\n');
  for (const result of together) expect(parseReport(result.stdout)).toEqual(parseReport(after.stdout));
  expect(parseReport(after.stdout).gaps).toEqual([]);
});

/** An OCI layout folder with a tar on disk as its base layer, and one small layer above. */
async function writeOnto(base: string, folder: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(base)) hash.update(chunk);
  const digest = hash.digest('hex');
  const above = await buildImage({
    tag: 'above:1',
    user: '10001',
    steps: [{ createdBy: 'COPY app.js /app/ # buildkit', files: { 'app/app.js': 'run();\n' } }],
  });
  const blobs = collectBlobs();
  const config = JSON.parse(above.config.toString());
  config.rootfs.diff_ids.unshift(`sha256:${digest}`);
  config.history.unshift({ created_by: 'ADD rootfs.tar / # buildkit' });
  const layer = 'application/vnd.oci.image.layer.v1.tar';
  const lowest = { mediaType: layer, digest: `sha256:${digest}`, size: (await stat(base)).size };
  const manifest = {
    schemaVersion: 2,
    config: blobs.add(JSON.stringify(config), 'application/vnd.oci.image.config.v1+json'),
    layers: [lowest, blobs.add(above.layers[0] ?? '', layer)],
  };
  const named = blobs.add(JSON.stringify(manifest), 'application/vnd.oci.image.manifest.v1+json');
  await writeFolder(folder, layoutFiles(blobs, [named]));
  await copyFile(base, join(folder, 'blobs', 'sha256', digest));
}

it(
  'a stock Debian with its published test keys is known the second time, and told the same',
  async (context) => {
    need(context, stockSystemParts);
    await writeOnto(await stockSystem(), join(place, 'stock'));
    const results = [
      await check('stock'),
      await check('stock', '--cache', cache),
      await check('stock', '--cache', cache),
    ];
    const [without, cold, warm] = results.map(said);
    expect(results.map(({ stderr }) => stderr)).toEqual([
      '',
      'cache: 0 of 2 layers known\n',
      'cache: 2 of 2 layers known\n',
    ]);
    const keys = without?.findings.filter(({ ruleId }) => ruleId === 'leaked-private-key') ?? [];
    expect(keys.map(({ at }) => at.path)).toContainEqual(expect.stringMatching(/libgnutls\.so\.30/));
    expect(new Set(keys.map(({ severity }) => severity))).toEqual(new Set(['info']));
    expect([cold, warm]).toEqual([without, without]);
  },
  1500 * 1000,
);

it('a folder that cannot be one is a mistake', async () => {
  expectUsage(await check('plain.tar', '--cache', checked), /lies inside the checked repository/, /outside/);
  expectUsage(await check('plain.tar', '--cache', join(place, 'plain.tar')), /is not a folder/);
});

describe('the action', () => {
  const event = (name: string, ref: string): Partial<Step> => ({
    event: { name, payload: { ref, repository: { default_branch: 'main' } } },
    environment: { GITHUB_REF: ref },
  });
  const act = async (step: Partial<Step>) => {
    const inputs = { images: join(place, 'plain.tar'), scanners: 'none', cache };
    const page = await runStep({ node: process.execPath, action: shipped.folder, workspace: checked, inputs, ...step });
    await page.close();
    return page;
  };

  it.each([
    ['a pull request', event('pull_request', 'refs/pull/1/merge')],
    ['a push to another branch', event('push', 'refs/heads/next')],
    ['a push of a tag named as the branch', event('push', 'refs/tags/main')],
    ['another event on the default branch', event('workflow_run', 'refs/heads/main')],
  ])('only reads on %s', async (_, step) => {
    await act(step);
    await expect(readdir(cache)).rejects.toThrow('ENOENT');
    await check('plain.tar', '--cache', cache);
    const [first = ''] = await entries();
    await writeFile(first, 'damaged');
    await act(step);
    expect(await readFile(first, 'utf8')).toBe('damaged');
  });

  it('writes on a push to the default branch', async () => {
    await act(event('push', 'refs/heads/main'));
    expect(await entries()).toHaveLength(3);
  });
});
