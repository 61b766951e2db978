import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNewerTags, seriesOf } from '../../src/domain/newer-tag.ts';
import { type ImageReference, parseReference } from '../../src/domain/reference.ts';
import { readTagShape, staysTheSame } from '../../src/domain/tag-shape.ts';

function referenceOf(text: string): ImageReference {
  const reference = parseReference(text);
  if (reference === null) throw new Error(`${text} is no reference`);
  return reference;
}

const words = (text: string) => text.trim().split(/\s+/);

/** What registries had or could have, as they name it. */
const debian = words(`10 10.13 10.13-slim 11 11.11 11.11-slim 12 12-slim 12.5 12.5-slim 12.9 12.9-slim 12.11 12.11-slim
  13 13.1 13.1-slim bookworm bookworm-slim bookworm-20240612 bookworm-20240612-slim bookworm-20250630-slim
  bookworm-20250630 bookworm-backports buster-slim bullseye-slim trixie trixie-slim trixie-20250630-slim forky forky-slim
  experimental latest sid-slim stable testing rc-buggy unstable-20250630-slim`);
const python = words(`3 3-slim 3.11.9-slim-bookworm 3.12 3.12.3 3.12.3-slim 3.12.3-slim-bookworm 3.12.3-slim-bullseye
  3.12.11-slim-bookworm 3.12.11-bookworm 3.12.12-slim-trixie 3.12.4-slim 3.12.11-slim 3.13.5-slim-bookworm 3.13.5-slim
  3.14.0rc1-slim-bookworm 3.14.0a7-slim 3.14.0b3-slim-bookworm 3.12.11-windowsservercore latest slim bookworm
  3.9-buster 3.9-bullseye 3.9-bookworm`);
const node =
  words(`22 22-alpine 22.3.0 22.3.0-alpine 22.3.0-alpine3.18 22.3.0-alpine3.19 22.3.0-alpine3.20 22.12.0-alpine
  22.12.0-alpine3.20 22.12.0-alpine3.21 22.12.0-bookworm-slim 22.12.0-slim 23.1.0-alpine3.20 current-alpine3.21
  lts-alpine3.21 20.19.0-alpine3.22 22.99.0-alpine3.18 16.20.2-buster-slim 16.20.2-bullseye-slim 16.20.2-bookworm-slim
  16.20.2-alpine3.18`);
const ubuntu = words(`18.04 20.04 22.04 24.04 24.10 25.04 25.10 latest rolling jammy jammy-20240427 jammy-20240530
  jammy-20251001 noble-20251001 noble mantic-20240530 devel`);
const cuda = words(`12.4.1-base-ubuntu22.04 12.4.1-cudnn-runtime-ubuntu22.04 12.4.1-cudnn-devel-ubuntu22.04
  12.4.2-cudnn-runtime-ubuntu22.04 12.4.3-cudnn-runtime-ubuntu20.04 12.4.3-cudnn8-runtime-ubuntu22.04
  12.6.3-cudnn-runtime-ubuntu24.04 12.4.1-cudnn-runtime-ubuntu24.04 12.6.3-cudnn-runtime-ubuntu22.04
  12.4.1-cudnn-runtime-rockylinux9`);
const vllm = words('latest nightly v0.5.0 v0.5.0.post1 v0.5.4 v0.5.5 v0.6.0 v0.6.6 v0.5.6rc1 v0.11.0 v0.11.0-x86_64');
const ollama = words('0.1.38 0.1.38-rocm 0.1.48 0.1.48-rocm 0.1.49-rc3 0.1.50-rc1-rocm 0.2.0 0.12.3 latest rocm');
const pgvector = words(
  'pg15 pg16 pg17 0.7.0-pg16 0.7.4-pg16 0.7.4-pg17 0.7.5-pg15 0.8.0-pg16 0.8.1-pg16-bookworm v0.7.0',
);
const redis =
  words(`7 7.2 7.2-alpine 7.2.4-alpine3.19 7.2.5-alpine3.20 7.2.11-alpine 7.2.11-alpine3.21 7.2.11 7.2.9-alpine3.18
  7.4.1-alpine3.20 7.4-rc2-alpine3.20 8.0-rc1-alpine 7.2.4-alpine 7.2.11-bookworm`);
const caddy =
  words(`2.7.6-alpine 2.7.6-builder-alpine 2.8.4-alpine 2.10.2-alpine 2.10.2-builder-alpine 2.11.0-beta.1-alpine
  2.10.2-windowsservercore 2-alpine alpine 2.7.6 2.10.2`);
const ubi = words(
  '9.4-1181 9.4-1214 9.4-1214.1726694543 9.5-1736404155 9.4 9.5 9.4-1181-source 9.4-1214-source latest',
);
const golang = words(`1.22.4-bullseye 1.22.12-bullseye 1.22.12-bookworm 1.23.4-bullseye 1.23rc1-bullseye 1.22-bullseye
  1.22.4-alpine3.20 1.22.12-alpine3.21 1.22.4-nanoserver`);
const minio = words(`RELEASE.2024-06-04T19-20-08Z RELEASE.2024-12-18T13-15-44Z RELEASE.2024-12-18T13-15-44Z-cpuv1
  RELEASE.2025-01-20T14-49-07Z.fips latest edge`);
const llama = words('server-cuda server-cuda-b4500 server-cuda-b5210 server-b5300 full-cuda-b5400 light');
const temurin = words(
  '21.0.3_9-jre-alpine 21.0.5_11-jre-alpine 21.0.5_11-jre 21-jre-alpine 21.0.8_9-jre-alpine 22_36-jre-alpine',
);
const alpine = words('3 3.14 3.19 3.19.1 3.19.7 3.20 3.20.6 3.22 3.22.1 edge latest 20250108');
const app = words(
  'sha-0a1b2c3 sha-9f8e7d6 git-abc1234 main-5f6a7b8 1.2.3-5f6a7b8 1.2.4-9a8b7c6 v1.2.3 v1.2.4 1.2.4 nightly-20251001',
);

const rows: readonly [string, readonly string[], string | null, string | null][] = [
  // image as in FROM, the registry's tags, the newest of its series, the next series
  ['debian:12.5', debian, '12.11', '13.1'],
  ['debian:12.5-slim', debian, '12.11-slim', '13.1-slim'],
  ['debian:12.11-slim', debian, null, '13.1-slim'],
  ['debian:10', debian, null, '13'],
  ['debian:buster-slim', debian, null, 'trixie-slim'],
  ['debian:bookworm-20240612-slim', debian, 'bookworm-20250630-slim', 'trixie-20250630-slim'],
  ['debian:bookworm-20240612', debian, 'bookworm-20250630', null],
  ['debian:trixie-slim', debian, null, null],
  ['debian', debian, null, null],
  ['debian:latest', debian, null, null],
  ['python:3.12.3', python, null, null],
  ['python:3.12.3-slim', python, '3.12.11-slim', '3.13.5-slim'],
  ['python:3.12.3-slim-bookworm', python, '3.12.11-slim-bookworm', '3.12.12-slim-trixie'],
  ['python:3.12.3-slim-bullseye', python, null, '3.12.12-slim-trixie'],
  ['python:3.14.0a7-slim', [...python, '3.14.0-slim', '3.15.0a1-slim'], '3.14.0-slim', null],
  ['python:3.9-buster', python, null, '3.9-bookworm'],
  ['node:22.3.0-alpine3.19', node, '22.12.0-alpine3.21', '23.1.0-alpine3.20'],
  ['node:22.3.0-alpine', node, '22.12.0-alpine', null],
  ['node:22.3.0', node, null, null],
  ['node:22-alpine', node, null, null],
  ['node:16.20.2-buster-slim', node, null, '16.20.2-bookworm-slim'],
  ['ubuntu:22.04', ubuntu, null, '24.04'],
  ['ubuntu:18.04', ubuntu, null, '24.04'],
  ['ubuntu:jammy-20240427', ubuntu, 'jammy-20251001', 'noble-20251001'],
  ['ubuntu:jammy', ubuntu, null, 'noble'],
  [
    'nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04',
    cuda,
    '12.4.2-cudnn-runtime-ubuntu22.04',
    '12.4.1-cudnn-runtime-ubuntu24.04',
  ],
  ['nvidia/cuda:12.4.1-base-ubuntu22.04', cuda, null, null],
  ['vllm/vllm-openai:v0.5.0', vllm, 'v0.5.5', 'v0.11.0'],
  ['vllm/vllm-openai:nightly', vllm, null, null],
  ['ollama/ollama:0.1.38', ollama, '0.1.48', '0.12.3'],
  ['ollama/ollama:0.1.38-rocm', ollama, '0.1.48-rocm', null],
  ['ollama/ollama:rocm', ollama, null, null],
  ['pgvector/pgvector:pg16', pgvector, null, null],
  ['pgvector/pgvector:0.7.0-pg16', pgvector, '0.7.4-pg16', '0.8.0-pg16'],
  ['redis:7.2.4-alpine3.19', redis, '7.2.11-alpine3.21', '7.4.1-alpine3.20'],
  ['redis:7.2.4-alpine', redis, '7.2.11-alpine', null],
  ['redis:7.2-alpine', redis, null, null],
  ['caddy:2.7.6-alpine', caddy, '2.10.2-alpine', null],
  ['caddy:2.7.6-builder-alpine', caddy, '2.10.2-builder-alpine', null],
  ['registry.access.redhat.com/ubi9:9.4-1181', ubi, '9.5-1736404155', null],
  ['registry.access.redhat.com/ubi9/ubi-minimal:9.4-1181', ubi, '9.5-1736404155', null],
  ['registry.access.redhat.com/ubi9:9.4', ubi, null, '9.5'],
  ['golang:1.22.4-bullseye', golang, '1.22.12-bullseye', '1.22.12-bookworm'],
  ['golang:1.22.4-alpine3.20', golang, '1.22.12-alpine3.21', null],
  ['minio/minio:RELEASE.2024-06-04T19-20-08Z', minio, 'RELEASE.2024-12-18T13-15-44Z', null],
  ['ghcr.io/ggml-org/llama.cpp:server-cuda-b4500', llama, 'server-cuda-b5210', null],
  ['eclipse-temurin:21.0.3_9-jre-alpine', temurin, '21.0.8_9-jre-alpine', null],
  ['alpine:3.19.1', alpine, '3.19.7', '3.22.1'],
  ['alpine:3.14', alpine, null, '3.22'],
  ['alpine:edge', alpine, null, null],
  ['postgres:16.2', words('16 16.2 16.10 16.10-alpine 17.6 18rc1 18beta2'), '16.10', '17.6'],
  [
    'nvcr.io/nvidia/pytorch:24.05-py3',
    words('24.05-py3 24.12-py3 25.01-py3 24.12-py3-igpu 24.05'),
    '24.12-py3',
    '25.01-py3',
  ],
  ['rockylinux:9.3.20231119', words('9 9.3 9.3.20231119 9.4.20240509 8.9.20231119'), '9.4.20240509', null],
  ['ghcr.io/me/app:sha-0a1b2c3', app, null, null],
  ['ghcr.io/me/app:1.2.3-5f6a7b8', app, null, null],
  ['ghcr.io/me/app:v1.2.3', app, 'v1.2.4', null],
  ['ghcr.io/me/app:1.2.3-rc.1', ['1.2.3', '1.2.3-rc.2', '1.2.4-beta'], '1.2.3', null],
];

describe('a newer tag', () => {
  it.each(rows)('of %s', (image, tags, newest, next) => {
    expect(findNewerTags(referenceOf(image), tags)).toEqual({ newest, next });
    expect(findNewerTags(referenceOf(image), [...tags].reverse())).toEqual({ newest, next });
  });

  it('is never the tag itself, and one that was advised has nothing newer', () => {
    const all = rows.flatMap(([image, tags]) => tags.map((tag) => ({ image: image.replace(/:.*$/, ''), tag, tags })));
    fc.assert(
      fc.property(fc.constantFrom(...all), ({ image, tag, tags }) => {
        const { newest } = findNewerTags(referenceOf(`${image}:${tag}`), tags);
        expect(newest).not.toBe(tag);
        if (newest !== null) expect(findNewerTags(referenceOf(`${image}:${newest}`), tags).newest).toBeNull();
      }),
    );
  });

  it('is looked for in any text without harm', () => {
    const tag = fc.stringMatching(/^\w[\w.-]{0,127}$/);
    fc.assert(
      fc.property(tag, fc.array(tag), (own, others) => {
        const reference = referenceOf(`app:${own}`);
        const { newest, next } = findNewerTags(reference, others);
        for (const found of [newest, next]) if (found !== null) expect(others).toContain(found);
        readTagShape(reference, own);
      }),
    );
  });
});

describe('the series', () => {
  it.each([
    ['debian:12.5-slim', '12'],
    ['node:22.3.0-alpine3.19', '22'],
    ['python:3.12.3-slim-bookworm', '3.12'],
    ['vllm/vllm-openai:v0.5.0', '0.5'],
    ['debian:bookworm-20240612-slim', 'bookworm'],
    ['ubuntu:22.04', '22.04'],
    ['ghcr.io/me/app:sha-0a1b2c3', null],
    ['debian', null],
  ])('of %s is %s', (image, series) => {
    expect(seriesOf(referenceOf(image))).toBe(series);
  });
});

describe('building again', () => {
  it.each([
    'debian:12.5',
    'debian:bookworm-20240612-slim',
    'node:22.3.0-alpine3.19',
    `node:22@sha256:${'a'.repeat(64)}`,
    'registry.access.redhat.com/ubi9:9.4-1181',
    'minio/minio:RELEASE.2024-06-04T19-20-08Z',
    'eclipse-temurin:21.0.3_9-jre-alpine',
    'ghcr.io/ggml-org/llama.cpp:server-cuda-b4500',
  ])('gets the same of %s', (image) => {
    expect(staysTheSame(referenceOf(image))).toBe(true);
  });

  it.each([
    'debian',
    'debian:12',
    'debian:bookworm-slim',
    'node:22-alpine',
    'ubuntu:22.04',
    'python:3.12-slim',
    'pgvector/pgvector:pg16',
    'redis:latest',
  ])('may get another of %s', (image) => {
    expect(staysTheSame(referenceOf(image))).toBe(false);
  });
});
