import { compareText } from '../domain/compare-text.ts';
import type { InstallCommandEvidence, PackageManifestEvidence } from '../domain/evidence.ts';
import type { Draft } from '../domain/finding.ts';
import { classifyInstall } from '../domain/install/classify.ts';
import { quoteCommand } from '../domain/install/description.ts';
import { lockfileAdvice } from '../domain/install/lockfile-name.ts';
import {
  confidenceOf,
  findProject,
  indexProjects,
  type Project,
  type ProjectIndex,
} from '../domain/install/project.ts';
import type { FileLocation } from '../domain/location.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { defineRule } from '../domain/rule.ts';
import { missingLockfileExamples } from './examples/missing-lockfile.ts';

interface Need {
  readonly command: InstallCommandEvidence;
  readonly manifest: PackageManifestEvidence;
  readonly project: Project;
  /** Whether the command stops without the lockfile instead of resolving anew. */
  readonly fails: boolean;
}

function findNeed(command: InstallCommandEvidence, projects: ProjectIndex): Need | null {
  const project = findProject(command, projects);
  const { manifest, lockfile } = project;
  if (manifest === null || lockfile !== null || manifest.dependencies === 0) return null;
  const verdict = classifyInstall(command, manifest);
  if (verdict.kind === 'frozen' && verdict.needsLockfile) {
    return { command, manifest, project, fails: !verdict.resolvesWithoutLockfile };
  }
  return verdict.kind === 'unfrozen' && verdict.readsLockfile ? { command, manifest, project, fails: false } : null;
}

function comparePlaces(a: FileLocation, b: FileLocation): number {
  return compareText(a.path, b.path) || a.line - b.line || a.column - b.column;
}

/** One finding per manifest and manager, at the first command in order of path and line; the others are related. */
function groupByProject(needs: readonly Need[]): readonly (readonly Need[])[] {
  const groups = new Map<string, Need[]>();
  for (const need of [...needs].sort((a, b) => comparePlaces(a.command.at, b.command.at))) {
    const key = `${need.command.manager}\0${need.manifest.at.path}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [need]);
    else group.push(need);
  }
  return [...groups.values()];
}

function* report(needs: readonly Need[]): Iterable<Draft> {
  const [first, ...others] = needs;
  const advice = first === undefined ? null : lockfileAdvice[first.command.manager];
  if (first === undefined || advice === null) return;
  const { command, manifest, fails } = first;
  const path = neutralise(manifest.at.path, 120);
  const effect = fails ? 'fails' : 'installs whatever versions are newest';
  yield {
    at: command.at,
    message: `${quoteCommand(command)} ${effect}: ${path} has no ${advice.file} beside it or above`,
    identity: [command.manager, manifest.at.path],
    confidence: confidenceOf(command, first.project),
    related: [
      { at: manifest.at, message: `declares ${manifest.dependencies} dependencies` },
      ...others.map((other) => ({ at: other.command.at, message: `${quoteCommand(other.command)} needs it too` })),
    ],
    fix: { description: `run \`${advice.command}\` beside ${path} and commit ${advice.file}`, edits: [] },
  };
}

/**
 * A manifest whose dependencies nothing locks, reported at the command that installs them. It covers project installs
 * only, frozen or not; where a lockfile exists, or nothing could hold one, `unfrozen-install` speaks instead.
 */
export const missingLockfile = defineRule({
  id: 'missing-lockfile',
  summary: 'A project is installed without a committed lockfile',
  severity: 'medium',
  confidence: 'high',
  isLoweredInTests: true,
  consumes: ['install-command', 'lockfile', 'package-manifest'],
  docs: {
    why: 'Without a lockfile every build picks the newest versions that the manifest allows, all the way down the tree, so two builds of one commit differ and a compromised release is installed the day it appears. A frozen flag does not help: yarn 1 and bun with `--frozen-lockfile`, pnpm in CI and Poetry all install happily when the lockfile is not there. `npm ci` and `uv sync --locked` stop instead.',
    fix: 'Create the lockfile with the manager that the build uses, commit it, and copy it into the image before the install command. Make sure neither .gitignore nor .dockerignore names it. Then use the frozen form of the install command.',
  },
  examples: missingLockfileExamples,
  check: function* (view) {
    const projects = indexProjects(view.of('package-manifest'), view.of('lockfile'));
    const needs = view.of('install-command').map((command) => findNeed(command, projects));
    for (const group of groupByProject(needs.filter((need) => need !== null))) yield* report(group);
  },
});
