import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { writeGrypeDatabase } from '../helpers/advisory-database/grype-database.ts';
import { writeTrivyDatabase } from '../helpers/advisory-database/trivy-database.ts';
import { type DockerEngine, engineParts, startDockerEngine } from '../helpers/docker-engine.ts';
import { parseReport } from '../helpers/json-report.ts';
import { node24 } from '../helpers/node24.ts';
import { grype, need, pathOf, skopeo, trivy } from '../helpers/parts.ts';
import { copyPackage, perform, type Result, type ShippedPackage } from '../helpers/program.ts';
import { runStep } from '../helpers/runner.ts';
import { sbomProblems } from '../helpers/sbom-schema.ts';
import { planted, writeScannedApp } from '../helpers/scanned-app.ts';
import { makeSmallSystem } from '../helpers/small-system.ts';
import { stockSystem, stockSystemParts } from '../helpers/stock-system.ts';
import { writeTwoPlatforms } from '../helpers/two-platforms.ts';

const parts = [...engineParts, ...stockSystemParts, trivy, grype, skopeo, node24];
const base = 'hullcheck.test/debian:12.0';
const name = 'hullcheck.test/shop/app:1.0.0';
/** Assembled here, so that no credential stands in the project. */
const secret = ['correct', 'horse', 'battery', 'staple'].join('-');

let shipped: ShippedPackage;
let place: string;
let engine: DockerEngine | null = null;
const at = (path: string) => join(place, path);

beforeAll(async () => {
  shipped = await copyPackage();
  place = await mkdtemp(join(tmpdir(), 'hullcheck-sbom-'));
  if (parts.some((part) => part.path === null)) return;
  for (const folder of ['repository', 'tmp']) await mkdir(at(folder));
  await writeScannedApp(at('repository'));
  await appendFile(at('repository/Dockerfile'), `LABEL vendor=shop db.password=${secret}\n`);
  await writeTrivyDatabase(at('cache/trivy'), Object.values(planted), new Date());
  await writeGrypeDatabase(at('cache/grype/db'), Object.values(planted), new Date());
  engine = await startDockerEngine();
  await engine.docker(['import', await makeSmallSystem(await stockSystem(), place), base]);
  await engine.docker(['build', '--network=none', '--tag', name, at('repository')], { DOCKER_BUILDKIT: '0' });
  await engine.docker(['save', '--output', at('app.tar'), name]);
});
afterAll(async () => {
  await engine?.stop();
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

async function check(
  context: TestContext,
  words: readonly string[],
  programs: readonly string[] = [trivy, grype].map((part) => part.path ?? ''),
): Promise<Result> {
  need(context, parts);
  const chosen = programs.flatMap((path) => ['--scanner-path', path]);
  const all = ['check', '.', '--offline', '--format', 'json', '--fail-on', 'never', ...chosen, ...words];
  const environment = { XDG_CACHE_HOME: at('cache'), TMPDIR: at('tmp') };
  const result = await shipped.hullcheck(all, { directory: at('repository'), environment });
  expect(await readdir(at('tmp'))).toEqual([]);
  return result;
}

interface Property {
  readonly name: string;
  readonly value: string;
}

interface Component {
  readonly type: string;
  readonly name: string;
  readonly purl?: string;
  readonly properties?: readonly Property[];
}

interface Sbom {
  readonly metadata: { readonly properties: readonly Property[]; readonly component: Component };
  readonly components: readonly Component[];
}

async function readSbom(path: string): Promise<Sbom> {
  const document = JSON.parse(await readFile(path, 'utf8'));
  expect(sbomProblems(document)).toEqual([]);
  return document;
}

const isOurs = ({ name: one }: Property) => one.startsWith('hullcheck:');

function ours(properties: readonly Property[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(properties.filter(isOurs).map((one) => [one.name.slice('hullcheck:'.length), one.value]));
}

function componentOf({ components }: Sbom, purl: string) {
  const found = components.filter((one) => one.purl?.startsWith(purl));
  expect(found).toHaveLength(1);
  return ours(found[0]?.properties);
}

/** What a scanner says of its packages by itself. */
const packagesOf = ({ components }: Sbom) =>
  components
    .filter((one) => one.purl !== undefined)
    .map(({ properties = [], ...rest }) => ({ ...rest, properties: properties.filter((one) => !isOurs(one)) }))
    .sort((a, b) => ((a.purl ?? '') < (b.purl ?? '') ? -1 : 1));

function expectCauses(sbom: Sbom): void {
  const copied = { 'dockerfile-line': 'Dockerfile:4', 'introduced-by': 'COPY node_modules ./node_modules' };
  expect(componentOf(sbom, 'pkg:deb/debian/bash@')).toMatchObject({
    layer: '0',
    'layer-diff-id': expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    'dockerfile-line': 'Dockerfile:1',
    'introduced-by': `FROM ${base}`,
  });
  const lodash = componentOf(sbom, 'pkg:npm/lodash@4.17.20');
  expect(lodash).toMatchObject({ ...copied, lockfile: expect.stringMatching(/^package-lock\.json:[0-9]+$/) });
  expect(componentOf(sbom, 'pkg:pypi/requests@2.19.0')).toMatchObject({
    'dockerfile-line': 'Dockerfile:6',
    lockfile: 'requirements.txt:1',
  });
}

describe('the SBOM of an image', () => {
  it("is Trivy's own with our properties, valid, and without the secret of a label", async (context) => {
    const { exitCode, stdout } = await check(context, [
      '--image',
      at('app.tar'),
      '--output',
      `cyclonedx=${at('t.json')}`,
    ]);
    expect([exitCode, parseReport(stdout).gaps]).toEqual([0, []]);
    const sbom = await readSbom(at('t.json'));
    expectCauses(sbom);
    expect(ours(sbom.metadata.properties)).toMatchObject({
      image: at('app.tar'),
      'config-digest': expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      platform: 'linux/amd64',
      dockerfile: 'Dockerfile',
      scanner: 'trivy 0.74.0',
      'scanner-sha256': expect.stringMatching(/^[0-9a-f]{64}$/),
      'database-built': new Date().toISOString().slice(0, 10),
      verdict: 'pass',
      gaps: '0',
      redacted: '1',
    });
    expect(await readFile(at('t.json'), 'utf8')).not.toContain(secret);
    const labels = sbom.metadata.component.properties?.filter((one) => one.name.includes('Labels'));
    expect(labels?.map((one) => one.value).sort()).toEqual(['***', 'shop']);
    const cache = ['--cache-dir', at('cache/trivy'), '--skip-db-update', '--offline-scan', '--quiet'];
    await perform(pathOf(trivy), ['image', '--input', at('app.tar'), '--format', 'json', '-o', at('r.json'), ...cache]);
    await perform(pathOf(trivy), ['convert', '--format', 'cyclonedx', '-o', at('own.json'), '--quiet', at('r.json')]);
    expect(packagesOf(sbom)).toEqual(packagesOf(JSON.parse(await readFile(at('own.json'), 'utf8'))));
    expect(packagesOf(sbom).length).toBeGreaterThan(100);
  });

  it("is Grype's where it is alone, with the same causes", async (context) => {
    const words = ['--image', at('app.tar'), '--scanner', 'grype', '--output', `cyclonedx=${at('g.json')}`];
    const { exitCode, stdout } = await check(context, words, [pathOf(grype)]);
    expect([exitCode, parseReport(stdout).gaps]).toEqual([0, []]);
    const sbom = await readSbom(at('g.json'));
    expectCauses(sbom);
    expect(ours(sbom.metadata.properties)).toMatchObject({ scanner: 'grype 0.120.1', verdict: 'pass' });
    expect(await readFile(at('g.json'), 'utf8')).not.toContain(secret);
  });

  it('is one per platform, and no file for all', async (context) => {
    need(context, parts);
    await perform(pathOf(skopeo), ['copy', '--quiet', `docker-archive:${at('app.tar')}`, `oci:${at('one')}:tag`]);
    await writeTwoPlatforms(at('one'), at('two'));
    const words = ['--image', at('two'), '--scanner', 'trivy'];
    const one = await check(context, [...words, '--output', `cyclonedx=${at('two.json')}`], [pathOf(trivy)]);
    expect([one.exitCode, one.stdout]).toEqual([2, '']);
    expect(one.stderr).toMatch(/two\.json is one file, and there are 2 images: .+\nhint: end the path in \/ /);
    const { exitCode } = await check(context, [...words, '--output', `cyclonedx=${at('sboms')}/`], [pathOf(trivy)]);
    expect(exitCode).toBe(0);
    const names = (await readdir(at('sboms'))).sort();
    expect(names).toEqual([
      expect.stringMatching(/linux-amd64\.cdx\.json$/),
      expect.stringMatching(/linux-arm64\.cdx\.json$/),
    ]);
    const [amd, arm] = await Promise.all(names.map((file) => readSbom(join(at('sboms'), file))));
    const has = (sbom: Sbom | undefined) => sbom?.components.some((each) => each.name === 'requests');
    expect([has(amd), has(arm)]).toEqual([true, false]);
    expect(ours(arm?.metadata.properties)).toMatchObject({ platform: 'linux/arm64' });
  });

  it('is made of a finished Trivy report', async (context) => {
    need(context, parts);
    const cache = ['--cache-dir', at('cache/trivy'), '--skip-db-update', '--offline-scan', '--quiet'];
    const report = at('finished.json');
    await perform(pathOf(trivy), ['image', '--input', at('app.tar'), '--format', 'json', '-o', report, ...cache]);
    const words = ['--image', at('app.tar'), '--scanner', 'trivy', '--trivy-report', report];
    const { exitCode } = await check(context, [...words, '--output', `cyclonedx=${at('i.json')}`], [pathOf(trivy)]);
    expect(exitCode).toBe(0);
    const sbom = await readSbom(at('i.json'));
    expectCauses(sbom);
    expect(ours(sbom.metadata.properties)).toMatchObject({ scanner: 'trivy 0.74.0', 'scanner-report': 'imported' });
  });

  it('that a scanner writes by half leaves no file and no green', async (context) => {
    need(context, parts);
    const broken = at('broken/trivy');
    await mkdir(at('broken'));
    const half = 'head -c 5000 "$out" >"$out.half"; mv "$out.half" "$out"';
    const find = 'for word; do [ "$last" = --output ] && out=$word; last=$word; done';
    await writeFile(broken, `#!/bin/bash\n${pathOf(trivy)} "$@"\n${find}\n[ "$1" != convert ] || { ${half}; }\n`);
    await chmod(broken, 0o755);
    const words = ['--image', at('app.tar'), '--scanner', 'trivy', '--output', `cyclonedx=${at('half.json')}`];
    const { exitCode, stdout } = await check(context, words, [broken]);
    const { verdict, gaps } = parseReport(stdout);
    expect([exitCode, verdict]).toEqual([3, 'incomplete']);
    expect(gaps.map(({ source, reason }) => `${source}: ${reason}`)).toEqual([
      `scanner/sbom: no SBOM of ${at('app.tar')} was made: the SBOM of trivy is no JSON object, or is cut off`,
    ]);
    expect(await readdir(place)).not.toContain('half.json');
  });

  it('is an output of the action', async (context) => {
    need(context, parts);
    const inputs = {
      images: at('app.tar'),
      sbom: 'true',
      offline: 'true',
      'fail-on': 'never',
      'scanner-paths': `${pathOf(trivy)}\n${pathOf(grype)}`,
      'scanner-dbs': `trivy=${at('cache/trivy')}\ngrype=${at('cache/grype/db')}`,
    };
    const step = { node: pathOf(node24), action: shipped.folder, workspace: at('repository') };
    const page = await runStep({ ...step, inputs });
    try {
      expect([page.exitCode, page.outputs['verdict']]).toEqual([0, 'pass']);
      expect(page.outputs['sbom']?.startsWith(page.temporaryFolder)).toBe(true);
      expectCauses(await readSbom(page.outputs['sbom'] ?? ''));
    } finally {
      await page.close();
    }
    const without = await runStep({ ...step, inputs: { ...inputs, sbom: 'false' } });
    await without.close();
    expect(without.outputs['sbom']).toBeUndefined();
  });
});
