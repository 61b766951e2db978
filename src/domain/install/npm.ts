import type { InstallCommandEvidence } from '../evidence.ts';
import { grammarOf, runnerGrammar } from './grammar.ts';
import { isExactNpmSpec } from './npm-spec.ts';
import { classifyFetched, classifyLocalFirst } from './runner.ts';
import {
  frozenByLockfile,
  type InstallVerdict,
  judgeAdded,
  judgeTools,
  notAnInstall,
  undecided,
  unfrozen,
  updatesTools,
} from './verdict.ts';
import { type CommandWords, hasOption, readSwitch, readWords, rewriteCommand } from './words.ts';

/** Names and aliases of npm 11 `lib/utils/cmd-list.js` that install or run something, by what they resolve to. */
const aliases: ReadonlyMap<string, string> = new Map([
  ...['install', 'add', 'i', 'in', 'ins', 'inst', 'insta', 'instal', 'isnt', 'isnta', 'isntal', 'isntall'].map(
    (name) => [name, 'install'] as const,
  ),
  ...['install-test', 'it'].map((name) => [name, 'install-test'] as const),
  ...['ci', 'clean-install', 'ic', 'install-clean', 'isntall-clean'].map((name) => [name, 'ci'] as const),
  ...['install-ci-test', 'cit', 'clean-install-test', 'sit'].map((name) => [name, 'ci'] as const),
  ...['update', 'up', 'u', 'upgrade', 'udpate'].map((name) => [name, 'update'] as const),
  ...['dedupe', 'ddp'].map((name) => [name, 'dedupe'] as const),
  ...['link', 'ln'].map((name) => [name, 'link'] as const),
  ...['exec', 'x'].map((name) => [name, 'exec'] as const),
  ...['init', 'create', 'innit'].map((name) => [name, 'init'] as const),
  ['audit', 'audit'],
]);

/** All other names and aliases of the same list: a unique prefix must be unique among these too. */
const otherNames =
  `access adduser add-user approve-scripts author bugs c cache completion config deny-scripts deprecate diff
  dist-tag dist-tags docs doctor edit explain explore find find-dupes fund get help help-search hlep home info
  install-scripts issues la list ll login logout ls ogr org outdated owner pack ping pkg prefix profile prune publish query
  r rb rebuild remove repo restart rm root rum run run-script s sbom se search set show shrinkwrap stage star stars start
  stop t team test token trust tst un undeprecate uninstall unlink unpublish unstar urn v verison version view whoami
  why`.split(/\s+/);

const allNames: readonly string[] = [...aliases.keys(), ...otherNames];

/** The command an npm word stands for, as npm's `deref` finds it: name, alias, camel case or unique prefix. */
function resolveNpmCommand(word: string): string | null {
  const name = word.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (allNames.includes(name)) return aliases.get(name) ?? null;
  const matches = allNames.filter((candidate) => candidate.startsWith(name));
  return matches.length === 1 ? (aliases.get(matches[0] ?? '') ?? null) : null;
}

/** Options that `npm ci` has no use for, or that only seem to freeze `npm install`. */
const installOnly = ['--save', '-S', '--no-save', '--save-exact', '-E', '--save-dev', '-D', '--save-prod', '-P'];
const lockOptions = ['--package-lock', '--no-package-lock', '--frozen-lockfile', '--immutable', '--pure-lockfile'];

function toCi(words: CommandWords, subcommand: string): string {
  return rewriteCommand(words, { position: 0, subcommand: [subcommand], drops: [...installOnly, ...lockOptions] });
}

function isGlobal(words: CommandWords): boolean {
  const location = words.options.findLast((option) => option.name === '--location' || option.name === '-L');
  return readSwitch(words.options, 'global', '-g') ?? location?.value === 'global';
}

function classifyNpmInstall(words: CommandWords, subcommand: string): InstallVerdict {
  const specs = words.operands.slice(1).map((operand) => operand.text);
  if (hasOption(words.options, '--package-lock-only', '--dry-run', '--help')) return notAnInstall;
  if (isGlobal(words)) return judgeTools(specs.length === 0 ? ['.'] : specs, isExactNpmSpec);
  if (specs.length > 0) return judgeAdded(specs, isExactNpmSpec);
  const ignored = words.options.find((option) => ['--frozen-lockfile', '--immutable'].includes(option.name));
  const replacement = toCi(words, subcommand === 'install-test' ? 'install-ci-test' : 'ci');
  return unfrozen(replacement, 'resolves', ignored?.name ?? null);
}

function classifyUpdate(words: CommandWords): InstallVerdict {
  const names = words.operands.slice(1).map((operand) => operand.text);
  if (hasOption(words.options, '--package-lock-only', '--dry-run', '--help')) return notAnInstall;
  return isGlobal(words) ? updatesTools(names) : unfrozen(toCi(words, 'ci'), 'updates');
}

function classifyResolved(words: CommandWords, name: string | null): InstallVerdict {
  const next = words.operands[1];
  switch (name) {
    case 'install':
    case 'install-test':
      return classifyNpmInstall(words, name);
    case 'ci':
      return frozenByLockfile;
    case 'update':
    case 'dedupe':
      return classifyUpdate(words);
    case 'audit':
      return next?.text === 'fix' ? classifyUpdate(words) : notAnInstall;
    case 'link':
      return judgeAdded(next === undefined ? ['.'] : words.operands.slice(1).map(({ text }) => text), isExactNpmSpec);
    case 'exec':
      return classifyLocalFirst(words, 1);
    case 'init':
      return classifyFetched(words, 1);
    default:
      return notAnInstall;
  }
}

/** npm and npx. CI never freezes `npm install`, and no flag does (measured with npm 11 and 12). */
export function classifyNpm(command: InstallCommandEvidence): InstallVerdict {
  if (command.words[0] === 'npx') return classifyLocalFirst(readWords(command.words, runnerGrammar), 0);
  const words = readWords(command.words, grammarOf('npm'));
  const first = words.operands[0];
  if (first === undefined) return notAnInstall;
  return first.text === null ? undecided : classifyResolved(words, resolveNpmCommand(first.text));
}
