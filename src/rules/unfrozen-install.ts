import type { InstallCommandEvidence } from '../domain/evidence.ts';
import type { Draft } from '../domain/finding.ts';
import { classifyInstall } from '../domain/install/classify.ts';
import { describeEffect, identityOf, quoteCommand } from '../domain/install/description.ts';
import {
  confidenceByContext,
  confidenceOf,
  findProject,
  indexProjects,
  type Project,
  type ProjectIndex,
} from '../domain/install/project.ts';
import type { InstallVerdict, UnfrozenInstall } from '../domain/install/verdict.ts';
import { fileLocation, fileStart } from '../domain/location.ts';
import { defineRule } from '../domain/rule.ts';
import type { Severity } from '../domain/severity.ts';
import { unfrozenInstallExamples } from './examples/unfrozen-install.ts';

/** Without a lockfile it is left to `missing-lockfile`, unless nothing that a lockfile could stand beside is known. */
function weighUnfrozen(verdict: UnfrozenInstall, command: InstallCommandEvidence, project: Project): Severity | null {
  if (project.manifest?.dependencies === 0 && project.lockfile === null) return null;
  const isMissing = project.lockfile === null && project.manifest !== null;
  if (verdict.readsLockfile && isMissing) return null;
  const isMeant = verdict.effect === 'updates' && command.context !== 'dockerfile';
  if (verdict.effect === 'implicit' || isMeant) return 'low';
  return verdict.readsLockfile && project.lockfile !== null ? 'high' : 'medium';
}

function weigh(verdict: InstallVerdict, command: InstallCommandEvidence, project: Project): Severity | null {
  switch (verdict.kind) {
    case 'unfrozen':
      return weighUnfrozen(verdict, command, project);
    case 'adds-package':
      if (verdict.isExact) return 'low';
      return project.lockfile === null ? 'medium' : 'high';
    case 'unpinned-tool':
      return 'medium';
    case 'exact-tool':
    case 'unhashed-pins':
    case 'upgrades-installer':
      return 'low';
    default:
      return null;
  }
}

function describeFix(verdict: InstallVerdict, command: InstallCommandEvidence): string {
  if ('replacement' in verdict) return `use \`${verdict.replacement}\``;
  if (verdict.kind === 'unpinned-tool') return 'name an exact version of the tool';
  if (verdict.kind === 'upgrades-installer') return 'leave the installer as it is, or name an exact version';
  return command.manager === 'pip'
    ? 'write it with its hash into a requirements file and install that with --require-hashes'
    : 'declare it in a manifest, commit the lockfile and install from that';
}

interface Judged {
  readonly command: InstallCommandEvidence;
  readonly project: Project;
  readonly verdict: InstallVerdict;
}

function judge(command: InstallCommandEvidence, projects: ProjectIndex): Judged {
  const project = findProject(command, projects);
  return { command, project, verdict: classifyInstall(command, project.manifest) };
}

function isProjectInstall(verdict: InstallVerdict): boolean {
  return verdict.kind === 'unfrozen' || verdict.kind === 'unhashed-pins';
}

function* report({ command, project, verdict }: Judged): Iterable<Draft> {
  const severity = weigh(verdict, command, project);
  const effect = describeEffect(verdict, project);
  if (severity === null || effect === null) return;
  const isProject = isProjectInstall(verdict);
  const lockfiles = isProject && project.lockfile !== null ? [fileLocation(project.lockfile.path, fileStart)] : [];
  yield {
    at: command.at,
    message: `${quoteCommand(command)} ${effect}`,
    identity: identityOf(command),
    severity,
    confidence: isProject ? confidenceOf(command, project) : confidenceByContext(command),
    related: lockfiles.map((at) => ({ at, message: 'the lockfile it does not hold to' })),
    fix: { description: describeFix(verdict, command), edits: [] },
  };
}

function scopeOf({ command }: Judged): string {
  return `${command.manager}\0${command.at.path}`;
}

/** A `uv run` that follows a locked sync in the same file has nothing left to change. */
function dropCovered(judged: readonly Judged[]): readonly Judged[] {
  const frozen = new Set(judged.filter(({ verdict }) => verdict.kind === 'frozen').map(scopeOf));
  const isImplicit = ({ verdict }: Judged) => verdict.kind === 'unfrozen' && verdict.effect === 'implicit';
  return judged.filter((entry) => !isImplicit(entry) || !frozen.has(scopeOf(entry)));
}

/** Install commands that can bring other versions than those that were reviewed; those without any lockfile are `missing-lockfile`. */
export const unfrozenInstall = defineRule({
  id: 'unfrozen-install',
  summary: 'An install command may bring other versions than the lockfile names',
  severity: 'high',
  confidence: 'high',
  isLoweredInTests: true,
  consumes: ['install-command', 'lockfile', 'package-manifest'],
  docs: {
    why: 'A lockfile only protects a build whose install command refuses to leave it. `npm install`, a plain `yarn` or `uv sync` quietly resolves again when the manifest has moved on, so the image holds versions nobody reviewed, and a compromised release reaches it within minutes. What freezes an install differs by manager, version and place: CI freezes pnpm and yarn from version 2 on, but never npm, yarn 1 or bun, and a Dockerfile has no CI variable unless it sets one.',
    fix: 'Use the frozen form of the command, which fails when manifest and lockfile disagree: `npm ci`, `pnpm install --frozen-lockfile`, `yarn install --immutable` (yarn 1: `--frozen-lockfile`), `bun ci`, `uv sync --locked`, `poetry sync`. For pip, write hashes with `uv pip compile --generate-hashes` and install with `--require-hashes --no-deps`. Put tools that are installed by name into a manifest with a lockfile of its own.',
  },
  examples: unfrozenInstallExamples,
  check: function* (view) {
    const projects = indexProjects(view.of('package-manifest'), view.of('lockfile'));
    const judged = view.of('install-command').map((command) => judge(command, projects));
    for (const entry of dropCovered(judged)) yield* report(entry);
  },
});
