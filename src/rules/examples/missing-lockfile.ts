import { atCommand, nodeProject, npmLock, pnpmLock, poetryProject, pythonProject, workflow } from './install.ts';

/** What `missing-lockfile` reports and what it leaves alone, per manager. */
export const missingLockfileExamples = [
  {
    title: 'npm ci without a lockfile',
    files: nodeProject('npm ci', {}),
    flags: atCommand('medium'),
  },
  {
    title: 'npm install without a lockfile',
    files: nodeProject('npm install', {}),
    flags: atCommand('medium'),
  },
  { title: 'npm ci with its lockfile', files: nodeProject('npm ci', npmLock), flags: [] },
  {
    title: 'pnpm in CI resolves when there is no lockfile',
    files: { ...workflow('pnpm install'), 'package.json': '{ "dependencies": { "express": "4.21.2" } }\n' },
    flags: [{ where: '.github/workflows/test.yml:8', severity: 'medium' }],
  },
  {
    title: 'pnpm with its lockfile',
    files: nodeProject('pnpm install --frozen-lockfile', pnpmLock),
    flags: [],
  },
  {
    title: 'yarn 1 with a frozen flag and nothing to freeze',
    files: nodeProject('yarn install --frozen-lockfile', {}),
    flags: atCommand('medium'),
  },
  {
    title: 'bun ci with nothing to freeze',
    files: nodeProject('bun ci', {}),
    flags: atCommand('medium'),
  },
  {
    title: 'uv sync without uv.lock',
    files: pythonProject('uv sync', {
      'pyproject.toml': '[project]\nname = "app"\ndependencies = ["httpx"]\n',
    }),
    flags: atCommand('medium'),
  },
  {
    title: 'poetry install without poetry.lock',
    files: pythonProject('poetry install', {
      'pyproject.toml': '[tool.poetry]\nname = "app"\n\n[tool.poetry.dependencies]\nhttpx = "0.28.1"\n',
    }),
    flags: atCommand('medium'),
  },
  {
    title: 'Poetry with its lockfile',
    files: pythonProject('poetry install', poetryProject),
    flags: [],
  },
  {
    title: 'Nothing to lock',
    files: nodeProject('npm install', { 'package.json': '{ "name": "app" }\n' }),
    flags: [],
  },
] as const;
