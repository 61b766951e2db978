import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DemoStacks, unpackDemo } from '../helpers/demo-stack.ts';
import { type DockerEngine, engineParts, startDockerEngine } from '../helpers/docker-engine.ts';
import { aboveLow, parseReport } from '../helpers/json-report.ts';
import { go, need, python } from '../helpers/parts.ts';
import { copyPackage, type ShippedPackage } from '../helpers/program.ts';
import { stockSystem, stockSystemParts } from '../helpers/stock-system.ts';
import { type TreeName, thirdPartyTree } from '../helpers/third-party-trees.ts';

let shipped: ShippedPackage;
let stacks: DemoStacks;
let place: string;

beforeAll(async () => {
  shipped = await copyPackage();
  stacks = await unpackDemo(shipped);
  place = await mkdtemp(join(tmpdir(), 'hullcheck-quiet-'));
});
afterAll(async () => {
  await stacks?.remove();
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

async function check(folder: string, ...words: readonly string[]) {
  const all = ['check', '.', '--scanner', 'none', '--format', 'json', ...words];
  const { stdout, stderr } = await shipped.hullcheck(all, { directory: folder });
  expect(stderr).toBe('');
  return parseReport(stdout);
}

it('a careful project gets no finding', async () => {
  const folder = join(place, 'careful-rag');
  await cp(fileURLToPath(new URL('../../fixtures/repos/careful-rag', import.meta.url)), folder, { recursive: true });
  const report = await check(folder);
  expect(aboveLow(report)).toEqual([]);
  expect(report.findings).toEqual([]);
  expect(report.gaps).toEqual([]);
  expect(report.coverage['files']).toBeGreaterThan(12);
});

it('the repaired stack gets no finding, with its image', async () => {
  const report = await check(stacks.fixed, '--image', 'app.tar');
  expect(report.findings).toEqual([]);
  expect(report.gaps).toEqual([]);
});

const base = 'hullcheck.test/system:1.0.0';
/** With nothing cached, a gigabyte and a half is fetched first. */
const coldSeconds = 1500;

interface Project {
  readonly trees: readonly TreeName[];
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly string[];
}

/** A stock system with what is added to one, and three images of the kind our users build. */
const projects: Readonly<Record<string, Project>> = {
  stock: { trees: ['clients'], files: {}, steps: [] },
  rag: {
    trees: ['rag'],
    files: {
      'main.py': 'import os\nfrom openai import OpenAI\nclient = OpenAI(api_key=os.environ["OPENAI_API_KEY"])\n',
      '.env.example': 'OPENAI_API_KEY=sk-...\nDATABASE_URL=postgres://app:app@localhost:5432/app\n',
    },
    steps: ['COPY main.py .env.example /app/', 'CMD ["/app/.venv/bin/uvicorn", "main:app"]'],
  },
  agent: {
    trees: ['agent'],
    files: {
      'server.js': 'import "dotenv/config";\nconst key = process.env.ANTHROPIC_API_KEY;\n',
      'README.md': 'Set `ANTHROPIC_API_KEY=sk-ant-...` in `.env`.\n',
    },
    steps: ['COPY server.js README.md /app/', 'CMD ["node", "/app/server.js"]'],
  },
  chat: {
    trees: ['front', 'proxy'],
    files: { Caddyfile: 'chat.example.com {\n  reverse_proxy localhost:3000\n}\n' },
    steps: ['COPY Caddyfile /etc/caddy/Caddyfile', 'CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile"]'],
  },
};

async function buildProject(engine: DockerEngine, name: string, { trees, files, steps }: Project): Promise<string> {
  const folder = join(place, name);
  await mkdir(folder);
  for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path), content);
  for (const tree of trees) await copyFile(await thirdPartyTree(tree), join(folder, `${tree}.tar`));
  const added = trees.map((tree) => `ADD ${tree}.tar /`);
  const lines = [`FROM ${base}`, 'WORKDIR /app', ...added, ...steps, 'USER 10001:10001'];
  await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
  const tag = `hullcheck.test/${name}:1.0.0`;
  await engine.docker(['build', '--network=none', '--tag', tag, folder], { DOCKER_BUILDKIT: '1' });
  return tag;
}

/** Builds all projects into one archive; the engine that did is still to be stopped. */
async function saveProjects(archive: string): Promise<DockerEngine> {
  const system = await stockSystem();
  const engine = await startDockerEngine();
  try {
    await engine.docker(['import', system, base]);
    const tags: string[] = [];
    for (const [name, project] of Object.entries(projects)) tags.push(await buildProject(engine, name, project));
    await engine.docker(['save', '--output', archive, ...tags]);
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

/** What is told as low, each with the reason why it may be; the versions are pinned in test/quiet. */
const lowExceptions = [
  {
    path: /sqlalchemy\/dialects\/mssql\/base\.py$/,
    reason: 'a URL with a password in a doc string, not a usual example',
  },
  { path: /pgx\/v5@[^/]+\/pgconn\/config\.go$/, reason: 'a URL with a password in a comment' },
  { path: /lib\/pq@[^/]+\/connector\.go$/, reason: 'a URL with a password in a comment' },
  {
    path: /standard-webhooks\/libraries@[^/]+\/rust\/src\/lib\.rs$/,
    reason: 'a secret in a test that stands among code',
  },
];

/** Where the trees hold published keys: without them the test would prove nothing. */
const publishedKeys = [
  'x86_64-linux-gnu/libgnutls.so.30',
  'go-1.19/src/crypto/tls/testdata/',
  'dist-packages/twisted/conch/test/',
  'site-packages/ecdsa/',
  'node_modules/ssh2/test/fixtures/',
  'node_modules/ssh2/lib/protocol/constants.js',
  'google.golang.org/grpc@',
  'usr/local/go/src/crypto/',
];

it(
  'stock systems and images of the kind users build get no finding above low',
  async (context) => {
    need(context, [...engineParts, ...stockSystemParts, go, python]);
    const archive = join(place, 'images.tar');
    const engine = await saveProjects(archive);
    // The engine takes its time to remove what it stored.
    const [report] = await Promise.all([check(stacks.fixed, '--image', archive), engine.stop()]);
    expect(aboveLow(report)).toEqual([]);
    expect(report.gaps).toEqual([]);
    expect(report.coverage['layerEntries']).toBeGreaterThan(120_000);
    const low = report.findings.filter((finding) => finding.severity === 'low').map((finding) => finding.at.path ?? '');
    expect(low.filter((path) => !lowExceptions.some((exception) => exception.path.test(path)))).toEqual([]);
    for (const { path, reason } of lowExceptions)
      expect(
        low.filter((one) => path.test(one)),
        reason,
      ).toHaveLength(1);
    const paths = report.findings.map((finding) => finding.at.path ?? '');
    for (const part of publishedKeys)
      expect(
        paths.filter((path) => path.includes(part)),
        part,
      ).not.toEqual([]);
  },
  coldSeconds * 1000,
);
