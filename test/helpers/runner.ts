import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { parse } from 'yaml';
import { parseFileCommands } from './runner-files.ts';
import { createLogReader, type LogPage, type LogReader, splitLines } from './runner-log.ts';

/** One step `uses: <action>` as the Actions runner runs it. */
export interface Step {
  /** The node binary the runner has for `runs.using`. */
  readonly node: string;
  /** Folder of action.yml. */
  readonly action: string;
  readonly workspace: string;
  /** What the step's `with:` says; the rest has action.yml's defaults. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly event?: { readonly name: string; readonly payload: unknown };
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a user sees of the step, and what later steps get from it. */
export interface Page extends Omit<LogPage, 'outputs'> {
  readonly exitCode: number | null;
  /** The job summary; null when there is none, or when it was too large and was discarded whole. */
  readonly summary: string | null;
  readonly outputs: Readonly<Record<string, string>>;
  /** Written to GITHUB_ENV and GITHUB_PATH. */
  readonly exported: Readonly<Record<string, string>>;
  readonly addedPaths: readonly string[];
  /** The step's RUNNER_TEMP; it is there until `close`. */
  readonly temporaryFolder: string;
  close(): Promise<void>;
}

/** actions/runner CreateStepSummaryCommand: one byte more and nothing is shown. */
const summaryLimit = 1024 * 1024;

const fileVariables = ['ENV', 'OUTPUT', 'PATH', 'STATE', 'STEP_SUMMARY'] as const;

interface Metadata {
  readonly main: string;
  readonly defaults: ReadonlyMap<string, string>;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** `runs.main` and the inputs' defaults; an expression in a default is more than this runner knows. */
async function readMetadata(folder: string): Promise<Metadata> {
  const text = await readFile(join(folder, 'action.yml'), 'utf8');
  const document: unknown = parse(text);
  const runs = isRecord(document) ? document['runs'] : null;
  if (!isRecord(document) || !isRecord(runs) || typeof runs['main'] !== 'string' || runs['using'] !== 'node24')
    throw new Error('action.yml is no node24 action');
  const inputs = isRecord(document['inputs']) ? document['inputs'] : {};
  const defaults = Object.entries(inputs).map(([name, spec]) => {
    const fallback = isRecord(spec) && spec['default'] !== undefined ? String(spec['default']) : '';
    if (fallback.includes('${{')) throw new Error(`the default of ${name} is an expression`);
    return [name, fallback] as const;
  });
  return { main: runs['main'], defaults: new Map(defaults) };
}

/** `INPUT_` and the name in upper case, blanks as `_`, hyphens kept. */
function inputVariables(metadata: Metadata, inputs: Readonly<Record<string, string>>): Record<string, string> {
  const unknown = Object.keys(inputs).find((name) => !metadata.defaults.has(name));
  if (unknown !== undefined) throw new Error(`Unexpected input '${unknown}'`);
  const values = new Map([...metadata.defaults, ...Object.entries(inputs)]);
  return Object.fromEntries(
    [...values].map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}

/** What the runner sets, and nothing of this process but PATH. */
function runnerVariables(step: Step, root: string): Record<string, string> {
  const files = fileVariables.map((name) => [`GITHUB_${name}`, join(root, 'commands', name)] as const);
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: join(root, 'home'),
    LANG: 'C.UTF-8',
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: '__self',
    GITHUB_ACTOR: 'octocat',
    GITHUB_API_URL: 'https://api.github.invalid',
    GITHUB_EVENT_NAME: step.event?.name ?? 'push',
    GITHUB_EVENT_PATH: join(root, 'event.json'),
    GITHUB_GRAPHQL_URL: 'https://api.github.invalid/graphql',
    GITHUB_JOB: 'check',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REPOSITORY: 'octocat/self-hosted-chat',
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_NUMBER: '1',
    GITHUB_SERVER_URL: 'https://github.invalid',
    GITHUB_WORKFLOW: 'check',
    GITHUB_WORKSPACE: step.workspace,
    RUNNER_ARCH: 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: join(root, 'temp'),
    RUNNER_TOOL_CACHE: join(root, 'tools'),
    ...Object.fromEntries(files),
    ...step.environment,
  };
}

async function layOut(step: Step, root: string): Promise<void> {
  for (const folder of ['commands', 'home', 'temp', 'tools']) await mkdir(join(root, folder));
  for (const name of fileVariables) await writeFile(join(root, 'commands', name), '');
  await writeFile(join(root, 'event.json'), JSON.stringify(step.event?.payload ?? {}));
}

async function readAll(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  return text;
}

/** Commands count in standard output and in standard error, which is read after it so that the page is always the same. */
async function execute(
  step: Step,
  main: string,
  environment: Record<string, string>,
  reader: LogReader,
): Promise<number | null> {
  const child = spawn(step.node, [join(step.action, main)], {
    cwd: step.workspace,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code));
  });
  const [exitCode, ...streams] = await Promise.all([ended, readAll(child.stdout), readAll(child.stderr)]);
  for (const line of streams.flatMap(splitLines)) reader.accept(line);
  return exitCode;
}

async function readCommandFiles(root: string, reader: LogReader) {
  const read = (name: (typeof fileVariables)[number]) => readFile(join(root, 'commands', name), 'utf8');
  const values = async (name: 'ENV' | 'OUTPUT'): Promise<ReadonlyMap<string, string>> => {
    try {
      return parseFileCommands(await read(name));
    } catch (error) {
      reader.fail(`Unable to process file command '${name.toLowerCase()}' successfully. ${String(error)}`);
      return new Map();
    }
  };
  const summary = await read('STEP_SUMMARY');
  const size = Buffer.byteLength(summary);
  if (size > summaryLimit)
    reader.fail(`$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${size} bytes`);
  return {
    summary: size === 0 || size > summaryLimit ? null : summary,
    outputs: await values('OUTPUT'),
    exported: await values('ENV'),
    addedPaths: (await read('PATH')).split('\n').filter((line) => line !== ''),
  };
}

/** Runs the step to its end. The caller closes the page, as outputs name files that live beside it. */
export async function runStep(step: Step): Promise<Page> {
  const metadata = await readMetadata(step.action);
  const inputs = inputVariables(metadata, step.inputs ?? {});
  const root = await mkdtemp(join(tmpdir(), 'hullcheck-runner-'));
  await layOut(step, root);
  const environment = { ...runnerVariables(step, root), ...inputs };
  const reader = createLogReader(step.workspace);
  const exitCode = await execute(step, metadata.main, environment, reader);
  const files = await readCommandFiles(root, reader);
  const { outputs: retired, ...log } = reader.page();
  return {
    ...log,
    exitCode,
    summary: files.summary,
    outputs: Object.fromEntries([...retired, ...files.outputs]),
    exported: Object.fromEntries(files.exported),
    addedPaths: files.addedPaths,
    temporaryFolder: join(root, 'temp'),
    close: () => rm(root, { recursive: true, force: true }),
  };
}
