import type { InstallCommandEvidence, PackageManifestEvidence } from '../evidence.ts';
import { firstToggle, isInCi, readToggle, readVariable, type Toggle } from './environment.ts';
import { grammarOf, runnerGrammar } from './grammar.ts';
import { isExactNpmSpec } from './npm-spec.ts';
import { classifyFetched } from './runner.ts';
import {
  frozenByLockfile,
  frozenIfLocked,
  type InstallVerdict,
  judgeAdded,
  judgeTools,
  notAnInstall,
  undecided,
  unfrozen,
  updatesTools,
} from './verdict.ts';
import { type CommandWords, hasOption, readSwitch, readWords, rewriteCommand } from './words.ts';

/** The last major that reads `.npmrc` and `npm_config_*` for this setting. */
const lastMajorWithNpmrc = 10;

function settingsToggle(command: InstallCommandEvidence, manifest: PackageManifestEvidence | null): Toggle {
  return firstToggle(
    readVariable(command.environment, 'PNPM_CONFIG_FROZEN_LOCKFILE', 'pnpm_config_frozen_lockfile'),
    readToggle(manifest?.settings['pnpm.frozenLockfile']),
  );
}

/** What `.npmrc` and `npm_config_*` say, which newer majors ignore. */
function npmStyleToggle(command: InstallCommandEvidence, manifest: PackageManifestEvidence | null): Toggle {
  return firstToggle(
    readVariable(command.environment, 'npm_config_frozen_lockfile', 'NPM_CONFIG_FROZEN_LOCKFILE'),
    readToggle(manifest?.settings['npm.frozen-lockfile']),
  );
}

function flagToggle(words: CommandWords): Toggle {
  const { options } = words;
  if (hasOption(options, '--fix-lockfile', '--no-lockfile') || readSwitch(options, 'lockfile') === false) return false;
  const config = options.findLast(({ name }) => /^--config\.frozen-?lockfile$/i.test(name));
  return firstToggle(readSwitch(options, 'frozen-lockfile'), readToggle(config?.value ?? undefined));
}

function toFrozen(words: CommandWords, position: number): string {
  const drops = ['--frozen-lockfile', '--no-frozen-lockfile', '--fix-lockfile', '--lockfile', '--no-lockfile'];
  return rewriteCommand(words, { position, subcommand: ['install', '--frozen-lockfile'], drops });
}

function classifyProjectInstall(
  words: CommandWords,
  position: number,
  command: InstallCommandEvidence,
  manifest: PackageManifestEvidence | null,
): InstallVerdict {
  if (hasOption(words.options, '--lockfile-only', '--help', '--dry-run')) return notAnInstall;
  const major = manifest?.manager?.name === 'pnpm' ? manifest.manager.major : null;
  const npmStyle = npmStyleToggle(command, manifest);
  const readsNpmrc = major !== null && major <= lastMajorWithNpmrc;
  const explicit = firstToggle(
    flagToggle(words),
    settingsToggle(command, manifest),
    readsNpmrc ? npmStyle : null,
    major === null && npmStyle !== null ? 'dynamic' : null,
  );
  if (explicit === true) return frozenByLockfile;
  const ci = explicit ?? isInCi(command);
  if (ci === 'dynamic') return undecided;
  if (ci === true) return frozenIfLocked;
  const ignored = !readsNpmrc && npmStyle === true ? 'frozen-lockfile in .npmrc or npm_config_*' : null;
  return unfrozen(toFrozen(words, position), 'resolves', ignored);
}

function classifyInstallOrAdd(
  words: CommandWords,
  position: number,
  command: InstallCommandEvidence,
  manifest: PackageManifestEvidence | null,
): InstallVerdict {
  const specs = words.operands.slice(position + 1).map(({ text }) => text);
  if (readSwitch(words.options, 'global', '-g') === true) return judgeTools(specs, isExactNpmSpec);
  if (specs.some((spec) => spec !== null)) return judgeAdded(specs, isExactNpmSpec);
  if (specs.length > 0 && flagToggle(words) !== true) return undecided;
  return classifyProjectInstall(words, position, command, manifest);
}

function classifyUpdate(words: CommandWords, position: number): InstallVerdict {
  const names = words.operands.slice(position + 1).map(({ text }) => text);
  if (hasOption(words.options, '--lockfile-only', '--help')) return notAnInstall;
  if (readSwitch(words.options, 'global', '-g') === true) return updatesTools(names);
  return unfrozen(toFrozen(words, position), 'updates');
}

/** pnpm and pnpx. In CI a plain install is frozen where a lockfile exists and resolves where none does (measured with 12). */
export function classifyPnpm(
  command: InstallCommandEvidence,
  manifest: PackageManifestEvidence | null,
): InstallVerdict {
  if (command.words[0] === 'pnpx' || command.words[0] === 'pnx') {
    return classifyFetched(readWords(command.words, runnerGrammar), 0);
  }
  const words = readWords(command.words, grammarOf('pnpm'));
  const position = ['recursive', 'multi', 'm'].includes(words.operands[0]?.text ?? '') ? 1 : 0;
  const first = words.operands[position];
  if (first === undefined) return notAnInstall;
  switch (first.text) {
    case null:
      return undecided;
    case 'install':
    case 'i':
    case 'install-test':
    case 'it':
    case 'add':
      return classifyInstallOrAdd(words, position, command, manifest);
    case 'ci':
    case 'clean-install':
    case 'ic':
    case 'install-clean':
    case 'fetch':
    case 'deploy':
      return frozenByLockfile;
    case 'update':
    case 'up':
    case 'upgrade':
    case 'dedupe':
      return first.text === 'dedupe' && hasOption(words.options, '--check')
        ? notAnInstall
        : classifyUpdate(words, position);
    case 'dlx':
    case 'create':
      return classifyFetched(words, position + 1);
    default:
      return notAnInstall;
  }
}
