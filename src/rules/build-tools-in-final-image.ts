import type { BuildToolEvidence, BuildToolKind } from '../domain/build-evidence.ts';
import { describeSize } from '../domain/byte-size.ts';
import type { Draft } from '../domain/finding.ts';
import { defineRule } from '../domain/rule.ts';

/** Less than this of headers or of a cache is in every image; bytes. */
const least = 1_000_000;

interface ToolSum {
  readonly toolKind: BuildToolKind;
  readonly name: string;
  readonly bytes: number;
}

/** By name, the largest first. */
function addUp(tools: readonly BuildToolEvidence[]): readonly ToolSum[] {
  const sums = new Map<string, ToolSum>();
  for (const { toolKind, name, bytes } of tools) {
    sums.set(name, { toolKind, name, bytes: bytes + (sums.get(name)?.bytes ?? 0) });
  }
  return [...sums.values()].sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

const remedies: Readonly<Record<BuildToolKind, string>> = {
  compiler:
    'build in a stage of its own and copy the result (`COPY --from=build`), or take the slim variant of the base',
  headers: 'install -dev packages only in the stage that builds',
  cache:
    'empty the cache in the same RUN (`rm -rf /var/lib/apt/lists/*`, `--no-cache`, `--no-cache-dir`), or mount it (`RUN --mount=type=cache`)',
};

const baseRemedy = 'they come with the base image, and no later layer makes it smaller: take a slimmer variant of it';

function draftTools(tools: readonly BuildToolEvidence[], isFromBase: boolean): Draft | null {
  const counted = addUp(tools).filter(({ toolKind, bytes }) => toolKind === 'compiler' || bytes >= least);
  const named = tools.filter(({ name }) => counted.some((sum) => sum.name === name));
  const [lead] = [...named].sort((a, b) => (a.at.path < b.at.path ? -1 : 1));
  if (lead === undefined) return null;
  const list = counted.map(({ name, bytes }) => `${name} (${describeSize(bytes)})`).join(', ');
  const total = counted.reduce((sum, { bytes }) => sum + bytes, 0);
  const kinds = [...new Set(counted.map(({ toolKind }) => toolKind))].sort();
  return {
    at: lead.at,
    message: `the final image ships ${describeSize(total)} that only builds need: ${list}`,
    identity: kinds,
    fix: { description: isFromBase ? baseRemedy : kinds.map((kind) => remedies[kind]).join('; '), edits: [] },
  };
}

export const buildToolsInFinalImage = defineRule({
  id: 'build-tools-in-final-image',
  summary: 'The final image ships compilers, headers or package-manager caches',
  severity: 'info',
  confidence: 'high',
  consumes: ['build-tool'],
  docs: {
    why: 'A compiler, headers and the caches of package managers make the image larger and slower to pull, bring packages whose vulnerabilities have to be followed, and give whoever breaks in the tools to go on with. What a later step deletes leaves the container but not the image; only what the final image still shows is counted here.',
    fix: 'Build in one stage and copy the result into a small last one (`COPY --from=build`). Where packages are installed in the last stage, empty the cache in the same RUN: `apt-get install --no-install-recommends ... && rm -rf /var/lib/apt/lists/*`, `apk add --no-cache`, `pip install --no-cache-dir`, or mount it: `RUN --mount=type=cache,target=/root/.cache`.',
  },
  examples: [
    {
      title: 'A compiler and package lists in the last stage',
      files: { Dockerfile: 'FROM debian:12.8-slim\nRUN apt-get update && apt-get install -y gcc\nUSER 1000\n' },
      image: {
        user: '1000',
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=debian\n' } },
          {
            createdBy: 'RUN /bin/sh -c apt-get update && apt-get install -y gcc # buildkit',
            files: {
              'usr/bin/x86_64-linux-gnu-gcc-12': 'ELF',
              'var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages': 'x'.repeat(
                2_000_000,
              ),
            },
          },
        ],
      },
      flags: [{ where: 'Dockerfile:2', severity: 'info' }],
    },
    {
      title: 'Removed before the image is done, and a cache of a few bytes',
      files: {
        Dockerfile:
          'FROM debian:12.8-slim\nRUN apt-get update && apt-get install -y gcc\nRUN ./build.sh && apt-get purge -y gcc\nUSER 1000\n',
      },
      image: {
        user: '1000',
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=debian\n' } },
          {
            createdBy: 'RUN /bin/sh -c apt-get update && apt-get install -y gcc # buildkit',
            files: { 'usr/bin/x86_64-linux-gnu-gcc-12': 'ELF', 'root/.cache/pip/selfcheck/a': '{}' },
          },
          {
            createdBy: 'RUN /bin/sh -c ./build.sh && apt-get purge -y gcc # buildkit',
            deletes: ['usr/bin/x86_64-linux-gnu-gcc-12'],
          },
        ],
      },
      flags: [],
    },
  ],
  *check(view) {
    const groups = new Map<string, BuildToolEvidence[]>();
    for (const tool of view.of('build-tool')) {
      const cause = view.causeOf(tool.at);
      const key = `${tool.at.image}\0${cause === null ? tool.at.layer : `${cause.path}:${cause.line}`}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [tool]);
      else group.push(tool);
    }
    for (const tools of groups.values()) {
      const [first] = tools;
      const cause = first === undefined ? null : view.causeOf(first.at);
      const draft = draftTools(tools, cause !== null && /^FROM\b/i.test(cause.instruction));
      if (draft !== null) yield draft;
    }
  },
});
