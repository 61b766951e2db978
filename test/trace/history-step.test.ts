import { describe, expect, it } from 'vitest';
import { parseHistoryStep, similarity } from '../../src/domain/history-step.ts';

describe('a history entry, as the Dockerfile has it', () => {
  it.each([
    ['BuildKit', 'RUN /bin/sh -c npm ci # buildkit', 'RUN', 'npm ci'],
    ['BuildKit, build arguments', 'RUN |2 A=1 B=x/y /bin/sh -c npm ci # buildkit', 'RUN', 'npm ci'],
    ['BuildKit, another shell', 'RUN /bin/bash -o pipefail -c npm ci # buildkit', 'RUN', 'npm ci'],
    ['BuildKit, a shell with options', 'RUN /bin/bash -ec npm ci # buildkit', 'RUN', 'npm ci'],
    ['BuildKit, exec form', 'RUN npm ci # buildkit', 'RUN', 'npm ci'],
    ['BuildKit, COPY', 'COPY . . # buildkit', 'COPY', '. .'],
    ['BuildKit, ENV', 'ENV A=1 B=2', 'ENV', 'A=1 B=2'],
    ['BuildKit, CMD', 'CMD ["node" "src/server.js"]', 'CMD', '["node" "src/server.js"]'],
    ['classic builder, RUN', '/bin/sh -c npm ci', 'RUN', 'npm ci'],
    ['classic builder, build arguments', '|1 A=1 /bin/sh -c npm ci', 'RUN', 'npm ci'],
    [
      'classic builder, COPY',
      `/bin/sh -c #(nop) COPY dir:${'ab'.repeat(32)} in /app `,
      'COPY',
      `dir:${'ab'.repeat(32)} in /app`,
    ],
    ['classic builder, ENV', '/bin/sh -c #(nop)  ENV A=1', 'ENV', 'A=1'],
    ['buildah, USER', '/bin/sh -c #(nop) USER 1000', 'USER', '1000'],
    ['a base made elsewhere', 'ADD rootfs.tar / # buildkit', 'ADD', 'rootfs.tar /'],
    ['nothing', '', '', ''],
    ['a nop of no known keyword', '/bin/sh -c #(nop) frobnicate', '', 'frobnicate'],
    ['a keyword that only begins like one', 'RUNNER x', 'RUN', 'RUNNER x'],
  ])('%s', (_, createdBy, keyword, text) => {
    expect(parseHistoryStep(createdBy)).toEqual({ keyword, text });
  });

  it('hostile text takes no long time', () => {
    const start = performance.now();
    for (const text of [
      '|1 '.repeat(30_000),
      `|1 ${'A=1 '.repeat(30_000)}`,
      `/bin/sh ${'-a '.repeat(30_000)}`,
      ' '.repeat(100_000),
      `/bin/sh -c #(nop)${' '.repeat(100_000)}`,
    ])
      parseHistoryStep(text);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

it.each([
  ['npm ci --omit=dev', 'npm ci --omit=dev', 1],
  ['npm ci', 'npm  ci', 1],
  ['. .', '. .', 1],
  ['["node", "a.js"]', '["node" "a.js"]', 1],
  ['', '', 1],
  ['npm ci', '', 0],
  ['npm ci', 'apt update', 0],
  ['a b c d', 'a b c x', 0.75],
  [`dir:${'ab'.repeat(32)} in /app`, '. /app', 0.5],
])('%j is like %j: %d', (a, b, expected) => {
  expect(similarity(a, b)).toBe(expected);
  expect(similarity(b, a)).toBe(expected);
});
