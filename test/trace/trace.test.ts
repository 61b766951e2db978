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
