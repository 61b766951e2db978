import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OptionValues } from '../arguments.ts';
import { buildDockerSave, type ImageContent } from '../demo/docker-save.ts';
import { demoDotenv, type Files, fixedImage, leakyImage } from '../demo/stack.ts';
import { UsageError } from '../domain/usage-error.ts';
import type { Host } from '../host/host.ts';
import type { Terminal } from '../host/terminal.ts';
import { check } from './check.ts';

interface Stack {
  readonly fixture: string;
  readonly image: (files: Files) => ImageContent;
  readonly intro: string;
}

const leaky: Stack = {
  fixture: 'self-hosted-chat',
  image: leakyImage,
  intro:
    'A small self-hosted AI stack (Ollama, pgvector, Redis, Caddy, a chat app) and the image built from it,\nwith the classic mistakes.',
};

const fixed: Stack = { fixture: 'self-hosted-chat-fixed', image: fixedImage, intro: 'The same stack, repaired.' };

const fileLimit = 1024 * 1024;
/** Marks what the fixture's own test expects; it is no part of the stack. */
const expectation = /^.*# expect: .*\n/gm;

async function readFixture(host: Host, folder: string, prefix = ''): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const entry of await host.files.list(join(folder, prefix))) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.kind === 'directory') Object.assign(files, await readFixture(host, folder, path));
    else files[path] = await host.files.read(join(folder, path), fileLimit);
  }
  return files;
}

async function unpack(stack: Stack, host: Host, target: string): Promise<void> {
  const source = fileURLToPath(new URL(`../fixtures/repos/${stack.fixture}`, host.programUrl));
  if ((await host.files.status(source)) === null)
    throw new UsageError('the demo stack is not beside the program', 'run hullcheck demo from the package or a clone');
  const read = await readFixture(host, source);
  const isText = (path: string) => !path.endsWith('.gguf');
  const clean = Object.entries(read).map(
    ([path, content]) =>
      [
        path,
        isText(path) ? Buffer.from(Buffer.from(content).toString('utf8').replace(expectation, '')) : content,
      ] as const,
  );
  const files: Files = { ...Object.fromEntries(clean), '.env': Buffer.from(demoDotenv()) };
  for (const [path, content] of Object.entries(files)) {
    await host.files.makeFolder(dirname(join(target, path)));
    await host.files.write(join(target, path), content);
  }
  await host.files.write(join(target, 'app.tar'), await buildDockerSave(stack.image(files)));
}

async function checkStack(stack: Stack, folder: string, host: Host, terminal: Terminal): Promise<number> {
  const target = join(folder, stack.fixture);
  await host.files.makeFolder(target);
  await unpack(stack, host, target);
  terminal.write(
    `${stack.intro}\n\n$ cd ${target}\n$ hullcheck check . --image app.tar --scanner none --format text\n\n`,
  );
  const values: OptionValues = new Map([
    ['image', ['app.tar']],
    ['scanner', ['none']],
    ['format', ['text']],
  ]);
  return await check(
    { values, directory: '.', workingFolder: target, isPullRequest: false, isCacheWritten: false },
    host,
    terminal,
  );
}

const closing = `Next
  hullcheck explain leaked-dotenv          why, the fix, and an example
  hullcheck check .                        your repository
  docker save app:latest -o app.tar        your image, and then
  hullcheck check . --image app.tar        both, with Trivy and Grype where installed
  hullcheck init                           a policy and a workflow to paste
`;

/** `hullcheck demo`: the very check a user runs, on a stack unpacked for it; the exit code is the first check's. */
export async function demo(values: OptionValues, host: Host, terminal: Terminal): Promise<number> {
  const folder = await host.files.makeTemporaryFolder('hullcheck-demo-');
  try {
    const stacks = values.has('fixed') ? [fixed] : [leaky, fixed];
    const codes: number[] = [];
    for (const stack of stacks) {
      codes.push(await checkStack(stack, folder, host, terminal));
      terminal.write('\n');
    }
    terminal.write(closing);
    return codes[0] ?? 0;
  } finally {
    if (!values.has('keep')) await host.files.remove(folder);
  }
}
