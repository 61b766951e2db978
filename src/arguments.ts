import { nearest } from './domain/nearest.ts';
import { neutralise } from './domain/neutral-text.ts';
import { UsageError } from './domain/usage-error.ts';
import { type CommandSpec, commands, type OptionSpec } from './request-schema.ts';

/** Option values by flag, in the order given; a switch that is on has the value ''. */
export type OptionValues = ReadonlyMap<string, readonly string[]>;

export interface Arguments {
  readonly command: CommandSpec;
  readonly operands: readonly string[];
  readonly values: OptionValues;
  readonly wantsHelp: boolean;
}

function findCommand(words: readonly string[]): { readonly command: CommandSpec; readonly rest: readonly string[] } {
  const matching = commands.filter((spec) => spec.name.split(' ').every((part, index) => words[index] === part));
  const command = matching[0];
  if (command !== undefined) return { command, rest: words.slice(command.name.split(' ').length) };
  const word = words[0] ?? '';
  const hint = nearest(
    word,
    commands.map((spec) => spec.name),
  );
  throw new UsageError(
    `there is no command ${neutralise(word, 80)}`,
    hint === null ? 'hullcheck --help lists the commands' : `did you mean hullcheck ${hint}?`,
  );
}

function findOption(command: CommandSpec, name: string): OptionSpec {
  const spec = command.options.find((candidate) => candidate.flag === name);
  if (spec !== undefined) return spec;
  const hint = nearest(
    name,
    command.options.map((candidate) => candidate.flag),
  );
  throw new UsageError(
    `unknown option --${neutralise(name, 80)}`,
    hint === null ? `hullcheck ${command.name} --help lists the options` : `did you mean --${hint}?`,
  );
}

/** `--flag value` and `--flag=value`; everything after `--` is an operand. */
export function parseArguments(words: readonly string[]): Arguments {
  const { command, rest } = findCommand(words);
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  let wantsHelp = false;
  let isOnlyOperands = false;
  for (let index = 0; index < rest.length; index++) {
    const word = rest[index] ?? '';
    if (isOnlyOperands || !word.startsWith('-') || word === '-') operands.push(word);
    else if (word === '--') isOnlyOperands = true;
    else if (word === '--help' || word === '-h') wantsHelp = true;
    else index += takeOption(command, word, rest[index + 1], values);
  }
  if (operands.length > command.maxOperands) {
    throw new UsageError(
      `hullcheck ${command.name} takes no argument ${neutralise(operands[command.maxOperands] ?? '', 80)}`,
      `hullcheck ${command.name} --help shows what it takes`,
    );
  }
  return { command, operands, values, wantsHelp };
}

/** Returns how many further words the option took. */
function takeOption(
  command: CommandSpec,
  word: string,
  next: string | undefined,
  values: Map<string, string[]>,
): number {
  const equals = word.indexOf('=');
  const name = word.replace(/^--?/, '').slice(0, equals < 0 ? undefined : equals - (word.startsWith('--') ? 2 : 1));
  const spec = findOption(command, name);
  const inline = equals < 0 ? null : word.slice(equals + 1);
  if (spec.value === null) {
    if (inline !== null) throw new UsageError(`--${spec.flag} takes no value`, `write --${spec.flag} alone`);
    values.set(spec.flag, ['']);
    return 0;
  }
  const value = inline ?? next;
  if (value === undefined || value === '')
    throw new UsageError(`--${spec.flag} needs a value`, `write --${spec.flag} ${spec.value}`);
  const known = values.get(spec.flag) ?? [];
  if (known.length > 0 && !spec.isRepeatable) throw new UsageError(`--${spec.flag} is given twice`, 'give it once');
  values.set(spec.flag, [...known, value]);
  return inline === null ? 1 : 0;
}
