import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDockerSave, buildImage, type ImageContent, tarOf } from '../../src/demo/docker-save.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { defaultLimits } from '../../src/domain/image-limits.ts';
import type { Report } from '../../src/domain/report.ts';
import type { RuleExample } from '../../src/domain/rule.ts';
import type { Host } from '../../src/host/host.ts';
import { createNodeHost } from '../../src/host/node-host.ts';
import type { PathForImage, Request } from '../../src/request.ts';
import { run } from '../../src/run.ts';
import { ociFiles, tarEntries, writeFolder } from './image-forms.ts';

/** The day examples are judged on unless they name another. */
const defaultDay = '2026-01-15';

/** Something to examine in every example, so that one about policy alone is not one where nothing was examined. */
const emptyWorkflow = { '.github/workflows/empty.yml': 'on: push\npermissions: {}\njobs: {}\n' };

const silentRequest = {
  subject: '.',
  images: [],
  platform: null,
  spoolLimit: 2 ** 30,
  cache: null,
  imageLimits: defaultLimits,
  dockerfiles: [],
  models: null,
  policy: null,
  scanners: [],
  scannerPaths: [],
  scannerSupply: { mirror: null, databases: [], databaseMirrors: [], databaseMaxDays: 5 },
  scannerTimeoutMinutes: 1,
  trivyReports: [],
  grypeReports: [],
  sbomTargets: [],
  base: null,
  isPullRequest: false,
  baselineReport: null,
  failOn: null,
  gate: {},
  offline: true,
  all: true,
} satisfies Omit<Request, 'directory'>;

/** A check of a folder that asks for nothing else. */
export function requestFor(directory: string, more: Partial<Request> = {}): Request {
  return { ...silentRequest, directory, ...more };
}

/** The real host, silent and on a fixed day. */
export function hostOn(day = defaultDay): Host {
  const host = createNodeHost(import.meta.url);
  return { ...host, clock: { now: host.clock.now, today: () => day }, log: () => undefined };
}

/** A private folder for the length of `work`. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'hullcheck-example-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `app.tar` beside the checked folder, as `--image` names it. */
export function imageAt(target: string, text = 'app.tar'): Request['images'][number] {
  return { text, transport: 'auto', target };
}

function git(directory: string, words: readonly string[]): void {
  const settings = [
    'user.name=test',
    'user.email=test@example.com',
    'commit.gpgSign=false',
    'core.hooksPath=/dev/null',
  ];
  const environment = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  execFileSync('git', [...settings.flatMap((setting) => ['-c', setting]), ...words], {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function clear(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name !== '.git');
  for (const name of names) await rm(join(directory, name), { recursive: true });
}

/** Base and head as two commits; the head stays checked out. */
async function commitBoth(directory: string, base: RuleExample['files'], head: RuleExample['files']): Promise<void> {
  git(directory, ['init', '--quiet', '--initial-branch=main']);
  for (const files of [base, head]) {
    await clear(directory);
    await writeFolder(directory, { ...emptyWorkflow, ...files });
    git(directory, ['add', '--all']);
    git(directory, ['commit', '--quiet', '--allow-empty', '--message=state']);
  }
}

/** The bytes of an example's image: docker save, or an OCI archive where a provenance belongs beside it. */
export async function buildExampleImage(image: NonNullable<RuleExample['image']>): Promise<Buffer> {
  const { layers, buildArguments, ...settings } = image;
  const content: ImageContent = { tag: 'app:1', steps: layers, ...settings };
  if (buildArguments === undefined) return await buildDockerSave(content);
  return await tarOf(tarEntries(ociFiles(await buildImage(content), { buildArguments })));
}

async function writeReport(folder: string, name: string, report: unknown): Promise<readonly PathForImage[]> {
  if (report === undefined) return [];
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify(report));
  return [{ path, image: null }];
}

/** Runs an example through the whole pipeline, in a folder of its own, and gives the report. */
export async function checkExample(example: RuleExample): Promise<Report> {
  return await inFolder(async (folder) => {
    const directory = join(folder, 'repository');
    await writeFolder(directory, { ...emptyWorkflow, ...example.files });
    if (example.base !== undefined) await commitBoth(directory, example.base, example.files);
    const target = join(folder, 'app.tar');
    if (example.image !== undefined) await writeFile(target, await buildExampleImage(example.image));
    const request = requestFor(directory, {
      images: example.image === undefined ? [] : [imageAt(target)],
      trivyReports: await writeReport(folder, 'trivy', example.reports?.trivy),
      grypeReports: await writeReport(folder, 'grype', example.reports?.grype),
      ...(example.base === undefined ? {} : { base: 'HEAD~1', isPullRequest: true }),
    });
    return await run(request, hostOn(example.today));
  });
}

/** Where a finding is, as examples write it: the line of its anchor, else the path, setting or package in the image. */
export function whereOf({ anchor, at }: Finding): string {
  if (anchor !== null) return `${anchor.path}:${anchor.line}`;
  if (at.kind === 'layer') return `image:${at.path}`;
  if (at.kind === 'package') return `image:${at.purl}`;
  return at.kind === 'image' ? `image:${at.name}` : `${at.path}:${at.line}`;
}
