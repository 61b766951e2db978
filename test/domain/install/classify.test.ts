import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packageManagers } from '../../../src/domain/evidence.ts';
import { classifyInstall } from '../../../src/domain/install/classify.ts';
import type { InstallVerdict } from '../../../src/domain/install/verdict.ts';
import { installCommand, packageManifest } from './commands.ts';

/** One line per verdict: its kind, what is special about it, and the replacement or the packages. */
function summarise(verdict: InstallVerdict): string {
  switch (verdict.kind) {
    case 'frozen':
      if (!verdict.needsLockfile) return 'frozen by itself';
      return verdict.resolvesWithoutLockfile ? 'frozen if locked' : 'frozen';
    case 'unfrozen': {
      const marks = [
        verdict.effect === 'resolves' ? '' : verdict.effect,
        verdict.ignored ? `ignores ${verdict.ignored}` : '',
      ];
      return ['unfrozen', ...marks.filter((mark) => mark !== ''), `-> ${verdict.replacement}`].join(' ');
    }
    case 'unhashed-pins':
      return `unhashed-pins -> ${verdict.replacement}`;
    case 'adds-package':
      return `${verdict.isExact ? 'adds exact' : 'adds'} ${verdict.packages.join(' ')}`;
    case 'exact-tool':
    case 'unpinned-tool':
    case 'upgrades-installer':
      return `${verdict.kind} ${verdict.packages.join(' ')}`.trim();
    default:
      return verdict.kind;
  }
}

const nothing = 'not-an-install';
const sha = '0123456789abcdef0123456789abcdef01234567';
const digest = 'ab'.repeat(32);

type Table = readonly (readonly [command: string, verdict: string])[];

function runTable(
  table: Table,
  changes: Parameters<typeof installCommand>[1],
  manifest: Parameters<typeof classifyInstall>[1],
) {
  it.each(table)('%s', (text, verdict) => {
    expect(summarise(classifyInstall(installCommand(text, changes), manifest))).toBe(verdict);
  });
}

const dockerfile = {};
const workflow = { context: 'workflow' } as const;
const yarnManifest = (major: number) => packageManifest('package.json', { manager: { name: 'yarn', major } });

const npmTable: Table = [
  ['npm ci', 'frozen'],
  ['npm clean-install', 'frozen'],
  ['npm ic', 'frozen'],
  ['npm install-clean', 'frozen'],
  ['npm isntall-clean', 'frozen'],
  ['npm install-cl', 'frozen'],
  ['npm install-c', nothing],
  ['npm cleanInstall', 'frozen'],
  ['npm cit', 'frozen'],
  ['npm sit', 'frozen'],
  ['npm install-ci-test', 'frozen'],
  ['npm --prefix web ci', 'frozen'],
  ['npm -C web ci --omit=dev', 'frozen'],
  ['npm --loglevel error --prefix $DIR ci', 'frozen'],
  ['npm ci $FLAGS', 'frozen'],
  ['npm install', 'unfrozen -> npm ci'],
  ['npm i --omit=dev', 'unfrozen -> npm ci --omit=dev'],
  ['npm i --omit dev', 'unfrozen -> npm ci --omit dev'],
  ['npm --prefix web install --no-audit', 'unfrozen -> npm --prefix web ci --no-audit'],
  ['npm inst', 'unfrozen -> npm ci'],
  ['npm isntall', 'unfrozen -> npm ci'],
  ['npm add', 'unfrozen -> npm ci'],
  ['npm it', 'unfrozen -> npm install-ci-test'],
  ['npm install --no-save', 'unfrozen -> npm ci'],
  ['npm install --no-package-lock', 'unfrozen -> npm ci'],
  ['npm install --package-lock false --force', 'unfrozen -> npm ci --force'],
  ['npm install --frozen-lockfile', 'unfrozen ignores --frozen-lockfile -> npm ci'],
  ['npm install --immutable', 'unfrozen ignores --immutable -> npm ci'],
  ['npm install $FLAGS', 'undecided'],
  ['npm $COMMAND', 'undecided'],
  ['npm update', 'unfrozen updates -> npm ci'],
  ['npm up lodash', 'unfrozen updates -> npm ci'],
  ['npm udpate', 'unfrozen updates -> npm ci'],
  ['npm dedupe', 'unfrozen updates -> npm ci'],
  ['npm audit fix', 'unfrozen updates -> npm ci'],
  ['npm audit', nothing],
  ['npm install express', 'adds express'],
  ['npm i express@4', 'adds express@4'],
  ['npm i express@latest -D', 'adds express@latest'],
  ['npm i express@4.21.2', 'adds exact express@4.21.2'],
  ['npm i @scope/a@1.2.3 b', 'adds b'],
  ['npm i a@npm:b@1.2.3', 'adds exact a@npm:b@1.2.3'],
  ['npm i a@npm:b', 'adds a@npm:b'],
  ['npm i ./packages/a', 'adds exact ./packages/a'],
  [`npm i github:a/b#${sha}`, `adds exact github:a/b#${sha}`],
  ['npm i github:a/b#main', 'adds github:a/b#main'],
  ['npm i https://example.com/a.tgz', 'adds https://example.com/a.tgz'],
  ['npm i express $MORE', 'adds express'],
  ['npm i express@4.21.2 $MORE', 'undecided'],
  ['npm link', 'adds exact .'],
  ['npm link shared', 'adds shared'],
  ['npm install -g x@1.2.3', 'exact-tool x@1.2.3'],
  ['npm install --global typescript', 'unpinned-tool typescript'],
  ['npm install --location=global typescript@5', 'unpinned-tool typescript@5'],
  ['npm i -g pnpm@$VERSION', 'undecided'],
  ['npm update -g', 'unpinned-tool'],
  ['npm install --package-lock-only', nothing],
  ['npm i --dry-run', nothing],
  ['npm pack', nothing],
  ['npm config set fund false', nothing],
  ['npm run install', nothing],
  ['npm run build -- install', nothing],
  ['npm test', nothing],
  ['npm rebuild', nothing],
  ['npm', nothing],
  ['npm --version', nothing],
  ['npm exec eslint', nothing],
  ['npm exec --package=eslint -- eslint .', 'unpinned-tool eslint'],
  ['npx tsc --noEmit', nothing],
  ['npx --no-install tsc', nothing],
  ['npx -y serve', 'unpinned-tool serve'],
  ['npx cowsay@1.6.0', 'exact-tool cowsay@1.6.0'],
  ['npx prisma@latest generate', 'unpinned-tool prisma@latest'],
  ['npx -p typescript@5.4.2 tsc', 'exact-tool typescript@5.4.2'],
  ['npx $TOOL', 'undecided'],
  ['npm create vite', 'unpinned-tool vite'],
  ['npm init -y', nothing],
  ['npm init vite@5.2.0', 'exact-tool vite@5.2.0'],
];

const pnpmTable: Table = [
  ['pnpm install', 'unfrozen -> pnpm install --frozen-lockfile'],
  ['pnpm i --prod', 'unfrozen -> pnpm install --frozen-lockfile --prod'],
  ['pnpm -C web i', 'unfrozen -> pnpm -C web install --frozen-lockfile'],
  ['pnpm --filter web install', 'unfrozen -> pnpm --filter web install --frozen-lockfile'],
  ['pnpm recursive install', 'unfrozen -> pnpm recursive install --frozen-lockfile'],
  ['pnpm install --offline', 'unfrozen -> pnpm install --frozen-lockfile --offline'],
  ['pnpm install --no-frozen-lockfile', 'unfrozen -> pnpm install --frozen-lockfile'],
  ['pnpm install --frozen-lockfile', 'frozen'],
  ['pnpm install --frozen-lockfile=false', 'unfrozen -> pnpm install --frozen-lockfile'],
  ['pnpm install --config.frozen-lockfile=true', 'frozen'],
  ['pnpm install $FLAGS', 'undecided'],
  ['pnpm install --frozen-lockfile $FLAGS', 'frozen'],
  ['pnpm ci', 'frozen'],
  ['pnpm ic', 'frozen'],
  ['pnpm fetch --prod', 'frozen'],
  ['pnpm deploy out', 'frozen'],
  ['pnpm add express', 'adds express'],
  ['pnpm add express@4.21.2', 'adds exact express@4.21.2'],
  ['pnpm i express', 'adds express'],
  ['pnpm add -g turbo', 'unpinned-tool turbo'],
  ['pnpm add -g turbo@2.3.3', 'exact-tool turbo@2.3.3'],
  ['pnpm update', 'unfrozen updates -> pnpm install --frozen-lockfile'],
  ['pnpm up -g', 'unpinned-tool'],
  ['pnpm dlx serve', 'unpinned-tool serve'],
  ['pnpm dlx serve@14.2.4 install', 'exact-tool serve@14.2.4'],
  ['pnpx serve', 'unpinned-tool serve'],
  ['pnpm create vite', 'unpinned-tool vite'],
  ['pnpm exec changeset add', nothing],
  ['pnpm run install', nothing],
  ['pnpm build', nothing],
  ['pnpm install --lockfile-only', nothing],
  ['pnpm store prune', nothing],
];

const yarnClassicTable: Table = [
  ['yarn', 'unfrozen -> yarn install --frozen-lockfile'],
  ['yarn install --production', 'unfrozen -> yarn install --frozen-lockfile --production'],
  ['yarn --cwd web', 'unfrozen -> yarn install --frozen-lockfile --cwd web'],
  ['yarn --cwd web install', 'unfrozen -> yarn --cwd web install --frozen-lockfile'],
  ['yarn install --frozen-lockfile', 'frozen if locked'],
  ['yarn --frozen-lockfile', 'frozen if locked'],
  ['yarn install --immutable', 'unfrozen ignores --immutable -> yarn install --frozen-lockfile'],
  ['yarn install --pure-lockfile', 'unfrozen ignores --pure-lockfile -> yarn install --frozen-lockfile'],
  ['yarn install --frozen-lockfile --no-lockfile', 'unfrozen -> yarn install --frozen-lockfile'],
  ['yarn install $FLAGS', 'undecided'],
  ['yarn $FLAGS', 'undecided'],
  ['yarn add express', 'adds express'],
  ['yarn workspace web add express@4.21.2', 'adds exact express@4.21.2'],
  ['yarn upgrade', 'unfrozen updates -> yarn install --frozen-lockfile'],
  ['yarn global add serve', 'unpinned-tool serve'],
  ['yarn global add serve@14.2.4', 'exact-tool serve@14.2.4'],
  ['yarn global list', nothing],
  ['yarn run install', nothing],
  ['yarn build', nothing],
  ['yarn --version', nothing],
];

const yarnBerryTable: Table = [
  ['yarn', 'unfrozen -> yarn install --immutable'],
  ['yarn install --inline-builds', 'unfrozen -> yarn install --immutable --inline-builds'],
  ['yarn install --immutable', 'frozen'],
  ['yarn install --immutable --immutable-cache --check-cache', 'frozen'],
  ['yarn --frozen-lockfile', 'frozen'],
  ['yarn install --refresh-lockfile', 'unfrozen -> yarn install --immutable'],
  ['yarn install --no-immutable', 'unfrozen -> yarn install --immutable'],
  ['yarn install --mode=update-lockfile', nothing],
  ['yarn install --mode=skip-build', 'unfrozen -> yarn install --immutable --mode=skip-build'],
  ['yarn workspaces focus --production', 'frozen'],
  ['yarn workspaces foreach run build', nothing],
  ['yarn up lodash', 'unfrozen updates -> yarn install --immutable'],
  ['yarn dedupe --check', nothing],
  ['yarn dlx serve', 'unpinned-tool serve'],
  ['yarn dlx -p serve@14.2.4 serve', 'exact-tool serve@14.2.4'],
];

const bunTable: Table = [
  ['bun install', 'unfrozen -> bun ci'],
  ['bun i --omit dev', 'unfrozen -> bun ci --omit dev'],
  ['bun install --no-save', 'unfrozen -> bun ci'],
  ['bun --cwd web install', 'unfrozen -> bun --cwd web ci'],
  ['bun ci', 'frozen if locked'],
  ['bun install --frozen-lockfile', 'frozen if locked'],
  ['bun install --production', 'frozen if locked'],
  ['bun install $FLAGS', 'undecided'],
  ['bun add zod', 'adds zod'],
  ['bun a zod@3.24.1', 'adds exact zod@3.24.1'],
  ['bun install zod', 'adds zod'],
  ['bun add -g serve', 'unpinned-tool serve'],
  ['bun update', 'unfrozen updates -> bun ci'],
  ['bun x serve@14.2.4', 'exact-tool serve@14.2.4'],
  ['bunx tsc', nothing],
  ['bun create vite', 'unpinned-tool vite'],
  ['bun run install', nothing],
  ['bun test', nothing],
  ['bun install --lockfile-only', nothing],
];

const requirements = 'pip install --require-hashes --no-deps -r requirements.txt';

const pipTable: Table = [
  ['pip install -r requirements.txt', `unfrozen -> ${requirements}`],
  ['pip3 install -rrequirements.txt', 'unfrozen -> pip3 install --require-hashes --no-deps -rrequirements.txt'],
  ['pip install -qr requirements.txt -U', 'unfrozen -> pip install --require-hashes --no-deps -qr requirements.txt'],
  [
    'pip install --no-cache-dir --requirement=requirements.txt',
    'unfrozen -> pip install --require-hashes --no-deps --no-cache-dir --requirement=requirements.txt',
  ],
  [
    'pip --proxy p install -r requirements.txt',
    'unfrozen -> pip --proxy p install --require-hashes --no-deps -r requirements.txt',
  ],
  [
    'pip wheel -r requirements.txt -w /wheels',
    'unfrozen -> pip wheel --require-hashes --no-deps -r requirements.txt -w /wheels',
  ],
  ['pip install --require-hashes -r requirements.txt', 'frozen by itself'],
  ['pip install --require-hashes --no-require-hashes -r requirements.txt', `unfrozen -> ${requirements}`],
  ['pip install -r pylock.toml', 'frozen by itself'],
  ['pip install -r $FILE', 'undecided'],
  ['pip install --no-deps ./dist/app.whl', 'frozen by itself'],
  ['pip install ./dist/app.whl', 'unfrozen -> pip install --no-deps ./dist/app.whl'],
  ['pip install --no-index --find-links /wheels app', 'frozen by itself'],
  ['pip install -e .', 'unfrozen -> pip install --no-deps -e .'],
  ['pip install --no-deps -e .', 'frozen by itself'],
  ['pip install .[dev]', 'unfrozen -> pip install --no-deps .[dev]'],
  ['pip install httpx', 'adds httpx'],
  ['pip install httpx>=0.28', 'adds httpx>=0.28'],
  ['pip install httpx==0.*', 'adds httpx==0.*'],
  ['pip install httpx==0.28.1', 'adds exact httpx==0.28.1'],
  ['pip install uvicorn[standard]==0.34.0 httpx', 'adds httpx'],
  ['pip install httpx==$VERSION', 'undecided'],
  ['pip install --index-url $INDEX httpx==0.28.1', 'adds exact httpx==0.28.1'],
  ['pip install git+https://github.com/a/b', 'adds git+https://github.com/a/b'],
  [`pip install git+https://github.com/a/b@${sha}`, `adds exact git+https://github.com/a/b@${sha}`],
  [`pip install --no-deps -e git+https://github.com/a/b@${sha}#egg=b`, 'frozen by itself'],
  [`pip install https://example.com/a.whl#sha256=${digest}`, 'frozen by itself'],
  ['pip install https://example.com/a.whl', 'adds https://example.com/a.whl'],
  ['pip install --upgrade pip', 'upgrades-installer pip'],
  ['pip install -U pip setuptools wheel', 'upgrades-installer pip setuptools wheel'],
  ['pip install -U pip httpx', 'adds pip httpx'],
  ['pip install httpx -r requirements.txt', 'adds httpx'],
  [
    'pip install --upgrade pip -r requirements.txt',
    'unfrozen -> pip install --require-hashes --no-deps pip -r requirements.txt',
  ],
  ['pip install --dry-run httpx', nothing],
  ['pip install', nothing],
  ['pip list', nothing],
  ['pip $COMMAND', 'undecided'],
];

const uvTable: Table = [
  ['uv sync', 'unfrozen -> uv sync --locked'],
  ['uv sync --no-dev --upgrade', 'unfrozen -> uv sync --locked --no-dev'],
  ['uv --directory api sync', 'unfrozen -> uv --directory api sync --locked'],
  ['uv sync --locked', 'frozen'],
  ['uv sync --frozen --no-install-project', 'frozen'],
  ['uv sync --no-binary --locked', 'frozen'],
  ['uv sync $FLAGS', 'undecided'],
  ['uv run pytest -x', 'unfrozen implicit -> uv run --locked pytest -x'],
  ['uv run --locked pytest', 'frozen'],
  ['uv run --frozen pytest', 'frozen'],
  ['uv run pytest --locked', 'unfrozen implicit -> uv run --locked pytest --locked'],
  ['uv run --no-sync pytest', nothing],
  ['uv lock', 'unfrozen updates -> uv lock --check'],
  ['uv lock --check', nothing],
  ['uv add httpx', 'adds httpx'],
  ['uv add httpx==0.28.1', 'adds exact httpx==0.28.1'],
  ['uv pip install httpx', 'adds httpx'],
  [
    'uv pip install --system -r requirements.txt',
    'unfrozen -> uv pip install --require-hashes --no-deps --system -r requirements.txt',
  ],
  ['uv pip install --require-hashes -r requirements.txt', 'frozen by itself'],
  ['uv pip sync requirements.txt', 'unfrozen -> uv pip sync --require-hashes --no-deps requirements.txt'],
  ['uv pip compile requirements.in', nothing],
  ['uvx ruff check', 'unpinned-tool ruff'],
  ['uvx ruff@0.8.4 check', 'exact-tool ruff@0.8.4'],
  ['uvx ruff@latest', 'unpinned-tool ruff@latest'],
  ['uvx --from httpie==3.2.4 http', 'exact-tool httpie==3.2.4'],
  ['uv tool install ruff', 'unpinned-tool ruff'],
  ['uv tool run ruff==0.8.4', 'exact-tool ruff==0.8.4'],
  ['uv export --format requirements-txt', nothing],
  ['uv venv', nothing],
  ['uv python install 3.12', nothing],
  ['uv $COMMAND', 'undecided'],
];

const poetryTable: Table = [
  ['poetry install', 'frozen if locked'],
  ['poetry install --no-root --only main', 'frozen if locked'],
  ['poetry -C api sync', 'frozen if locked'],
  ['poetry update', 'unfrozen updates -> poetry sync'],
  ['poetry lock', 'unfrozen updates -> poetry sync'],
  ['poetry lock --check', nothing],
  ['poetry add httpx', 'adds httpx'],
  ['poetry add httpx@0.28.1', 'adds exact httpx@0.28.1'],
  ['poetry add httpx@^0.28', 'adds httpx@^0.28'],
  ['poetry self update', 'unpinned-tool poetry'],
  ['poetry self add poetry-plugin-export', 'unpinned-tool poetry-plugin-export'],
  ['poetry run pip install httpx', nothing],
  ['poetry install --dry-run', nothing],
  ['poetry check --lock', nothing],
];

describe('in a Dockerfile', () => {
  describe('npm', () => runTable(npmTable, dockerfile, null));
  describe('pnpm', () => runTable(pnpmTable, dockerfile, null));
  describe('yarn 1', () => runTable(yarnClassicTable, dockerfile, yarnManifest(1)));
  describe('yarn 4', () => runTable(yarnBerryTable, dockerfile, yarnManifest(4)));
  describe('bun', () => runTable(bunTable, dockerfile, null));
  describe('pip', () => runTable(pipTable, dockerfile, null));
  describe('uv', () => runTable(uvTable, dockerfile, null));
  describe('poetry', () => runTable(poetryTable, dockerfile, null));
});

describe('in a workflow, where CI is true', () => {
  describe('npm, yarn 1 and bun are never frozen by it', () => {
    runTable(
      [
        ['npm install', 'unfrozen -> npm ci'],
        ['bun install', 'unfrozen -> bun ci'],
      ],
      workflow,
      null,
    );
    runTable([['yarn', 'unfrozen -> yarn install --frozen-lockfile']], workflow, yarnManifest(1));
  });
  describe('pnpm and berry are', () => {
    const table: Table = [
      ['pnpm install', 'frozen if locked'],
      ['pnpm i --no-frozen-lockfile', 'unfrozen -> pnpm install --frozen-lockfile'],
      ['pnpm i --fix-lockfile', 'unfrozen -> pnpm install --frozen-lockfile'],
      ['pnpm i --no-lockfile', 'unfrozen -> pnpm install --frozen-lockfile'],
      ['yarn', 'frozen'],
      ['yarn install --no-immutable', 'unfrozen -> yarn install --immutable'],
    ];
    runTable(table, workflow, yarnManifest(4));
  });
  describe('unless CI is switched off', () => {
    const off = { ...workflow, environment: { CI: 'false', GITHUB_ACTIONS: 'true' } };
    runTable([['pnpm install', 'unfrozen -> pnpm install --frozen-lockfile']], off, null);
    runTable([['yarn', 'unfrozen -> yarn install --immutable']], off, yarnManifest(3));
  });
});

type EnvironmentCase = readonly [command: string, environment: Readonly<Record<string, string>>, verdict: string];

const environmentTable: readonly EnvironmentCase[] = [
  ['pnpm install', { CI: '1' }, 'frozen if locked'],
  ['pnpm install', { GITHUB_ACTIONS: 'true' }, 'frozen if locked'],
  ['pnpm install', { CI: '' }, 'unfrozen -> pnpm install --frozen-lockfile'],
  ['pnpm install', { CI: '$CI' }, 'undecided'],
  ['pnpm install', { PNPM_CONFIG_FROZEN_LOCKFILE: 'true' }, 'frozen'],
  ['pnpm install', { pnpm_config_frozen_lockfile: 'true' }, 'frozen'],
  ['pnpm install', { CI: 'true', PNPM_CONFIG_FROZEN_LOCKFILE: 'false' }, 'unfrozen -> pnpm install --frozen-lockfile'],
  ['pnpm install', { npm_config_frozen_lockfile: 'true' }, 'undecided'],
  ['npm install', { CI: 'true' }, 'unfrozen -> npm ci'],
  ['bun install', { CI: '1' }, 'unfrozen -> bun ci'],
  ['yarn install --immutable', {}, 'frozen'],
  ['yarn install', { YARN_FROZEN_LOCKFILE: '1' }, 'unfrozen -> yarn install --frozen-lockfile'],
  ['pip install -r requirements.txt', { PIP_REQUIRE_HASHES: '1' }, 'frozen by itself'],
  ['pip install httpx', { PIP_NO_INDEX: '1' }, 'frozen by itself'],
  ['uv pip install -r requirements.txt', { UV_REQUIRE_HASHES: 'true' }, 'frozen by itself'],
  ['uv sync', { UV_LOCKED: '1' }, 'frozen'],
  ['uv sync', { UV_FROZEN: 'true' }, 'frozen'],
  ['uv sync', { UV_FROZEN: '0' }, 'unfrozen -> uv sync --locked'],
  ['uv sync', { UV_LOCKED: '$LOCKED' }, 'undecided'],
  ['uv run pytest', { UV_NO_SYNC: '1' }, nothing],
  ['uv run pytest', { UV_FROZEN: '1' }, 'frozen'],
];

describe('environment switches', () => {
  it.each(environmentTable)('%s with %o', (text, environment, verdict) => {
    expect(summarise(classifyInstall(installCommand(text, { environment }), null))).toBe(verdict);
  });

  it('counts YARN_ENABLE_IMMUTABLE_INSTALLS for berry, before the file and CI', () => {
    const on = installCommand('yarn', { environment: { YARN_ENABLE_IMMUTABLE_INSTALLS: '1' } });
    const off = installCommand('yarn', { environment: { YARN_ENABLE_IMMUTABLE_INSTALLS: '0', CI: '1' } });
    const manifest = packageManifest('package.json', {
      settings: { 'yarn.generation': '2', 'yarn.enableImmutableInstalls': 'true' },
    });
    expect(summarise(classifyInstall(on, yarnManifest(4)))).toBe('frozen');
    expect(summarise(classifyInstall(off, manifest))).toBe('unfrozen -> yarn install --immutable');
  });
});

type SettingsCase = readonly [command: string, settings: Readonly<Record<string, string>>, verdict: string];

const settingsTable: readonly SettingsCase[] = [
  ['pnpm install', { 'pnpm.frozenLockfile': 'true' }, 'frozen'],
  ['pnpm install', { 'npm.frozen-lockfile': 'true' }, 'undecided'],
  ['yarn', { 'yarn.generation': '2', 'yarn.enableImmutableInstalls': 'true' }, 'frozen'],
  ['yarn', { 'yarn.generation': '1', 'yarn.install.frozen-lockfile': 'true' }, 'frozen if locked'],
  ['yarn --immutable', { 'yarn.generation': '1' }, 'unfrozen ignores --immutable -> yarn install --frozen-lockfile'],
  ['bun install', { 'bun.install.frozenLockfile': 'true' }, 'frozen if locked'],
  ['bun install --no-frozen-lockfile', { 'bun.install.frozenLockfile': 'true' }, 'unfrozen -> bun ci'],
];

describe('settings beside the manifest', () => {
  it.each(settingsTable)('%s with %o', (text, settings, verdict) => {
    const manifest = packageManifest('package.json', { settings });
    expect(summarise(classifyInstall(installCommand(text), manifest))).toBe(verdict);
  });

  it('reads frozen-lockfile in .npmrc up to pnpm 10 only', () => {
    const with10 = packageManifest('package.json', {
      manager: { name: 'pnpm', major: 10 },
      settings: { 'npm.frozen-lockfile': 'true' },
    });
    const with12 = { ...with10, manager: { name: 'pnpm', major: 12 } } as const;
    expect(summarise(classifyInstall(installCommand('pnpm i'), with10))).toBe('frozen');
    expect(summarise(classifyInstall(installCommand('pnpm i'), with12))).toBe(
      'unfrozen ignores frozen-lockfile in .npmrc or npm_config_* -> pnpm install --frozen-lockfile',
    );
  });

  it('names the form that an old Poetry knows', () => {
    const manifest = packageManifest('pyproject.toml', { manager: { name: 'poetry', major: 1 } });
    expect(summarise(classifyInstall(installCommand('poetry update'), manifest))).toBe(
      'unfrozen updates -> poetry install --sync',
    );
  });
});

describe('pins of a requirements file', () => {
  it.each([
    ['hashed', 'frozen by itself'],
    ['exact', `unhashed-pins -> ${requirements}`],
    ['loose', `unfrozen -> ${requirements}`],
  ] as const)('%s', (pins, verdict) => {
    const manifest = packageManifest('requirements.txt', { pins });
    expect(summarise(classifyInstall(installCommand('pip install -r requirements.txt'), manifest))).toBe(verdict);
  });
});

describe('any words', () => {
  const word = fc.oneof(
    fc.constant(null),
    fc.string(),
    fc.constantFrom(
      'install',
      'i',
      'ci',
      'add',
      '-r',
      '-',
      '--',
      '-g',
      '--prefix',
      'pip',
      'workspace',
      '=',
      '-=',
      '@',
      '#',
      'a@1.2.3',
    ),
  );

  it('never throws, and shows replacements on one line', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...packageManagers),
        fc.array(word, { maxLength: 8 }),
        fc.dictionary(fc.constantFrom('CI', 'UV_FROZEN', 'PIP_REQUIRE_HASHES'), fc.string()),
        fc.constantFrom('dockerfile', 'workflow', 'script'),
        (manager, words, environment, context) => {
          const command = { ...installCommand('npm ci'), manager, words: [manager, ...words], environment, context };
          const verdict = classifyInstall(command, null);
          expect('replacement' in verdict ? verdict.replacement : '').not.toMatch(/[\n\r]/);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('takes no longer for many words than one pass needs', () => {
    const words = Array.from({ length: 50_000 }, (_, index) => (index === 0 ? 'npm' : `-${index}`));
    expect(classifyInstall({ ...installCommand('npm ci'), words }, null).kind).toBe('not-an-install');
  });
});
