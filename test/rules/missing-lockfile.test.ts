import { describe, expect, it } from 'vitest';
import type { InstallCommandEvidence, LockfileEvidence, PackageManifestEvidence } from '../../src/domain/evidence.ts';
import type { Draft } from '../../src/domain/finding.ts';
import { missingLockfile } from '../../src/rules/missing-lockfile.ts';
import { unfrozenInstall } from '../../src/rules/unfrozen-install.ts';
import { installCommand, lockfile, packageManifest } from '../domain/install/commands.ts';
import { viewOf } from '../helpers/model-example.ts';

type Item = InstallCommandEvidence | LockfileEvidence | PackageManifestEvidence;

function check(items: readonly Item[]): readonly Draft[] {
  return [...missingLockfile.check(viewOf(Object.freeze([...items])))];
}

const node = packageManifest('package.json');
const yarn1 = packageManifest('package.json', { manager: { name: 'yarn', major: 1 } });
const yarn4 = packageManifest('package.json', { manager: { name: 'yarn', major: 4 } });
const python = packageManifest('pyproject.toml');
const resolves = 'installs whatever versions are newest';

const flagged: readonly (readonly [string, Item, string])[] = [
  ['npm ci', node, '`npm ci` fails: package.json has no package-lock.json beside it or above'],
  ['npm install', node, `\`npm install\` ${resolves}: package.json has no package-lock.json beside it or above`],
  [
    'pnpm install --frozen-lockfile',
    node,
    '`pnpm install --frozen-lockfile` fails: package.json has no pnpm-lock.yaml beside it or above',
  ],
  ['pnpm install', node, `\`pnpm install\` ${resolves}: package.json has no pnpm-lock.yaml beside it or above`],
  [
    'yarn --frozen-lockfile',
    yarn1,
    `\`yarn --frozen-lockfile\` ${resolves}: package.json has no yarn.lock beside it or above`,
  ],
  ['yarn --immutable', yarn4, '`yarn --immutable` fails: package.json has no yarn.lock beside it or above'],
  ['bun ci', node, `\`bun ci\` ${resolves}: package.json has no bun.lock beside it or above`],
  [
    'bun install --production',
    node,
    `\`bun install --production\` ${resolves}: package.json has no bun.lock beside it or above`,
  ],
  ['uv sync --locked', python, '`uv sync --locked` fails: pyproject.toml has no uv.lock beside it or above'],
  ['uv run app', python, `\`uv run app\` ${resolves}: pyproject.toml has no uv.lock beside it or above`],
  ['poetry install', python, `\`poetry install\` ${resolves}: pyproject.toml has no poetry.lock beside it or above`],
];

const silent: readonly (readonly [string, readonly Item[]])[] = [
  ['npm ci', [node, lockfile('package-lock.json')]],
  ['npm ci', [node, lockfile('npm-shrinkwrap.json')]],
  ['npm ci', []],
  ['npm install', [packageManifest('package.json', { dependencies: 0 })]],
  ['npm run build', [node]],
  ['npm install express', [node]],
  ['npm install -g pm2', [node]],
  ['npm install $FLAGS', [node]],
  ['pip install -r requirements.txt', [packageManifest('requirements.txt', { pins: 'loose' })]],
  ['pip install --require-hashes -r requirements.txt', [packageManifest('requirements.txt', { pins: 'hashed' })]],
  ['uv pip install .', [python]],
  ['poetry install', [python, lockfile('poetry.lock', 2)]],
];

describe('missing-lockfile', () => {
  it.each(flagged)('flags %s', (text, manifest, message) => {
    const [draft, ...others] = check([installCommand(text), manifest]);
    expect(others).toEqual([]);
    expect(draft).toMatchObject({ message, confidence: 'high', at: { path: 'Dockerfile', line: 4 } });
    expect(draft?.severity ?? missingLockfile.severity).toBe('medium');
  });

  it.each(silent)('leaves %s alone', (text, repository) => {
    expect(check([installCommand(text), ...repository])).toEqual([]);
  });

  it.each(flagged)('leaves nothing of %s to unfrozen-install', (text, manifest) => {
    expect([...unfrozenInstall.check(viewOf([installCommand(text), manifest]))]).toEqual([]);
  });

  it('reports a project once, at its first command, whatever the order', () => {
    const workflow = installCommand('npm ci', { context: 'workflow' });
    const image = installCommand('npm ci --omit=dev');
    const expected = {
      at: { path: '.github/workflows/ci.yml', line: 4 },
      identity: ['npm', 'package.json'],
      related: [
        { at: { path: 'package.json', line: 1 }, message: 'declares 3 dependencies' },
        { at: { path: 'Dockerfile', line: 4 }, message: '`npm ci --omit=dev` needs it too' },
      ],
      fix: {
        description: 'run `npm install --package-lock-only` beside package.json and commit package-lock.json',
        edits: [],
      },
    };
    expect(check([image, workflow, node])).toMatchObject([expected]);
    expect(check([node, workflow, image])).toMatchObject([expected]);
  });

  it('reports each project of a repository', () => {
    const commands = ['web', 'api'].map((directory) => installCommand('npm ci', { directories: [directory] }));
    const manifests = [packageManifest('web/package.json'), packageManifest('api/package.json')];
    expect(check([...commands, ...manifests]).map(({ identity }) => identity[1])).toEqual([
      'web/package.json',
      'api/package.json',
    ]);
  });

  it("sees a workspace's dependencies in its members", () => {
    const root = packageManifest('package.json', { dependencies: 0, settings: { workspaces: 'true' } });
    expect(check([installCommand('npm ci'), root, packageManifest('packages/a/package.json')])).toHaveLength(1);
  });

  it('is less sure where a script installs', () => {
    expect(check([installCommand('npm ci', { context: 'script' }), node])).toMatchObject([{ confidence: 'medium' }]);
  });
});
