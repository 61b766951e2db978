import type { InstallCommandEvidence, PackageManifestEvidence } from '../evidence.ts';
import { grammarOf } from './grammar.ts';
import { isExactRequirement } from './python-requirement.ts';
import {
  frozenIfLocked,
  type InstallVerdict,
  judgeAdded,
  judgeTools,
  notAnInstall,
  undecided,
  unfrozen,
} from './verdict.ts';
import { type CommandWords, hasOption, readWords, rewriteCommand } from './words.ts';

/** `x==1.2`, and Poetry's own `x@1.2.3`, which it writes down as exactly that version. */
function isExactPoetrySpec(spec: string): boolean {
  return isExactRequirement(spec) || /^[\w.-]+(?:\[[^\]]*\])?@(?:==)?\d[\w.!+-]*$/.test(spec);
}

/** `poetry sync` came with 2.0; before that it was `poetry install --sync`. */
function toSync(words: CommandWords, manifest: PackageManifestEvidence | null): string {
  const isOld = manifest?.manager?.name === 'poetry' && manifest.manager.major === 1;
  const drops = ['--lock', '--no-update', '--regenerate', '--sync', '--remove-untracked'];
  return rewriteCommand(words, { position: 0, subcommand: isOld ? ['install', '--sync'] : ['sync'], drops });
}

function classifySelf(words: CommandWords): InstallVerdict {
  const action = words.operands[1]?.text;
  const specs = words.operands.slice(2).map(({ text }) => text);
  if (action === 'update') return judgeTools(specs.length === 0 ? ['poetry'] : specs, isExactPoetrySpec);
  return action === 'add' ? judgeTools(specs, isExactPoetrySpec) : notAnInstall;
}

/** Poetry, whose install is frozen by a poetry.lock and resolves silently without one (python-poetry docs/cli.md). */
export function classifyPoetry(
  command: InstallCommandEvidence,
  manifest: PackageManifestEvidence | null,
): InstallVerdict {
  const words = readWords(command.words, grammarOf('poetry'));
  if (hasOption(words.options, '--dry-run', '--help', '-h')) return notAnInstall;
  switch (words.operands[0]?.text) {
    case null:
      return undecided;
    case 'install':
    case 'sync':
      return frozenIfLocked;
    case 'update':
      return unfrozen(toSync(words, manifest), 'updates');
    case 'lock':
      return hasOption(words.options, '--check') ? notAnInstall : unfrozen(toSync(words, manifest), 'updates');
    case 'add':
      return judgeAdded(
        words.operands.slice(1).map(({ text }) => text),
        isExactPoetrySpec,
      );
    case 'self':
      return classifySelf(words);
    default:
      return notAnInstall;
  }
}
