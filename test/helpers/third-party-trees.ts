import { createHash } from 'node:crypto';
import { access, cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from './parts.ts';
import { perform } from './program.ts';

/** What users install, as pinned in test/quiet. */
export type TreeName = 'agent' | 'clients' | 'front' | 'proxy' | 'rag';

const inherited = Object.fromEntries(
  Object.entries(process.env).flatMap(([key, value]) => (value ? [[key, value]] : [])),
);

const pipPlatforms = ['manylinux_2_28_x86_64', 'manylinux2014_x86_64', 'manylinux1_x86_64'];

/** No package's own script runs, and wheels are for the Python of the stock system, whatever runs here. */
async function installWheels(project: string, target: string): Promise<void> {
  const words = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile', '--only-binary=:all:'];
  const python = ['--python-version=3.11', '--implementation=cp', '--abi=cp311', '--abi=abi3', '--abi=none'];
  const platforms = pipPlatforms.map((platform) => `--platform=${platform}`);
  const from = ['--target', target, '--requirement', join(project, 'requirements.txt')];
  await perform('python3', [...words, ...python, ...platforms, ...from], { environment: inherited });
}

async function installModules(project: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) await cp(join(project, file), join(target, file));
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  await perform('npm', words, { directory: target, environment: inherited });
}

/** The modules that a build reads with all their tests, and the sources of Go itself as its images have them. */
async function installGoModules(project: string, root: string): Promise<void> {
  const environment = { ...inherited, GOMODCACHE: join(root, 'root/go/pkg/mod'), GOFLAGS: '-mod=readonly -modcacherw' };
  await perform('go', ['list', '-deps', '-tags=tools', '.'], { directory: project, environment });
  const source = (await perform('go', ['env', 'GOROOT'], { environment: inherited })).trim();
  const target = join(root, 'usr/local/go');
  for (const path of ['src/crypto', 'src/net']) await cp(join(source, path), join(target, path), { recursive: true });
  await cp(join(source, 'go.env'), join(target, 'go.env'));
}

const installers: Readonly<Record<TreeName, (project: string, root: string) => Promise<void>>> = {
  agent: (project, root) => installModules(project, join(root, 'app')),
  clients: (project, root) => installWheels(project, join(root, 'usr/local/lib/python3.11/dist-packages')),
  front: (project, root) => installModules(project, join(root, 'srv/front')),
  proxy: installGoModules,
  rag: (project, root) => installWheels(project, join(root, 'app/.venv/lib/python3.11/site-packages')),
};

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder)).sort()) hash.update(await readFile(join(folder, name)));
  return hash.digest('hex').slice(0, 12);
}

/** The installed tree as a tar to unpack at the root of an image; made once for what is pinned. */
export async function thirdPartyTree(name: TreeName): Promise<string> {
  const project = fileURLToPath(new URL(`../quiet/${name}`, import.meta.url));
  const archive = join(cacheFolder, `quiet-${name}-${await hashOf(project)}.tar`);
  const isThere = await access(archive).then(
    () => true,
    () => false,
  );
  if (isThere) return archive;
  const folder = await mkdtemp(join(tmpdir(), 'hullcheck-tree-'));
  try {
    await installers[name](project, join(folder, 'root'));
    await mkdir(cacheFolder, { recursive: true });
    const partial = join(cacheFolder, `${basename(folder)}.partial`);
    const owner = ['--owner=0', '--group=0', '--numeric-owner'];
    await perform('tar', ['-C', join(folder, 'root'), ...owner, '-cf', partial, '.']);
    await rename(partial, archive);
    return archive;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
