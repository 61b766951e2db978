import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Result {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Call {
  readonly directory?: string;
  /** Added to PATH and HOME; nothing else is inherited. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs a program to its end with a scrubbed environment. */
export function execute(program: string, words: readonly string[], call: Call = {}): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...words], {
      cwd: call.directory ?? tmpdir(),
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...call.environment },
    });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (exitCode) =>
      resolve({ exitCode, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(call.input ?? '');
  });
}

/** As `execute`, for steps of a test's own: anything but success throws with what the program said. */
export async function perform(program: string, words: readonly string[], call: Call = {}): Promise<string> {
  const result = await execute(program, words, call);
  if (result.exitCode === 0) return result.stdout;
  throw new Error(`${program} ${words.join(' ')} ended with ${result.exitCode}:\n${result.stderr}${result.stdout}`);
}

/** What is published, alone in a folder: the shipped program sees neither sources nor node_modules. */
export interface ShippedPackage {
  readonly folder: string;
  readonly cli: string;
  hullcheck(words: readonly string[], call?: Call): Promise<Result>;
  remove(): Promise<void>;
}

const published = [
  'action.yml',
  'dist',
  'fixtures/recorded',
  'fixtures/repos/self-hosted-chat',
  'fixtures/repos/self-hosted-chat-fixed',
  'package.json',
];

export async function copyPackage(): Promise<ShippedPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'hullcheck-package-'));
  for (const path of published) await cp(join(root, path), join(folder, path), { recursive: true });
  const cli = join(folder, 'dist', 'cli.js');
  return {
    folder,
    cli,
    hullcheck: (words, call) => execute(process.execPath, [cli, ...words], call),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
