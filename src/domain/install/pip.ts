import type { InstallCommandEvidence, PackageManifestEvidence } from '../evidence.ts';
import { firstToggle, readVariable } from './environment.ts';
import { grammarOf } from './grammar.ts';
import { isExactRequirement, readRequirement, requirementName } from './python-requirement.ts';
import { frozenByItself, type InstallVerdict, judgeAdded, notAnInstall, type Spec, undecided } from './verdict.ts';
import { type CommandWords, hasOption, readSwitch, readWords, rewriteCommand, valuesOf } from './words.ts';

const resolvingCommands = ['install', 'download', 'wheel', 'sync'];
const installers = ['pip', 'setuptools', 'wheel'];
const lockFile = /(?:^|\/)pylock(?:\.[^./]+)?\.toml$/;
const hashOptions = ['--require-hashes', '--no-require-hashes', '--no-deps', '--upgrade', '-U'];

interface PipTargets {
  readonly files: readonly Spec[];
  readonly specs: readonly Spec[];
}

function readTargets(words: CommandWords, position: number): PipTargets {
  const operands = words.operands.slice(position + 1).map(({ text }) => text);
  const files = valuesOf(words.options, '--requirement', '--requirements', '-r');
  const editables = valuesOf(words.options, '--editable', '-e');
  return words.operands[position]?.text === 'sync'
    ? { files: [...files, ...operands], specs: [] }
    : { files, specs: [...editables, ...operands] };
}

/** The requirements files a pip or `uv pip` command names, as written; dynamic ones are left out. */
export function requirementFilesOf(command: InstallCommandEvidence): readonly string[] {
  const isUv = command.manager === 'uv';
  const words = readWords(command.words, grammarOf(command.manager));
  if (isUv && words.operands[0]?.text !== 'pip') return [];
  return readTargets(words, isUv ? 1 : 0).files.filter((file) => file !== null);
}

/** pip and uv enforce hashes by flag or environment; a later `--no-require-hashes` takes it back. */
function requiresHashes(words: CommandWords, command: InstallCommandEvidence): boolean {
  const flag = readSwitch(words.options, 'require-hashes');
  return (flag ?? readVariable(command.environment, 'PIP_REQUIRE_HASHES', 'UV_REQUIRE_HASHES')) === true;
}

function isOfflineInstall(words: CommandWords, command: InstallCommandEvidence): boolean {
  const flag = hasOption(words.options, '--no-index') ? true : null;
  return firstToggle(flag, readVariable(command.environment, 'PIP_NO_INDEX')) === true;
}

function unfrozenPip(replacement: string): InstallVerdict {
  return { kind: 'unfrozen', replacement, effect: 'resolves', readsLockfile: false, ignored: null };
}

function judgeFiles(
  words: CommandWords,
  position: number,
  files: readonly Spec[],
  manifest: PackageManifestEvidence | null,
): InstallVerdict {
  if (files.every((file) => file !== null && lockFile.test(file))) return frozenByItself;
  if (manifest?.pins === 'hashed') return frozenByItself;
  const subcommand = [words.operands[position]?.text ?? 'install', '--require-hashes', '--no-deps'];
  const rewrite = { position, subcommand, drops: hashOptions, keepsOperands: true };
  const replacement = rewriteCommand(words, rewrite);
  return manifest?.pins === 'exact' ? { kind: 'unhashed-pins', replacement } : unfrozenPip(replacement);
}

/** Files of the build itself, a hashed archive or a full commit: without dependencies nothing about it can change. */
function isFixed(spec: Spec): boolean {
  if (spec === null) return false;
  const pin = readRequirement(spec);
  return pin === 'local' || pin === 'hashed' || (pin === 'exact' && spec.includes('://'));
}

function judgeLocal(words: CommandWords, position: number): InstallVerdict {
  const subcommand = [words.operands[position]?.text ?? 'install', '--no-deps'];
  return unfrozenPip(rewriteCommand(words, { position, subcommand, drops: ['-U', '--upgrade'], keepsOperands: true }));
}

function judgeSpecs(words: CommandWords, position: number, specs: readonly Spec[]): InstallVerdict {
  if (hasOption(words.options, '--no-deps') && specs.every(isFixed)) return frozenByItself;
  const literal = specs.filter((spec) => spec !== null);
  const floating = literal.filter((spec) => !isExactRequirement(spec));
  if (literal.length === specs.length && floating.every((spec) => installers.includes(requirementName(spec)))) {
    if (floating.length > 0) return { kind: 'upgrades-installer', packages: floating };
    if (literal.every((spec) => readRequirement(spec) === 'local')) return judgeLocal(words, position);
    if (literal.every((spec) => readRequirement(spec) === 'hashed')) return frozenByItself;
  }
  return judgeAdded(specs, isExactRequirement);
}

/** Files and specs of one command together: the looser half decides. */
function judgeTargets(
  words: CommandWords,
  position: number,
  targets: PipTargets,
  manifest: PackageManifestEvidence | null,
): InstallVerdict {
  const { files, specs } = targets;
  if (files.length === 0 && specs.length === 0) return notAnInstall;
  const bySpecs = specs.length === 0 ? null : judgeSpecs(words, position, specs);
  if (files.length === 0) return bySpecs ?? notAnInstall;
  const isLoose = bySpecs?.kind === 'adds-package' && !bySpecs.isExact;
  if (bySpecs !== null && (isLoose || bySpecs.kind === 'undecided')) return bySpecs;
  if (files.some((file) => file === null) && manifest?.pins !== 'loose') return undecided;
  return judgeFiles(words, position, files, manifest);
}

/** `pip install|download|wheel` and `uv pip install|sync`; `position` is the operand that says which. */
export function classifyPipWords(
  words: CommandWords,
  position: number,
  command: InstallCommandEvidence,
  manifest: PackageManifestEvidence | null,
): InstallVerdict {
  const name = words.operands[position]?.text;
  if (name === null) return undecided;
  if (name === undefined || !resolvingCommands.includes(name)) return notAnInstall;
  if (hasOption(words.options, '--dry-run', '--help', '-h')) return notAnInstall;
  if (requiresHashes(words, command) || isOfflineInstall(words, command)) return frozenByItself;
  return judgeTargets(words, position, readTargets(words, position), manifest);
}

/** pip, which has no lockfile: hashes in its requirements file are the only thing that freezes it. */
export function classifyPip(command: InstallCommandEvidence, manifest: PackageManifestEvidence | null): InstallVerdict {
  return classifyPipWords(readWords(command.words, grammarOf('pip')), 0, command, manifest);
}
