import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type Buildkit, buildkitParts, startBuildkit } from '../helpers/buildkit.ts';
import { type DockerEngine, engineParts, importBase, startDockerEngine } from '../helpers/docker-engine.ts';
import { type DockerRegistry, startDockerRegistry } from '../helpers/docker-registry.ts';
import { essenceOf, type JsonFinding, type JsonReport, parseReport } from '../helpers/json-report.ts';
import { buildah, busybox, dockerRegistry, need, pathOf, skopeo, umoci, zstd } from '../helpers/parts.ts';
import { copyPackage, perform, type ShippedPackage } from '../helpers/program.ts';
import { makeShopSecrets, shopDockerfile, writeShop } from '../helpers/shop-project.ts';

const parts = [...engineParts, ...buildkitParts, busybox, buildah, skopeo, umoci, dockerRegistry, zstd];
const base = 'hullcheck.test/base:1.0.0';
const name = 'hullcheck.test/shop/app';
const secrets = makeShopSecrets();
const buildArguments = { REGISTRY_TOKEN: secrets.token };

interface Started {
  readonly engine: DockerEngine;
  readonly registry: DockerRegistry;
  readonly buildkit: Buildkit;
}

let shipped: ShippedPackage;
let place: string;
let started: Started | null = null;
/** The project with heredocs in its Dockerfile, and without. */
let modern: string;
let classic: string;

beforeAll(async () => {
  shipped = await copyPackage();
  place = await mkdtemp(join(tmpdir(), 'hullcheck-builders-'));
  [modern, classic] = [join(place, 'modern'), join(place, 'classic')];
  if (parts.some((part) => part.path === null)) return;
  await writeShop(modern, shopDockerfile(base, true), secrets);
  await writeShop(classic, shopDockerfile(base, false), secrets);
  const [engine, registry, buildkit] = await Promise.all([startDockerEngine(), startDockerRegistry(), startBuildkit()]);
  started = { engine, registry, buildkit };
  await importBase(engine, base);
  await engine.docker(['save', '--output', join(place, 'base.tar'), base]);
  await perform(pathOf(skopeo), ['copy', '--quiet', `docker-archive:${place}/base.tar`, `oci:${place}/base:1.0.0`]);
});
afterAll(async () => {
  await Promise.all([started?.engine.stop(), started?.registry.stop(), started?.buildkit.stop(), shipped?.remove()]);
  await rm(place, { recursive: true, force: true });
});

/** A build's image in the forms its builder gives, the first of which is the measure for all. */
interface Build {
  readonly project: string;
  readonly forms: readonly string[];
  /** What skopeo copies to further forms. */
  readonly source: string;
  /** Whether skopeo copies the attestations too; docker save cannot hold them. */
  readonly hasAttestations: boolean;
}

/** Docker 20.10 has a BuildKit that takes heredocs only with a frontend from a registry, so its project has none either. */
async function buildWithDocker({ engine }: Started, buildkit: '0' | '1'): Promise<Build> {
  const project = classic;
  const tag = `${name}:docker-${buildkit}`;
  const argument = `--build-arg=REGISTRY_TOKEN=${secrets.token}`;
  await engine.docker(['build', '--network=none', argument, '--tag', tag, project], { DOCKER_BUILDKIT: buildkit });
  const saved = join(place, `docker-${buildkit}.tar`);
  await engine.docker(['save', '--output', saved, tag]);
  const source = `docker-archive:${saved}`;
  return { project, forms: [saved, `docker-daemon:${tag}`], source, hasAttestations: false };
}

function runBuildah(...words: readonly string[]) {
  const storage = ['--storage-driver=vfs', `--root=${place}/buildah`, `--runroot=${place}/buildah-run`];
  return perform(pathOf(buildah), [...storage, ...words]);
}

/** `--layers`, as Podman builds by default: without it buildah makes one layer of each stage. */
async function buildWithBuildah(): Promise<Build> {
  const run = runBuildah;
  const tag = `${name}:buildah`;
  await run('pull', '--quiet', `docker-archive:${place}/base.tar`);
  const argument = `--build-arg=REGISTRY_TOKEN=${secrets.token}`;
  await run('build', '--isolation=chroot', '--pull-never', '--layers', argument, '--tag', tag, classic);
  await run('push', '--quiet', tag, `docker-archive:${place}/buildah.tar:${tag}`);
  await run('push', '--quiet', tag, `oci:${place}/buildah-oci:tag`);
  await run('push', '--quiet', tag, `oci-archive:${place}/buildah-oci.tar:tag`);
  const forms = [`${place}/buildah.tar`, `${place}/buildah-oci`, `oci-archive:${place}/buildah-oci.tar`];
  return { project: classic, forms, source: `docker-archive:${place}/buildah.tar`, hasAttestations: false };
}

/** BuildKit's outputs; a second compression of the same layers is not in the provenance, whose lines are of the first. */
const buildkitOutputs: Readonly<Record<string, string>> = {
  'gzip.tar': 'type=oci',
  'plain.tar': 'type=oci,compression=uncompressed,force-compression=true',
  'zstd.tar': 'type=oci,compression=zstd,force-compression=true',
  'estargz.tar': 'type=oci,compression=estargz,force-compression=true',
  'docker.tar': `type=docker,name=${name}:buildkit`,
  layout: 'type=oci,tar=false',
};

async function buildWithBuildkit({ buildkit }: Started): Promise<Build> {
  const index = JSON.parse(await readFile(join(place, 'base/index.json'), 'utf8'));
  const from = { name: base, layout: join(place, 'base'), digest: String(index.manifests[0].digest) };
  await mkdir(join(place, 'buildkit'));
  const forms: string[] = [];
  for (const [file, output] of Object.entries(buildkitOutputs)) {
    const path = join(place, 'buildkit', file);
    await buildkit.build(modern, `${output},dest=${path}`, from, buildArguments);
    forms.push(path);
  }
  return { project: modern, forms, source: `oci-archive:${forms[0]}`, hasAttestations: true };
}

const builders = {
  'BuildKit in Docker': (all: Started) => buildWithDocker(all, '1'),
  "Docker's classic builder": (all: Started) => buildWithDocker(all, '0'),
  buildah: () => buildWithBuildah(),
  BuildKit: (all: Started) => buildWithBuildkit(all),
} as const;
type Builder = keyof typeof builders;

const allBuilders: readonly Builder[] = ['BuildKit in Docker', "Docker's classic builder", 'buildah', 'BuildKit'];

const builds = new Map<Builder, Promise<Build>>();

function builtBy(context: TestContext, builder: Builder): Promise<Build> {
  need(context, parts);
  if (started === null) throw new Error('an engine did not start');
  const build = builds.get(builder) ?? builders[builder](started);
  builds.set(builder, build);
  return build;
}

async function check({ project }: Build, image: string): Promise<JsonReport> {
  const words = ['check', '.', '--image', image, '--scanner', 'none', '--format', 'json'];
  const environment = { DOCKER_HOST: started?.engine.host ?? '', DOCKER_CONFIG: place };
  const { stdout, stderr } = await shipped.hullcheck(words, { directory: project, environment });
  expect(stderr, image).toBe('');
  for (const secret of [secrets.apiKey, secrets.token, ...secrets.deployKey.split('\n').slice(1, 3)]) {
    expect(stdout).not.toContain(secret);
  }
  return parseReport(stdout);
}

async function copyTo(build: Build, label: string, host: string): Promise<readonly string[]> {
  const all = build.hasAttestations ? ['--all'] : [];
  const copy = (to: string, ...options: readonly string[]) =>
    perform(pathOf(skopeo), ['copy', '--quiet', '--dest-tls-verify=false', ...options, build.source, to]);
  const at = (file: string) => join(place, `${label}-${file}`);
  await copy(`oci:${at('gzip')}:tag`, ...all);
  await copy(`oci:${at('zstd')}:tag`, ...all, '--dest-compress-format=zstd');
  await copy(`oci:${at('umoci')}:tag`);
  await copy(`oci-archive:${at('oci.tar')}:tag`, ...all);
  await copy(`docker-archive:${at('docker.tar')}:${name}:copy`);
  await copy(`docker://${host}/${label}:gzip`, ...all);
  await copy(`docker://${host}/${label}:zstd`, ...all, '--dest-compress-format=zstd', '--format=oci');
  await perform(pathOf(umoci), ['tag', '--image', `${at('umoci')}:tag`, 'again']);
  await perform(pathOf(umoci), ['gc', '--layout', at('umoci')]);
  await perform('gzip', ['--keep', at('oci.tar')]);
  await perform(pathOf(zstd), ['--quiet', at('docker.tar'), '-o', at('docker.tar.zst')]);
  return [
    at('gzip'),
    `oci-dir:${at('zstd')}`,
    at('umoci'),
    at('oci.tar'),
    at('docker.tar'),
    at('oci.tar.gz'),
    `docker-archive:${at('docker.tar.zst')}`,
    `registry:${host}/${label}:gzip`,
    `registry:${host}/${label}:zstd`,
  ];
}

it.for(allBuilders)(
  'an image built by %s gives the same findings and fingerprints in every form',
  async (builder, context) => {
    const build = await builtBy(context, builder);
    const copies = await copyTo(build, `form-${allBuilders.indexOf(builder)}`, started?.registry.host ?? '');
    const [first = '', ...others] = [...build.forms, ...copies];
    const expected = essenceOf(await check(build, first));
    expect(expected).toMatchObject({ verdict: 'fail', gaps: [] });
    for (const form of others) expect(essenceOf(await check(build, form)), form).toEqual(expected);
  },
);

/** Rule, place, and the line of the Dockerfile that is to blame, with its text. */
function describeFinding({ ruleId, at, anchor }: JsonFinding, lines: readonly string[]): string {
  const where = at.kind === 'layer' ? `${at.path} ${at.state}` : `${at.part} ${at.name}`;
  return `${ruleId}: ${where}: ${anchor?.path}:${anchor?.line} ${lines[(anchor?.line ?? 0) - 1]}`;
}

/** What each builder's image is told, by the first words of the step that wrote the login. */
const told = (loginStep: string): readonly string[] => [
  'leaked-dotenv: app/.env deleted: Dockerfile:9 COPY . .',
  'leaked-private-key: app/deploy/key.pem present: Dockerfile:9 COPY . .',
  `leaked-credential-file: root/.npmrc present: Dockerfile:12 ${loginStep}`,
  'secret-in-image-config: history REGISTRY_TOKEN: Dockerfile:11 ARG REGISTRY_TOKEN',
];
const plainStep = 'RUN mkdir -p /root \\';
const byHistory = '10 of 10 instructions found in its history';

/** The builders differ in nothing but this. */
const differences: Readonly<
  Record<Builder, { readonly step: string; readonly pairing: string; readonly why: string }>
> = {
  'BuildKit in Docker': { step: plainStep, pairing: byHistory, why: 'Docker 20.10 exports no provenance' },
  "Docker's classic builder": { step: plainStep, pairing: byHistory, why: 'it has neither heredocs nor provenance' },
  buildah: { step: plainStep, pairing: byHistory, why: 'buildah 1.28 has neither heredocs nor provenance' },
  BuildKit: {
    step: 'RUN <<EOF',
    pairing: 'lines of 6 of 7 layers from its build provenance',
    why: 'the layer of the base has no line in the provenance, as the base is a named context here',
  },
};

it.for(allBuilders)('what was built by %s is told with the lines of the Dockerfile', async (builder, context) => {
  const build = await builtBy(context, builder);
  const report = await check(build, build.forms[0] ?? '');
  const lines = (await readFile(join(build.project, 'Dockerfile'), 'utf8')).split('\n');
  const { step, pairing, why } = differences[builder];
  expect(report.findings.map((finding) => describeFinding(finding, lines))).toEqual(told(step));
  expect(report.coverage.pairings, why).toMatchObject([{ dockerfile: 'Dockerfile', pairing }]);
});

it('a rebuild after an edit that moves the lines keeps the fingerprints, and the lines move with it', async (context) => {
  const build = await builtBy(context, 'BuildKit');
  const before = await check(build, build.forms[0] ?? '');
  const project = join(place, 'moved');
  await writeShop(project, `# moved\n\n${shopDockerfile(base, true)}`, secrets);
  const after = await check({ ...build, project }, build.forms[0] ?? '');
  expect(after.findings.map(({ fingerprint }) => fingerprint)).toEqual(
    before.findings.map(({ fingerprint }) => fingerprint),
  );
  expect(after.findings.map(({ anchor }) => anchor?.line)).toEqual([11, 11, 14, 13]);
});

describe('buildah without --layers makes one layer of all instructions', () => {
  /** Its image of a Dockerfile on the base, whose project has a `.env`, and what it is told. */
  async function told(context: TestContext, label: string, steps: readonly string[]) {
    await builtBy(context, 'buildah');
    const project = join(place, label);
    const lines = [`FROM ${base}`, ...steps];
    await writeShop(project, `${lines.join('\n')}\n`, secrets);
    const tag = `${name}:${label}`;
    const argument = `--build-arg=REGISTRY_TOKEN=${secrets.token}`;
    await runBuildah('build', '--isolation=chroot', '--pull-never', argument, '--tag', tag, project);
    await runBuildah('push', '--quiet', tag, `docker-archive:${place}/${label}.tar:${tag}`);
    const archive = join(place, `${label}.tar`);
    const report = await check({ project, forms: [], source: '', hasAttestations: false }, archive);
    expect(report.coverage['layers']).toBe(2);
    return { report, told: report.findings.map((finding) => describeFinding(finding, lines)) };
  }

  it('and what is found is told with the line that wrote it', async (context) => {
    const [, , , , , , ...own] = shopDockerfile(base, false).trimEnd().split('\n');
    const steps = own.filter((line) => !line.includes('--from=') && line !== 'RUN rm .env');
    const { told: findings } = await told(context, 'one-layer', steps);
    expect(findings).toEqual([
      'leaked-dotenv: app/.env present: Dockerfile:4 COPY . .',
      'leaked-private-key: app/deploy/key.pem present: Dockerfile:4 COPY . .',
      'leaked-credential-file: root/.npmrc present: Dockerfile:6 RUN mkdir -p /root \\',
      'secret-in-image-config: history REGISTRY_TOKEN: Dockerfile:5 ARG REGISTRY_TOKEN',
    ]);
  });

  it('or, where nothing tells which did, with the lines of all', async (context) => {
    const hidden = ['COPY deploy /srv', 'RUN cd / && mv srv opt && mkdir /srv', 'USER 1000', 'CMD ["x"]'];
    const { report, told: findings } = await told(context, 'no-line', hidden);
    expect(findings).toEqual(['leaked-private-key: opt/key.pem present: Dockerfile:2 COPY deploy /srv']);
    expect(report.findings[0]?.related).toEqual([
      {
        at: expect.objectContaining({ path: 'Dockerfile', line: 2, endLine: 3 }),
        message: expect.stringContaining('the instructions of lines 2 to 3'),
      },
    ]);
  });
});
