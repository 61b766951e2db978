import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, type TestContext } from 'vitest';
import { createRepository } from '../helpers/git-repository.ts';
import { actionlint, git, need, pathOf } from '../helpers/parts.ts';
import { copyPackage, execute, perform } from '../helpers/program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Shell and Python checkers are left out: what they say depends on the machine. */
async function expectValid(context: TestContext, directory: string, paths: readonly string[]): Promise<void> {
  need(context, [actionlint, git]);
  expect(paths).not.toEqual([]);
  const result = await execute(pathOf(actionlint), ['-shellcheck=', '-pyflakes=', ...paths], { directory });
  expect(result).toEqual({ exitCode: 0, stdout: '', stderr: '' });
}

it.for(['.github/workflows', 'examples'])('actionlint accepts what is in %s', async (folder, context) => {
  const names = (await readdir(join(root, folder))).filter((name) => name.endsWith('.yml'));
  await expectValid(
    context,
    root,
    names.map((name) => `${folder}/${name}`),
  );
});

it('actionlint and hullcheck accept the workflow that init writes', async (context) => {
  need(context, [actionlint, git]);
  const folder = await mkdtemp(join(tmpdir(), 'hullcheck-init-'));
  const shipped = await copyPackage();
  try {
    const repository = await createRepository(folder);
    await repository.put({
      Dockerfile: 'FROM node:22.12.0-alpine3.21\nUSER 1001\n',
      'worker/Dockerfile': 'FROM golang:1.23.4-alpine3.21\nUSER 1001\n',
    });
    await perform(process.execPath, [shipped.cli, 'init', folder, '--yes']);
    await expectValid(context, folder, ['.github/workflows/hullcheck.yml']);
    expect((await shipped.hullcheck(['check', folder])).exitCode).toBe(0);
  } finally {
    await shipped.remove();
    await rm(folder, { recursive: true, force: true });
  }
});
