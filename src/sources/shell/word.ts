import type { CommandArgument, Word, WordPart } from 'unbash';
import type { CommandWord } from '../../domain/shell-command.ts';
import { holdsExpression } from './script-text.ts';

/** Turns offsets of the text that was parsed into offsets of the script that was handed in. */
export type Place = (start: number, end: number) => { readonly start: number; readonly end: number };

/** A bracket is no wildcard here: `pip install uvicorn[standard]` means the extra, as no file is called that. */
function isDynamicPart(part: WordPart): boolean {
  switch (part.type) {
    case 'Literal':
    case 'AnsiCQuoted':
      return false;
    case 'SingleQuoted':
      return holdsExpression(part.text);
    case 'DoubleQuoted':
    case 'LocaleString':
      return part.parts.some(isDynamicPart);
    case 'Glob':
      return part.kind !== 'bracket';
    default:
      return true;
  }
}

function isDynamic(word: Word): boolean {
  return word.parts?.some(isDynamicPart) ?? holdsExpression(word.text);
}

/** A name and its value; a value that is only known at run time stands as written (`$B`), an array as ''. */
export type ShellVariable = readonly [name: string, value: string];

/** The variable an assignment node sets. */
export function variableOf(assignment: Extract<CommandArgument, { type: 'Assignment' }>): ShellVariable {
  const { name, value, append, index } = assignment;
  const isWhole = append !== true && index === undefined;
  return [name, value.type === 'Word' && isWhole ? value.value : ''];
}

const assignmentWord = /^([A-Za-z_][A-Za-z0-9_.-]*)=/;

/** The variable a word such as `A=b` sets as an argument of `env`, `sudo` or `export`; null when it is no assignment. */
export function variableOfWord(word: CommandWord): ShellVariable | null {
  const name = assignmentWord.exec(word.value)?.[1];
  if (name === undefined) return null;
  return [name, word.value.slice(name.length + 1)];
}

/** A parsed word or argument assignment as the domain has it. */
export function commandWord(node: CommandArgument, place: Place): CommandWord {
  const at = place(node.pos, node.end);
  if (node.type === 'Word') return { value: node.value, isDynamic: isDynamic(node), ...at };
  const isLiteral = node.value.type === 'Word' && !isDynamic(node.value);
  const value = node.value.type === 'Word' ? node.value.value : '';
  return { value: `${node.name}=${value}`, isDynamic: !isLiteral, ...at };
}
