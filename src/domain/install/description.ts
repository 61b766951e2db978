import { posix } from 'node:path';
import type { InstallCommandEvidence } from '../evidence.ts';
import { neutralise } from '../neutral-text.ts';
import type { Project } from './project.ts';
import type { InstallVerdict, UnfrozenInstall } from './verdict.ts';
import { showWords } from './words.ts';

/** The command's words between backticks, neutral and at most 120 characters; credentials in them are masked. */
export function quoteCommand(command: InstallCommandEvidence): string {
  return `\`${showWords(command.words)}\``;
}

/** What makes two findings about commands the same: the manager and the words as shown, no line and no value of a secret. */
export function identityOf(command: InstallCommandEvidence): readonly string[] {
  return [command.manager, showWords(command.words)];
}

function describeUnfrozen(verdict: UnfrozenInstall, project: Project): string {
  const lockfile = project.lockfile === null ? null : posix.basename(project.lockfile.path);
  if (verdict.effect === 'updates')
    return `replaces ${lockfile === null ? 'the' : 'the locked'} versions by newer ones`;
  if (verdict.ignored !== null) return `is not frozen: ${verdict.ignored} has no such effect on it`;
  if (lockfile === null) return 'installs whatever versions are newest when it runs';
  if (verdict.effect === 'implicit') return `may change ${lockfile} before it runs the program`;
  return `may change ${lockfile} and install other versions than it names`;
}

function list(packages: readonly string[]): string {
  if (packages.length === 0) return 'all of them';
  const shown = packages.slice(0, 3).map((spec) => showWords([spec], 40));
  return neutralise(packages.length > 3 ? `${shown.join(', ')} and ${packages.length - 3} more` : shown.join(', '));
}

/** What the command does to versions, as the rest of a sentence that begins with the command; null where there is nothing to say. */
export function describeEffect(verdict: InstallVerdict, project: Project): string | null {
  switch (verdict.kind) {
    case 'unfrozen':
      return describeUnfrozen(verdict, project);
    case 'unhashed-pins':
      return 'installs exact versions without checking their hashes';
    case 'adds-package':
      return verdict.isExact
        ? 'fixes the versions it names, not those of their dependencies'
        : `installs the newest ${list(verdict.packages)} outside any lockfile`;
    case 'exact-tool':
      return 'fixes the version of the tool, not those of its dependencies';
    case 'unpinned-tool':
      return `installs the newest version of ${list(verdict.packages)}`;
    case 'upgrades-installer':
      return `installs the newest ${list(verdict.packages)}`;
    default:
      return null;
  }
}
