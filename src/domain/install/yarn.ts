import type { InstallCommandEvidence, PackageManifestEvidence } from '../evidence.ts';
import { firstToggle, isInCi, readToggle, readVariable } from './environment.ts';
import { grammarOf } from './grammar.ts';
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
} from './verdict.ts';
import { type CommandWords, hasOption, readSwitch, readWords, rewriteCommand } from './words.ts';

const berryCommands = ['dlx', 'up', 'workspaces', 'dedupe'];
const frozenOptions = ['--immutable', '--no-immutable', '--frozen-lockfile', '--no-frozen-lockfile'];
const classicDrops = [...frozenOptions, '--pure-lockfile', '--no-lockfile', '--force'];
const berryDrops = [...frozenOptions, '--refresh-lockfile'];

/** What is known of the generation: `packageManager`, then `.yarnrc.yml` or the lockfile's header. */
function knownGeneration(manifest: PackageManifestEvidence | null): 1 | 2 | null {
  const major = manifest?.manager?.name === 'yarn' ? manifest.manager.major : null;
  const known = major ?? Number(manifest?.settings['yarn.generation'] ?? 0);
  if (known === 0 || Number.isNaN(known)) return null;
  return known === 1 ? 1 : 2;
}

/** Unknown: berry where the command only makes sense there, else 1, which is what a plain `yarn` on PATH is. */
function generationOf(words: CommandWords, manifest: PackageManifestEvidence | null): 1 | 2 {
  const usesBerry =
    berryCommands.includes(words.operands[0]?.text ?? '') ||
    hasOption(words.options, '--immutable', '--no-immutable', '--immutable-cache');
  return knownGeneration(manifest) ?? (usesBerry ? 2 : 1);
}

/** yarn 1: only `--frozen-lockfile` (or the same in `.yarnrc`) freezes, and only where a yarn.lock exists; CI changes nothing. */
function classifyClassicInstall(
  words: CommandWords,
  position: number,
  manifest: PackageManifestEvidence | null,
): InstallVerdict {
  const isLockIgnored = hasOption(words.options, '--no-lockfile');
  const setting = readToggle(manifest?.settings['yarn.install.frozen-lockfile']);
  const flag = readSwitch(words.options, 'frozen-lockfile');
  if (!isLockIgnored && (flag ?? setting) === true) return frozenIfLocked;
  if (words.operands.slice(position).some(({ text }) => text === null)) return undecided;
  const ignored = ['--immutable', '--pure-lockfile'].find((name) => hasOption(words.options, name)) ?? null;
  const subcommand = ['install', '--frozen-lockfile'];
  return unfrozen(rewriteCommand(words, { position, subcommand, drops: classicDrops }), 'resolves', ignored);
}

/** yarn >= 2: flag, environment, `.yarnrc.yml`, then CI, in that order. */
function classifyBerryInstall(
  words: CommandWords,
  position: number,
  command: InstallCommandEvidence,
  manifest: PackageManifestEvidence | null,
): InstallVerdict {
  if (words.options.some(({ name, value }) => name === '--mode' && value === 'update-lockfile')) return notAnInstall;
  const flag = firstToggle(readSwitch(words.options, 'immutable'), readSwitch(words.options, 'frozen-lockfile'));
  if (flag === true) return frozenByLockfile;
  if (words.operands.slice(position).some(({ text }) => text === null)) return undecided;
  const toggle = firstToggle(
    flag,
    readVariable(command.environment, 'YARN_ENABLE_IMMUTABLE_INSTALLS'),
    readToggle(manifest?.settings['yarn.enableImmutableInstalls']),
    isInCi(command),
  );
  if (toggle === 'dynamic') return undecided;
  if (toggle === true) return frozenByLockfile;
  return unfrozen(rewriteCommand(words, { position, subcommand: ['install', '--immutable'], drops: berryDrops }));
}

function classifyUpgrade(words: CommandWords, position: number, generation: 1 | 2): InstallVerdict {
  const [flag, drops] = generation === 1 ? ['--frozen-lockfile', classicDrops] : ['--immutable', berryDrops];
  return unfrozen(rewriteCommand(words, { position, subcommand: ['install', flag], drops }), 'updates');
}

function specsAfter(words: CommandWords, position: number) {
  return words.operands.slice(position + 1).map(({ text }) => text);
}

function classifyGlobal(words: CommandWords, position: number): InstallVerdict {
  const action = words.operands[position + 1]?.text;
  if (action !== 'add' && action !== 'upgrade') return action === null ? undecided : notAnInstall;
  return judgeTools(specsAfter(words, position + 1), isExactNpmSpec);
}

/** yarn, whose generation decides what its flags mean; see `generationOf`. */
export function classifyYarn(
  command: InstallCommandEvidence,
  manifest: PackageManifestEvidence | null,
): InstallVerdict {
  const words = readWords(command.words, grammarOf('yarn'));
  const generation = generationOf(words, manifest);
  const position = words.operands[0]?.text === 'workspace' ? 2 : 0;
  const first = words.operands[position];
  if (first === undefined && (position > 0 || hasOption(words.options, '--version', '-v', '--help', '-h'))) {
    return notAnInstall;
  }
  if (first?.text === null) return undecided;
  switch (first?.text) {
    case undefined:
    case 'install':
      return generation === 1
        ? classifyClassicInstall(words, position, manifest)
        : classifyBerryInstall(words, position, command, manifest);
    case 'add':
      return judgeAdded(specsAfter(words, position), isExactNpmSpec);
    case 'upgrade':
    case 'up':
    case 'upgrade-interactive':
      return classifyUpgrade(words, position, generation);
    case 'dedupe':
      return hasOption(words.options, '--check', '-c') ? notAnInstall : classifyUpgrade(words, position, generation);
    case 'workspaces':
      return words.operands[position + 1]?.text === 'focus' ? frozenByLockfile : notAnInstall;
    case 'global':
      return classifyGlobal(words, position);
    case 'dlx':
    case 'create':
      return classifyFetched(words, position + 1);
    default:
      return notAnInstall;
  }
}
