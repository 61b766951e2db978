import { describe, expect, it } from 'vitest';
import { parseReference } from '../../src/domain/reference.ts';
import type { TagLevel } from '../../src/domain/rule.ts';
import { gradeTag } from '../../src/domain/tag.ts';

function levelOf(text: string): TagLevel | null {
  const reference = parseReference(text);
  return reference === null ? null : gradeTag(reference).level;
}

const digest = `sha256:${'9c'.repeat(32)}`;

/** Any repository without a rule of its own. */
const plainTags: Readonly<Record<TagLevel, string>> = {
  none: '',
  channel: `latest stable edge nightly main master dev lts current rolling mainline canary beta next head testing snapshot
    latest-alpine main-cuda stable-slim latest-dev unstable LATEST lts-alpine alpine-edge main-cuda-12.4.1
    latest-gpu-nvidia-cuda-12 dev-cuda`,
  codename: `noble bookworm jammy bookworm-slim trixie-slim nonroot ltsc2022 pg17 alpine slim alpine3.21 cuda server-cuda
    rocm py311 ubuntu24.04 debug-nonroot lts-iron jod-alpine3.21 ubuntu-24.04 python3.12-bookworm-slim
    cuda-12.4.1 server-cuda-12.4.1`,
  major: '22-alpine3.21 16-alpine 21-jre v3-small 22 v1 1.x 12-slim 2022-latest 17beta1 jdk-21',
  minor: '24.04 3.21 1.6 24.12-py3 3.12-slim-bookworm 7.4-alpine v0.6 1.2.x 3.12-dev 12.4-runtime cpu-1.6',
  patch: `3.12.8-slim-bookworm 12.6.3-cudnn-runtime-ubuntu24.04 1.27.3 v0.6.4 0.5.4-rocm 0.8.0-pg17
    2.5.1-cuda12.4-cudnn9-runtime 20241202 20240808 2024-12-02 1234567 1.0.0-rc1 21.0.5_11-jre-alpine
    bookworm-20241202-slim jammy-20240808 RELEASE.2024-12-18T13-15-44Z r36.2.0 cpu-1.6.0
    rocm6.2_ubuntu22.04_py3.10_pytorch_release_2.3.0 server-cuda-b4500 b4500 jdk-21.0.5_11 sha-abcdef git-abc1234
    2.0.0.dev20240101 nightly-20241202 main-abc1234 dev-2024-12-02 stable-20241202-slim 3fbd12a v1.2-5-g1a2b3c4
    9.5-1732804088 8u432-jre build-17 prod-1.4.2 2024.12.1 20.18.1-r0 1.2.3-alpine3.21 noble-20241118.1
    sha-0123456789abcdef0123456789abcdef01234567`,
  digest: '',
};

const plainRows = Object.entries(plainTags).flatMap(([level, tags]) =>
  tags
    .split(/\s+/)
    .filter((tag) => tag !== '')
    .map((tag): [string, string] => [tag, level]),
);

const imageRows: readonly [string, TagLevel][] = [
  ['node', 'none'],
  ['node:22-alpine3.21', 'major'],
  ['node:22.12-alpine3.21', 'minor'],
  ['node:22.12.0-alpine3.21', 'patch'],
  ['node:latest', 'channel'],
  ['node:alpine', 'codename'],
  ['node:lts-jod', 'codename'],
  ['node:lts-slim', 'channel'],
  [`node:latest@${digest}`, 'digest'],
  [`node@${digest}`, 'digest'],
  [`node:22@sha256:${'0'.repeat(64)}`, 'none'],
  ['alpine:3.21', 'minor'],
  ['alpine:3.21.0', 'patch'],
  ['alpine:edge', 'channel'],
  ['debian:bookworm', 'codename'],
  ['debian:bookworm-slim', 'codename'],
  ['debian:bookworm-20241202-slim', 'patch'],
  ['debian:12', 'major'],
  ['debian:12.8', 'patch'],
  ['debian:12.8-slim', 'patch'],
  ['debian:stable-slim', 'channel'],
  ['debian:sid', 'channel'],
  ['ubuntu:noble', 'codename'],
  ['ubuntu:24.04', 'minor'],
  ['ubuntu:noble-20241118.1', 'patch'],
  ['ubuntu:rolling', 'channel'],
  ['python:3.12-slim', 'minor'],
  ['python:3.12.8-slim-bookworm', 'patch'],
  ['python:3', 'major'],
  ['python:slim', 'codename'],
  ['ollama/ollama', 'none'],
  ['ollama/ollama:latest', 'channel'],
  ['ollama/ollama:rocm', 'codename'],
  ['ollama/ollama:0.12.3', 'patch'],
  ['ollama/ollama:0.5.4-rocm', 'patch'],
  ['ollama/ollama:0.12.3-rc0', 'patch'],
  ['vllm/vllm-openai:latest', 'channel'],
  ['vllm/vllm-openai:v0.6.4', 'patch'],
  ['vllm/vllm-openai:v0.6.4.post1', 'patch'],
  ['vllm/vllm-openai:nightly', 'channel'],
  ['vllm/vllm-openai:nightly-3fbd12a9c0e14d5b6a7f8091a2b3c4d5e6f70819', 'patch'],
  ['ghcr.io/ggml-org/llama.cpp:server', 'codename'],
  ['ghcr.io/ggml-org/llama.cpp:server-cuda', 'codename'],
  ['ghcr.io/ggml-org/llama.cpp:server-cuda-b4500', 'patch'],
  ['ghcr.io/ggml-org/llama.cpp:server-b4500', 'patch'],
  ['ghcr.io/ggml-org/llama.cpp:full-rocm-b4719', 'patch'],
  ['ghcr.io/huggingface/text-generation-inference:latest', 'channel'],
  ['ghcr.io/huggingface/text-generation-inference:3.0.1', 'patch'],
  ['ghcr.io/huggingface/text-generation-inference:3.0', 'minor'],
  ['ghcr.io/huggingface/text-generation-inference:sha-a1b2c3d-rocm', 'patch'],
  ['ghcr.io/huggingface/text-embeddings-inference:cpu-1.6', 'minor'],
  ['ghcr.io/huggingface/text-embeddings-inference:cpu-1.6.0', 'patch'],
  ['ghcr.io/huggingface/text-embeddings-inference:89-1.6', 'minor'],
  ['ghcr.io/huggingface/text-embeddings-inference:cuda-1.7.2', 'patch'],
  ['ghcr.io/huggingface/text-embeddings-inference:cpu-latest', 'channel'],
  ['nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04', 'patch'],
  ['nvidia/cuda:12.4.1-base-ubuntu22.04', 'patch'],
  ['nvcr.io/nvidia/cuda:12.6-base-ubuntu22.04', 'minor'],
  ['nvcr.io/nvidia/pytorch:24.12-py3', 'patch'],
  ['nvcr.io/nvidia/tritonserver:24.12-vllm-python-py3', 'patch'],
  ['nvcr.io/nim/meta/llama-3.1-8b-instruct:1.3', 'minor'],
  ['pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime', 'patch'],
  ['pytorch/pytorch:latest', 'channel'],
  ['rocm/pytorch:rocm6.2_ubuntu22.04_py3.10_pytorch_release_2.3.0', 'patch'],
  ['rocm/pytorch:rocm6.0_ubuntu20.04_py3.9_pytorch_2.1.1', 'patch'],
  ['rocm/pytorch:latest', 'channel'],
  ['pgvector/pgvector:pg17', 'codename'],
  ['pgvector/pgvector:0.8.0-pg17', 'patch'],
  ['pgvector/pgvector:0.8.0-pg17-trixie', 'patch'],
  ['ankane/pgvector:v0.5.1', 'patch'],
  ['postgres:17', 'major'],
  ['postgres:17.2', 'patch'],
  ['postgres:17.2-alpine3.21', 'patch'],
  ['postgres:9.6', 'minor'],
  ['mirror.gcr.io/library/postgres:16.6', 'patch'],
  ['postgres:17-bookworm', 'major'],
  ['bitnami/postgresql:17.2.0-debian-12-r3', 'patch'],
  ['timescale/timescaledb:2.17.2-pg17', 'patch'],
  ['redis:7-alpine', 'major'],
  ['redis:7.4-alpine', 'minor'],
  ['redis:7.4.1-alpine', 'patch'],
  ['redis/redis-stack:latest', 'channel'],
  ['valkey/valkey:8.0.1', 'patch'],
  ['caddy:2', 'major'],
  ['caddy:2-alpine', 'major'],
  ['caddy:2.9.1-alpine', 'patch'],
  ['caddy:builder', 'codename'],
  ['nginx:stable-alpine3.20', 'channel'],
  ['nginx:mainline', 'channel'],
  ['nginx:1.27.3-alpine', 'patch'],
  ['traefik:v3.2', 'minor'],
  ['ghcr.io/open-webui/open-webui:main', 'channel'],
  ['ghcr.io/open-webui/open-webui:cuda', 'codename'],
  ['ghcr.io/open-webui/open-webui:v0.6.5', 'patch'],
  ['ghcr.io/open-webui/open-webui:git-abc1234-cuda', 'patch'],
  ['ghcr.io/open-webui/open-webui:latest-ollama', 'channel'],
  ['qdrant/qdrant', 'none'],
  ['qdrant/qdrant:v1.12.4', 'patch'],
  ['qdrant/qdrant:v1.12', 'minor'],
  ['qdrant/qdrant:dev-3fbd12a9c0e14d5b6a7f8091a2b3c4d5e6f70819', 'patch'],
  ['chromadb/chroma:0.5.23', 'patch'],
  ['chromadb/chroma:1.0.1.dev20', 'patch'],
  ['semitechnologies/weaviate:1.28.2', 'patch'],
  ['milvusdb/milvus:v2.5.1-gpu', 'patch'],
  ['minio/minio:RELEASE.2024-12-18T13-15-44Z', 'patch'],
  ['ghcr.io/berriai/litellm:main-latest', 'channel'],
  ['ghcr.io/berriai/litellm:main-v1.55.10', 'patch'],
  ['ghcr.io/berriai/litellm:main-stable', 'channel'],
  ['localai/localai:latest-aio-gpu-nvidia-cuda-12', 'channel'],
  ['localai/localai:v2.24.2-cublas-cuda12-ffmpeg', 'patch'],
  ['dustynv/ollama:r36.2.0', 'patch'],
  ['n8nio/n8n:1.73.1', 'patch'],
  ['n8nio/n8n:next', 'channel'],
  ['searxng/searxng:2024.12.23-b3e8d5a1c', 'patch'],
  ['gcr.io/distroless/static-debian12', 'none'],
  ['gcr.io/distroless/static-debian12:nonroot', 'codename'],
  ['gcr.io/distroless/python3-debian12:debug-nonroot', 'codename'],
  [`gcr.io/distroless/static-debian12:nonroot@${digest}`, 'digest'],
  ['cgr.dev/chainguard/python:latest', 'channel'],
  ['cgr.dev/chainguard/python:latest-dev', 'channel'],
  ['cgr.dev/chainguard/node:20.18.1-r0', 'patch'],
  ['ghcr.io/astral-sh/uv:python3.12-bookworm-slim', 'codename'],
  ['ghcr.io/astral-sh/uv:0.5.11-python3.12-bookworm', 'patch'],
  ['eclipse-temurin:21-jre', 'major'],
  ['eclipse-temurin:21.0.5_11-jre-alpine', 'patch'],
  ['mcr.microsoft.com/windows/servercore:ltsc2022', 'codename'],
  ['mcr.microsoft.com/devcontainers/base:ubuntu-24.04', 'codename'],
  ['registry.access.redhat.com/ubi9/ubi-minimal:9.5-1732804088', 'patch'],
  ['registry.access.redhat.com/ubi9/ubi:9.5', 'minor'],
];

describe('gradeTag', () => {
  it.each(plainRows)('app:%s is %s', (tag, level) => {
    expect(levelOf(`registry.example/team/app:${tag}`)).toBe(level);
  });

  it.each(imageRows)('%s is %s', (text, level) => {
    expect(levelOf(text)).toBe(level);
  });

  it('says why, as the end of a sentence about the reference', () => {
    const why = (text: string) => {
      const reference = parseReference(text);
      return reference && gradeTag(reference).why;
    };
    expect(why('node:latest')).toBe('names a channel that moves with every release');
    expect(why('node')).toBe('names no version, so it is whatever `latest` points to on the day of the build');
    expect(why('node:alpine')).toBe('names a variant but no version, so it moves with every release');
    expect(why(`node:22@sha256:${'0'.repeat(64)}`)).toBe('has a placeholder of zeros for a digest, which pins nothing');
  });
});
