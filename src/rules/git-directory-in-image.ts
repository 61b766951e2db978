import { exampleToken } from '../domain/example-token.ts';
import type { Draft } from '../domain/finding.ts';
import { groupBy } from '../domain/group-by.ts';
import type { LayerEntryEvidence } from '../domain/layer-evidence.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { defineRule } from '../domain/rule.ts';
import { stillShips } from '../domain/still-ships.ts';

/** `app/.git` of `app/.git/config` and of `app/.git/modules/x/config`. */
function directoryOf(path: string): string {
  const end = path.lastIndexOf('.git/') + '.git'.length;
  return path.slice(0, end);
}

function draft(entries: readonly LayerEntryEvidence[]): Draft[] {
  const holding = entries.find((entry) => (entry.credential?.holds.length ?? 0) > 0);
  const entry = holding ?? entries[0];
  if (entry === undefined) return [];
  const directory = neutralise(directoryOf(entry.at.path), 300);
  const hosts = (holding?.credential?.holds ?? []).map((name) => neutralise(name, 80)).join(', ');
  const holds = holding === undefined ? 'holds the history of a repository' : `holds a Git credential (${hosts})`;
  const remedy = 'list .git in .dockerignore and rebuild; take what the build needs of it as a build argument';
  return [
    {
      at: entry.at,
      severity: holding === undefined ? 'medium' : 'high',
      message: `${directory} ${holds}${stillShips(entry)}`,
      identity: [directory],
      fix: {
        description: holding === undefined ? remedy : `revoke the credential where it was issued first, then ${remedy}`,
        edits: [],
      },
    },
  ];
}

function image(config: string) {
  return {
    user: '1000',
    layers: [
      { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
      {
        createdBy: 'COPY . /app # buildkit',
        files: { 'app/.git/HEAD': 'ref: refs/heads/main\n', 'app/.git/config': config, 'app/run.sh': 'exec app\n' },
      },
    ],
  };
}

const Dockerfile = 'FROM alpine:3.21.2\nCOPY . /app\nUSER 1000\n';
const core = '[core]\n\trepositoryformatversion = 0\n';

export const gitDirectoryInImage = defineRule({
  id: 'git-directory-in-image',
  summary: 'An image layer holds a Git repository with its history',
  severity: 'medium',
  confidence: 'high',
  consumes: ['layer-entry'],
  isSecret: true,
  docs: {
    why: 'A `.git` folder ships every version of every file, with all that was ever committed and removed again. Its config may also hold a login: a URL with a password, or the token that actions/checkout stores for later steps as `http.extraheader`; then it is high.',
    fix: 'List `.git` in .dockerignore. Where the build needs the revision, pass it: `--build-arg REVISION=$(git rev-parse HEAD)`. In workflows, `persist-credentials: false` keeps the token out of the checkout. Revoke a credential that shipped.',
  },
  examples: [
    {
      title: 'Copied with the rest',
      files: { Dockerfile },
      image: image(`${core}[remote "origin"]\n\turl = https://github.com/acme/app\n`),
      flags: [{ where: 'Dockerfile:2', severity: 'medium' }],
    },
    {
      title: 'With the token of the checkout',
      files: { Dockerfile },
      image: image(
        `${core}[remote "origin"]\n\turl = https://oauth2:${exampleToken().slice(4)}@git.acme.io/acme/app\n`,
      ),
      flags: [{ where: 'Dockerfile:2', severity: 'high' }],
    },
    {
      title: 'Only files about Git',
      files: { Dockerfile },
      image: {
        user: '1000',
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
          {
            createdBy: 'COPY . /app # buildkit',
            files: { 'app/.gitignore': 'dist\n', 'app/.gitattributes': '* text\n', 'etc/gitconfig': core },
          },
        ],
      },
      flags: [],
    },
  ],
  *check(view) {
    const repositories = view.of('layer-entry').filter((entry) => entry.credential?.file === 'git-config');
    const byDirectory = groupBy(repositories, ({ at }) => `${at.image}\0${directoryOf(at.path)}`);
    for (const entries of byDirectory.values()) yield* draft(entries);
  },
});
