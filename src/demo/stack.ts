import { createHash } from 'node:crypto';
import type { ImageContent, ImageStep } from './docker-save.ts';

/** Content of the checked folder by path, as the image's COPY steps take it. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** Values that look real and open nothing; made at run time, so that none stands in the repository. */
function demoValue(name: string): string {
  return createHash('sha256').update(`demo:${name}`).digest('base64url').slice(0, 24);
}

/** The `.env` of the stack. */
export function demoDotenv(): string {
  const names = ['POSTGRES_PASSWORD', 'MODEL_API_KEY', 'SMTP_PASSWORD'];
  return `# Production. Do not commit.\n${names.map((name) => `${name}=${demoValue(name)}`).join('\n')}\nLOG_LEVEL=info\n`;
}

const base: ImageStep = {
  createdBy: 'ADD alpine-minirootfs.tar.gz / # buildkit',
  files: { 'etc/os-release': 'ID=alpine\nVERSION_ID=3.21.0\n', 'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n' },
};

function inApp(files: Files, names: readonly string[]): Readonly<Record<string, Uint8Array>> {
  return Object.fromEntries(names.flatMap((name) => (files[name] === undefined ? [] : [[`app/${name}`, files[name]]])));
}

const manifests = ['package.json', 'package-lock.json'];
const installed = { 'app/node_modules/pg/package.json': '{"name":"pg","version":"8.13.1"}\n' };

/** What `docker build` makes of the stack's Dockerfile: everything is copied, the `.env` deleted one layer later. */
export function leakyImage(files: Files): ImageContent {
  return {
    tag: 'self-hosted-chat:latest',
    environment: [
      'PATH=/usr/local/bin:/usr/bin:/bin',
      'OLLAMA_BASE_URL=http://ollama:11434',
      'SESSION_PASSWORD=correct-horse-7',
    ],
    steps: [
      base,
      { createdBy: 'CMD ["node"]' },
      { createdBy: 'WORKDIR /app', files: { 'app/.keep': '' } },
      { createdBy: 'ENV OLLAMA_BASE_URL=http://ollama:11434' },
      { createdBy: 'ENV SESSION_PASSWORD=correct-horse-7' },
      { createdBy: 'COPY package.json package-lock.json ./ # buildkit', files: inApp(files, manifests) },
      { createdBy: 'RUN /bin/sh -c npm install --omit=dev # buildkit', files: installed },
      { createdBy: 'COPY . . # buildkit', files: inApp(files, Object.keys(files)) },
      {
        createdBy: 'RUN /bin/sh -c rm .env && mkdir -p /app/data # buildkit',
        files: { 'app/data/.keep': '' },
        deletes: ['app/.env'],
      },
      { createdBy: 'EXPOSE map[3000/tcp:{}]' },
      { createdBy: 'CMD ["node" "src/server.js"]' },
    ],
  };
}

/** The same build after the repair: the `.dockerignore` keeps `.env` and models out, and the user is not root. */
export function fixedImage(files: Files): ImageContent {
  const copied = Object.keys(files).filter((name) => name !== '.env' && !name.startsWith('models/'));
  return {
    tag: 'self-hosted-chat:1.0.0',
    user: '1001:1001',
    environment: ['PATH=/usr/local/bin:/usr/bin:/bin', 'OLLAMA_BASE_URL=http://ollama:11434'],
    steps: [
      base,
      { createdBy: 'CMD ["node"]' },
      { createdBy: 'WORKDIR /app', files: { 'app/.keep': '' } },
      { createdBy: 'ENV OLLAMA_BASE_URL=http://ollama:11434' },
      { createdBy: 'COPY package.json package-lock.json ./ # buildkit', files: inApp(files, manifests) },
      { createdBy: 'RUN /bin/sh -c npm ci --omit=dev --ignore-scripts # buildkit', files: installed },
      { createdBy: 'COPY . . # buildkit', files: inApp(files, copied) },
      {
        createdBy: 'RUN /bin/sh -c mkdir -p /app/data && chown 1001:1001 /app/data # buildkit',
        files: { 'app/data/.keep': '' },
      },
      { createdBy: 'USER 1001:1001' },
      { createdBy: 'EXPOSE map[3000/tcp:{}]' },
      { createdBy: 'CMD ["node" "src/server.js"]' },
    ],
  };
}
