import type { InstallCommandEvidence, PackageManifestEvidence } from '../evidence.ts';
import { readToggle } from './environment.ts';
import { grammarOf, runnerGrammar } from './grammar.ts';
import { isExactNpmSpec } from './npm-spec.ts';
import { classifyFetched, classifyLocalFirst } from './runner.ts';
import {
  frozenIfLocked,
  type InstallVerdict,
  judgeAdded,
  judgeTools,
  notAnInstall,
  undecided,
  unfrozen,
} from './verdict.ts';
import { type CommandWords, hasOption, readSwitch, readWords, rewriteCommand } from './words.ts';

function isFrozen(words: CommandWords, manifest: PackageManifestEvidence | null): boolean {
  const flag = readSwitch(words.options, 'frozen-lockfile');
  if (flag !== null) return flag;
  if (hasOption(words.options, '--production', '-p', '--prod')) return true;
  const settings = manifest?.settings ?? {};
  return (
    readToggle(settings['bun.install.frozenLockfile']) === true ||
    readToggle(settings['bun.install.production']) === true
  );
}

function toCi(words: CommandWords): string {
  return rewriteCommand(words, {
    position: 0,
    subcommand: ['ci'],
    drops: ['--frozen-lockfile', '--no-frozen-lockfile', '--no-save', '--force', '-f'],
  });
}

function classifyInstallOrAdd(words: CommandWords, manifest: PackageManifestEvidence | null): InstallVerdict {
  const specs = words.operands.slice(1).map(({ text }) => text);
  if (hasOption(words.options, '--lockfile-only', '--dry-run', '--help')) return notAnInstall;
  if (hasOption(words.options, '--global', '-g')) return judgeTools(specs, isExactNpmSpec);
  if (specs.some((spec) => spec !== null)) return judgeAdded(specs, isExactNpmSpec);
  if (isFrozen(words, manifest)) return frozenIfLocked;
  return specs.length > 0 ? undecided : unfrozen(toCi(words));
}

/** bun and bunx. CI never freezes it, and its frozen forms install new versions where there is no lockfile (measured with 1.4). */
export function classifyBun(command: InstallCommandEvidence, manifest: PackageManifestEvidence | null): InstallVerdict {
  if (command.words[0] === 'bunx') return classifyLocalFirst(readWords(command.words, runnerGrammar), 0);
  const words = readWords(command.words, grammarOf('bun'));
  const first = words.operands[0];
  switch (first?.text) {
    case undefined:
      return notAnInstall;
    case null:
      return undecided;
    case 'install':
    case 'i':
    case 'add':
    case 'a':
      return classifyInstallOrAdd(words, manifest);
    case 'ci':
      return frozenIfLocked;
    case 'update':
      return hasOption(words.options, '--dry-run', '--lockfile-only') ? notAnInstall : unfrozen(toCi(words), 'updates');
    case 'x':
      return classifyLocalFirst(words, 1);
    case 'create':
    case 'c':
      return classifyFetched(words, 1);
    default:
      return notAnInstall;
  }
}
