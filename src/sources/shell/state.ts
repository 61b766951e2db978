import { posix } from 'node:path';
import type { CommandWord, SimpleCommand } from '../../domain/shell-command.ts';
import { type ShellVariable, variableOfWord } from './word.ts';

/** Variables beyond which further ones are not followed: a script has a handful, a hostile one must not cost more. */
const mostVariables = 256;

/** PATH_MAX of Linux: no folder has a longer name. */
const longestPath = 4096;

/** What a script has set up to a point: variables and working folder. */
export interface ShellState {
  set(variable: ShellVariable): void;
  /** Takes over what `cd`, `pushd`, `export`, `declare` and `unset` change. */
  apply(words: readonly CommandWord[]): void;
  /** An independent copy: a subshell. */
  fork(): ShellState;
  snapshot(): Pick<SimpleCommand, 'environment' | 'directory'>;
}

/** The folder after `cd target` in `directory`; '' is where the script began. Null: it cannot be told. */
function changeDirectory(directory: string | null, target: CommandWord | undefined): string | null {
  if (target === undefined || target.isDynamic || /^(?:-$|~)/.test(target.value)) return null;
  if (directory === null && !target.value.startsWith('/')) return null;
  const joined = target.value.startsWith('/')
    ? posix.normalize(target.value)
    : posix.join(directory ?? '', target.value);
  const trimmed = joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined;
  if (trimmed.length > longestPath) return null;
  return trimmed === '.' ? '' : trimmed;
}

const declarers: ReadonlySet<string> = new Set(['export', 'declare', 'typeset', 'readonly', 'local']);

function variablesOf(name: string, words: readonly CommandWord[]): readonly ShellVariable[] {
  const operands = words.slice(1).filter((word) => !word.value.startsWith('-'));
  if (name === 'unset') return operands.map((word): ShellVariable => [word.value, '']);
  return declarers.has(name) ? operands.map(variableOfWord).filter((variable) => variable !== null) : [];
}

/** A state that starts as given; by default without variables, in the folder where the script begins. */
export function createState(
  variables: ReadonlyMap<string, string> = new Map(),
  directory: string | null = '',
): ShellState {
  let own: Map<string, string> | null = null;
  let folder = directory;
  let taken: Readonly<Record<string, string>> | null = null;
  const current = (): ReadonlyMap<string, string> => own ?? variables;
  const set = ([name, value]: ShellVariable): void => {
    if (current().size >= mostVariables && !current().has(name)) return;
    own ??= new Map(variables);
    own.set(name, value);
    taken = null;
  };
  return {
    set,
    apply(words) {
      const name = words[0]?.value ?? '';
      for (const variable of variablesOf(name, words)) set(variable);
      if (name === 'cd' || name === 'pushd') {
        folder = changeDirectory(
          folder,
          words.slice(1).find((word) => !/^-[PLe@]+$|^--$/.test(word.value)),
        );
      }
      if (name === 'popd') folder = null;
    },
    fork: () => createState(new Map(current()), folder),
    snapshot() {
      taken ??= Object.fromEntries(current());
      return { environment: taken, directory: folder };
    },
  };
}
