import { join } from 'node:path';
import { buildRequest, type RequestOrigin } from '../build-request.ts';
import type { Evidence } from '../domain/evidence.ts';
import { UsageError } from '../domain/usage-error.ts';
import { gatherFiles } from '../gather.ts';
import { describeProblem, type Host } from '../host/host.ts';
import type { Terminal } from '../host/terminal.ts';
import { informationUrl } from '../information-url.ts';
import { openWorkingTree } from '../sources/workspace/working-tree.ts';
import { version } from '../version.ts';

interface Proposal {
  readonly path: string;
  readonly text: string;
}

function policyText(evidence: readonly Evidence[]): string {
  const hasModels = evidence.some((item) => item.kind === 'model-file' && !item.isListed);
  return [
    `# yaml-language-server: $schema=${informationUrl}/raw/HEAD/docs/policy.schema.json`,
    '# What findings cost here. Every key is optional; hullcheck explain lists the rules.',
    'failOn: { vulnerabilities: critical, default: high }',
    'onGap: fail # what could not be examined is never green',
    '# mode: observe # exit 0 always, and say what would have failed',
    '# baseline: .hullcheck-baseline.json # hullcheck baseline write, for a repository with a backlog',
    ...(hasModels
      ? ['# model files were found: list them in model-manifest.yml so that their content is checked']
      : []),
    'triage: []',
    '',
  ].join('\n');
}

interface Build {
  readonly name: string;
  readonly context: string;
  readonly file: string;
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

/** The Dockerfiles that builds use: those under tests and examples are left out. */
function buildsOf(evidence: readonly Evidence[]): readonly Build[] {
  const paths = evidence.flatMap((item) => (item.kind === 'dockerfile' ? [item.path] : []));
  return paths
    .filter((path) => !/(?:^|\/)(?:tests?|fixtures?|examples?)\//.test(path))
    .map((path) => ({
      name: (folderOf(path) || 'app').replace(/[^a-z0-9]+/gi, '-').toLowerCase(),
      context: folderOf(path) || '.',
      file: path,
    }));
}

function buildSteps(builds: readonly Build[]): readonly string[] {
  return builds.flatMap((build) => [
    `      - name: Build ${build.name}`,
    '        uses: docker/build-push-action@263435318d21b8e681c14492fe198d362a7d2c83 # v6.18.0',
    '        with:',
    `          context: ${build.context}`,
    `          file: ${build.file}`,
    `          tags: ${build.name}:check`,
    `          outputs: type=docker,dest=\${{ runner.temp }}/${build.name}.tar`,
  ]);
}

function workflowText(builds: readonly Build[]): string {
  return [
    'name: hullcheck',
    'on:',
    '  push: { branches: [main] }',
    '  pull_request:',
    '  schedule: [{ cron: "17 4 1 * *" }]',
    'permissions: {}',
    'jobs:',
    '  check:',
    '    runs-on: ubuntu-24.04',
    '    permissions:',
    '      contents: read',
    '    steps:',
    '      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2',
    '        with: { fetch-depth: 0, persist-credentials: false }',
    ...(builds.length > 0
      ? ['      - uses: docker/setup-buildx-action@e468171a9de216ec08956ac3ada2f0791b6bd435 # v3.11.1']
      : []),
    ...buildSteps(builds),
    '      - name: Check',
    `        uses: hullcheck/hullcheck@v${version} # pin this to the commit of the release`,
    ...(builds.length > 0
      ? [
          '        with:',
          '          images: |',
          ...builds.map((build) => `            \${{ runner.temp }}/${build.name}.tar`),
        ]
      : []),
    '',
  ].join('\n');
}

async function propose(
  origin: RequestOrigin,
  host: Host,
): Promise<{ readonly directory: string; readonly proposals: readonly Proposal[] }> {
  const request = await buildRequest(origin, host);
  const { tree } = await openWorkingTree(host, request.directory);
  const { evidence } = await gatherFiles(request, tree, host);
  return {
    directory: request.directory,
    proposals: [
      { path: '.hullcheck.yml', text: policyText(evidence) },
      { path: '.github/workflows/hullcheck.yml', text: workflowText(buildsOf(evidence)) },
    ],
  };
}

/** A folder on the way that is a symbolic link would lead the write out of the repository. */
async function refuseLinks(directory: string, path: string, host: Host): Promise<void> {
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth++) {
    const folder = parts.slice(0, depth).join('/');
    if ((await host.files.status(join(directory, folder)))?.kind === 'symlink') {
      throw new UsageError(
        `${folder} is a symbolic link, so ${path} was not written`,
        'write it where the link leads yourself',
      );
    }
  }
}

async function writeAll(directory: string, proposals: readonly Proposal[], host: Host): Promise<void> {
  for (const proposal of proposals) {
    const path = join(directory, proposal.path);
    try {
      await refuseLinks(directory, proposal.path, host);
      await host.files.makeFolder(join(path, '..'));
      await host.files.write(path, proposal.text);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`${proposal.path} ${describeProblem(error)}`, 'run it where the folder can be written');
    }
  }
}

/** `hullcheck init`: shows what it would write, and writes only what is confirmed and not there yet. */
export async function init(origin: RequestOrigin, host: Host, terminal: Terminal): Promise<number> {
  const { directory, proposals } = await propose(origin, host);
  const isNew = await Promise.all(
    proposals.map(async (item) => (await host.files.status(join(directory, item.path))) === null),
  );
  const fresh = proposals.filter((_, index) => isNew[index]);
  for (const item of proposals) {
    const state = fresh.includes(item) ? '' : ' (exists, left alone)';
    terminal.write(`--- ${item.path}${state}\n${fresh.includes(item) ? `${item.text}\n` : '\n'}`);
  }
  if (fresh.length === 0) {
    terminal.write('Everything is there already. Next: hullcheck check .\n');
    return 0;
  }
  const question = `Write ${fresh.map((item) => item.path).join(' and ')}?`;
  const isConfirmed = origin.values.has('yes') || (terminal.confirm !== null && (await terminal.confirm(question)));
  if (!isConfirmed) {
    terminal.write('Nothing was written. hullcheck init --yes writes what is shown.\n');
    return 0;
  }
  await writeAll(directory, fresh, host);
  terminal.write(`Wrote ${fresh.map((item) => item.path).join(' and ')}. Next: hullcheck check .\n`);
  return 0;
}
