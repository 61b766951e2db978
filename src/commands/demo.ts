import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OptionValues } from '../arguments.ts';
import { buildDockerSave, type ImageContent } from '../demo/docker-save.ts';
import { demoDotenv, type Files, fixedImage, leakyImage } from '../demo/stack.ts';
import { UsageError } from '../domain/usage-error.ts';
import type { Host } from '../host/host.ts';
import type { Terminal } from '../host/terminal.ts';
import { addDays } from '../policy/calendar.ts';
import { check } from './check.ts';

interface Stack {
  /** Added to the command that is shown and run. */
  readonly words: readonly ('offline' | 'all')[];
  readonly fixture: string;
  readonly image: (files: Files) => ImageContent;
  readonly intro: string;
}

const leaky: Stack = {
  words: ['offline'],
  fixture: 'self-hosted-chat',
  image: leakyImage,
  intro: `A small self-hosted AI stack (Ollama, pgvector, Redis, Caddy, a chat app) and
the image built from it, with the classic mistakes. The reports of Trivy and
Grype are recorded: made by the real scanners of this very image, with a small
database that knows only the advisories shown. So nothing is downloaded here.`,
};

const fixed: Stack = {
  words: ['offline', 'all'],
  fixture: 'self-hosted-chat-fixed',
  image: fixedImage,
  intro: `The same stack, repaired. The reports are recorded here as well, with the same
small database: a real scan may know more. One advisory has no fix: its triage
entry in .hullcheck.yml says why that is acceptable, and until when.`,
};

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

/** How long the exception of the repaired stack still holds, whenever the demo is run. */
const triageDays = 60;

/** A file of the fixture as its user would have it today. */
function present(path: string, content: Uint8Array, today: string): Uint8Array {
  if (path.endsWith('.gguf')) return content;
  const text = Buffer.from(content).toString('utf8').replace(expectation, '');
  const isPolicy = path === '.hullcheck.yml';
  return Buffer.from(isPolicy ? text.replace(/(?<=expires: ).+/g, addDays(today, triageDays)) : text);
}

/** A folder that is published beside the program. */
async function publishedFolder(name: string, host: Host): Promise<string> {
  const folder = fileURLToPath(new URL(`../fixtures/${name}`, host.programUrl));
  if ((await host.files.status(folder)) !== null) return folder;
  throw new UsageError('the demo stack is not beside the program', 'run hullcheck demo from the package or a clone');
}

async function writeAll(files: Files, target: string, host: Host): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await host.files.makeFolder(dirname(join(target, path)));
    await host.files.write(join(target, path), content);
  }
}

async function unpack(stack: Stack, host: Host, target: string): Promise<void> {
  const read = await readFixture(host, await publishedFolder(`repos/${stack.fixture}`, host));
  const today = host.clock.today();
  const own = Object.entries(read).map(([path, content]) => [path, present(path, content, today)] as const);
  const files: Files = { ...Object.fromEntries(own), '.env': Buffer.from(demoDotenv()) };
  await writeAll(files, target, host);
  await host.files.write(join(target, 'app.tar'), await buildDockerSave(stack.image(files)));
  const recorded = await publishedFolder(`recorded/${stack.fixture}`, host);
  await writeAll(await readFixture(host, recorded), join(target, 'recorded'), host);
}

async function checkStack(stack: Stack, folder: string, host: Host, terminal: Terminal): Promise<number> {
  const target = join(folder, stack.fixture);
  await host.files.makeFolder(target);
  await unpack(stack, host, target);
  terminal.write(
    `${stack.intro}\n\n$ cd ${target}\n$ hullcheck check . --image app.tar${stack.words.map((word) => ` --${word}`).join('')} \\\n    --trivy-report recorded/trivy.json --grype-report recorded/grype.json\n\n`,
  );
  const values: OptionValues = new Map<string, readonly string[]>([
    ['image', ['app.tar']],
    ['trivy-report', ['recorded/trivy.json']],
    ['grype-report', ['recorded/grype.json']],
    ['format', ['text']],
    ...stack.words.map((word) => [word, []] as const),
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
  docker save app:latest -o app.tar        your image
  hullcheck check . --image app.tar        both, with Trivy and Grype (fetched
                                           by digest where not installed)
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
