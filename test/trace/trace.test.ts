import { describe, expect, it } from 'vitest';
import { type Causes, causeOf } from '../../src/domain/cause.ts';
import type { Evidence, ImageSettingEvidence } from '../../src/domain/evidence.ts';
import type { Image } from '../../src/domain/image.ts';
import type { ImagePart } from '../../src/domain/location.ts';
import { gatherFiles } from '../../src/gather.ts';
import { type NamedDockerfile, trace } from '../../src/trace/trace.ts';
import { hostOn, requestFor } from '../helpers/check-example.ts';
import { memoryTree } from '../helpers/memory-tree.ts';

/** `-` before a step: it made no layer. */
function imageOf(steps: readonly string[], change: Partial<Image> = {}): Image {
  const history = steps.map((text) => ({ createdBy: text.replace(/^- /, ''), isEmptyLayer: text.startsWith('- ') }));
  const made = history.flatMap((entry, index) => (entry.isEmptyLayer ? [] : [index]));
  return {
    label: 'app.tar',
    tags: [],
    configDigest: 'sha256:0',
    platform: { os: 'linux', architecture: 'amd64', variant: '' },
    layers: made.map((historyIndex, index) => ({ index, diffId: `sha256:${index}`, digest: null, historyIndex })),
    history,
    user: '',
    environment: [],
    labels: {},
    ...change,
  };
}

async function dockerfilesOf(files: Readonly<Record<string, string>>): Promise<readonly Evidence[]> {
  const { evidence } = await gatherFiles(requestFor('/'), memoryTree(files), hostOn());
  return evidence.filter((item) => item.kind === 'dockerfile');
}

function layerLines(image: Image, causes: Causes): readonly string[] {
  return image.layers.map(({ index, diffId }) => {
    const cause = causeOf(
      { kind: 'layer', image: image.label, layer: index, diffId, path: 'x', state: 'present' },
      causes,
    );
    return cause === null ? 'none' : `${cause.path}:${cause.line} ${cause.confidence}`;
  });
}

/** `path:line confidence` for each layer, base first. */
async function linesOf(
  files: Readonly<Record<string, string>>,
  steps: readonly string[],
  named: readonly NamedDockerfile[] = [],
) {
  const image = imageOf(steps);
  const { causes, pairings } = trace([...(await dockerfilesOf(files)), { kind: 'image', image }], named);
  return { lines: layerLines(image, causes), pairing: pairings[0] };
}

const plain = {
  Dockerfile: [
    'FROM node:22-alpine3.21',
    'WORKDIR /app',
    'ENV MODE=production',
    'COPY package.json package-lock.json ./',
    'RUN npm ci --omit=dev',
    'COPY . .',
    'RUN rm -f .env \\',
    '  && mkdir -p /app/data',
    'USER 1000',
    'CMD ["node", "server.js"]',
    '',
  ].join('\n'),
};
const base = [
  'ADD alpine-minirootfs.tar.gz / # buildkit',
  '- CMD ["/bin/sh"]',
  'RUN /bin/sh -c addgroup node # buildkit',
  '- CMD ["node"]',
];
const hash = `dir:${'ab'.repeat(32)}`;
const expected = [
  'Dockerfile:1 high',
  'Dockerfile:1 high',
  'Dockerfile:2 high',
  'Dockerfile:4 high',
  'Dockerfile:5 high',
  'Dockerfile:6 high',
  'Dockerfile:7 high',
];

describe('a layer of several instructions', () => {
  const dockerfile = [
    'FROM node:22-alpine3.21 AS build',
    'RUN npm ci',
    'FROM node:22-alpine3.21',
    'WORKDIR /app',
    'COPY package.json ./',
    'COPY . .',
    'RUN npm ci && rm .env.old',
    'RUN mkdir -p /root \\',
    '  && echo login > ~/.npmrc',
    'ADD b.pem c.pem /data/',
    'COPY --from=build /src/dist ./dist/',
    'COPY ["deploy/id", "/etc/id_rsa"]',
    'USER 1000',
    'CMD ["node"]',
  ].join('\n');
  const nop = '/bin/sh -c #(nop)';
  /** As buildah 1.28 writes it without `--layers`. */
  const steps = [
    'ADD alpine-minirootfs.tar.gz / # buildkit',
    `- ${nop} WORKDIR /app`,
    `- ${nop} COPY file:${'ab'.repeat(32)} in ./ `,
    `- ${nop} COPY dir:${'ab'.repeat(32)} in . `,
    '- /bin/sh -c npm ci && rm .env.old',
    '- /bin/sh -c mkdir -p /root   && echo login > ~/.npmrc',
    `- ${nop} ADD multi:${'cd'.repeat(32)} in /data/ `,
    `- ${nop} COPY dir:${'ef'.repeat(32)} in ./dist/ `,
    `- ${nop} COPY file:${'ef'.repeat(32)} in /etc/id_rsa `,
    `- ${nop} USER 1000`,
    `${nop} CMD ["node"]`,
  ];

  async function causesOf(paths: readonly string[], text: string, history: readonly string[]) {
    const image = imageOf(history);
    const { evidence } = await gatherFiles(requestFor('/'), memoryTree({ Dockerfile: text }), hostOn());
    const layer = image.layers.length - 1;
    const at = (path: string) =>
      ({ kind: 'layer', image: image.label, layer, diffId: `sha256:${layer}`, path, state: 'present' }) as const;
    const rest = { kind: 'layer-entry', hiddenInLayer: null, size: 1, dotenv: null, sha256: null } as const;
    const entries = paths.map((path): Evidence => ({ ...rest, at: at(path) }));
    const { causes } = trace([...evidence, ...entries, { kind: 'image', image }], []);
    return paths.map((path) => causeOf(at(path), causes));
  }

  it.each([
    ['app/.env', 6, 'what copies its folder'],
    ['app/deploy/key.pem', 6, 'what copies its folder'],
    ['app/package.json', 6, 'the last that copies it'],
    ['root/.npmrc', 8, 'what names the path'],
    ['data/b.pem', 10, 'what copies it into a folder'],
    ['app/dist/server.js', 11, 'what copies a folder of another stage'],
    ['etc/id_rsa', 12, 'what copies it to this name'],
  ])('%s is blamed on line %i: %s', async (path, line) => {
    const [cause] = await causesOf([path], dockerfile, steps);
    expect(cause).toMatchObject({ line, confidence: 'medium' });
    expect(cause).not.toHaveProperty('isRange');
  });

  it('is told with the lines of all where none of them can be blamed', async () => {
    const causes = await causesOf(['opt/x/token', 'var/other.pem'], dockerfile, steps);
    const range = { line: 5, endLine: 12, instruction: 'lines 5 to 12', confidence: 'low', isRange: true };
    expect(causes).toMatchObject([range, range]);
  });

  it.each([
    [
      'one that writes, and settings after it',
      'FROM a:1\nCOPY . .\nCMD ["x"]',
      [`- ${nop} COPY dir:${'ab'.repeat(32)} in . `, `${nop} CMD ["x"]`],
      2,
    ],
    [
      'a step of BuildKit without a layer',
      'FROM a:1\nRUN npm test\nRUN make all',
      ['- RUN /bin/sh -c npm test # buildkit', 'RUN /bin/sh -c make all # buildkit'],
      3,
    ],
  ])('is none with %s', async (_, text, history, line) => {
    const [cause] = await causesOf(['opt/x'], text, ['ADD rootfs.tar / # buildkit', ...history]);
    expect(cause).toMatchObject({ line, confidence: 'high' });
  });

  it('is one of a squashed image too, whose last step is no instruction', async () => {
    const [cause] = await causesOf(['root/.npmrc'], dockerfile, [
      ...steps.map((step) => step.replace(/^(?:- )?\/bin/, '- /bin')),
      '',
    ]);
    expect(cause).toMatchObject({ line: 8 });
  });
});

describe('one stage', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    [
      'BuildKit',
      [
        ...base,
        'WORKDIR /app',
        '- ENV MODE=production',
        'COPY package.json package-lock.json ./ # buildkit',
        'RUN /bin/sh -c npm ci --omit=dev # buildkit',
        'COPY . . # buildkit',
        'RUN /bin/sh -c rm -f .env   && mkdir -p /app/data # buildkit',
        '- USER 1000',
        '- CMD ["node" "server.js"]',
      ],
      expected,
    ],
    [
      'classic builder',
      [
        ...base,
        '/bin/sh -c #(nop) WORKDIR /app',
        '- /bin/sh -c #(nop)  ENV MODE=production',
        `/bin/sh -c #(nop) COPY multi:${'cd'.repeat(32)} in ./ `,
        '/bin/sh -c npm ci --omit=dev',
        `/bin/sh -c #(nop) COPY ${hash} in . `,
        '/bin/sh -c rm -f .env   && mkdir -p /app/data',
        '- /bin/sh -c #(nop)  USER 1000',
        '- /bin/sh -c #(nop)  CMD ["node" "server.js"]',
      ],
      expected,
    ],
    [
      'buildah, a layer per step',
      [
        ...base,
        '/bin/sh -c #(nop) WORKDIR /app',
        '/bin/sh -c #(nop) ENV MODE=production',
        `/bin/sh -c #(nop) COPY multi:${'cd'.repeat(32)} in ./ `,
        '/bin/sh -c npm ci --omit=dev',
        `/bin/sh -c #(nop) COPY ${hash} in . `,
        '/bin/sh -c rm -f .env   && mkdir -p /app/data',
        '/bin/sh -c #(nop) USER 1000',
      ],
      [
        'Dockerfile:1 high',
        'Dockerfile:1 high',
        'Dockerfile:2 high',
        'Dockerfile:3 high',
        'Dockerfile:4 high',
        'Dockerfile:5 high',
        'Dockerfile:6 high',
        'Dockerfile:7 high',
        'Dockerfile:9 high',
      ],
    ],
  ])('%s', async (_, steps, lines) => {
    const found = await linesOf(plain, steps);
    const sure = (list: readonly string[]) => list.map((line) => line.split(' ')[0]);
    expect(sure(found.lines)).toEqual(sure(lines));
    expect(found.lines.every((line) => line.endsWith('high') || line.endsWith('medium'))).toBe(true);
    expect(found.pairing?.dockerfile).toBe('Dockerfile');
  });

  it('the same command twice: the later step belongs to the later line', async () => {
    const files = { Dockerfile: 'FROM a:1\nRUN make\nCOPY . .\nRUN make\n' };
    const steps = [
      'ADD x /',
      'RUN /bin/sh -c make # buildkit',
      'COPY . . # buildkit',
      'RUN /bin/sh -c make # buildkit',
    ];
    expect((await linesOf(files, steps)).lines).toEqual([
      'Dockerfile:1 high',
      'Dockerfile:2 high',
      'Dockerfile:3 high',
      'Dockerfile:4 high',
    ]);
  });

  it('a base that ran the same commands as the Dockerfile does', async () => {
    const files = { Dockerfile: 'FROM a:1\nRUN apt-get update\nCOPY . .\n' };
    const steps = [
      'ADD x /',
      'RUN /bin/sh -c apt-get update # buildkit',
      'RUN /bin/sh -c apt-get update # buildkit',
      'COPY . . # buildkit',
    ];
    expect((await linesOf(files, steps)).lines).toEqual([
      'Dockerfile:1 high',
      'Dockerfile:1 high',
      'Dockerfile:2 high',
      'Dockerfile:3 high',
    ]);
  });

  it('variables that the history has expanded', async () => {
    const files = { Dockerfile: `FROM a:1\nARG VERSION=1\nRUN fetch --version $\{VERSION} --to /opt/tool\nCOPY . .\n` };
    const steps = [
      'ADD x /',
      '- ARG VERSION=1',
      'RUN |1 VERSION=1 /bin/sh -c fetch --version 1 --to /opt/tool # buildkit',
      'COPY . . # buildkit',
    ];
    expect((await linesOf(files, steps)).lines.map((line) => line.split(' ')[0])).toEqual([
      'Dockerfile:1',
      'Dockerfile:3',
      'Dockerfile:4',
    ]);
  });

  it('a heredoc', async () => {
    const files = { Dockerfile: 'FROM a:1\nRUN <<EOF\nset -e\napt-get update\nEOF\nCOPY . .\n' };
    const steps = ['ADD x /', 'RUN /bin/sh -c set -e\napt-get update\n # buildkit', 'COPY . . # buildkit'];
    expect((await linesOf(files, steps)).lines.map((line) => line.split(' ')[0])).toEqual([
      'Dockerfile:1',
      'Dockerfile:2',
      'Dockerfile:6',
    ]);
  });
});

describe('several stages', () => {
  const files = {
    Dockerfile: [
      'FROM golang:1.23 AS build',
      'WORKDIR /src',
      'COPY . .',
      'RUN go build -o /out/app',
      '',
      'FROM build AS test',
      'RUN go test ./...',
      '',
      'FROM debian:12.8-slim',
      'RUN apt-get update',
      'COPY --from=build /out/app /usr/bin/app',
      'CMD ["app"]',
      '',
    ].join('\n'),
  };

  it('the last stage: what the others did is not in its history', async () => {
    const steps = [
      'ADD rootfs.tar /',
      'RUN /bin/sh -c apt-get update # buildkit',
      'COPY /out/app /usr/bin/app # buildkit',
      '- CMD ["app"]',
    ];
    expect((await linesOf(files, steps)).lines).toEqual([
      'Dockerfile:9 high',
      'Dockerfile:10 high',
      'Dockerfile:11 high',
    ]);
  });

  it('--target of a stage that builds on another', async () => {
    const steps = [
      'ADD rootfs.tar /',
      'WORKDIR /src',
      'COPY . . # buildkit',
      'RUN /bin/sh -c go build -o /out/app # buildkit',
      'RUN /bin/sh -c go test ./... # buildkit',
    ];
    expect((await linesOf(files, steps)).lines).toEqual([
      'Dockerfile:1 high',
      'Dockerfile:2 high',
      'Dockerfile:3 high',
      'Dockerfile:4 high',
      'Dockerfile:7 high',
    ]);
  });

  it('--target of the first', async () => {
    const steps = [
      'ADD rootfs.tar /',
      'WORKDIR /src',
      'COPY . . # buildkit',
      'RUN /bin/sh -c go build -o /out/app # buildkit',
    ];
    expect((await linesOf(files, steps)).lines).toEqual([
      'Dockerfile:1 high',
      'Dockerfile:2 high',
      'Dockerfile:3 high',
      'Dockerfile:4 high',
    ]);
  });
});

describe('which Dockerfile', () => {
  const other =
    'FROM python:3.12.8\nWORKDIR /srv\nRUN pip install --no-cache-dir gunicorn\nCOPY app.py /srv/\nCMD ["gunicorn"]\n';
  const steps = [
    ...base,
    'WORKDIR /srv',
    'RUN /bin/sh -c pip install --no-cache-dir gunicorn # buildkit',
    'COPY app.py /srv/ # buildkit',
    '- CMD ["gunicorn"]',
  ];

  it('of several, the one whose commands are in the history', async () => {
    const found = await linesOf({ ...plain, 'worker/Dockerfile': other }, steps);
    expect(found.lines.slice(2)).toEqual([
      'worker/Dockerfile:2 high',
      'worker/Dockerfile:3 high',
      'worker/Dockerfile:4 high',
    ]);
    expect(found.pairing).toMatchObject({
      dockerfile: 'worker/Dockerfile',
      pairing: '4 of 4 instructions found in its history',
    });
  });

  it('one that has nothing to do with the image is not taken', async () => {
    const unrelated = {
      Dockerfile:
        'FROM rust:1.83\nRUN cargo install ripgrep\nRUN cargo build --release\nEXPOSE 8080\nENTRYPOINT ["rg"]\n',
    };
    const found = await linesOf(unrelated, steps);
    expect(found.lines).toEqual(['none', 'none', 'none', 'none', 'none']);
    expect(found.pairing).toMatchObject({ dockerfile: null, pairing: 'no Dockerfile here matches its history' });
  });

  it('one the user named is, however little alike', async () => {
    const files = { Dockerfile: other, 'other/Dockerfile': 'FROM a:1\nRUN something-else\n' };
    const found = await linesOf(files, steps, [{ path: 'other/Dockerfile', image: 'app.tar' }]);
    expect(found.pairing?.dockerfile).toBe('other/Dockerfile');
    expect(new Set(found.lines)).toEqual(new Set(['other/Dockerfile:1 low']));
  });

  it('one named for another image does not count', async () => {
    const found = await linesOf({ Dockerfile: other }, steps, [{ path: 'elsewhere', image: 'other.tar' }]);
    expect(found.pairing?.dockerfile).toBe('Dockerfile');
  });

  it('none: no line, and the image says so', async () => {
    expect((await linesOf({ 'README.md': '' }, steps)).lines).toEqual(['none', 'none', 'none', 'none', 'none']);
  });

  it('an image without a history, or with one that does not fit its layers, has no lines', async () => {
    const image = imageOf(steps);
    const layers = image.layers.map((layer) => ({ ...layer, historyIndex: null }));
    const { causes } = trace(
      [...(await dockerfilesOf({ Dockerfile: other })), { kind: 'image', image: { ...image, layers } }],
      [],
    );
    expect(layerLines(image, causes)).toEqual(['none', 'none', 'none', 'none', 'none']);
  });
});

describe('settings, user and packages', () => {
  const files = {
    Dockerfile: [
      'ARG REGISTRY_TOKEN',
      'FROM node:22-alpine3.21 AS build',
      'ARG NPM_TOKEN',
      'RUN ./fetch.sh',
      '',
      'FROM node:22-alpine3.21',
      'ARG API_KEY=x',
      'ENV A=1 CHAT_API_KEY=secret',
      'LABEL "com.example.token"="x"',
      'USER 1000',
      'COPY . .',
      'USER node',
      'ENTRYPOINT ["node"]',
      'CMD ["server.js"]',
      '',
    ].join('\n'),
  };
  const steps = [
    'ADD x /',
    '- ARG API_KEY=x',
    '- ENV A=1 CHAT_API_KEY=secret',
    '- LABEL com.example.token=x',
    '- USER 1000',
    'COPY . . # buildkit',
    '- USER node',
    '- ENTRYPOINT ["node"]',
    '- CMD ["server.js"]',
  ];

  function setting(part: ImagePart, name: string, historyIndex: number | null = null): ImageSettingEvidence {
    return {
      kind: 'image-setting',
      image: 'app.tar',
      part,
      name,
      proof: 'name',
      vendor: null,
      revokeUrl: null,
      identity: 'x',
      historyIndex,
    };
  }

  it.each<[ImagePart, string, number | null, number | null]>([
    ['env', 'CHAT_API_KEY', 2, 8],
    ['env', 'API_KEY', 1, 7],
    ['env', 'OTHER_KEY', null, null],
    ['env', 'OTHER_KEY', 5, 11],
    ['label', 'com.example.token', 3, 9],
    ['entrypoint', 'command', null, 14],
    ['history', 'API_KEY', 1, 7],
    ['provenance', 'NPM_TOKEN', null, 3],
    ['provenance', 'REGISTRY_TOKEN', null, 1],
    ['provenance', 'OTHER_TOKEN', null, null],
  ])('%s %s of step %j is line %j', async (part, name, historyIndex, line) => {
    const evidence = [setting(part, name, historyIndex), { kind: 'image' as const, image: imageOf(steps) }];
    const { causes } = trace([...(await dockerfilesOf(files)), ...evidence], []);
    expect(causeOf({ kind: 'image', image: 'app.tar', part, name }, causes)?.line ?? null).toBe(line);
  });

  it.each([
    ['the last USER', files, 'node', 12],
    ['the base where there is none', { Dockerfile: 'FROM a:1\nCOPY . .\n' }, '', 1],
  ])('the user: %s', async (_, tree, user, line) => {
    const { causes } = trace([...(await dockerfilesOf(tree)), { kind: 'image', image: imageOf(steps, { user }) }], []);
    expect(causeOf({ kind: 'image', image: 'app.tar', part: 'user', name: user }, causes)?.line).toBe(line);
  });

  it.each([
    ['of a layer that the Dockerfile made', 'sha256:1', 11],
    ['of the base', 'sha256:0', 6],
    ['of no known layer', 'sha256:9', null],
    ['that says no layer', null, null],
  ])('a package %s', async (_, diffId, line) => {
    const { causes } = trace([...(await dockerfilesOf(files)), { kind: 'image', image: imageOf(steps) }], []);
    expect(causeOf({ kind: 'package', image: 'app.tar', purl: 'pkg:npm/pg', diffId }, causes)?.line ?? null).toBe(line);
  });

  it('names with the signs of patterns are names', async () => {
    const evidence = [setting('env', '(a+)+$'), { kind: 'image' as const, image: imageOf(steps) }];
    expect(() => trace([...evidence], [])).not.toThrow();
    expect(trace([...(await dockerfilesOf(files)), ...evidence], []).causes.settings.has('app.tar\0env\0(a+)+$')).toBe(
      false,
    );
  });
});

it('a history and a Dockerfile of thousands of steps take no long time', async () => {
  const lines = Array.from({ length: 3000 }, (_, index) => `RUN step ${index}`);
  const files = { Dockerfile: ['FROM a:1', ...lines, ''].join('\n') };
  const start = performance.now();
  const { pairing } = await linesOf(files, lines);
  expect(pairing?.layers).toBe(3000);
  expect(performance.now() - start).toBeLessThan(20_000);
});
