import {
  atCommand,
  bunLock,
  nodeProject,
  npmLock,
  pnpmLock,
  poetryProject,
  pythonProject,
  uvProject,
  workflow,
  yarnBerryLock,
  yarnClassicLock,
} from './install.ts';

/** What `unfrozen-install` reports and what it leaves alone, per manager. */
export const unfrozenInstallExamples = [
  {
    title: 'npm install beside a lockfile',
    files: nodeProject('npm install --omit=dev', npmLock),
    flags: atCommand('high'),
  },
  { title: 'npm ci', files: nodeProject('npm ci --omit=dev', npmLock), flags: [] },
  {
    title: 'A package added by name',
    files: nodeProject('npm install express', { 'package.json': '{ "name": "app" }\n' }),
    flags: atCommand('medium'),
  },
  {
    title: 'A global tool at an exact version',
    files: nodeProject('npm install -g pm2@5.4.3', {}),
    flags: atCommand('low'),
  },
  {
    title: 'pnpm install in a Dockerfile, where nothing sets CI',
    files: nodeProject('pnpm install', pnpmLock),
    flags: atCommand('high'),
  },
  {
    title: 'pnpm install in a workflow, frozen by CI',
    files: {
      ...nodeProject('pnpm install --frozen-lockfile', pnpmLock),
      ...workflow('pnpm install'),
    },
    flags: [],
  },
  {
    title: 'yarn 1 ignores --immutable',
    files: nodeProject('yarn install --immutable', yarnClassicLock),
    flags: atCommand('high'),
  },
  {
    title: 'yarn 1, frozen',
    files: nodeProject('yarn install --frozen-lockfile', yarnClassicLock),
    flags: [],
  },
  {
    title: 'yarn 4 without CI',
    files: nodeProject('yarn', yarnBerryLock),
    flags: atCommand('high'),
  },
  {
    title: 'yarn 4, immutable',
    files: nodeProject('yarn install --immutable', yarnBerryLock),
    flags: [],
  },
  {
    title: 'bun install, which CI does not freeze',
    files: { ...nodeProject('bun ci', bunLock), ...workflow('bun install') },
    flags: [{ where: '.github/workflows/test.yml:8', severity: 'high' }],
  },
  {
    title: 'Requirements without versions',
    files: pythonProject('pip install -r requirements.txt', { 'requirements.txt': 'httpx\n' }),
    flags: atCommand('medium'),
  },
  {
    title: 'Exact requirements without hashes',
    files: pythonProject('pip install -r requirements.txt', { 'requirements.txt': 'httpx==0.28.1\n' }),
    flags: atCommand('low'),
  },
  {
    title: 'Requirements with hashes',
    files: pythonProject('pip install --require-hashes --no-deps -r requirements.txt', {
      'requirements.txt': `httpx==0.28.1 --hash=sha256:${'ab'.repeat(32)}\n`,
    }),
    flags: [],
  },
  {
    title: 'uv sync that may lock again',
    files: pythonProject('uv sync --no-dev', uvProject),
    flags: atCommand('high'),
  },
  {
    title: 'uv sync, locked',
    files: pythonProject('uv sync --locked --no-dev', uvProject),
    flags: [],
  },
  {
    title: 'poetry update in a build',
    files: pythonProject('poetry update', poetryProject),
    flags: atCommand('high'),
  },
  { title: 'poetry sync', files: pythonProject('poetry sync --only main', poetryProject), flags: [] },
] as const;
