import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type DemoStacks, secretsOf, unpackDemo } from '../helpers/demo-stack.ts';
import { type DockerEngine, engineParts, importBase, startDockerEngine } from '../helpers/docker-engine.ts';
import { essenceOf, type JsonReport, parseReport } from '../helpers/json-report.ts';
import { busybox, need, pathOf, skopeo } from '../helpers/parts.ts';
import { copyPackage, perform, type ShippedPackage } from '../helpers/program.ts';

const parts = [...engineParts, busybox, skopeo];
const base = 'hullcheck.test/base:1.0.0';

let shipped: ShippedPackage;
let stacks: DemoStacks;
let place: string;
let engine: DockerEngine | null = null;

beforeAll(async () => {
  shipped = await copyPackage();
  stacks = await unpackDemo(shipped);
  place = await mkdtemp(join(tmpdir(), 'hullcheck-images-'));
  if (parts.some((part) => part.path === null)) return;
  engine = await startDockerEngine();
  await importBase(engine, base);
  for (const stack of [stacks.leaky, stacks.fixed]) await useBase(stack);
});
afterAll(async () => {
  await engine?.stop();
  await stacks?.remove();
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

/** The stack's Dockerfile as it is, but for the base: no registry is asked. */
async function useBase(stack: string): Promise<void> {
  const path = join(stack, 'Dockerfile');
  await writeFile(path, (await readFile(path, 'utf8')).replace(/^FROM .+$/m, `FROM ${base}`));
  await rm(join(stack, 'app.tar'));
}

/** Builds the stack as its user would and saves it; the path of the archive. */
async function buildImage(context: TestContext, stack: string, name: string, buildkit: '0' | '1'): Promise<string> {
  need(context, parts);
  if (engine === null) throw new Error('the engine did not start');
  const archive = join(place, `${name}-${buildkit}.tar`);
  const build = ['build', '--network=none', '--tag', `hullcheck.test/${name}:${buildkit}`, stack];
  await engine.docker(build, { DOCKER_BUILDKIT: buildkit });
  await engine.docker(['save', '--output', archive, `hullcheck.test/${name}:${buildkit}`]);
  return archive;
}

async function checkImage(stack: string, image: string): Promise<JsonReport> {
  const words = ['check', '.', '--image', image, '--scanner', 'none', '--format', 'json'];
  const { stdout, stderr } = await shipped.hullcheck(words, { directory: stack });
  expect(stderr).toBe('');
  for (const secret of await secretsOf(stacks.leaky)) expect(stdout).not.toContain(secret);
  return parseReport(stdout);
}

describe.each([
  ['BuildKit', '1'],
  ['the classic builder', '0'],
] as const)('an image built by %s', (_, buildkit) => {
  it('still ships the deleted .env, and the COPY is to blame', async (context) => {
    const archive = await buildImage(context, stacks.leaky, 'leaky', buildkit);
    const report = await checkImage(stacks.leaky, archive);
    expect(report.gaps).toEqual([]);
    expect(report.coverage.pairings).toMatchObject([{ dockerfile: 'Dockerfile' }]);
    const leak = report.findings.filter((finding) => finding.ruleId === 'leaked-dotenv');
    const layers = await layersWith(archive, 'app/.env');
    const lines = (await readFile(join(stacks.leaky, 'Dockerfile'), 'utf8')).split('\n');
    expect(leak).toHaveLength(1);
    expect(leak[0]).toMatchObject({
      severity: 'critical',
      disposition: 'blocking',
      at: { kind: 'layer', path: 'app/.env', state: 'deleted', layer: layers[0] },
      anchor: { path: 'Dockerfile', line: lines.indexOf('COPY . .') + 1 },
    });
  });

  it('gives the same findings as docker save, OCI folder and OCI archive', async (context) => {
    const archive = await buildImage(context, stacks.leaky, 'leaky', buildkit);
    const forms = [`oci:${place}/folder-${buildkit}:tag`, `oci-archive:${place}/oci-${buildkit}.tar:tag`];
    for (const form of forms) await perform(pathOf(skopeo), ['copy', `docker-archive:${archive}`, form]);
    const saved = await checkImage(stacks.leaky, archive);
    expect(saved.findings.length).toBeGreaterThan(10);
    for (const form of [`${place}/folder-${buildkit}`, `${place}/oci-${buildkit}.tar`]) {
      const report = await checkImage(stacks.leaky, form);
      expect(essenceOf(report)).toEqual(essenceOf(saved));
      expect(report.gaps).toEqual([]);
    }
  });

  it('of the repaired stack has no finding', async (context) => {
    const report = await checkImage(stacks.fixed, await buildImage(context, stacks.fixed, 'fixed', buildkit));
    expect(report.findings).toEqual([]);
    expect(report.gaps).toEqual([]);
    expect(report.verdict).toBe('pass');
  });
});

/** Numbers of the layers that hold the path, by tar itself; docker save lists them base first. */
async function layersWith(archive: string, path: string): Promise<readonly number[]> {
  const manifest: readonly { readonly Layers: readonly string[] }[] = JSON.parse(
    await perform('tar', ['-xOf', archive, 'manifest.json']),
  );
  const holds = (manifest[0]?.Layers ?? []).map(async (layer) => {
    const names = await perform('bash', ['-c', 'tar -xOf "$1" "$2" | tar -t', 'bash', archive, layer]);
    return names.split('\n').includes(path);
  });
  return (await Promise.all(holds)).flatMap((isThere, index) => (isThere ? [index] : []));
}
