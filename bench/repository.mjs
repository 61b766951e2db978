import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRandom, makeWords } from './random.mjs';

/** Files of one service: a Dockerfile, a compose file, a workflow, four scripts and thirteen sources and lockfiles. */
export const filesPerService = 20;

const nodeBase = (random) => `node:22.11.0-bookworm-slim@sha256:${random.hex(64)}`;
const pythonBase = (random) => `python:3.12.7-slim-bookworm@sha256:${random.hex(64)}`;

function nodeDockerfile(random, name, isSloppy) {
  return `# syntax=docker/dockerfile:1
ARG APP_VERSION=1.4.${random.below(40)}
FROM ${isSloppy ? 'node:latest' : nodeBase(random)} AS build
WORKDIR /app
ENV NODE_ENV=production \\
    NPM_CONFIG_UPDATE_NOTIFIER=false
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm \\
    ${isSloppy ? 'npm install' : 'npm ci --ignore-scripts'} \\
    && npm cache clean --force
COPY tsconfig.json ./
COPY src ./src
RUN npm run build && rm -rf node_modules/.cache

FROM ${nodeBase(random)}
ARG APP_VERSION
LABEL org.opencontainers.image.title="${name}" \\
      org.opencontainers.image.version="\${APP_VERSION}"
RUN apt-get update \\
    && apt-get install -y --no-install-recommends ca-certificates curl tini \\
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build --chown=node:node /app/node_modules ./node_modules
COPY --from=build --chown=node:node /app/dist ./dist
HEALTHCHECK --interval=30s --timeout=3s CMD curl -fsS http://127.0.0.1:${random.between(3000, 9000)}/health || exit 1
EXPOSE ${random.between(3000, 9000)}
${isSloppy ? '' : 'USER node'}
ENTRYPOINT ["tini", "--"]
CMD ["node", "dist/main.js"]
`;
}

function pythonDockerfile(random, name, isSloppy) {
  return `FROM ${pythonBase(random)} AS build
ENV PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1 VIRTUAL_ENV=/opt/venv
RUN python -m venv "$VIRTUAL_ENV"
ENV PATH="$VIRTUAL_ENV/bin:$PATH"
WORKDIR /app
COPY pyproject.toml requirements.txt ./
RUN <<EOF
set -eux
python -m pip install ${isSloppy ? '-r requirements.txt' : '--require-hashes -r requirements.txt'}
find "$VIRTUAL_ENV" -name '*.pyc' -delete
EOF
COPY src ./src

FROM ${isSloppy ? 'python:3' : pythonBase(random)}
LABEL org.opencontainers.image.title="${name}"
ENV PATH="/opt/venv/bin:$PATH"
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app/src /app/src
RUN if [ "$(id -u)" = 0 ]; then useradd --system --uid 10001 app; fi
${isSloppy ? '' : 'USER 10001'}
EXPOSE ${random.between(3000, 9000)}
CMD ["python", "-m", "app.main"]
`;
}

function composeFile(random, name, isSloppy) {
  return `name: ${name}
x-logging: &logging
  driver: json-file
  options: { max-size: "10m", max-file: "3" }
services:
  app:
    build:
      context: .
      args:
        APP_VERSION: 1.4.${random.below(40)}
    restart: unless-stopped
    depends_on:
      database: { condition: service_healthy }
      cache: { condition: service_started }
    environment:
      DATABASE_HOST: database
      CACHE_URL: redis://cache:6379/0
      LOG_LEVEL: \${LOG_LEVEL:-info}
    ports:
      - "127.0.0.1:${random.between(10000, 20000)}:8080"
    logging: *logging
  database:
    image: ${isSloppy ? 'pgvector/pgvector' : `pgvector/pgvector:0.8.0-pg17@sha256:${random.hex(64)}`}
    volumes:
      - data:/var/lib/postgresql/data
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U app"]
      interval: 5s
      retries: 12
    logging: *logging
  cache:
    image: redis:7.4.1-alpine3.20@sha256:${random.hex(64)}
    command: ["redis-server", "--save", "", "--appendonly", "no"]
    logging: *logging
  proxy:
    image: \${PROXY_IMAGE:-caddy:2.8.4-alpine@sha256:${random.hex(64)}}
    volumes:
      - ./Caddyfile:/etc/caddy/Caddyfile:ro
    logging: *logging
volumes:
  data: {}
networks:
  default:
    name: ${name}
`;
}

function workflowFile(random, name, isSloppy) {
  return `name: ${name}
on:
  push:
    branches: [main]
    paths: ["${name}/**"]
  pull_request:
    paths: ["${name}/**"]
permissions:
  contents: read
env:
  CI_SERVICE: ${name}
jobs:
  test:
    runs-on: ubuntu-24.04
    strategy:
      matrix:
        node: ["20.18.0", "22.11.0"]
    services:
      postgres:
        image: postgres:17.2@sha256:${random.hex(64)}
        env:
          POSTGRES_HOST_AUTH_METHOD: trust
        ports: ["5432:5432"]
    defaults:
      run:
        working-directory: ${name}
    steps:
      - uses: actions/checkout@${random.hex(40)}
      - uses: actions/setup-node@${random.hex(40)}
        with:
          node-version: \${{ matrix.node }}
          cache: npm
      - name: Install
        run: ${isSloppy ? 'npm install' : 'npm ci'}
      - name: Test
        run: |
          set -euo pipefail
          npm run lint
          npm test -- --reporter=dot
          if [ -n "\${GITHUB_STEP_SUMMARY:-}" ]; then
            echo "tests of ${name}: passed" >> "$GITHUB_STEP_SUMMARY"
          fi
  image:
    needs: test
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@${random.hex(40)}
      - uses: docker/setup-buildx-action@${random.hex(40)}
      - name: Build
        run: |
          docker buildx build --load \\
            --tag "registry.example.com/${name}:\${GITHUB_SHA}" \\
            ${name}
      - name: Size
        run: docker image inspect --format '{{ .Size }}' "registry.example.com/${name}:\${GITHUB_SHA}"
`;
}

function sentence(random, words) {
  return Array.from({ length: random.between(6, 14) }, () => random.pick(words)).join(' ');
}

function shellScript(random, words) {
  const steps = Array.from({ length: random.between(4, 12) }, () => {
    const target = random.pick(words);
    return `step_${target}() {
  local target="\${1:?}"
  # ${sentence(random, words)}
  if [[ ! -d "$target/${random.pick(words)}" ]]; then
    mkdir -p "$target/${random.pick(words)}"
  fi
  find "$target" -name '*.${random.pick(words)}' -print0 | xargs -0 -r sha256sum >> "$target/${target}.txt"
}
step_${target} "$workdir"
`;
  });
  return `#!/usr/bin/env bash\nset -euo pipefail\nworkdir="$(mktemp -d)"\ntrap 'rm -rf "$workdir"' EXIT\n\n${steps.join('\n')}`;
}

function sourceFile(random, words) {
  const parts = Array.from({ length: random.between(4, 30) }, () => {
    const name = `${random.pick(words)}${random.below(1000)}`;
    return `/** ${sentence(random, words)} */
export function ${name}(${random.pick(words)}: string, limit = ${random.below(500)}): number {
  const parts = ${random.pick(words)}.split('${random.pick(words)}');
  return Math.min(limit, parts.filter((part) => part.length > ${random.below(20)}).length);
}
`;
  });
  return parts.join('\n');
}

function packageLock(random, name, words) {
  const packages = Object.fromEntries(
    Array.from({ length: random.between(80, 240) }, (_, index) => {
      const dependency = `${random.pick(words)}-${random.pick(words)}-${index}`;
      const version = `${random.below(9)}.${random.below(30)}.${random.below(20)}`;
      const resolved = `https://registry.npmjs.org/${dependency}/-/${dependency}-${version}.tgz`;
      return [
        `node_modules/${dependency}`,
        { version, resolved, integrity: `sha512-${random.hex(86)}==`, license: 'MIT' },
      ];
    }),
  );
  return `${JSON.stringify({ name, version: '1.0.0', lockfileVersion: 3, requires: true, packages }, null, 2)}\n`;
}

function nodeManifests(random, name, words) {
  const dependencies = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`${random.pick(words)}-${index}`, `^${random.below(9)}.0.0`]),
  );
  const manifest = {
    name,
    version: '1.0.0',
    private: true,
    scripts: { build: 'tsc', test: 'vitest run', lint: 'biome check .' },
    dependencies,
  };
  return [
    ['package.json', `${JSON.stringify(manifest, null, 2)}\n`],
    ['package-lock.json', packageLock(random, name, words)],
    ['tsconfig.json', '{ "compilerOptions": { "strict": true, "outDir": "dist" }, "include": ["src"] }\n'],
  ];
}

function pythonManifests(random, name, words) {
  const pins = Array.from(
    { length: 40 },
    (_, index) =>
      `${random.pick(words)}-${index}==${random.below(9)}.${random.below(30)}.0 \\\n    --hash=sha256:${random.hex(64)}`,
  );
  return [
    [
      'pyproject.toml',
      `[project]\nname = "${name}"\nversion = "1.0.0"\nrequires-python = ">=3.12"\ndependencies = [\n  "fastapi>=0.115",\n  "httpx>=0.27",\n]\n\n[tool.ruff]\nline-length = 120\n`,
    ],
    ['requirements.txt', `${pins.join('\n')}\n`],
    ['setup.cfg', '[flake8]\nmax-line-length = 120\n'],
  ];
}

function serviceFiles(random, index, words) {
  const name = `service-${String(index).padStart(4, '0')}`;
  const isNode = index % 2 === 0;
  const isSloppy = index % 5 === 0;
  const extension = isNode ? 'ts' : 'py';
  const own = [
    ['Dockerfile', (isNode ? nodeDockerfile : pythonDockerfile)(random, name, isSloppy)],
    ['compose.yml', composeFile(random, name, isSloppy)],
    ...Array.from({ length: 4 }, (_, number) => [
      `scripts/${random.pick(words)}-${number}.sh`,
      shellScript(random, words),
    ]),
    ...(isNode ? nodeManifests : pythonManifests)(random, name, words),
    ['.dockerignore', 'node_modules\n.git\n*.log\n'],
    ['README.md', `# ${name}\n\n${Array.from({ length: 20 }, () => sentence(random, words)).join('\n')}\n`],
    ...Array.from({ length: 8 }, (_, number) => [
      `src/${random.pick(words)}-${number}.${extension}`,
      sourceFile(random, words),
    ]),
  ];
  return [
    [`.github/workflows/${name}.yml`, workflowFile(random, name, isSloppy)],
    ...own.map(([path, text]) => [`${name}/${path}`, text]),
  ];
}

function commitAll(folder) {
  const git = (...words) =>
    execFileSync('git', ['-c', 'core.fsmonitor=false', '-c', 'gc.auto=0', '-c', 'commit.gpgSign=false', ...words], {
      cwd: folder,
      stdio: 'ignore',
    });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('-c', 'user.name=bench', '-c', 'user.email=bench@example.com', 'commit', '--quiet', '--message=Generated');
}

/** Writes a git repository of `count` files, a multiple of `filesPerService`, all of them committed. */
export function writeRepository(folder, count) {
  const random = createRandom(20261122);
  const words = makeWords(random, 400);
  for (let index = 0; index < count / filesPerService; index++) {
    for (const [path, text] of serviceFiles(random, index, words)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  }
  commitAll(folder);
}
