import { describe, expect, it } from 'vitest';
import { extractCommands } from '../../../src/sources/shell/commands.ts';
import { recogniseInstall } from '../../../src/sources/shell/install-command.ts';
import { installDirectory } from '../../../src/sources/shell/install-directory.ts';

function installsOf(script: string) {
  return extractCommands(script)
    .commands.map(recogniseInstall)
    .filter((install) => install !== null);
}

describe('recogniseInstall', () => {
  it.each<readonly [string, string, readonly (string | null)[]]>([
    ['npm install --omit=dev', 'npm', ['npm', 'install', '--omit=dev']],
    ['pnpm i', 'pnpm', ['pnpm', 'i']],
    ['yarn', 'yarn', ['yarn']],
    ['yarnpkg add x', 'yarn', ['yarn', 'add', 'x']],
    ['bun ci', 'bun', ['bun', 'ci']],
    ['uv sync', 'uv', ['uv', 'sync']],
    ['poetry install', 'poetry', ['poetry', 'install']],
    ['pip3.12 install x', 'pip', ['pip', 'install', 'x']],
    ['python3 -u -m pip install x', 'pip', ['pip', 'install', 'x']],
    ['python -Im pip install x', 'pip', ['pip', 'install', 'x']],
    ['python -X dev -m uv sync', 'uv', ['uv', 'sync']],
    ['/usr/bin/npm ci', 'npm', ['npm', 'ci']],
    ['.venv/bin/pip install x', 'pip', ['pip', 'install', 'x']],
    ['"$VENV"/bin/pip install x', 'pip', ['pip', 'install', 'x']],
    ['npm.cmd ci', 'npm', ['npm', 'ci']],
    ['corepack pnpm@9 i', 'pnpm', ['pnpm', 'i']],
    ['npm i "$P" a-$B ./x/*.tgz', 'npm', ['npm', 'i', null, null, './x/*.tgz']],
    ['npm run x install', 'npm', ['npm', 'run', 'x', 'install']],
  ])('%s', (script, manager, words) => {
    const [install] = installsOf(script);
    expect(install).toMatchObject({ manager, words });
  });

  it.each(['npx x', 'bunx x', 'uvx x', 'pipx install x', 'python -c "import pip"', 'python pip', 'python3 -m venv x'])(
    'is none: %s',
    (script) => {
      expect(installsOf(script)).toEqual([]);
    },
  );

  it.each(['$NPM install', '"$(which npm)" i', 'docker run x npm i', 'echo npm i', 'npm-check', 'pip-compile'])(
    'is none: %s',
    (script) => {
      expect(installsOf(script)).toEqual([]);
    },
  );

  it('spans from the first word of the manager to the last word', () => {
    const script = 'CI=1 sudo python3 -m pip install x >/dev/null';
    const [install] = installsOf(script);
    expect(script.slice(install?.start, install?.end)).toBe('python3 -m pip install x');
  });
});

describe('installDirectory', () => {
  it.each<readonly [string, string | null]>([
    ['npm ci', ''],
    ['npm --prefix web ci', 'web'],
    ['npm ci --prefix=web', 'web'],
    ['pnpm -C web i', 'web'],
    ['yarn --cwd web', 'web'],
    ['uv sync --project api', 'api'],
    ['npm --prefix "$X" ci', null],
    ['pip install -C web', ''],
  ])('%s', (script, expected) => {
    const [install] = installsOf(script);
    expect(install === undefined ? undefined : installDirectory(install)).toBe(expected);
  });
});
