/** What `unpinned-base-image` reports and what it leaves alone, per kind of file. */
export const unpinnedBaseImageExamples = [
  {
    title: 'A base image without a tag, and one on a channel',
    files: { Dockerfile: 'FROM golang AS build\nRUN go version\n\nFROM node:latest\nUSER 1000\n' },
    flags: [
      { where: 'Dockerfile:1', severity: 'high' },
      { where: 'Dockerfile:4', severity: 'high' },
    ],
  },
  {
    title: 'Compose services on channels',
    files: {
      'compose.yaml': `services:\n  ollama:\n    image: ollama/ollama\n  chat:\n    image: "ghcr.io/open-webui/open-webui:\${WEBUI_TAG:-main}"\n`,
    },
    flags: [
      { where: 'compose.yaml:3', severity: 'high' },
      { where: 'compose.yaml:5', severity: 'high' },
    ],
  },
  {
    title: 'Service containers of a workflow',
    files: {
      '.github/workflows/test.yml':
        'on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    container: node:22-alpine3.21\n    services:\n      redis:\n        image: redis:latest\n    steps:\n      - run: node --version\n',
    },
    flags: [{ where: '.github/workflows/test.yml:8', severity: 'high' }],
  },
  {
    title: 'Under tests it is only worth knowing',
    files: { 'tests/compose.yaml': 'services:\n  db:\n    image: redis\n' },
    flags: [{ where: 'tests/compose.yaml:3', severity: 'info' }],
  },
  {
    title: 'Versions, digests, earlier stages and images built here',
    files: {
      Dockerfile: `FROM node:22-alpine3.21 AS build\nRUN node --version\n\nFROM build\nUSER 1000\n`,
      'compose.yaml': `services:\n  app:\n    build: .\n    image: ghcr.io/me/app:latest\n  worker:\n    image: ghcr.io/me/app:latest\n  cache:\n    image: redis@sha256:${'4f2a'.repeat(16)}\n`,
    },
    flags: [],
  },
  {
    title: 'A Dockerfile written into a Compose file',
    files: {
      'compose.yaml': `services:
  app:
    build:
      context: .
      dockerfile_inline: |
        FROM node:latest AS build
        RUN node --version

        FROM caddy:2.9-alpine
        USER 1000
`,
    },
    flags: [{ where: 'compose.yaml:6', severity: 'high' }],
  },
  {
    title: 'The syntax of a Dockerfile on a moving channel',
    files: {
      'labs.Dockerfile': '# syntax=docker/dockerfile:labs\nFROM node:22-alpine3.21\nUSER 1000\n',
      Dockerfile: '# syntax=docker/dockerfile\nFROM node:22-alpine3.21\nUSER 1000\n',
      'web.Dockerfile': '# syntax=docker/dockerfile:latest\nFROM node:22-alpine3.21\nUSER 1000\n',
    },
    flags: [
      { where: 'Dockerfile:1', severity: 'medium' },
      { where: 'labs.Dockerfile:1', severity: 'medium' },
      { where: 'web.Dockerfile:1', severity: 'medium' },
    ],
  },
  {
    title: 'The syntax by its documented channels',
    files: {
      Dockerfile: '# syntax=docker/dockerfile:1\nFROM node:22-alpine3.21\nUSER 1000\n',
      'minor.Dockerfile': '# syntax=docker/dockerfile:1.7\nFROM node:22-alpine3.21\nUSER 1000\n',
      'labs.Dockerfile': '# syntax=docker/dockerfile:1-labs\nFROM node:22-alpine3.21\nUSER 1000\n',
    },
    flags: [],
  },
  {
    title: 'Names that every build of the Dockerfile replaces by a context',
    files: {
      Dockerfile: 'FROM node\nCOPY --from=assets / /assets\nUSER 1000\n',
      'compose.yaml': `services:
  app:
    build:
      context: .
      additional_contexts:
        node: docker-image://node:22-alpine3.21
        assets: ./assets
`,
    },
    flags: [],
  },
  {
    title: 'A name that one of two builds replaces',
    files: {
      'app/Dockerfile': 'FROM node\nUSER 1000\n',
      'compose.yaml': `services:
  app:
    build:
      context: app
      additional_contexts: ["node=docker-image://node:22-alpine3.21"]
`,
      '.github/workflows/build.yml':
        'on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { context: app }\n',
    },
    flags: [{ where: 'app/Dockerfile:1', severity: 'high' }],
  },
  {
    title: 'An image that another Compose file of the folder builds',
    files: {
      Dockerfile: 'FROM node:22-alpine3.21\nUSER 1000\n',
      'compose.yaml': 'services:\n  app:\n    image: ghcr.io/me/app:latest\n',
      'compose.override.yaml': 'services:\n  app:\n    build: .\n',
      'compose.jobs.yaml': 'services:\n  nightly:\n    image: ghcr.io/me/app\n',
    },
    flags: [],
  },
] as const;
