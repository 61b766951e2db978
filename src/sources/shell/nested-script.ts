import type { CommandWord } from '../../domain/shell-command.ts';
import { baseName } from './wrapper.ts';

/** What a command that runs a script takes it from: one of its words, or what comes in on standard input. */
export type ScriptOrigin =
  | { readonly kind: 'words'; readonly words: readonly CommandWord[] }
  | { readonly kind: 'input' };

const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh']);
const longOptionsWithValue: ReadonlySet<string> = new Set(['--rcfile', '--init-file']);

interface ShellOptions {
  readonly next: number;
  readonly hasCommand: boolean;
  readonly readsInput: boolean;
}

/** POSIX sh, "Options": `-c` may stand in a cluster (`-euxc`, `-lc`); each `o` or `O` takes a word of its own. */
function readOptions(words: readonly CommandWord[]): ShellOptions {
  let next = 1;
  let letters = '';
  for (let word = words[next]; word !== undefined && /^[-+]./.test(word.value); word = words[next]) {
    next += 1;
    if (word.value === '--') break;
    const isLong = word.value.startsWith('--');
    if (isLong) next += longOptionsWithValue.has(word.value) ? 1 : 0;
    else {
      letters += word.value;
      next += word.value.replaceAll(/[^oO]/g, '').length;
    }
  }
  return { next, hasCommand: letters.includes('c'), readsInput: letters.includes('s') };
}

function originOfShell(words: readonly CommandWord[]): ScriptOrigin | null {
  const options = readOptions(words);
  const operand = words[options.next];
  if (options.hasCommand) return operand === undefined ? null : { kind: 'words', words: [operand] };
  const isInput = options.readsInput || operand === undefined || operand.value === '-';
  return isInput ? { kind: 'input' } : null;
}

/** `su [options] [user] -c "script"`, util-linux su(1); the option may stand before or after the user. */
function originOfSu(words: readonly CommandWord[]): ScriptOrigin | null {
  const option = words.findIndex((word) => word.value === '-c' || word.value === '--command');
  const script = option < 0 ? undefined : words[option + 1];
  return script === undefined ? null : { kind: 'words', words: [script] };
}

/** Null when the command runs no script that is written in this text. */
export function originOfScript(words: readonly CommandWord[]): ScriptOrigin | null {
  const name = baseName(words[0]?.value ?? '');
  if (shells.has(name)) return originOfShell(words);
  if (name === 'su' || name === 'runuser') return originOfSu(words);
  return name === 'eval' && words.length > 1 ? { kind: 'words', words: words.slice(1) } : null;
}
