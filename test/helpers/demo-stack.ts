import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ShippedPackage } from './program.ts';

/** The demo's stacks as a user has them on disk: a folder each, with its `.env` and the image `app.tar`. */
export interface DemoStacks {
  readonly leaky: string;
  readonly fixed: string;
  remove(): Promise<void>;
}

export async function unpackDemo(shipped: ShippedPackage): Promise<DemoStacks> {
  const { stdout, stderr } = await shipped.hullcheck(['demo', '--keep']);
  const [leaky, fixed] = [...stdout.matchAll(/^\$ cd (.+)$/gm)].map((match) => match[1]);
  if (leaky === undefined || fixed === undefined) throw new Error(`the demo names no folders: ${stdout}${stderr}`);
  return { leaky, fixed, remove: () => rm(dirname(leaky), { recursive: true, force: true }) };
}

/** A finding of the leaky stack: the rule, the file, and what stands on the line it must point to. */
export type ExpectedFinding = readonly [ruleId: string, path: string, written: string];

export const blockingFindings: readonly ExpectedFinding[] = [
  ['leaked-dotenv', 'Dockerfile', 'COPY . .'],
  ['model-digest-mismatch', 'model-manifest.yml', 'sha256: '],
  ['unfrozen-install', '.github/workflows/deploy.yml', 'npm install'],
  ['unfrozen-install', 'Dockerfile', 'npm install'],
  ['unlisted-model', 'models/draft.gguf', 'GGUF'],
  ['unpinned-base-image', '.github/workflows/deploy.yml', 'node:lts'],
  ['unpinned-base-image', 'Dockerfile', 'FROM node:latest'],
  ['unpinned-base-image', 'compose.yaml', 'ollama/ollama'],
  ['unpinned-base-image', 'compose.yaml', 'redis:'],
  ['unpinned-base-image', 'ingest/Dockerfile', 'ARG PYTHON_VERSION=latest'],
];

export const advisoryFindings: readonly ExpectedFinding[] = [
  ['floating-base-tag', 'compose.yaml', 'pgvector/pgvector:pg17'],
  ['root-final-user', 'Dockerfile', 'FROM node:latest'],
  ['secret-in-image-config', 'Dockerfile', 'ENV SESSION_PASSWORD'],
  ['unfrozen-install', 'ingest/Dockerfile', 'pip install'],
];

/** `rule path:line`, sorted; the line is the one of the unpacked stack that holds the text. */
export async function placesOf(folder: string, expected: readonly ExpectedFinding[]): Promise<readonly string[]> {
  const places = expected.map(async ([ruleId, path, written]) => {
    const lines = (await readFile(join(folder, path), 'latin1')).split('\n');
    const line = lines.findIndex((text) => text.includes(written)) + 1;
    if (line === 0) throw new Error(`${path} has no line with ${written}`);
    return `${ruleId} ${path}:${line}`;
  });
  return (await Promise.all(places)).sort();
}

/** The values of the stack's `.env` that must appear nowhere. */
export async function secretsOf(folder: string): Promise<readonly string[]> {
  const lines = (await readFile(join(folder, '.env'), 'utf8')).split('\n');
  return lines.flatMap((line) => /^\w+_(?:PASSWORD|KEY)=(.+)$/.exec(line)?.[1] ?? []);
}
