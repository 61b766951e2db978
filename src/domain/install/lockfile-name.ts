import type { PackageManager } from '../evidence.ts';

/** Which manager writes a lockfile of this name. */
export const lockfileManagers: ReadonlyMap<string, PackageManager> = new Map([
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['uv.lock', 'uv'],
  ['poetry.lock', 'poetry'],
]);

/** What a manager's lockfile is called and which command writes it; null for pip, which has none. */
export const lockfileAdvice: Readonly<
  Record<PackageManager, { readonly file: string; readonly command: string } | null>
> = {
  npm: { file: 'package-lock.json', command: 'npm install --package-lock-only' },
  pnpm: { file: 'pnpm-lock.yaml', command: 'pnpm install --lockfile-only' },
  yarn: { file: 'yarn.lock', command: 'yarn install' },
  bun: { file: 'bun.lock', command: 'bun install --lockfile-only' },
  pip: null,
  uv: { file: 'uv.lock', command: 'uv lock' },
  poetry: { file: 'poetry.lock', command: 'poetry lock' },
};
