import type { CommandWord } from '../../domain/shell-command.ts';
import { type ShellVariable, variableOfWord } from './word.ts';

interface Wrapper {
  /** Options whose value is the next word. */
  readonly valued: readonly string[];
  /** Words before the command that are not options, e.g. the user of `gosu`. */
  readonly operands: number;
  /** Whether `A=b` words before the command set variables. */
  readonly assigns: boolean;
}

const plain: Wrapper = { valued: [], operands: 0, assigns: false };

const wrappers: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  [
    'sudo',
    {
      valued: [
        ...[
          '-u',
          '-g',
          '-h',
          '-p',
          '-C',
          '-T',
          '-r',
          '-t',
          '-U',
          '-D',
          '-R',
          '--user',
          '--group',
          '--host',
          '--prompt',
        ],
        ...['--close-from', '--command-timeout', '--role', '--type', '--other-user', '--chdir', '--chroot'],
      ],
      operands: 0,
      assigns: true,
    },
  ],
  ['doas', { ...plain, valued: ['-u', '-C', '-a'] }],
  ['env', { valued: ['-u', '--unset', '-C', '--chdir'], operands: 0, assigns: true }],
  ['time', { ...plain, valued: ['-f', '-o', '--format', '--output'] }],
  ['nice', { ...plain, valued: ['-n', '--adjustment'] }],
  ['ionice', { ...plain, valued: ['-c', '-n', '--class', '--classdata'] }],
  ['nohup', plain],
  ['setsid', plain],
  ['command', plain],
  ['builtin', plain],
  ['busybox', plain],
  ['exec', { ...plain, valued: ['-a'] }],
  [
    'xargs',
    {
      ...plain,
      valued: [
        ...['-I', '-n', '-P', '-L', '-d', '-a', '-s', '-E', '--max-args', '--max-procs', '--max-lines'],
        ...['--delimiter', '--arg-file', '--replace'],
      ],
    },
  ],
  ['stdbuf', { ...plain, valued: ['-i', '-o', '-e', '--input', '--output', '--error'] }],
  ['timeout', { ...plain, valued: ['-k', '-s', '--kill-after', '--signal'], operands: 1 }],
  ['gosu', { ...plain, operands: 1 }],
  ['su-exec', { ...plain, operands: 1 }],
  ['chroot', { ...plain, operands: 1 }],
]);

/** A command without its wrappers. No words: nothing runs that could be told, e.g. `command -v npm`. */
export interface Unwrapped {
  readonly words: readonly CommandWord[];
  /** Set by `env A=b`, `env -u A` (empty) and `sudo A=b`, in order. */
  readonly variables: readonly ShellVariable[];
}

/** The program's name without folders. */
export function baseName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

/** How many words an option takes: 2 when its value is the next word. `-Hu app` and `-uapp` are told apart. */
function widthOf(option: string, valued: readonly string[]): number {
  if (valued.includes(option)) return 2;
  const isCluster = !option.startsWith('--') && option.length > 2;
  return isCluster && !valued.includes(option.slice(0, 2)) && valued.includes(`-${option.at(-1)}`) ? 2 : 1;
}

function variablesOfOption(name: string, option: string, value: CommandWord | undefined): readonly ShellVariable[] {
  if (name !== 'env') return [];
  if (option.startsWith('--unset=')) return [[option.slice(8), '']];
  return (option === '-u' || option === '--unset') && value !== undefined ? [[value.value, '']] : [];
}

interface Skipped {
  readonly next: number;
  readonly variables: readonly ShellVariable[];
}

function skipOptions(name: string, wrapper: Wrapper, words: readonly CommandWord[]): Skipped {
  const variables: ShellVariable[] = [];
  let next = 1;
  let isPastOptions = false;
  for (let word = words[next]; word !== undefined; word = words[next]) {
    const variable = wrapper.assigns ? variableOfWord(word) : null;
    if (variable !== null) {
      variables.push(variable);
      next += 1;
    } else if (!isPastOptions && word.value.startsWith('-')) {
      variables.push(...variablesOfOption(name, word.value, words[next + 1]));
      next += widthOf(word.value, wrapper.valued);
      isPastOptions = word.value === '--';
    } else break;
  }
  return { next, variables };
}

const corepackManagers = /^(?:npm|pnpm|yarn)(?:@.*)?$/;

/** Wrappers that are one only before a certain word: `corepack pnpm`, `pyenv exec`. -1: none here. */
function skipNamedWrapper(name: string, words: readonly CommandWord[]): number {
  const second = words[1]?.value ?? '';
  if (name === 'corepack' && corepackManagers.test(second)) return 1;
  return name === 'pyenv' && second === 'exec' ? 2 : -1;
}

const deepestWrapping = 16;

/** Takes off `sudo`, `env`, `nice`, `timeout 5`, `corepack` and the like, one after the other. */
export function unwrap(words: readonly CommandWord[]): Unwrapped {
  const variables: ShellVariable[] = [];
  let rest = words;
  for (let depth = 0; depth < deepestWrapping; depth++) {
    const name = baseName(rest[0]?.value ?? '');
    const named = skipNamedWrapper(name, rest);
    const wrapper = wrappers.get(name);
    if (named < 0 && wrapper === undefined) return { words: rest, variables };
    if (name === 'command' && /^-p?[vV]/.test(rest[1]?.value ?? '')) return { words: [], variables };
    if (named > 0 || wrapper === undefined) {
      rest = rest.slice(named);
      continue;
    }
    const skipped = skipOptions(name, wrapper, rest);
    variables.push(...skipped.variables);
    rest = rest.slice(skipped.next + wrapper.operands);
  }
  return { words: rest, variables };
}
