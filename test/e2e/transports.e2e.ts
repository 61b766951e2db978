import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type DockerEngine, engineParts, importBase, startDockerEngine } from '../helpers/docker-engine.ts';
import { type DockerRegistry, startDockerRegistry } from '../helpers/docker-registry.ts';
import { essenceOf, type JsonReport, parseReport } from '../helpers/json-report.ts';
import { node24 } from '../helpers/node24.ts';
import { busybox, dockerRegistry, need, pathOf, skopeo, zstd } from '../helpers/parts.ts';
import { copyPackage, execute, perform, type ShippedPackage } from '../helpers/program.ts';

const parts = [...engineParts, busybox, skopeo, dockerRegistry, zstd];
const base = 'hullcheck.test/base:1.0.0';
const name = 'hullcheck.test/shop/app:1.2.3';
const value = ['q8Zr', 'b0rrowed', '4f'].join('-');

let shipped: ShippedPackage;
let place: string;
let repository: string;
let temporary: string;
let engine: DockerEngine | null = null;
let registry: DockerRegistry | null = null;

beforeAll(async () => {
  shipped = await copyPackage();
  place = await mkdtemp(join(tmpdir(), 'hullcheck-transports-'));
  repository = join(place, 'repository');
  temporary = join(place, 'tmp');
  await mkdir(repository);
  await mkdir(temporary);
  if (parts.some((part) => part.path === null)) return;
  await writeFile(join(repository, 'Dockerfile'), `FROM ${base}\nWORKDIR /app\nCOPY . .\nRUN rm .env\nUSER 1000\n`);
  await writeFile(join(repository, '.env'), `SHOP_API_KEY=${value}\n`);
  engine = await startDockerEngine();
  registry = await startDockerRegistry();
  await importBase(engine, base);
  await engine.docker(['build', '--network=none', '--tag', name, repository], { DOCKER_BUILDKIT: '0' });
  await engine.docker(['save', '--output', join(place, 'saved.tar'), name]);
});
afterAll(async () => {
  await engine?.stop();
  await registry?.stop();
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

function started(context: TestContext): { readonly engine: DockerEngine; readonly registry: DockerRegistry } {
  need(context, parts);
  if (engine === null || registry === null) throw new Error('engine or registry did not start');
  return { engine, registry };
}

/** The report of the shipped program, which leaves nothing in its temporary folder. */
async function check(
  image: string,
  environment: Readonly<Record<string, string>> = {},
  program = process.execPath,
): Promise<JsonReport> {
  const words = [shipped.cli, 'check', '.', '--image', image, '--scanner', 'none', '--format', 'json'];
  const call = { directory: repository, environment: { TMPDIR: temporary, ...environment } };
  const { stdout, stderr } = await execute(program, words, call);
  expect(stderr, image).toBe('');
  expect(stdout).not.toContain(value);
  expect(await readdir(temporary)).toEqual([]);
  return parseReport(stdout);
}

const copy = (from: string, to: string, ...options: readonly string[]) =>
  perform(pathOf(skopeo), ['copy', '--quiet', '--dest-tls-verify=false', ...options, from, to]);

describe('the same image', () => {
  it('gives the same from an engine, a registry, and compressed in every way', async (context) => {
    const { engine: docker, registry: store } = started(context);
    const saved = join(place, 'saved.tar');
    const archive = `docker-archive:${saved}`;
    const expected = essenceOf(await check(saved));
    expect(expected).toMatchObject({ verdict: 'fail', gaps: [] });
    expect(expected).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({ ruleId: 'leaked-dotenv', severity: 'critical', cause: 'Dockerfile:3' }),
      ]),
    });

    await copy(archive, `docker://${store.host}/shop/app:1.2.3`);
    await copy(archive, `docker://${store.host}/shop/app:zstd`, '--dest-compress-format=zstd', '--format=oci');
    await copy(archive, `oci:${place}/zstd:tag`, '--dest-compress-format=zstd');
    await copy(archive, `oci-archive:${place}/gzip.tar:tag`);
    await perform('bash', ['-c', 'gzip -c "$1" >"$2"', 'bash', saved, `${saved}.gz`]);
    await perform(pathOf(zstd), ['--quiet', '-19', '--long=27', saved, '-o', `${saved}.zst`]);
    await perform(pathOf(zstd), ['--quiet', join(place, 'gzip.tar'), '-o', join(place, 'gzip.tar.zst')]);

    const forms = [
      `docker-daemon:${name}`,
      `registry:${store.host}/shop/app:1.2.3`,
      `registry:${store.host}/shop/app:zstd`,
      `oci-dir:${place}/zstd`,
      `${place}/gzip.tar`,
      `${saved}.gz`,
      `docker-archive:${saved}.zst`,
      `${place}/gzip.tar.zst`,
    ];
    const environment = { DOCKER_HOST: docker.host, DOCKER_CONFIG: place };
    for (const form of forms) expect(essenceOf(await check(form, environment)), form).toEqual(expected);
    for (const form of [`oci-dir:${place}/zstd`, `${saved}.zst`]) {
      need(context, [node24]);
      expect(essenceOf(await check(form, environment, pathOf(node24))), `${form}, Node 24`).toEqual(expected);
    }
  });

  it('is found by its identifier', async (context) => {
    const { engine: docker } = started(context);
    const id = (await docker.docker(['image', 'inspect', '--format', '{{.Id}}', name])).trim();
    const expected = essenceOf(await check(join(place, 'saved.tar')));
    for (const one of [id, id.slice(7, 19)]) {
      const report = await check(`docker-daemon:${one}`, { DOCKER_HOST: docker.host });
      expect(essenceOf(report)).toEqual(expected);
    }
  });
});

describe('what is not there', () => {
  it.for([
    ['docker-daemon:hullcheck.test/none:1', 'hullcheck: the engine has no image hullcheck.test/none:1'],
    ['registry:HOST/shop/none:1', 'hullcheck: the registry HOST has no image shop/none:1'],
    ['registry:HOST/shop/app:none', 'hullcheck: the registry HOST has no image shop/app:none'],
  ] as const)('%s is a mistake', async ([image, message], context) => {
    const { engine: docker, registry: store } = started(context);
    const words = ['check', '.', '--image', image.replace('HOST', store.host), '--scanner', 'none'];
    const environment = { DOCKER_HOST: docker.host, TMPDIR: temporary };
    const { exitCode, stderr } = await shipped.hullcheck(words, { directory: repository, environment });
    expect([exitCode, stderr.split('\n')[0]]).toEqual([2, message.replace('HOST', store.host)]);
    expect(await readdir(temporary)).toEqual([]);
  });
});

it('a registry that wants a token gets one from where it says', async (context) => {
  started(context);
  const asked: string[] = [];
  const tokens = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? ''}`);
    response.end('{"token":"anything"}');
  });
  await new Promise<void>((resolve) => tokens.listen(0, '127.0.0.1', resolve));
  const address = tokens.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const guarded = await startDockerRegistry(`http://127.0.0.1:${port}/token`);
  try {
    const auth = Buffer.from(`me:${value}`).toString('base64');
    await writeFile(join(place, 'config.json'), JSON.stringify({ auths: { [guarded.host]: { auth } } }));
    await copy(`docker-archive:${place}/saved.tar`, `docker://${guarded.host}/app:1`, `--dest-creds=me:${value}`);
    asked.length = 0;
    const report = await check(`registry:${guarded.host}/app:1`, { DOCKER_CONFIG: place });
    expect(report.gaps).toEqual([]);
    expect(report.verdict).toBe('fail');
    expect(asked).toEqual([`/token?service=test&scope=repository%3Aapp%3Apull Basic ${auth}`]);
  } finally {
    tokens.close();
    tokens.closeAllConnections();
    await guarded.stop();
  }
});

it('--offline asks no registry, and that is a gap', async (context) => {
  const { registry: store } = started(context);
  const image = `registry:${store.host}/shop/app:1.2.3`;
  const words = ['check', '.', '--image', image, '--scanner', 'none', '--offline', '--format', 'json'];
  const { stdout } = await shipped.hullcheck(words, { directory: repository });
  expect(parseReport(stdout).gaps).toMatchObject([
    { source: 'image', reason: `${image} was not examined: with --offline no registry is asked` },
  ]);
});
