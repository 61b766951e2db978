import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeSource, readComposeFolder } from '../../../src/sources/compose/source.ts';
import { isGap } from '../../../src/sources/workspace/file-tree.ts';
import { expectInside } from '../../helpers/position.ts';

const dollars = (text: string): string => text.replaceAll('§', '$');

/** All but which Dockerfiles are built. */
const read = (text: string, path = 'compose.yaml') =>
  [...readComposeFolder([{ path, text: dollars(text) }], new Set())].flatMap((item) =>
    !isGap(item) && item.kind === 'image-build' ? [] : [item],
  );

/** `line:column-endColumn text` of each image, in order. */
function images(text: string, path?: string): readonly string[] {
  return read(text, path).flatMap((item) => {
    if (isGap(item)) return [`gap: ${item.reason}`];
    return item.kind === 'image-reference'
      ? [`${item.at.line}:${item.at.column}-${item.at.endColumn} ${item.text}`]
      : [];
  });
}

describe('which files', () => {
  it.each([
    ['compose.yaml', true],
    ['compose.yml', true],
    ['compose.prod.yaml', true],
    ['compose-gpu.yml', true],
    ['docker-compose.yml', true],
    ['docker-compose.override.yaml', true],
    ['docker-compose-dev.yml', true],
    ['deploy/docker-compose.yml', true],
    ['decompose.yaml', false],
    ['composer.yaml', false],
    ['compose.json', false],
    ['compose.yaml/x.txt', false],
  ])('%s', (path, expected) => {
    expect(composeSource.examines({ path, size: 1, isTracked: true })).toBe(expected);
    expect(composeSource.examines({ path, size: 1, isTracked: false })).toBe(false);
  });
});

describe('images of services', () => {
  it('stand where the scalar is written, without quotes', () => {
    const text = `services:
  a:
    image: node:22
  b:
    image: "redis:7" # cache
  c: { image: 'caddy:2', restart: always }
  d:
    image: >-
      ghcr.io/me/app:1
  e:
    image: 3
`;
    expect(images(text)).toEqual([
      '3:12-19 node:22',
      '5:13-20 redis:7',
      '6:16-23 caddy:2',
      '9:7-23 ghcr.io/me/app:1',
      '11:12-13 3',
    ]);
  });

  it('are evidence with role, reference and source text', () => {
    expect(read('services:\n  a:\n    image: "ollama/ollama:§{TAG:-latest}"\n')).toEqual([
      {
        kind: 'image-reference',
        at: { kind: 'file', path: 'compose.yaml', line: 3, column: 13, endLine: 3, endColumn: 41 },
        usedAt: { kind: 'file', path: 'compose.yaml', line: 3, column: 13, endLine: 3, endColumn: 41 },
        role: 'compose-image',
        text: 'ollama/ollama:latest',
        reference: {
          registry: 'docker.io',
          repository: 'ollama/ollama',
          tag: 'latest',
          digest: null,
          name: 'ollama/ollama',
        },
        unresolved: [],
        written: '$'.concat('{TAG:-latest}').padStart(28, 'ollama/ollama:'),
      },
    ]);
  });

  it('record variables without a default, and what is composed of several', () => {
    const text = 'services:\n  a: { image: "§{R:?set R}/app:§{V:-1}" }\n  b: { image: "§{R:-ghcr.io}/app:§{V:-1}" }\n';
    const found = read(text).flatMap((item) =>
      !isGap(item) && item.kind === 'image-reference' ? [[item.unresolved, item.written, item.reference?.tag]] : [],
    );
    expect(found).toEqual([
      [['R'], null, undefined],
      [[], null, '1'],
    ]);
  });

  it('leave out what the file builds, by any of its names', () => {
    const text = `name: rag
services:
  api:
    image: ghcr.io/me/api:§{V:-dev}
    build: ./api
  job:
    image: ghcr.io/me/api:latest
  web:
    build: { context: ./web }
  test:
    image: rag-web
  old:
    image: rag_web:latest
  own:
    image: ghcr.io/me/other
  private:
    image: §{R:?x}/private:§{V:-dev}
    build: .
  again:
    image: §{R:?x}/private:latest
`;
    expect(images(text)).toEqual(['15:12-28 ghcr.io/me/other']);
  });

  it('take the project name from the folder', () => {
    const text = 'services:\n  web: { build: . }\n  test: { image: my-app-web }\n';
    expect(images(text, 'deploy/My-App/compose.yaml')).toEqual([]);
    expect(images(text)).toEqual(['3:18-28 my-app-web']);
  });

  it('follow anchors, merge keys and extends, once per place', () => {
    const text = `x-base: &base
  image: redis:latest
x-built: &built
  build: .
services:
  a: { <<: *base }
  b:
    <<: [*built, *base]
    image: me/b
  c:
    <<: *base
    image: redis:7
  d: &d
    image: caddy:2
  e: *d
  f: { extends: { service: b }, image: me/f }
  g: { extends: c, image: me/g }
  h: { extends: { service: b, file: other.yaml }, image: me/h }
`;
    expect(images(text)).toEqual([
      '2:10-22 redis:latest',
      '12:12-19 redis:7',
      '14:12-19 caddy:2',
      '17:27-31 me/g',
      '18:58-62 me/h',
    ]);
  });

  it('ignore resets, unused anchors and what is no image', () => {
    const text = `x-unused: { image: node }
services:
  a: { image: !reset null }
  b: { image: }
  c: { image: "" }
  e:
  f: text
  g: { image: me/g, build: !reset null }
image: node
`;
    expect(images(text)).toEqual(['8:15-19 me/g']);
  });

  it('read several documents and CRLF', () => {
    expect(images('services:\r\n  a:\r\n    image: node\r\n---\r\nservices: { b: { image: redis } }\r\n')).toEqual([
      '3:12-16 node',
      '5:25-30 redis',
    ]);
  });
});

describe('images of builds', () => {
  it('come from additional contexts in both forms', () => {
    const text = `services:
  a:
    build:
      context: .
      additional_contexts:
        base: docker-image://node:latest
        src: ./src
  b:
    build:
      context: .
      additional_contexts:
        - "base=docker-image://alpine:§{V:-edge}"
        - other=https://example.com/x.git
`;
    expect(images(text)).toEqual(['6:30-41 node:latest', '12:32-49 alpine:edge']);
  });
});

describe('gaps', () => {
  it.each([
    ['services:\n  a:\n   image: "x\n', /^compose\.yaml is not valid YAML: line 4 \(\w+\)$/],
    ['services:\n  a: *nothing\n', /^compose\.yaml uses a YAML alias that has no anchor$/],
    ['['.repeat(100_000), /^compose\.yaml is nested too deeply to be read$/],
    [`#${'x'.repeat(600_000)}`, /^compose\.yaml is longer than the limit of 512 KiB for YAML$/],
    ['services: {{ services }}\n', /^services in compose\.yaml is not what its format has there$/],
    ['services:\n  a: { image: [node] }\n', /^services\.a\.image in compose\.yaml is not/],
    ['- a\n', /^services in compose/],
  ])('%.30s', (text, reason) => {
    const found = read(text);
    expect(found).toHaveLength(1);
    expect(found[0] !== undefined && isGap(found[0]) ? found[0].reason : '').toMatch(reason);
  });

  it('name what is no reference, beside its evidence', () => {
    expect(images('services:\n  a: { image: Node:22 }\n')).toEqual([
      '2:15-22 Node:22',
      'gap: compose.yaml:2 names `Node:22`, which is no valid image reference',
    ]);
  });

  it('leave templates and malformed digests to others', () => {
    expect(images('services:\n  a: { image: "{{ image }}" }\n  b: { image: "node@sha256:12" }\n')).toEqual([
      '2:16-27 {{ image }}',
      '3:16-30 node@sha256:12',
    ]);
  });

  it('bound merges that multiply', () => {
    const wide = Array.from({ length: 900 }, (_, i) => `    k${i}: x`).join('\n');
    const uses = Array.from({ length: 900 }, (_, i) => `  s${i}: { <<: *w, image: me/${i} }`).join('\n');
    const found = read(`x: &w\n${wide}\nservices:\n${uses}\n`);
    expect(found.filter(isGap).map((item) => item.reason)).toEqual([
      'compose.yaml uses aliases and merge keys more often than is followed',
    ]);
    const chain = Array.from({ length: 5000 }, (_, i) => `x${i}: &a${i} { <<: ${i ? `*a${i - 1}` : '{ a: b }'} }`);
    expect(read(`${chain.join('\n')}\nservices: { a: *a4999 }\n`).some(isGap)).toBe(true);
    expect(read('services: &s { <<: *s, a: &a { <<: *a, image: node } }\n')).toHaveLength(1);
  });
});

describe('any text', () => {
  const yamlish = fc
    .array(
      fc.constantFrom(
        'services:',
        '\n',
        '\n  ',
        '\n    ',
        'a:',
        ' image: ',
        'node',
        '"',
        "'",
        '|',
        '>-',
        ' &a ',
        ' *a ',
        '<<: ',
        '[',
        ']',
        '{',
        '}',
        ',',
        '#',
        '$',
        '{A:-',
        'build: ',
        '- ',
        '\t',
        '\r\n',
        '---',
        '\\',
        '\\n',
        '!reset ',
        '? ',
        'é',
        '😀',
        ' ',
      ),
      { maxLength: 40 },
    )
    .map((units) => units.join(''));

  it('neither throws nor yields a place outside the file', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          yamlish,
          yamlish.map((text) => `services:\n  a:\n    image: ${text}`),
        ),
        (text) => {
          for (const item of read(text)) if (!isGap(item)) expectInside(item.at, dollars(text));
        },
      ),
      { numRuns: 1500 },
    );
  });
});
