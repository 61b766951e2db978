import { describe, expect, it } from 'vitest';
import { quoteCommand } from '../../../src/domain/install/description.ts';
import { confidenceOf, findProject, indexProjects } from '../../../src/domain/install/project.ts';
import { installCommand, lockfile, packageManifest } from './commands.ts';

function find(text: string, directories: readonly string[], paths: readonly string[]) {
  const locks = paths
    .filter((path) => !/package\.json$|pyproject\.toml$|\.txt$/.test(path))
    .map((path) => lockfile(path));
  const manifests = paths
    .filter((path) => /package\.json$|pyproject\.toml$|\.txt$/.test(path))
    .map((path) => packageManifest(path));
  const project = findProject(installCommand(text, { directories }), indexProjects(manifests, locks));
  return [project.manifest?.at.path ?? null, project.lockfile?.path ?? null, project.isLikeliest];
}

describe('findProject', () => {
  it.each([
    ['npm ci', [''], ['package.json', 'package-lock.json'], ['package.json', 'package-lock.json', true]],
    ['npm ci', ['web'], ['package.json', 'package-lock.json'], ['package.json', 'package-lock.json', true]],
    [
      'npm ci',
      ['web'],
      ['web/package.json', 'package.json', 'package-lock.json'],
      ['web/package.json', 'package-lock.json', true],
    ],
    ['npm ci', [''], ['web/package.json', 'web/package-lock.json'], [null, null, true]],
    [
      'npm ci',
      ['a', 'b'],
      ['a/package.json', 'b/package.json', 'b/package-lock.json'],
      ['a/package.json', 'b/package-lock.json', false],
    ],
    ['npm install', [''], ['package.json', 'yarn.lock'], ['package.json', null, true]],
    ['npm ci', [''], ['package.json', 'npm-shrinkwrap.json'], ['package.json', 'npm-shrinkwrap.json', true]],
    ['bun ci', [''], ['package.json', 'bun.lockb'], ['package.json', 'bun.lockb', true]],
    ['uv sync', ['api'], ['api/pyproject.toml', 'uv.lock'], ['api/pyproject.toml', 'uv.lock', true]],
    ['uv pip install httpx', [''], ['pyproject.toml', 'uv.lock'], ['pyproject.toml', null, true]],
    [
      'pip install -r requirements.txt',
      ['api'],
      ['api/requirements.txt', 'requirements.txt'],
      ['api/requirements.txt', null, true],
    ],
    ['pip install -r /tmp/requirements.txt', ['api'], ['api/requirements.txt'], ['api/requirements.txt', null, true]],
    ['pip install -r requirements/prod.txt', [''], ['requirements/prod.txt'], ['requirements/prod.txt', null, true]],
    ['pip install -r other.txt', [''], ['requirements.txt'], [null, null, true]],
    ['npm ci', [], ['package.json', 'package-lock.json'], [null, null, true]],
  ] as const)('%s in %j of %j', (text, directories, paths, expected) => {
    expect(find(text, directories, paths)).toEqual(expected);
  });

  it('takes packageManager from the folders above', () => {
    const root = packageManifest('package.json', { manager: { name: 'yarn', major: 4 } });
    const project = findProject(
      installCommand('yarn', { directories: ['web'] }),
      indexProjects([root, packageManifest('web/package.json')], []),
    );
    expect(project.manifest?.manager).toEqual({ name: 'yarn', major: 4 });
  });

  it("counts the members' dependencies for a workspace's root", () => {
    const root = packageManifest('package.json', { dependencies: 0, settings: { workspaces: 'true' } });
    const members = [
      packageManifest('a/package.json', { dependencies: 2 }),
      packageManifest('b/package.json', { dependencies: 5 }),
    ];
    const project = findProject(installCommand('npm ci'), indexProjects([...members, root], []));
    expect(project.manifest?.dependencies).toBe(7);
  });

  it("learns yarn's generation and Poetry's major version from the lockfile", () => {
    const yarn = findProject(
      installCommand('yarn'),
      indexProjects([packageManifest('package.json')], [lockfile('yarn.lock', 2)]),
    );
    const poetry = findProject(
      installCommand('poetry update'),
      indexProjects([packageManifest('pyproject.toml')], [lockfile('poetry.lock', 1)]),
    );
    expect(yarn.manifest?.settings).toEqual({ 'yarn.generation': '2' });
    expect(poetry.manifest?.manager).toEqual({ name: 'poetry', major: 1 });
  });

  it.each([
    ['hashed', 'exact', 'exact'],
    ['hashed', 'loose', 'loose'],
    ['hashed', 'hashed', 'hashed'],
  ] as const)('follows includes: %s with %s is %s', (own, included, expected) => {
    const manifests = [
      packageManifest('requirements.txt', { pins: own, settings: { 'pip.includes': 'base.txt\nrequirements.txt' } }),
      packageManifest('base.txt', { pins: included, settings: { 'pip.includes': 'requirements.txt' } }),
    ];
    const project = findProject(installCommand('pip install -r requirements.txt'), indexProjects(manifests, []));
    expect([project.manifest?.pins, project.manifest?.dependencies]).toEqual([expected, 6]);
  });

  it('leaves the pins open when an included file is not there', () => {
    const manifest = packageManifest('requirements.txt', { pins: 'hashed', settings: { 'pip.includes': 'gone.txt' } });
    const project = findProject(installCommand('pip install -r requirements.txt'), indexProjects([manifest], []));
    expect(project.manifest?.pins).toBeNull();
  });
});

describe('confidenceOf', () => {
  const manifest = packageManifest('package.json');
  it.each([
    ['npm install', 'dockerfile', true, 'high'],
    ['npm install', 'dockerfile', false, 'medium'],
    ['npm install', 'script', true, 'medium'],
    ['pnpm install', 'script', true, 'low'],
  ] as const)('%s in a %s, likeliest %s: %s', (text, context, isLikeliest, expected) => {
    expect(confidenceOf(installCommand(text, { context }), { manifest, lockfile: null, isLikeliest })).toBe(expected);
  });

  it('is low when nothing in the repository says what is installed', () => {
    const project = { manifest: null, lockfile: null, isLikeliest: true };
    expect(confidenceOf(installCommand('npm install'), project)).toBe('low');
  });
});

describe('quoteCommand', () => {
  const user = ['bot', 'pa55'].join(':');
  it.each([
    [
      `pip install --index-url https://${user}@host/simple httpx`,
      '`pip install --index-url https://***@host/simple httpx`',
    ],
    ['npm install --//host/:_authToken=abc123def', '`npm install --//host/:_authToken=***`'],
    ['npm install --_auth abc123def', '`npm install --_auth ***`'],
    ['pip install tokenizers==0.21.0 authlib>=1', '`pip install tokenizers==0.21.0 "authlib>=1"`'],
    ['npm i git+ssh://git@github.com/a/b', '`npm i git+ssh://git@github.com/a/b`'],
    ['npm install $X a`b', '`npm install … "a\'b"`'],
  ])('%s', (text, expected) => {
    expect(quoteCommand(installCommand(text))).toBe(expected);
  });

  it('is one line of at most 120 characters', () => {
    const quoted = quoteCommand({
      ...installCommand('npm install'),
      words: ['npm', 'install', 'a\n::error::', 'x'.repeat(500)],
    });
    expect(quoted).toHaveLength(122);
    expect(quoted).not.toContain('\n');
  });
});
