import { describe, expect, it } from 'vitest';
import { composeSource, readComposeFolder } from '../../../src/sources/compose/source.ts';
import { isGap } from '../../../src/sources/workspace/file-tree.ts';
import { memoryTree } from '../../helpers/memory-tree.ts';
import { modelContext } from '../../helpers/model-example.ts';

type Files = Readonly<Record<string, string>>;

/** Files written with § for the dollar sign. */
function read(files: Files) {
  const texts = Object.entries(files).map(([path, text]) => ({ path, text: text.replaceAll('§', '$') }));
  return [...readComposeFolder(texts, new Set())];
}

/** `path:line text` of each image. */
function images(files: Files): readonly string[] {
  return read(files).flatMap((item) =>
    !isGap(item) && item.kind === 'image-reference' ? [`${item.at.path}:${item.at.line} ${item.text}`] : [],
  );
}

/** Each Dockerfile that is built, with the contexts of the build. */
function builds(files: Files): readonly string[] {
  return read(files).flatMap((item) =>
    !isGap(item) && item.kind === 'image-build' ? [[item.dockerfile, ...item.contexts].join(' ')] : [],
  );
}

async function collect(files: Files): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for await (const item of composeSource.collect(modelContext(memoryTree(files)))) items.push(item);
  return items;
}

describe('images that the folder builds', () => {
  it('are known across its files by name', () => {
    const files = {
      'compose.jobs.yaml': 'services:\n  job: { image: ghcr.io/me/app }\n  db: { image: redis }\n',
      'compose.yaml': 'services:\n  app: { build: ., image: "ghcr.io/me/app:1" }\n',
    };
    expect(images(files)).toEqual(['compose.jobs.yaml:3 redis']);
  });

  it('are those the default file and its override build together', () => {
    const image = 'services:\n  app: { image: ghcr.io/me/app }\n  db: { image: redis }\n';
    const build = 'services:\n  app: { build: . }\n';
    expect(images({ 'compose.override.yml': build, 'docker-compose.yml': image })).toEqual([
      'docker-compose.yml:3 redis',
    ]);
    expect(images({ 'compose.override.yml': image, 'compose.yml': build })).toEqual(['compose.override.yml:3 redis']);
    expect(images({ 'compose.dev.yml': build, 'compose.yml': image })).toEqual([
      'compose.yml:2 ghcr.io/me/app',
      'compose.yml:3 redis',
    ]);
  });

  it('have the project name of the merged files', () => {
    const files = {
      'compose.override.yaml': 'services:\n  test: { image: rag-web }\n  other: { image: box-web }\n',
      'compose.yaml': 'name: rag\nservices:\n  web: { build: . }\n',
    };
    expect(images(files)).toEqual(['compose.override.yaml:3 box-web']);
  });

  it('are not those of another folder', async () => {
    const files = {
      'a/compose.b.yaml': 'services:\n  app: { image: me/app }\n',
      'a/compose.yaml': 'services:\n  app: { build: ., image: me/app }\n',
      'a/b/compose.yaml': 'services:\n  app: { image: me/app }\n',
      'broken/compose.yaml': 'services: [',
    };
    expect(await collect(files)).toMatchObject([
      { kind: 'image-reference', at: { path: 'a/b/compose.yaml' } },
      { kind: 'image-build', dockerfile: 'a/Dockerfile', folder: 'a', contexts: [] },
      { subject: 'broken/compose.yaml' },
    ]);
  });

  it('of a folder without end are told in parts', async () => {
    const filler = `# ${'x'.repeat(400_000)}\n`;
    const files = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((name) => [`compose.${name}.yaml`, `${filler}services:\n  s: { image: me/${name} }\n`]),
    );
    const found = await collect({ ...files, 'compose.e.yaml': 'services:\n  s: { build: ., image: me/d }\n' });
    expect(found.map((item) => JSON.stringify(item).match(/me\/./)?.[0] ?? '')).toEqual(['me/a', 'me/b', 'me/c', '']);
  });
});

describe('builds', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['the short form', 'build: .', ['Dockerfile']],
    ['a folder', 'build: ./api/', ['api/Dockerfile']],
    [
      'a Dockerfile of the context',
      'build: { context: api, dockerfile: ../docker/a.Dockerfile }',
      ['docker/a.Dockerfile'],
    ],
    ['no context', 'build: { dockerfile: b.Dockerfile }', ['b.Dockerfile']],
    ['defaults', 'build: "§{DIR:-api}"', ['api/Dockerfile']],
    [
      'a mapping of contexts',
      'build: { additional_contexts: { b: ./b, a: "docker-image://a:1" } }',
      ['Dockerfile b a'],
    ],
    ['a list of contexts', 'build: { additional_contexts: ["b=./b", "§{X:-a}=service:a", c] }', ['Dockerfile b a']],
    ['an unknown folder', 'build: §{DIR}', []],
    ['an unknown Dockerfile', 'build: { dockerfile: "§{DIR}/Dockerfile" }', []],
    ['an outer folder', 'build: ../api', []],
    ['an absolute folder', 'build: /srv/api', []],
    ['git', 'build: https://github.com/me/api.git', []],
    ['git over ssh', 'build: git@github.com:me/api.git', []],
    ['an inline Dockerfile', 'build: { context: ., dockerfile_inline: "FROM a:1" }', []],
    ['nothing', 'image: a', []],
  ])('of %s', (_, service, expected) => {
    expect(builds({ 'compose.yaml': `services:\n  a:\n    ${service}\n` })).toEqual(expected);
  });

  it('count from the folder of the file', () => {
    expect(builds({ 'deploy/compose.yaml': 'services:\n  a: { build: .. }\n  b: { build: b }\n' })).toEqual([
      'Dockerfile',
      'deploy/b/Dockerfile',
    ]);
  });

  it('add to those of the service they extend', () => {
    const text = `services:
  a: { build: { context: api, additional_contexts: { x: ./x } } }
  b: { extends: a, build: { additional_contexts: { y: ./y } } }
  c: { extends: { service: b } }
`;
    expect(builds({ 'compose.yaml': text })).toEqual(['api/Dockerfile x', 'api/Dockerfile x y', 'api/Dockerfile x y']);
  });

  it('add to those of the default file in an override, and stay open where another file may be meant', () => {
    const base = 'services:\n  a: { build: api }\n';
    const more = 'services:\n  a: { build: { additional_contexts: { x: ./x } } }\n';
    expect(builds({ 'compose.override.yaml': more, 'compose.yaml': base })).toEqual(['api/Dockerfile x']);
    expect(builds({ 'compose.dev.yaml': more, 'compose.yaml': base })).toEqual(['api/Dockerfile']);
    expect(builds({ 'compose.dev.yaml': more })).toEqual(['Dockerfile x']);
  });

  it('with more contexts than are read are a gap', () => {
    const contexts = Array.from({ length: 257 }, (_, i) => `c${i}: ./c`).join(', ');
    const files = { 'compose.yaml': `services:\n  a: { build: { additional_contexts: { ${contexts} } } }\n` };
    expect(read(files).filter(isGap)).toMatchObject([
      { reason: 'services.a.build in compose.yaml has more additional contexts than are read' },
    ]);
  });
});
