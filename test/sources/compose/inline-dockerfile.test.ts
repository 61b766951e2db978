import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readComposeFolder } from '../../../src/sources/compose/source.ts';
import { isGap } from '../../../src/sources/workspace/file-tree.ts';
import { expectInside, textAt } from '../../helpers/position.ts';

/** Written with § for the dollar sign. */
const dollars = (text: string): string => text.replaceAll('§', '$');

const path = 'compose.yaml';

/** All but which Dockerfiles are built. */
const read = (text: string, manifests: readonly string[] = []) =>
  [...readComposeFolder([{ path, text: dollars(text) }], new Set(manifests))].flatMap((item) =>
    !isGap(item) && item.kind === 'image-build' ? [] : [item],
  );

/** A Compose file whose Dockerfile starts on line 6; `more` are further lines of the build. */
function inline(dockerfile: string, more = ''): string {
  const body = dockerfile.replaceAll(/^(?=.)/gm, '        ');
  return `services:\n  a:\n    build:\n      context: .\n${more}      dockerfile_inline: |\n${body}\n`;
}

/** `role text written` of each image and the words of each command, with its place and what stands there. */
function found(text: string): readonly string[] {
  return read(text).map((item) => {
    if (isGap(item)) return `gap: ${item.reason}`;
    const place = `${item.at.line}:${item.at.column} ${textAt(item.at, dollars(text))}`;
    if (item.kind === 'install-command') return `${item.words.map((word) => word ?? '?').join(' ')} at ${place}`;
    return `${item.role} ${item.text} at ${place} written ${item.written}`;
  });
}

/** `line text` of each image. */
function images(text: string): readonly string[] {
  return read(text).flatMap((item) =>
    !isGap(item) && item.kind === 'image-reference' ? [`${item.at.line} ${item.text}`] : [],
  );
}

describe('inline Dockerfiles', () => {
  it('give images and commands, each where it is written', () => {
    const text = inline(`# syntax=docker/dockerfile:1
FROM node:22 AS build
WORKDIR /app
COPY package.json ./
RUN apk add git \\
  && npm install

COPY --from=redis:7 /x /y
RUN --mount=type=bind,from=caddy:2,target=/x <<E
  set -e
  yarn install
E
FROM build`);
    expect(found(text)).toEqual([
      'syntax docker/dockerfile:1 at 6:18 docker/dockerfile:1 written docker/dockerfile:1',
      'from node:22 at 7:14 node:22 written node:22',
      'copy-from redis:7 at 13:21 redis:7 written redis:7',
      'copy-from caddy:2 at 14:36 caddy:2 written caddy:2',
      'npm install at 11:14 npm install',
      'yarn install at 16:11 yarn install',
    ]);
  });

  it.each<readonly [string, string, readonly string[]]>([
    ['double quotes', '"FROM node\\nRUN npm i\\n"', ['from node at 4:32 node written node', 'npm i at 4:42 npm i']],
    [
      'double quotes with escapes',
      '"FROM n\\x6fde\\nRUN npm \\"i\\""',
      ['from node at 4:32 n\\x6fde written null', 'npm i at 4:45 npm \\"i\\"'],
    ],
    [
      'single quotes over lines',
      "'FROM node\n\n         RUN npm i'",
      ['from node at 4:32 node written node', 'npm i at 6:14 npm i'],
    ],
    ['a plain scalar', 'FROM node', ['from node at 4:31 node written node']],
    [
      'a folded block',
      '>\n        FROM node\n\n        RUN npm i\n',
      ['from node at 5:14 node written node', 'npm i at 7:13 npm i'],
    ],
    [
      'a block in CRLF',
      '|\r\n        FROM node\r\n        RUN npm i\r\n',
      ['from node at 5:14 node written node', 'npm i at 6:13 npm i'],
    ],
    ['a block with deeper lines', '|2\n          FROM node\n', ['from node at 5:16 node written node']],
  ])('keep their places in %s', (_, scalar, expected) => {
    expect(found(`services:\n  a:\n    build:\n      dockerfile_inline: ${scalar}\n`)).toEqual(expected);
  });

  it('are read as Compose fills them in', () => {
    const dockerfile = [
      'ARG TAG=22',
      'FROM node:§§{TAG}',
      'FROM §{BASE:-redis:7}',
      'FROM a:§{V}',
      'RUN x "§§(npm i)" && npm i §{P:-left-pad} §§Q',
    ].join('\n');
    const text = inline(dockerfile);
    expect(found(text)).toEqual(
      [
        'from node:22 at 6:17 22 written 22',
        'from redis:7 at 8:14 §{BASE:-redis:7} written null',
        'from a:§{V} at 9:14 a:§{V} written null',
        'npm i at 10:19 npm i',
        'npm i left-pad ? at 10:30 npm i §{P:-left-pad} §§Q',
      ].map(dollars),
    );
    expect(read(text)[2]).toMatchObject({ unresolved: ['V'] });
  });

  it('keep the uses of an ARG beside its default', () => {
    const uses = read(inline('ARG I=node\nFROM §§I AS a\nFROM §§I AS b')).flatMap((item) =>
      !isGap(item) && item.kind === 'image-reference' ? [[item.at.line, item.usedAt.line]] : [],
    );
    expect(uses).toEqual([
      [6, 7],
      [6, 8],
    ]);
  });

  it.each([
    ['./web', ['web', '']],
    ['https://github.com/me/web.git', ['']],
  ])('run their commands in the folders of the context %s', (context, directories) => {
    const [, install] = read(inline('FROM a:1\nRUN npm ci').replace('context: .', `context: ${context}`), ['web']);
    expect(install).toMatchObject({ kind: 'install-command', context: 'dockerfile', directories });
  });

  it('leave out what the contexts of every build replace', () => {
    const contexts = '      additional_contexts: { node: docker-image://node:22, src: ./src }\n';
    const dockerfile = '# syntax=node\nFROM node:latest\nCOPY --from=src a b\nCOPY --from=redis a b';
    const alone = inline(dockerfile, contexts).replace('|', '&d |');
    expect(images(alone)).toEqual(['5 node:22', '7 node', '10 redis']);
    const shared = `${alone}  b:\n    build: { dockerfile_inline: *d }\n  c:\n    build: { dockerfile_inline: *d }\n`;
    expect(images(shared)).toEqual(['5 node:22', '7 node', '10 redis', '8 node:latest', '9 src']);
  });

  it.each<readonly [string, string, string]>([
    ['no FROM', 'ARG X', 'the Dockerfile in compose.yaml line 6: the file has no FROM'],
    [
      'unknown instructions',
      'FROM a:1\nRUM x\nRUM y',
      'the Dockerfile in compose.yaml line 7: the line starts with no known instruction, and 1 more problem',
    ],
    [
      'a second directive',
      '# escape=`\n# escape=`\nFROM a:1',
      'the Dockerfile in compose.yaml line 7: a second escape directive is not allowed',
    ],
    [
      'a script that is too deep',
      `FROM a:1\nRUN ${'eval '.repeat(9)}npm ci`,
      'the Dockerfile in compose.yaml line 7: the script of this RUN is nested too deeply to be read to the end',
    ],
    ['an invalid reference', 'FROM Node:20', 'compose.yaml:6 names `Node:20`, which is no valid image reference'],
  ])('are a gap with %s', (_, dockerfile, reason) => {
    const gaps = read(inline(dockerfile)).filter(isGap);
    expect(gaps.map((item) => [item.source, item.reason])).toEqual([['compose', reason]]);
  });

  it('of two services are two gaps', () => {
    const text = `services:\n  a: { build: { dockerfile_inline: RUM x } }\n  b: { build: { dockerfile_inline: RUM x } }\n`;
    expect(new Set(read(text).map((item) => (isGap(item) ? item.fingerprint : ''))).size).toBe(2);
  });

  it('are a gap when they are no text, and nothing when they are empty', () => {
    const written = (value: string) => read(`services:\n  a:\n    build: { dockerfile_inline: ${value} }\n`);
    expect(written('[FROM, node]')).toMatchObject([
      { reason: 'services.a.build.dockerfile_inline in compose.yaml is not what its format has there' },
    ]);
    expect([...written('""'), ...written('null'), ...written('!reset null')]).toEqual([]);
  });

  it('that many services share are read once', () => {
    const started = performance.now();
    const services = Array.from({ length: 3000 }, (_, i) => `  s${i}: { build: *b }`).join('\n');
    const body = '    FROM b:1\n'.repeat(5000);
    expect(read(`x: &b\n  dockerfile_inline: |\n${body}services:\n${services}\n`)).toHaveLength(5000);
    expect(read(inline(`FROM a:1\n${'RUN echo §{A:-\n'.repeat(9000)}`)).length).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('any inline Dockerfile', () => {
  const fragment = fc.constantFrom(
    ...['FROM a:1', 'FROM ', 'RUN ', 'COPY --from=x ', 'ARG X=§§X', 'ONBUILD ', 'npm ci', ' AS b', '§{X:-', '}'],
    ...['§§{X}', '\n', '\r\n', '\\\n', '# x\n', '<<E', 'E\n', 'sh -c "', "'", '"', '§X', '§(', ')', '\t', '😀'],
    ...['# syntax=a\n', '--mount=from=', '["npm", "ci"]', ': ', '- ', ' #', '\\n', '\\x41', '  '],
  );
  const style = fc.constantFrom(' |\n        ', ' |-\n        ', ' >\n        ', ' "', " '", ' ');

  it('neither throws nor yields a place outside the file', () => {
    fc.assert(
      fc.property(style, fc.array(fragment, { maxLength: 30 }), (open, units) => {
        const body = units.join('').replaceAll('\n', '\n        ');
        const close = /["']/.exec(open)?.[0] ?? '';
        const scalar = `${open}FROM b:1\n        ${body}${close}`;
        const text = dollars(`services:\n  a:\n    build:\n      dockerfile_inline:${scalar}\n`);
        for (const item of read(text)) {
          if (isGap(item)) continue;
          expectInside(item.at, text);
          if (item.kind === 'image-reference') expectInside(item.usedAt, text);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
