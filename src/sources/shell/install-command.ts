import { type PackageManager, packageManagers } from '../../domain/evidence.ts';
import type { CommandWord, SimpleCommand } from '../../domain/shell-command.ts';
import { baseName } from './wrapper.ts';

/** A package-manager command, whatever it does. Offsets are those of the command's words. */
export interface InstallCommand {
  readonly manager: PackageManager;
  /** The manager first, by its plain name: `python3 -m pip`, `/usr/bin/pip3.12` and `pip` all start with `pip`. */
  readonly words: readonly (string | null)[];
  readonly start: number;
  readonly end: number;
}

const expansion = /[$`]|[<>]\(/;

/** Null when the last part of the name is only known at run time; `"$VENV"/bin/pip` is known to be pip. */
function programOf(word: CommandWord): string | null {
  const name = baseName(word.value).replace(/\.(?:exe|cmd)$/i, '');
  const isKnown = !word.isDynamic || (word.value.includes('/') && !expansion.test(name));
  return isKnown ? name : null;
}

function managerOf(program: string): PackageManager | null {
  const plain = program.replace(/^(npm|pnpm|yarn|bun)@.*$/, '$1');
  if (/^pip(?:\d+(?:\.\d+)*)?$/.test(plain)) return 'pip';
  if (plain === 'yarnpkg') return 'yarn';
  return packageManagers.find((manager) => manager === plain) ?? null;
}

const python = /^(?:python(?:\d+(?:\.\d+)*)?|pypy3?|py)$/;
const modules: readonly PackageManager[] = ['pip', 'uv', 'poetry'];

/** Index of the module's name in `python [options] -m module`; -1 when Python runs something else. */
function indexOfModule(words: readonly CommandWord[]): number {
  for (let i = 1; i < words.length; i++) {
    const option = words[i]?.value ?? '';
    if (/^-[A-Za-z]*m$/.test(option)) return i + 1;
    if (!option.startsWith('-') || option.startsWith('-c')) return -1;
    if (option === '-W' || option === '-X') i += 1;
  }
  return -1;
}

interface Recognised {
  readonly manager: PackageManager;
  /** How many words stand for the manager. */
  readonly width: number;
}

function recognise(words: readonly CommandWord[]): Recognised | null {
  const program = words[0] === undefined ? null : programOf(words[0]);
  if (program === null) return null;
  const manager = managerOf(program);
  if (manager !== null) return { manager, width: 1 };
  const index = python.test(program) ? indexOfModule(words) : -1;
  const module = modules.find((name) => name === words[index]?.value);
  return module === undefined ? null : { manager: module, width: index + 1 };
}

/** A wildcard is kept as written (`./dist/*.whl` says what is meant); what an expansion yields is unknown. */
function knownValue(word: CommandWord): string | null {
  return word.isDynamic && expansion.test(word.value) ? null : word.value;
}

/**
 * Recognises commands of npm, pnpm, yarn, bun, pip, uv and poetry with any subcommand, also by path and as
 * `python -m pip`. Runners of single packages (`npx`, `bunx`, `uvx`) are not among them.
 */
export function recogniseInstall(command: SimpleCommand): InstallCommand | null {
  const recognised = recognise(command.words);
  const [first] = command.words;
  if (recognised === null || first === undefined) return null;
  const words = [recognised.manager, ...command.words.slice(recognised.width).map(knownValue)];
  return { manager: recognised.manager, words, start: first.start, end: command.words.at(-1)?.end ?? first.end };
}
