import { describe, expect, it } from 'vitest';
import type { InstallCommandEvidence, LockfileEvidence, PackageManifestEvidence } from '../../src/domain/evidence.ts';
import type { Draft } from '../../src/domain/finding.ts';
import { unfrozenInstall } from '../../src/rules/unfrozen-install.ts';
import { installCommand, lockfile, packageManifest } from '../domain/install/commands.ts';
import { viewOf } from '../helpers/model-example.ts';

type Item = InstallCommandEvidence | LockfileEvidence | PackageManifestEvidence;

function check(items: readonly Item[]): readonly Draft[] {
  return [...unfrozenInstall.check(viewOf(Object.freeze([...items])))];
}

/** `severity/confidence message => fix` of each draft. */
function report(items: readonly Item[]): readonly string[] {
  return check(items).map(
    ({ severity, confidence, message, fix }) => `${severity}/${confidence} ${message} => ${fix?.description}`,
  );
}

const npm = [packageManifest('package.json'), lockfile('package-lock.json')];
const yarn1 = [packageManifest('package.json'), lockfile('yarn.lock', 1)];
const yarn4 = [packageManifest('package.json'), lockfile('yarn.lock', 2)];
const pnpm = [packageManifest('package.json'), lockfile('pnpm-lock.yaml')];
const bun = [packageManifest('package.json'), lockfile('bun.lock')];
const uv = [packageManifest('pyproject.toml'), lockfile('uv.lock')];
const poetry = [packageManifest('pyproject.toml'), lockfile('poetry.lock', 1)];
const inventory = 'declare it in a manifest, commit the lockfile and install from that';
const hashes = 'write it with its hash into a requirements file and install that with --require-hashes';

const flagged: readonly (readonly [string, readonly Item[], string])[] = [
  [
    'npm install --omit=dev',
    npm,
    'high/high `npm install --omit=dev` may change package-lock.json and install other versions than it names => use `npm ci --omit=dev`',
  ],
  [
    'npm install --frozen-lockfile',
    npm,
    'high/high `npm install --frozen-lockfile` is not frozen: --frozen-lockfile has no such effect on it => use `npm ci`',
  ],
  ['npm update', npm, 'high/high `npm update` replaces the locked versions by newer ones => use `npm ci`'],
  [
    'pnpm i --prod',
    pnpm,
    'high/high `pnpm i --prod` may change pnpm-lock.yaml and install other versions than it names => use `pnpm install --frozen-lockfile --prod`',
  ],
  [
    'yarn',
    yarn1,
    'high/high `yarn` may change yarn.lock and install other versions than it names => use `yarn install --frozen-lockfile`',
  ],
  [
    'yarn --immutable',
    yarn1,
    'high/high `yarn --immutable` is not frozen: --immutable has no such effect on it => use `yarn install --frozen-lockfile`',
  ],
  [
    'yarn',
    yarn4,
    'high/high `yarn` may change yarn.lock and install other versions than it names => use `yarn install --immutable`',
  ],
  [
    'bun install',
    bun,
    'high/high `bun install` may change bun.lock and install other versions than it names => use `bun ci`',
  ],
  [
    'uv sync',
    uv,
    'high/high `uv sync` may change uv.lock and install other versions than it names => use `uv sync --locked`',
  ],
  [
    'uv run pytest',
    uv,
    'low/high `uv run pytest` may change uv.lock before it runs the program => use `uv run --locked pytest`',
  ],
  [
    'poetry update',
    poetry,
    'high/high `poetry update` replaces the locked versions by newer ones => use `poetry install --sync`',
  ],
  [
    'npm install express',
    npm,
    `high/high \`npm install express\` installs the newest express outside any lockfile => ${inventory}`,
  ],
  [
    'npm install express',
    [],
    `medium/high \`npm install express\` installs the newest express outside any lockfile => ${inventory}`,
  ],
  [
    'npm install express@4.21.2',
    npm,
    `low/high \`npm install express@4.21.2\` fixes the versions it names, not those of their dependencies => ${inventory}`,
  ],
  [
    'npm i a b c d',
    [],
    `medium/high \`npm i a b c d\` installs the newest a, b, c and 1 more outside any lockfile => ${inventory}`,
  ],
  [
    'npm install -g pm2@5.4.3',
    npm,
    `low/high \`npm install -g pm2@5.4.3\` fixes the version of the tool, not those of its dependencies => ${inventory}`,
  ],
  [
    'npm install -g pm2',
    npm,
    'medium/high `npm install -g pm2` installs the newest version of pm2 => name an exact version of the tool',
  ],
  ['npm install', [], 'medium/low `npm install` installs whatever versions are newest when it runs => use `npm ci`'],
  [
    'pip install httpx',
    [],
    `medium/high \`pip install httpx\` installs the newest httpx outside any lockfile => ${hashes}`,
  ],
  [
    'pip install httpx==0.28.1',
    [],
    `low/high \`pip install httpx==0.28.1\` fixes the versions it names, not those of their dependencies => ${hashes}`,
  ],
  [
    'pip install --upgrade pip',
    [],
    'low/high `pip install --upgrade pip` installs the newest pip => leave the installer as it is, or name an exact version',
  ],
  [
    'uv pip install httpx',
    uv,
    `medium/high \`uv pip install httpx\` installs the newest httpx outside any lockfile => ${inventory}`,
  ],
];

const silent: readonly (readonly [string, readonly Item[]])[] = [
  ['npm ci', npm],
  ['npm run install', npm],
  ['npm install', [packageManifest('package.json')]],
  ['npm install', [packageManifest('package.json', { dependencies: 0 })]],
  ['npm install $FLAGS', npm],
  ['npm i -g pnpm@$VERSION', npm],
  ['yarn install --frozen-lockfile', yarn1],
  ['yarn install --immutable', yarn4],
  ['pnpm install --frozen-lockfile', pnpm],
  ['bun ci', bun],
  ['bun ci', [packageManifest('package.json')]],
  ['uv sync --locked', uv],
  ['poetry install', poetry],
];

describe('unfrozen-install', () => {
  it.each(flagged)('flags %s', (text, repository, expected) => {
    expect(report([installCommand(text), ...repository])).toEqual([expected]);
  });

  it.each(silent)('leaves %s alone', (text, repository) => {
    expect(report([installCommand(text), ...repository])).toEqual([]);
  });

  it('stands at the command, with the lockfile beside it and no edit', () => {
    const [draft] = check([installCommand('npm install'), ...npm]);
    expect(draft).toMatchObject({
      at: { path: 'Dockerfile', line: 4 },
      identity: ['npm', 'npm install'],
      related: [{ at: { path: 'package-lock.json', line: 1 }, message: 'the lockfile it does not hold to' }],
      fix: { edits: [] },
    });
  });

  it.each([
    ['pnpm install', pnpm, 0],
    ['yarn install', yarn4, 0],
    ['yarn install', yarn1, 1],
    ['npm install', npm, 1],
    ['bun install', bun, 1],
  ] as const)('in a workflow: %s', (text, repository, count) => {
    expect(check([installCommand(text, { context: 'workflow' }), ...repository])).toHaveLength(count);
  });

  it('takes an update in a workflow or script for what it is meant to be', () => {
    const workflow = installCommand('npm update', { context: 'workflow' });
    expect(report([workflow, ...npm])).toEqual([
      'low/high `npm update` replaces the locked versions by newer ones => use `npm ci`',
    ]);
  });

  it.each([
    ['npm install', npm, 'medium'],
    ['pnpm install', pnpm, 'low'],
    ['yarn', yarn4, 'low'],
    ['npm install express', [], 'medium'],
  ] as const)('is less sure of %s in a script', (text, repository, confidence) => {
    expect(check([installCommand(text, { context: 'script' }), ...repository])).toMatchObject([{ confidence }]);
  });

  it('is less sure when only a less likely folder has the lockfile', () => {
    const command = installCommand('npm install', { directories: ['web', 'api'] });
    const repository = [packageManifest('api/package.json'), lockfile('api/package-lock.json')];
    expect(check([command, ...repository])).toMatchObject([{ severity: 'high', confidence: 'medium' }]);
  });

  it('says nothing of uv run after a locked sync in the same file', () => {
    const run = installCommand('uv run pytest', { context: 'workflow' });
    const sync = installCommand('uv sync --locked', { context: 'workflow' });
    expect(check([run, sync, ...uv])).toEqual([]);
    expect(check([run, installCommand('uv sync --locked'), ...uv])).toHaveLength(1);
  });

  it.each([
    [
      'loose',
      'medium/high `pip install -r requirements.txt` installs whatever versions are newest when it runs => use `pip install --require-hashes --no-deps -r requirements.txt`',
    ],
    [
      'exact',
      'low/high `pip install -r requirements.txt` installs exact versions without checking their hashes => use `pip install --require-hashes --no-deps -r requirements.txt`',
    ],
    ['hashed', undefined],
  ] as const)('reads the requirements file: %s', (pins, expected) => {
    const items = [installCommand('pip install -r requirements.txt'), packageManifest('requirements.txt', { pins })];
    expect(report(items)).toEqual(expected === undefined ? [] : [expected]);
  });

  it('is unsure of a requirements file that is not in the repository', () => {
    expect(check([installCommand('pip install -r /tmp/made.txt')])).toMatchObject([
      { severity: 'medium', confidence: 'low' },
    ]);
  });

  it('shows no credential', () => {
    const user = ['bot', 'pa55word'].join(':');
    const text = JSON.stringify(check([installCommand(`npm install --registry https://${user}@host/`), ...npm]));
    expect(text).toContain('https://***@host/');
    expect(text).not.toContain('pa55word');
  });

  it('does not depend on the order of the evidence', () => {
    const items = [
      installCommand('npm install'),
      installCommand('yarn', { at: { ...installCommand('yarn').at, line: 5 } }),
      ...npm,
      ...yarn1,
    ];
    const sorted = (drafts: readonly Draft[]) => [...drafts].map((draft) => JSON.stringify(draft)).sort();
    expect(sorted(check(items.toReversed()))).toEqual(sorted(check(items)));
  });
});
