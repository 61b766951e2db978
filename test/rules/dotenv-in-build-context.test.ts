import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RuleExample } from '../../src/domain/rule.ts';
import { run } from '../../src/run.ts';
import { checkExample, hostOn, inFolder, requestFor } from '../helpers/check-example.ts';
import { createRepository } from '../helpers/git-repository.ts';

const from = 'FROM node:22-alpine3.21\nWORKDIR /app\n';
const user = 'USER 1000\n';
const real = 'A_KEY=q8Zr-real\nB_KEY=w2Yt-real\n';

async function judge(example: Omit<RuleExample, 'title' | 'flags'>) {
  const { findings } = await checkExample({ title: '', flags: [], ...example });
  return findings.filter(({ ruleId }) => ruleId === 'dotenv-in-build-context');
}

it('says what is taken, by which line, and what would hold it back', async () => {
  const [finding, ...more] = await judge({
    files: { Dockerfile: `${from}COPY . .\n${user}`, '.env': 'A_KEY=changeme\n', 'api/.env.local': real },
  });
  expect(finding).toMatchObject({
    severity: 'medium',
    message:
      '`COPY . .` takes api/.env.local, and 1 more into the image; it holds 2 real values (A_KEY, B_KEY); there is no .dockerignore',
    anchor: { path: 'Dockerfile', line: 3 },
    fix: {
      description: 'create .dockerignore with `**/.env.local`, `**/.env`',
      edits: [{ path: '.dockerignore', line: 1, endLine: 0, newText: '**/.env.local\n**/.env' }],
    },
  });
  expect(finding?.related.map(({ at }) => (at.kind === 'file' ? `${at.path}:${at.line}` : at.kind))).toEqual([
    'api/.env.local:1',
    '.env:1',
  ]);
  expect(more).toEqual([]);
});

it('one finding for all lines of a Dockerfile, at the one whose stage is shipped', async () => {
  const dockerfile = `${from.replace('\n', ' AS build\n')}COPY . .\n\n${from}COPY src .\nCOPY . /all\n${user}`;
  const [finding, ...more] = await judge({ files: { Dockerfile: dockerfile, '.env': real, 'src/.env': real } });
  expect(more).toEqual([]);
  expect(finding?.anchor).toEqual({ path: 'Dockerfile', line: 7 });
  expect(finding?.related.map(({ at, message }) => [at.kind === 'file' ? at.line : 0, message])).toEqual([
    [1, 'the file that is taken'],
    [1, 'the file that is taken'],
    [8, 'takes it too'],
    [3, 'takes it too'],
  ]);
});

it('a file that is copied by name is taken out of the instruction', async () => {
  const [finding] = await judge({
    files: { Dockerfile: `${from}COPY .env ./\n${user}`, '.env': real, '.dockerignore': 'x\n' },
  });
  expect(finding).toMatchObject({
    message: '`COPY .env ./` takes .env into the image; it holds 2 real values (A_KEY, B_KEY)',
    fix: { edits: [], description: expect.stringContaining('take the file out of the instruction') },
  });
});

it('one that git ignores is taken as well', async () => {
  await inFolder(async (folder) => {
    const repository = await createRepository(join(folder, 'repository'));
    await repository.put({ Dockerfile: `${from}COPY . .\n${user}`, '.gitignore': '.env*\nnode_modules\n' });
    await repository.commit('state');
    await repository.put({ '.env': real, 'node_modules/a/.env': real, 'web/.env.local': real });
    const { findings, gaps } = await run(requestFor(repository.folder), hostOn());
    expect(findings.map(({ ruleId, message }) => [ruleId, message])).toEqual([
      [
        'dotenv-in-build-context',
        '`COPY . .` takes .env, and 1 more into the image; it holds 2 real values (A_KEY, B_KEY); there is no .dockerignore',
      ],
    ]);
    expect(gaps).toEqual([]);
  });
});

describe('the build context', () => {
  it('is the one that Compose names', async () => {
    const files = {
      'docker/api.Dockerfile': `${from}COPY . .\n${user}`,
      'compose.yaml': 'services:\n  api:\n    build: { context: api, dockerfile: ../docker/api.Dockerfile }\n',
      'api/.env': real,
      'docker/.env': real,
      '.env': real,
    };
    const [finding, ...more] = await judge({ files });
    expect(finding?.fix?.edits).toEqual([{ path: 'api/.dockerignore', line: 1, endLine: 0, newText: '**/.env' }]);
    expect(more).toEqual([]);
  });

  it('is the one that a workflow names', async () => {
    const workflow =
      'on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: docker/build-push-action@48aba3b46d1b1fec4febb7c5d0c644b249a11355\n        with: { context: web }\n';
    const files = {
      'web/Dockerfile': `${from}COPY . .\n${user}`,
      'web/.env': real,
      '.github/workflows/b.yml': workflow,
    };
    expect((await judge({ files }))[0]?.fix?.edits[0]?.path).toBe('web/.dockerignore');
  });
});

it('what an image already shows is told there, and only there', async () => {
  const files = { Dockerfile: `${from}COPY . .\n${user}`, '.env': real };
  const layers = (path: string) => [
    { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
    { createdBy: 'WORKDIR /app', files: { 'app/.keep': '' } },
    { createdBy: 'COPY . . # buildkit', files: { [path]: real } },
  ];
  expect(await judge({ files, image: { user: '1000', layers: layers('app/.env') } })).toEqual([]);
  expect(await judge({ files, image: { user: '1000', layers: layers('app/other') } })).toHaveLength(1);
});

it.each<[string, Readonly<Record<string, string>>]>([
  ['a file of another folder', { 'api/Dockerfile': `${from}COPY . .\n${user}`, '.env': real, 'api/a.py': '' }],
  ['what is excluded', { Dockerfile: `${from}COPY --exclude=**/.env . .\n${user}`, '.env': real }],
  ['what is copied by other names', { Dockerfile: `${from}COPY package.json src ./\n${user}`, '.env': real }],
  ['an empty file', { Dockerfile: `${from}COPY . .\n${user}`, '.env': '' }],
])('passes %s', async (_, files) => {
  expect(await judge({ files })).toEqual([]);
});
