import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/domain/evidence.ts';
import type { Gap } from '../../../src/domain/gap.ts';
import { buildSource } from '../../../src/sources/dockerfile/build-source.ts';
import { isGap } from '../../../src/sources/workspace/file-tree.ts';
import { memoryTree } from '../../helpers/memory-tree.ts';
import { modelContext } from '../../helpers/model-example.ts';
import { expectInside } from '../../helpers/position.ts';
import { filler } from '../secret/detector-samples.ts';

type Kind = 'context-copy' | 'build-variable' | 'ignore-file' | 'dotenv-file';
type Files = Readonly<Record<string, string>>;

async function collect(files: Files): Promise<readonly (Evidence<Kind> | Gap)[]> {
  const items: (Evidence<Kind> | Gap)[] = [];
  for await (const item of buildSource.collect(modelContext(memoryTree(files)))) items.push(item);
  return items;
}

async function find<K extends Kind>(kind: K, files: Files): Promise<readonly Evidence<K>[]> {
  const isKind = (item: Evidence<Kind> | Gap): item is Evidence<K> => !isGap(item) && item.kind === kind;
  return (await collect(files)).filter(isKind);
}

const dollars = (text: string) => text.replaceAll('§', '$');

/** `line source -> target`, with ` (build stage)` where it is no part of the image. */
async function copiesOf(text: string): Promise<readonly string[]> {
  const copies = await find('context-copy', { Dockerfile: dollars(text) });
  return copies.map(({ at, source, target, isFinal }) => {
    return `${at.line} ${source === '' ? '.' : source} -> ${target}${isFinal ? '' : ' (build stage)'}`;
  });
}

describe('what is copied of the context', () => {
  it.each<[string, string, readonly string[]]>([
    ['all of it', 'FROM a\nWORKDIR /app\nCOPY . .', ['3 . -> /app']],
    ['by other names', 'FROM a\nADD ./ /srv\nCOPY / x/', ['2 . -> /srv', '3 . -> /x']],
    ['folders and files', 'FROM a\nCOPY a/ b/.env /app/', ['2 a -> /app', '2 b/.env -> /app']],
    ['the exec form', 'FROM a\nCOPY ["a b", "./"]', ['2 a b -> /']],
    ['patterns', 'FROM a\nCOPY *.env* /app/', ['2 *.env* -> /app']],
    ['variables', 'FROM a\nARG D=src\nCOPY §D /§{D}/', ['3 src -> /src']],
    ['an unknown target', 'FROM a\nARG D\nCOPY . §D', ['3 . -> null']],
    ['an unknown source', 'FROM a\nARG D\nCOPY §D .', []],
    [
      'no other stage, no URL, no heredoc',
      'FROM a\nCOPY --from=b / /\nADD https://x.example/a /\nCOPY <<E /f\n.\nE',
      [],
    ],
    ['not what is for another build', 'FROM a\nONBUILD COPY . .', []],
    [
      'stages',
      'FROM a AS one\nCOPY 1 /\nFROM a AS two\nCOPY 2 /\nFROM two\nCOPY 3 /',
      ['2 1 -> / (build stage)', '4 2 -> /', '6 3 -> /'],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await copiesOf(text)).toEqual(expected);
  });

  it('keeps what --exclude leaves out', async () => {
    const [copy] = await find('context-copy', { Dockerfile: 'FROM a\nCOPY --exclude=.env --exclude=!b . .' });
    expect(copy?.excludes).toEqual([
      { text: '.env', isNegated: false },
      { text: 'b', isNegated: true },
    ]);
  });

  it.each<[string, Files, string]>([
    ['its own folder', { 'api/Dockerfile': 'FROM a\nCOPY . .', 'api/src/a.py': '' }, 'api'],
    ['where what it names lies', { 'docker/Dockerfile': 'FROM a\nCOPY src .\nCOPY . .', 'src/a.py': '' }, ''],
    ['its own on a tie', { 'a/Dockerfile': 'FROM a\nCOPY src .', 'src/a': '', 'a/src/a': '' }, 'a'],
    [
      'the root when its folder is for Dockerfiles alone',
      { 'docker/Dockerfile': 'FROM a\nCOPY . .', 'package.json': '{}' },
      '',
    ],
    ['its own when it holds a program', { 'build/Dockerfile': 'FROM a\nCOPY . .', 'build/src/a.py': '' }, 'build'],
    ['its own when nothing else lies there', { 'api/Dockerfile': 'FROM a\nCOPY . .', 'package.json': '{}' }, 'api'],
    ['the root', { Dockerfile: 'FROM a\nCOPY . .' }, ''],
  ])('the context is %s', async (_, files, folder) => {
    const copies = await find('context-copy', files);
    expect(new Set(copies.map((copy) => copy.likelyFolder))).toEqual(new Set([folder]));
  });
});

/** `line:column-endColumn keyword name proof`, and where it is used. */
async function variablesOf(text: string): Promise<readonly string[]> {
  const found = await find('build-variable', { Dockerfile: dollars(text) });
  return found.map(({ at, keyword, name, proof, usedAt, isFinal }) => {
    const use = usedAt === null ? '' : ` used on ${usedAt.line}`;
    return `${at.line}:${at.column}-${at.endColumn} ${keyword} ${name} ${proof}${use}${isFinal ? '' : ' (build stage)'}`;
  });
}

const key = ['gsk', filler(52)].join('_');

describe('credentials in ARG and ENV', () => {
  it.each<[string, string, readonly string[]]>([
    ['by name', 'FROM a\nARG API_TOKEN=q8Zr-real', ['2:5-24 ARG API_TOKEN name']],
    ['the old form of ENV', 'FROM a\nENV DB_PASSWORD q8Zr real', ['2:5-26 ENV DB_PASSWORD name']],
    ['several in one', 'FROM a\nENV A=1 B_TOKEN="q8 Zr" C=2', ['2:9-24 ENV B_TOKEN name']],
    [
      'before the first FROM',
      'ARG API_TOKEN=q8Zr-real\nFROM a\nARG API_TOKEN\nRUN x §API_TOKEN',
      ['1:5-24 ARG API_TOKEN name'],
    ],
    ['the password of a URL', `FROM a\nENV URL=redis://u:${'q8Zr-real'}@c/0`, ['2:5-32 ENV URL name']],
    ['by format', `FROM a\nENV ANY=${key}`, [`2:5-${9 + key.length} ENV ANY vendor`]],
    [
      'what an ARG gives is told there',
      'FROM a\nARG A_TOKEN=q8Zr-real\nENV A_TOKEN=§A_TOKEN',
      ['2:5-22 ARG A_TOKEN name'],
    ],
    [
      'placeholders, empty and harmless',
      'FROM a\nENV A_TOKEN=changeme B_KEY= KEY_FILE=/k MAX_TOKENS=5 A_SECRET=§{X}',
      [],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await variablesOf(text)).toEqual(expected);
  });

  it.each<[string, string, readonly string[]]>([
    ['by a RUN', 'FROM a\nARG A_TOKEN\nRUN x "§{A_TOKEN}"', ['2:1-12 ARG A_TOKEN name used on 3']],
    ['in a heredoc', 'FROM a\nARG A_TOKEN\nRUN <<E\nx §A_TOKEN\nE', ['2:1-12 ARG A_TOKEN name used on 3']],
    ['by ENV', 'FROM a\nARG A_TOKEN\nENV B=§A_TOKEN', ['2:1-12 ARG A_TOKEN name used on 3']],
    ['with an empty default', 'FROM a\nARG A_TOKEN=\nRUN x §A_TOKEN', ['2:5-13 ARG A_TOKEN name used on 3']],
    [
      'in a stage built on it',
      'FROM a AS b\nARG A_TOKEN\nFROM b\nRUN x §A_TOKEN',
      ['2:1-12 ARG A_TOKEN name used on 4'],
    ],
    [
      'in a stage that is not shipped',
      'FROM a\nARG A_TOKEN\nRUN x §A_TOKEN\nFROM c',
      ['2:1-12 ARG A_TOKEN name used on 3 (build stage)'],
    ],
    ['by nothing', 'FROM a\nARG A_TOKEN\nRUN x', []],
    ['under a longer name', 'FROM a\nARG A_TOKEN\nRUN x §A_TOKEN_FILE', []],
    ['before it is there', 'FROM a\nRUN x §A_TOKEN\nARG A_TOKEN', []],
    ['in another stage', 'FROM a\nARG A_TOKEN\nFROM b\nRUN x §A_TOKEN', []],
    ['but a secret is mounted as it', 'FROM a\nARG A_TOKEN\nRUN --mount=type=secret,id=a,env=A_TOKEN x §A_TOKEN', []],
    [
      'but read from a mounted secret',
      'FROM a\nARG A_TOKEN\nRUN --mount=type=secret,id=a A_TOKEN=§(cat /run/secrets/a) && x §A_TOKEN',
      [],
    ],
    ["but by no credential's name", 'FROM a\nARG VERSION\nRUN x §VERSION', []],
  ])('without a value, used %s', async (_, text, expected) => {
    expect(await variablesOf(text)).toEqual(expected);
  });

  it('no value is in the evidence', async () => {
    const items = await collect({
      Dockerfile: `FROM a\nENV X_TOKEN=q8Zr-real-value K=${key}`,
      '.env': 'A_KEY=q8Zr-real-value',
    });
    const told = JSON.stringify(items.filter((item) => isGap(item) || item.kind !== 'context-copy'));
    expect(told).not.toContain('q8Zr');
    expect(told).not.toContain(key);
  });
});

describe('dotenv files', () => {
  it('are read by their keys', async () => {
    const files = {
      '.env': 'A=changeme\nB_KEY=q8Zr-real\n',
      'a/prod.env': 'C=\n',
      '.env.example': 'D=x1\n',
      'b/.env': '',
    };
    expect(await find('dotenv-file', files)).toEqual([
      {
        kind: 'dotenv-file',
        path: '.env',
        isTracked: true,
        dotenv: { realKeys: ['B_KEY'], placeholderKeys: ['A'], emptyKeys: [], isComplete: true },
      },
      expect.objectContaining({ path: 'a/prod.env' }),
    ]);
  });

  it('beyond the limit are a gap', async () => {
    const files = Object.fromEntries(Array.from({ length: 203 }, (_, index) => [`${1000 + index}/.env`, 'A=b1\n']));
    const items = await collect(files);
    expect(items.filter((item) => !isGap(item))).toHaveLength(200);
    expect(items.filter(isGap).map((gap) => gap.reason)).toEqual([
      '3 more dotenv files than the 200 that are read lie in the checked folder',
    ]);
  });
});

it('examines ignore files and dotenv files that hold something', () => {
  const examines = (path: string, size = 1, isTracked = true) => buildSource.examines({ path, size, isTracked });
  expect(
    ['.dockerignore', 'a/Dockerfile.dockerignore', '.env', 'a/.env.local'].filter((path) => !examines(path)),
  ).toEqual([]);
  expect(examines('.env', 1, false)).toBe(true);
  expect(['Dockerfile', '.env.example', 'a.ts', '.gitignore'].filter((path) => examines(path))).toEqual([]);
  expect(examines('.env', 0)).toBe(false);
});

const line = fc.constantFrom(
  ...[
    'FROM a AS b',
    'FROM b',
    'ARG A_TOKEN',
    'ENV A_TOKEN=§A_TOKEN B="x',
    'COPY --exclude=* . .',
    'COPY ["a"',
    'RUN x §A_TOKEN',
  ],
  ...['ADD * /a', 'ARG A_KEY=q8Zr-real \\', '# c', 'COPY . §X', 'WORKDIR a', 'RUN <<E', 'E', 'ARG', 'ENV', 'COPY', ''],
);

it('never throws, and every place lies in the file', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
      const text = dollars(lines.join('\n'));
      const items = await collect({ Dockerfile: text });
      for (const item of items) if ('at' in item) expectInside(item.at, text);
    }),
  );
});
