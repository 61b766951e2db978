import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/domain/evidence.ts';
import type { Gap } from '../../../src/domain/gap.ts';
import type { FileLocation } from '../../../src/domain/location.ts';
import { dockerfileSource } from '../../../src/sources/dockerfile/source.ts';
import { isGap } from '../../../src/sources/workspace/file-tree.ts';
import { memoryTree } from '../../helpers/memory-tree.ts';
import { modelContext } from '../../helpers/model-example.ts';
import { expectInside } from '../../helpers/position.ts';

type Kind = 'dockerfile' | 'image-reference' | 'install-command';

const dollars = (text: string): string => text.replaceAll('§', '$');

type Item = Evidence<Kind> | Gap;

async function collect(
  files: Readonly<Record<string, string>>,
  dockerfiles: readonly string[] = [],
): Promise<readonly Item[]> {
  const context = modelContext(memoryTree(files));
  const named = dockerfiles.map((path) => ({ path, image: null }));
  const items: Item[] = [];
  for await (const item of dockerfileSource.collect({
    ...context,
    request: { ...context.request, dockerfiles: named },
  })) {
    items.push(item);
  }
  return items;
}

function isKind<K extends Kind>(kind: K) {
  return (item: Item): item is Evidence<K> => !isGap(item) && item.kind === kind;
}

function place({ line, column, endLine, endColumn }: FileLocation): string {
  return `${line}:${column}-${endLine}:${endColumn}`;
}

async function imagesOf(text: string): Promise<readonly string[]> {
  const found = await collect({ Dockerfile: dollars(text) });
  return found.filter(isKind('image-reference')).map(({ role, text: image, at, usedAt, written, unresolved }) => {
    const used = place(usedAt) === place(at) ? '' : ` used ${place(usedAt)}`;
    const missing = unresolved.length === 0 ? '' : ` without ${unresolved.join()}`;
    return `${role} ${image} at ${place(at)}${used} written ${written}${missing}`;
  });
}

async function installsOf(files: Readonly<Record<string, string>>) {
  return (await collect(files)).filter(isKind('install-command'));
}

async function commandsOf(text: string): Promise<readonly string[]> {
  const installs = await installsOf({ Dockerfile: dollars(text) });
  return installs.map(({ at, words }) => `${place(at)} ${words.map((word) => word ?? '?').join(' ')}`);
}

describe('examines', () => {
  const examined = [
    'Dockerfile',
    'a/dockerfile',
    'Dockerfile.dev',
    'api.Dockerfile',
    'api.dockerfile',
    'Containerfile',
  ];
  const more = ['Containerfile.prod', 'x.containerfile', 'DOCKERFILE', 'Dockerfile.py', 'Dockerfile.ubuntu-24.04'];
  it.each([...examined, ...more])('%s', (path) => {
    expect(dockerfileSource.examines({ path, size: 1, isTracked: true })).toBe(true);
  });

  const skipped = ['Dockerfile.dockerignore', 'Dockerfile.md', 'Dockerfile.txt', 'Dockerfile.j2', 'Dockerfile.tmpl'];
  const others = [
    'Dockerfile.ejs',
    'Dockerfile.rego',
    'dockerfile.ts',
    'src/dockerfile.go',
    'dockerfiles/x',
    'MyDockerfile',
  ];
  it.each([...skipped, ...others])('not %s', (path) => {
    expect(dockerfileSource.examines({ path, size: 1, isTracked: true })).toBe(false);
  });

  it('no ignored file, but every file the user names', async () => {
    expect(dockerfileSource.examines({ path: 'Dockerfile', size: 1, isTracked: false })).toBe(false);
    const found = await collect({ 'build/image.txt': 'FROM a\n' }, ['./build/image.txt']);
    expect(found.filter(isKind('dockerfile')).map(({ path }) => path)).toEqual(['build/image.txt']);
  });
});

describe('image references', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['a literal', 'FROM node:20 AS x', ['from node:20 at 1:6-1:13 written node:20']],
    ['quotes', 'FROM "node:20"', ['from node:20 at 1:7-1:14 used 1:6-1:15 written node:20']],
    ['a whole ARG', 'ARG I=node:20\nFROM §I', ['from node:20 at 1:7-1:14 used 2:6-2:8 written node:20']],
    ['a quoted ARG', 'ARG I="node:20"\nFROM §{I}', ['from node:20 at 1:8-1:15 used 2:6-2:10 written node:20']],
    ['the tag', 'ARG V=20\nFROM node:§{V}', ['from node:20 at 1:7-1:9 used 2:6-2:15 written 20']],
    [
      'the tag behind another ARG',
      'ARG R=ghcr.io V=20\nFROM §R/a:§V',
      ['from ghcr.io/a:20 at 1:17-1:19 used 2:6-2:13 written 20'],
    ],
    ['an ARG of an ARG', 'ARG V=20\nARG I=node:§V\nFROM §I', ['from node:20 at 1:7-1:9 used 3:6-3:8 written 20']],
    [
      'an unused inline default',
      'ARG I=node:20\nFROM §{I:-x}',
      ['from node:20 at 1:7-1:14 used 2:6-2:13 written node:20'],
    ],
    ['an inline default', 'FROM §{I:-node:20}', ['from node:20 at 1:11-1:18 used 1:6-1:19 written node:20']],
    ['part of the tag', 'ARG V=20\nFROM node:§V-alpine', ['from node:20-alpine at 2:6-2:20 written null']],
    ['the registry', 'ARG R=ghcr.io\nFROM §R/a:1', ['from ghcr.io/a:1 at 2:6-2:12 written null']],
    ['no default', 'ARG V\nFROM node:§V', ['from node:$V at 2:6-2:13 written null without V']],
    [
      'an ARG of a stage',
      'FROM a:1\nARG V=2\nFROM a:§V',
      ['from a:1 at 1:6-1:9 written a:1', 'from a:$V at 3:6-3:10 written null without V'],
    ],
    ['a platform', 'FROM a:1-§TARGETARCH', ['from a:1-amd64 at 1:6-1:21 written null']],
    ['a pattern', 'ARG V=20.1\nFROM node:§{V%.*}', ['from node:§{V%.*} at 2:6-2:18 written null without V']],
    ['a continuation', 'FROM \\\n  node:20 \\\n  AS x', ['from node:20 at 2:3-2:10 written node:20']],
    ['a continuation within', 'FROM node\\\n:20', ['from node:20 at 1:6-2:4 written null']],
    ['CRLF', 'ARG V=20\r\nFROM node:§V\r\n', ['from node:20 at 1:7-1:9 used 2:6-2:13 written 20']],
    [
      'a digest',
      `FROM a@sha256:${'0'.repeat(64)}`,
      [`from a@sha256:${'0'.repeat(64)} at 1:6-1:79 written a@sha256:${'0'.repeat(64)}`],
    ],
    ['scratch', 'FROM scratch', []],
    [
      'the syntax',
      '# syntax=docker/dockerfile:1 # note\nFROM scratch',
      ['syntax docker/dockerfile:1 at 1:10-1:29 written docker/dockerfile:1'],
    ],
    [
      'the syntax, whatever stages are called',
      '# syntax=a\nFROM b:1 AS a',
      ['syntax a at 1:10-1:11 written a', 'from b:1 at 2:6-2:9 written b:1'],
    ],
    ['a stage', 'FROM a:1 AS Base\nFROM base\nFROM BASE', ['from a:1 at 1:6-1:9 written a:1']],
    ['stages by platform', 'FROM a:1 AS b-arm64\nFROM b-§{TARGETARCH}', ['from a:1 at 1:6-1:9 written a:1']],
    ['no stage by platform', 'FROM b-§{TARGETARCH}', ['from b-amd64 at 1:6-1:21 written null']],
    ['COPY --from', 'FROM scratch\nCOPY --from=a:1 /x /y', ['copy-from a:1 at 2:13-2:16 written a:1']],
    [
      'COPY --from a stage, later ones and indexes',
      'FROM scratch AS x\nCOPY --from=X a b\nCOPY --from=y a b\nCOPY --from=0 a b\nFROM scratch AS y',
      [],
    ],
    ['COPY --from a variable', 'FROM scratch\nCOPY --from=§X a b', ['copy-from $X at 2:13-2:15 written $X without X']],
    ['ONBUILD COPY', 'FROM scratch\nONBUILD COPY --from=a:1 x y', ['copy-from a:1 at 2:21-2:24 written a:1']],
    ['a mount', 'FROM scratch\nRUN --mount=type=bind,from=a:1,target=/x b', ['copy-from a:1 at 2:28-2:31 written a:1']],
    ['a heredoc body', 'FROM scratch\nRUN <<E\nFROM a:1\nE', []],
    ['a heredoc body after a blank', 'FROM scratch\nRUN << E\nFROM a:1\nE', []],
    ['a heredoc body of a descriptor', 'FROM scratch\nRUN cat 3<<E\nFROM a:1\nE', []],
  ])('%s', async (_, text, expected) => {
    expect(await imagesOf(text)).toEqual(expected.map(dollars));
  });
});

describe('install commands', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['shell form', 'FROM a\nRUN npm ci && yarn', ['2:5-2:11 npm ci', '2:15-2:19 yarn']],
    ['lower case', 'from a\nrun npm ci', ['2:5-2:11 npm ci']],
    [
      'continuations',
      'FROM a\nRUN apt-get update \\\n && npm \\\n# note\n  ci --omit=dev \\\n && x',
      ['3:5-5:16 npm ci --omit=dev'],
    ],
    ['backtick as escape', '# escape=`\nFROM a\nRUN x `\n && npm ci', ['4:5-4:11 npm ci']],
    ['CRLF', 'FROM a\r\nRUN x \\\r\n && npm ci \\\r\n && y\r\n', ['3:5-3:11 npm ci']],
    ['flags', 'FROM a\nRUN --mount=type=cache,target=/x npm ci', ['2:34-2:40 npm ci']],
    ['exec form', 'FROM a\nRUN ["npm", "ci"]', ['2:7-2:16 npm ci']],
    ['a shell in exec form', 'FROM a\nRUN ["sh", "-c", "cd x && npm ci"]', ['2:27-2:33 npm ci']],
    ['a shell in shell form', `FROM a\nRUN bash -lc 'npm ci'`, ['2:15-2:21 npm ci']],
    ['a heredoc', 'FROM a\nRUN <<E\nset -e\n  npm ci\nE', ['4:3-4:9 npm ci']],
    ['a chomped heredoc', 'FROM a\nRUN <<-E\n\tx\n\tnpm ci\n\tE', ['4:2-4:8 npm ci']],
    ['a heredoc with a blank', 'FROM a\nRUN << E\nnpm ci\nE\nRUN yarn', ['3:1-3:7 npm ci', '5:5-5:9 yarn']],
    ['a heredoc in CRLF', 'FROM a\r\nRUN <<E\r\nx\r\nnpm ci\r\nE\r\n', ['4:1-4:7 npm ci']],
    ['a heredoc for a shell', 'FROM a\nRUN bash <<E && yarn\nnpm ci\nE', ['2:17-2:21 yarn', '3:1-3:7 npm ci']],
    ['a heredoc for another program', 'FROM a\nRUN <<E python3\nnpm ci\nE', []],
    ['a heredoc with a shell shebang', 'FROM a\nRUN <<E\n#!/usr/bin/env bash\nnpm ci\nE', ['4:1-4:7 npm ci']],
    ['a heredoc with another shebang', 'FROM a\nRUN <<E\n#!/usr/bin/env python3\nnpm ci\nE', []],
    ['a file by heredoc', 'FROM a\nCOPY <<E /x.sh\nnpm i\nE', []],
    ['ONBUILD', 'FROM a\nONBUILD RUN npm ci', ['2:13-2:19 npm ci']],
    ['a comment in the shell', 'FROM a\nRUN npm ci # && yarn', ['2:5-2:11 npm ci']],
    ['dynamic words', 'FROM a\nRUN npm i §X', ['2:5-2:13 npm i ?']],
    ['other instructions', 'FROM a\nCMD npm start\nENTRYPOINT ["npm", "start"]', []],
  ])('%s', async (_, text, expected) => {
    expect(await commandsOf(text)).toEqual(expected);
  });

  it.each<readonly [string, string, Readonly<Record<string, string>>]>([
    ['ENV in both forms', 'FROM a\nENV A=1 B="x y"\nENV C z w\nRUN npm ci', { A: '1', B: 'x y', C: 'z w' }],
    ['only what stands above', 'FROM a\nRUN npm ci\nENV A=1', {}],
    [
      'ARG defaults, also global ones',
      'ARG G=1\nARG H=2\nFROM a\nARG G\nARG A=x§G\nARG N\nRUN npm ci',
      { G: '1', A: 'x1' },
    ],
    ['ENV over ARG', 'FROM a\nENV A=1\nARG A=2\nRUN npm ci', { A: '1' }],
    ['parents', 'FROM a AS b\nENV A=1\nARG B=2\nFROM b AS c\nENV C=§A\nFROM c\nRUN npm ci', { A: '1', B: '2', C: '1' }],
    ['no other stage', 'FROM a AS b\nENV A=1\nFROM a\nRUN npm ci', {}],
    ["the shell's own", 'FROM a\nENV A=1 B=1\nRUN export A=2; C=3 npm ci', { A: '2', B: '1', C: '3' }],
    ['what only the build knows, as written', 'FROM a\nARG N\nENV CI=§N\nRUN npm ci', { CI: '§N' }],
    ['no credentials', 'FROM a\nENV CI=1 API_TOKEN=x\nRUN npm ci', { CI: '1' }],
  ])('environment: %s', async (_, text, expected) => {
    const [install] = await installsOf({ Dockerfile: dollars(text) });
    const wanted = Object.entries(expected).map(([name, value]) => [name, dollars(value)]);
    expect(install?.environment).toEqual(Object.fromEntries(wanted));
  });

  it.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    ['the root', { Dockerfile: 'FROM a\nRUN npm ci' }, ['']],
    ["the Dockerfile's folder, then the root", { 'api/Dockerfile': 'FROM a\nRUN npm ci' }, ['api', '']],
    ['a copied manifest', { Dockerfile: 'FROM a\nCOPY web/package*.json ./\nRUN npm ci' }, ['web', '']],
    ['a manifest in exec form', { Dockerfile: 'FROM a\nCOPY ["web/yarn.lock", "./"]\nRUN npm ci' }, ['web', '']],
    ['a manifest from another stage', { Dockerfile: 'FROM a\nCOPY --from=x web/package.json ./\nRUN npm ci' }, ['']],
    [
      'a manifest of a parent stage',
      { Dockerfile: 'FROM a AS b\nCOPY web/package.json .\nFROM b\nRUN npm ci' },
      ['web', ''],
    ],
    [
      'a mounted manifest',
      { Dockerfile: 'FROM a\nRUN --mount=type=bind,source=api/uv.lock,target=uv.lock uv sync' },
      ['api', ''],
    ],
    [
      'a manifest at the root, the Dockerfile elsewhere',
      { 'docker/Dockerfile': 'FROM a\nCOPY package.json .\nRUN npm ci', 'package.json': '{}' },
      ['', 'docker'],
    ],
    [
      'the manifest copied to where the command runs',
      {
        Dockerfile:
          'FROM a\nWORKDIR /app\nCOPY api/package.json api/\nCOPY web/package.json web/package.json\nRUN cd web && npm ci',
      },
      ['web', 'api', ''],
    ],
    [
      'a whole folder',
      { Dockerfile: 'FROM a\nWORKDIR /app\nCOPY . .\nWORKDIR web\nRUN npm ci', 'web/package.json': '{}' },
      ['web', ''],
    ],
    [
      'a renamed folder',
      { Dockerfile: 'FROM a\nCOPY ./frontend /web\nRUN cd /web; npm ci', 'frontend/yarn.lock': '' },
      ['frontend', ''],
    ],
    [
      'a file beside',
      { Dockerfile: 'FROM a\nWORKDIR /app\nCOPY src/main.py .\nRUN npm ci', 'package.json': '{}' },
      [''],
    ],
    ['a folder of its own script', { 'a/Dockerfile': 'FROM a\nRUN cd web && npm ci' }, ['a/web', 'web', 'a', '']],
  ])('directories: %s', async (_, files, expected) => {
    const [install] = await installsOf(files);
    expect(install?.directories).toEqual(expected);
  });
});

describe('gaps', () => {
  it.each<readonly [string, string, string]>([
    ['no FROM', 'ARG X', 'Dockerfile line 1: the file has no FROM'],
    ['an unterminated heredoc', 'FROM a:1\nRUN <<E\nnpm ci\n', 'Dockerfile line 2: a heredoc is not terminated'],
    [
      'unknown instructions',
      'FROM a:1\nRUM x\nRUM y',
      'Dockerfile line 2: the line starts with no known instruction, and 1 more problem',
    ],
    ['a control byte', 'FROM a:1\nRUN npm ci\0', 'Dockerfile line 2: the line holds a control byte'],
    [
      'a script too long',
      `FROM a:1\nRUN npm i ${'x'.repeat(140_000)}`,
      'Dockerfile line 2: the script of this RUN is too long to be read',
    ],
    [
      'a script too deep',
      `FROM a:1\nRUN x \\\n && ${'eval '.repeat(9)}npm i`,
      'Dockerfile line 2: the script of this RUN is nested too deeply to be read to the end',
    ],
    [
      'a script too deep in exec form',
      `FROM a:1\nRUN ["sh", "-c", "${'eval '.repeat(9)}npm i"]`,
      'Dockerfile line 2: the script of this RUN is nested too deeply to be read to the end',
    ],
    [
      'an invalid syntax image',
      '# syntax=Frontend:1\nFROM a:1',
      'Dockerfile:1 names `Frontend:1`, which is no valid image reference',
    ],
    ['an invalid reference', 'FROM Node:20', 'Dockerfile:1 names `Node:20`, which is no valid image reference'],
  ])('%s', async (_, text, reason) => {
    const found = await collect({ Dockerfile: text });
    expect(found.filter(isGap).map((gap) => gap.reason)).toEqual([reason]);
    expect(found.filter(isKind('dockerfile'))).toHaveLength(1);
  });

  it('a file that cannot be read', async () => {
    const found = await collect({}, ['Dockerfile']);
    expect(found).toMatchObject([{ source: 'dockerfile', subject: 'Dockerfile' }]);
  });

  it('still gives what was parsed', async () => {
    const found = await collect({ Dockerfile: 'FROM a:1\nRUM x\nRUN npm ci' });
    expect(found.map((item) => (isGap(item) ? 'gap' : item.kind))).toEqual([
      'dockerfile',
      'gap',
      'image-reference',
      'install-command',
    ]);
  });

  it('none for a program that is called after Dockerfiles', async () => {
    expect(await collect({ 'Dockerfile.java': 'class Dockerfile {}\n' })).toEqual([]);
  });
});

describe('any Dockerfile', () => {
  const fragment = fc.constantFrom(
    ...[
      'FROM a:1',
      'FROM ',
      'RUN ',
      'COPY --from=x ',
      'ARG X=§X',
      'ENV A="b§X" ',
      'ONBUILD ',
      'npm ci',
      ' AS b',
      '§{X:-',
      '}',
    ],
    ...[
      '\n',
      '\r\n',
      '\\\n',
      '\\\r\n',
      '\\ \n',
      '# x\n',
      '<<E',
      "<<-'E'",
      '<< E',
      'E\n',
      'sh -c "',
      "'",
      '"',
      '§X',
      '§(',
      ')',
    ],
    ...[
      '["sh", "-c", "npm ci"]',
      '--mount=from=',
      ' && ',
      '# syntax=a:1 x\n',
      'cd web',
      '#!/bin/sh\n',
      'COPY web/package.json ',
      '\t',
      '\0',
      '😀',
    ],
  );

  it('never throws, and every place lies in the file', async () => {
    const texts = fc.array(fragment, { maxLength: 40 }).map((parts) => dollars(parts.join('')));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        for (const item of await collect({ Dockerfile: text })) {
          if (isGap(item)) continue;
          expectInside(item.at, text);
          if (item.kind === 'image-reference') expectInside(item.usedAt, text);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
