import { createHash } from 'node:crypto';
import { baseSteps, slimNode, staleNode } from './base-image.ts';
import type { ImageContent } from './docker-save.ts';

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

function inApp(files: Files, names: readonly string[]): Readonly<Record<string, Uint8Array>> {
  return Object.fromEntries(names.flatMap((name) => (files[name] === undefined ? [] : [[`app/${name}`, files[name]]])));
}

const manifests = ['package.json', 'package-lock.json'];

const modules = 'node_modules/';

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly version?: string }>>;
}

/** What an install leaves of each package that the stack's own lockfile pins. */
function installed(files: Files): Readonly<Record<string, string>> {
  const lockfile: Lockfile = JSON.parse(Buffer.from(files['package-lock.json'] ?? '{"packages":{}}').toString());
  const folders = Object.entries(lockfile.packages).filter(([folder]) => folder !== '');
  return Object.fromEntries(
    folders.map(([folder, { version }]) => {
      const name = folder.slice(folder.lastIndexOf(modules) + modules.length);
      return [`app/${folder}/package.json`, `${JSON.stringify({ name, version })}\n`];
    }),
  );
}

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
      ...baseSteps(staleNode),
      { createdBy: 'WORKDIR /app', files: { 'app/.keep': '' } },
      { createdBy: 'ENV OLLAMA_BASE_URL=http://ollama:11434' },
      { createdBy: 'ENV SESSION_PASSWORD=correct-horse-7' },
      { createdBy: 'COPY package.json package-lock.json ./ # buildkit', files: inApp(files, manifests) },
      { createdBy: 'RUN /bin/sh -c npm install --omit=dev # buildkit', files: installed(files) },
      { createdBy: 'COPY . . # buildkit', files: inApp(files, Object.keys(files).sort()) },
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

/** What the `.dockerignore` of the repaired stack keeps out. */
const ignored = /^(?:\.env$|\.github\/|\.hullcheck\.yml$|models\/)/;

/** The same build after the repair: the `.dockerignore` keeps `.env` and models out, and the user is not root. */
export function fixedImage(files: Files): ImageContent {
  const copied = Object.keys(files)
    .sort()
    .filter((name) => !ignored.test(name));
  return {
    tag: 'self-hosted-chat:1.0.0',
    user: '1001:1001',
    environment: ['PATH=/usr/local/bin:/usr/bin:/bin', 'OLLAMA_BASE_URL=http://ollama:11434'],
    steps: [
      ...baseSteps(slimNode),
      { createdBy: 'WORKDIR /app', files: { 'app/.keep': '' } },
      { createdBy: 'ENV OLLAMA_BASE_URL=http://ollama:11434' },
      { createdBy: 'COPY package.json package-lock.json ./ # buildkit', files: inApp(files, manifests) },
      { createdBy: 'RUN /bin/sh -c npm ci --omit=dev --ignore-scripts # buildkit', files: installed(files) },
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
