import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { LockedPackageEvidence } from '../../../../src/domain/package-evidence.ts';
import { pinSource } from '../../../../src/sources/lockfile/pin/source.ts';
import { isGap } from '../../../../src/sources/workspace/file-tree.ts';
import { hostOn, requestFor } from '../../../helpers/check-example.ts';
import { memoryTree } from '../../../helpers/memory-tree.ts';

/** A lockfile as the package manager wrote it, on 2026-11-22. */
function recorded(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../recorded/${name}.txt`, import.meta.url)), 'utf8');
}

async function pinsIn(files: Readonly<Record<string, string>>): Promise<readonly LockedPackageEvidence[]> {
  const context = { request: requestFor('/nowhere'), tree: memoryTree(files), host: hostOn() };
  const pins: LockedPackageEvidence[] = [];
  for await (const item of pinSource.collect(context)) {
    if (isGap(item)) throw new Error(item.reason);
    pins.push(item);
  }
  return pins;
}

function ways(pins: readonly LockedPackageEvidence[]): readonly string[] {
  const told = pins.map(({ name, version, isDirect, through }) => {
    if (isDirect === null) return `${name}@${version}`;
    return `${name}@${version} ${isDirect ? 'direct' : `through ${through.join(' > ')}`}`;
  });
  return [...new Set(told)].sort();
}

/** The lines that a pin names hold its name and its version. */
function expectLines(pins: readonly LockedPackageEvidence[], files: Readonly<Record<string, string>>): void {
  for (const { at, name, version } of pins) {
    const lines = (files[at.path] ?? '').split('\n').slice(at.line - 1, at.endLine);
    const text = lines.join('\n').toLowerCase().replaceAll('_', '-');
    expect(text, `${at.path}:${at.line}`).toContain(name === 'stdlib' ? 'go ' : name);
    expect(text, `${at.path}:${at.line}`).toContain(version);
  }
}

/** With a workspace `web` that asks for `minimist@1.2.0` and `left-pad`. */
const manifest = JSON.stringify({
  dependencies: { mkdirp: '0.5.1', 'old-ms': 'npm:ms@2.0.0' },
  devDependencies: { debug: '4.3.1' },
  optionalDependencies: { resolve: '1.22.8' },
  workspaces: ['packages/*'],
});
const javascript = [
  'debug@4.3.1 direct',
  'function-bind@1.1.2 through resolve > is-core-module > hasown',
  'hasown@2.0.4 through resolve > is-core-module',
  'is-core-module@2.18.0 through resolve',
  'left-pad@1.3.0 direct',
  'minimist@0.0.8 through mkdirp',
  'minimist@1.2.0 direct',
  'mkdirp@0.5.1 direct',
  'ms@2.0.0 direct',
  'ms@2.1.2 through debug',
  'path-parse@1.0.7 through resolve',
  'resolve@1.22.8 direct',
  'supports-preserve-symlinks-flag@1.0.0 through resolve',
];

const pyproject = `[project]
name = "app"
dependencies = ["python-dateutil==2.8.2"]
[tool.poetry.group.dev.dependencies]
iniconfig = "2.0.0"
`;
const pipfile = '[packages]\npython-dateutil = "==2.8.2"\n[dev-packages]\niniconfig = "==2.0.0"\n';
const python = ['iniconfig@2.0.0 direct', 'python-dateutil@2.8.2 direct', 'six@1.17.0 through python-dateutil'];

describe('a lockfile that its package manager wrote', () => {
  it.each([
    ['npm-1', 'package-lock.json'],
    ['npm-2', 'package-lock.json'],
    ['npm-3', 'package-lock.json'],
    ['pnpm-5', 'pnpm-lock.yaml'],
    ['pnpm-6', 'pnpm-lock.yaml'],
    ['pnpm-9', 'pnpm-lock.yaml'],
    ['yarn-1', 'yarn.lock'],
    ['yarn-3', 'yarn.lock'],
    ['yarn-4', 'yarn.lock'],
    ['bun', 'bun.lock'],
  ])('%s says the same of one JavaScript project', async (name, path) => {
    const files = { [path]: recorded(name), 'package.json': manifest };
    const pins = await pinsIn(files);
    expect(ways(pins)).toEqual(javascript);
    expectLines(pins, files);
  });

  it.each([
    ['poetry', 'poetry.lock', { 'pyproject.toml': pyproject }, python],
    ['uv', 'uv.lock', { 'pyproject.toml': pyproject }, python],
    ['uv-compile', 'requirements.txt', {}, python],
    ['pip-compile', 'requirements.txt', {}, python],
    // Pipfile.lock does not say what needs what.
    ['pipenv', 'Pipfile.lock', { Pipfile: pipfile }, [...python.slice(0, 2), 'six@1.17.0']],
  ])('%s says the same of one Python project', async (name, path, beside, expected) => {
    const files = { [path]: recorded(name), ...beside };
    const pins = await pinsIn(files);
    expect(ways(pins)).toEqual(expected);
    expectLines(pins, files);
  });

  it('Cargo.lock', async () => {
    const files = { 'Cargo.lock': recorded('cargo') };
    const pins = await pinsIn(files);
    expect(ways(pins)).toEqual([
      'aho-corasick@0.7.18 direct',
      'itoa@0.4.8 direct',
      'memchr@2.8.3 through aho-corasick',
    ]);
    expectLines(pins, files);
  });

  // Neither says what needs what, and without `go mod tidy` nothing is direct.
  it('go.mod and go.sum', async () => {
    const files = { 'go.mod': recorded('go-mod'), 'go.sum': recorded('go-sum') };
    const pins = await pinsIn(files);
    expect(ways(pins)).toEqual([
      'github.com/davecgh/go-spew@v1.1.1',
      'github.com/pmezard/go-difflib@v1.0.0',
      'github.com/stretchr/objx@v0.4.0',
      'github.com/stretchr/testify@v1.8.0',
      'gopkg.in/yaml.v3@v3.0.1',
      'stdlib@1.21 direct',
    ]);
    expectLines(pins, files);
  });
});
