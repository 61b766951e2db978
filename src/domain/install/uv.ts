import type { InstallCommandEvidence, PackageManifestEvidence } from '../evidence.ts';
import { readVariable } from './environment.ts';
import { grammarOf } from './grammar.ts';
import { classifyPipWords } from './pip.ts';
import { isExactRequirement } from './python-requirement.ts';
import {
  frozenByLockfile,
  type InstallVerdict,
  judgeAdded,
  judgeTools,
  notAnInstall,
  undecided,
  unfrozen,
} from './verdict.ts';
import { type CommandWords, hasOption, optionsBefore, readWords, rewriteCommand, valuesOf } from './words.ts';

const upgradeOptions = ['--upgrade', '-U', '--upgrade-package', '-P', '--no-locked', '--no-frozen'];

/** `x==1.2`, and uv's own `x@1.2.3`. */
function isExactTool(spec: string): boolean {
  return isExactRequirement(spec) || /^[\w.-]+(?:\[[^\]]*\])?@\d[\w.!+-]*$/.test(spec);
}

function isLocked(words: CommandWords, command: InstallCommandEvidence, position: number) {
  if (hasOption(optionsBefore(words, position), '--locked', '--frozen')) return true;
  const locked = readVariable(command.environment, 'UV_LOCKED');
  const frozen = readVariable(command.environment, 'UV_FROZEN');
  if (locked === true || frozen === true) return true;
  return locked === 'dynamic' || frozen === 'dynamic' ? 'dynamic' : false;
}

function classifySync(words: CommandWords, command: InstallCommandEvidence): InstallVerdict {
  if (hasOption(words.options, '--dry-run', '--check', '--help')) return notAnInstall;
  const locked = isLocked(words, command, words.operands.length);
  if (locked === true) return frozenByLockfile;
  if (locked === 'dynamic' || words.operands.length > 1) return undecided;
  return unfrozen(rewriteCommand(words, { position: 0, subcommand: ['sync', '--locked'], drops: upgradeOptions }));
}

/** `uv run` locks and syncs first unless told not to; options after the program's name are the program's. */
function classifyRun(words: CommandWords, command: InstallCommandEvidence): InstallVerdict {
  const options = optionsBefore(words, 1);
  if (hasOption(options, '--no-sync', '--no-project', '--script', '-s', '--help')) return notAnInstall;
  if (words.operands[1]?.text === null) return undecided;
  const locked = isLocked(words, command, 1);
  const sync = readVariable(command.environment, 'UV_NO_SYNC');
  if (locked === 'dynamic' || sync === 'dynamic') return undecided;
  if (locked) return frozenByLockfile;
  if (sync === true) return notAnInstall;
  const rewrite = { position: 0, subcommand: ['run', '--locked'], keepsOperands: true };
  return unfrozen(rewriteCommand(words, rewrite), 'implicit');
}

function classifyLock(words: CommandWords, command: InstallCommandEvidence): InstallVerdict {
  const isCheck = hasOption(words.options, '--check', '--check-exists', '--dry-run', '--help');
  const locked = isLocked(words, command, words.operands.length);
  if (isCheck || locked === true) return notAnInstall;
  if (locked === 'dynamic') return undecided;
  return unfrozen(
    rewriteCommand(words, { position: 0, subcommand: ['lock', '--check'], drops: upgradeOptions }),
    'updates',
  );
}

function classifyTool(words: CommandWords, position: number): InstallVerdict {
  const from = valuesOf(optionsBefore(words, position), '--from');
  const operand = words.operands[position];
  if (from.length > 0) return judgeTools(from, isExactTool);
  return operand === undefined ? notAnInstall : judgeTools([operand.text], isExactTool);
}

function classifyAdd(words: CommandWords): InstallVerdict {
  const operands = words.operands.slice(1).map(({ text }) => text);
  const specs = [...operands, ...valuesOf(words.options, '--editable', '-e')];
  return specs.length === 0 ? notAnInstall : judgeAdded(specs, isExactRequirement);
}

/** uv and uvx. `--locked` also fails when the lock is out of date, `--frozen` only uses it as it is. */
export function classifyUv(command: InstallCommandEvidence, manifest: PackageManifestEvidence | null): InstallVerdict {
  const words = readWords(command.words, grammarOf('uv'));
  if (command.words[0] === 'uvx') return classifyTool(words, 0);
  const second = words.operands[1]?.text;
  switch (words.operands[0]?.text) {
    case null:
      return undecided;
    case 'sync':
      return classifySync(words, command);
    case 'run':
      return classifyRun(words, command);
    case 'lock':
      return classifyLock(words, command);
    case 'add':
      return classifyAdd(words);
    case 'pip':
      return classifyPipWords(words, 1, command, manifest);
    case 'tool':
      return second === 'run' || second === 'install' || second === 'upgrade' ? classifyTool(words, 2) : notAnInstall;
    default:
      return notAnInstall;
  }
}
