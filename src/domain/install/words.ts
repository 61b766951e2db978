import { neutralise } from '../neutral-text.ts';
import type { WordGrammar } from './grammar.ts';

/** An option as written at words `start..end` (exclusive). `value` is null without one, or with a dynamic one. */
export interface CommandOption {
  readonly name: string;
  readonly value: string | null;
  readonly isDynamic: boolean;
  readonly start: number;
  readonly end: number;
}

/** A word that is no option and no option's value; `text` is null when dynamic. */
interface Operand {
  readonly text: string | null;
  readonly index: number;
}

export interface CommandWords {
  readonly words: readonly (string | null)[];
  readonly options: readonly CommandOption[];
  readonly operands: readonly Operand[];
}

type Words = readonly (string | null)[];

function valueAt(words: Words, index: number, start: number, name: string): CommandOption {
  const next = words[index];
  const isOption = typeof next === 'string' && next.length > 1 && next.startsWith('-');
  if (isOption) return { name, value: null, isDynamic: false, start, end: index };
  return { name, value: next ?? null, isDynamic: next === null, start, end: Math.min(index + 1, words.length) };
}

function readLetters(words: Words, index: number, word: string, grammar: WordGrammar): readonly CommandOption[] {
  const options: CommandOption[] = [];
  for (let i = 1; i < word.length; i++) {
    const name = `-${word.charAt(i)}`;
    const rest = word.slice(i + 1).replace(/^=/, '');
    const plain = { name, value: null, isDynamic: false, start: index, end: index + 1 };
    if (!grammar.valueOptions.has(name)) options.push(plain);
    else {
      options.push(rest === '' ? valueAt(words, index + 1, index, name) : { ...plain, value: rest });
      break;
    }
  }
  return options;
}

function readOption(words: Words, index: number, word: string, grammar: WordGrammar): readonly CommandOption[] {
  if (grammar.joinsLetters && word.length > 2 && !word.startsWith('--'))
    return readLetters(words, index, word, grammar);
  const equals = word.indexOf('=');
  const plain = { value: null, isDynamic: false, start: index, end: index + 1 };
  if (equals > 0) return [{ ...plain, name: word.slice(0, equals), value: word.slice(equals + 1) }];
  const next = words[index + 1];
  const isBoolean = grammar.takesBooleanWords && (next === 'true' || next === 'false');
  if (grammar.valueOptions.has(word) || isBoolean || credentialOption.test(word))
    return [valueAt(words, index + 1, index, word)];
  return [{ ...plain, name: word }];
}

/** Options of any program whose next word is a secret: it must never be taken for a package. */
const credentialOption = /token|passw|secret|credential|api[_-]?key/i;

/** Tells options, their values and operands apart. The first word is the manager; after `--` all are operands. */
export function readWords(words: Words, grammar: WordGrammar): CommandWords {
  const options: CommandOption[] = [];
  const operands: Operand[] = [];
  let isLiteral = false;
  for (let index = 1; index < words.length; index++) {
    const word = words[index] ?? null;
    if (word === '--' && !isLiteral) isLiteral = true;
    else if (isLiteral || word === null || word === '-' || !word.startsWith('-')) operands.push({ text: word, index });
    else {
      const read = readOption(words, index, word, grammar);
      options.push(...read);
      index = Math.max(index, (read.at(-1)?.end ?? 0) - 1);
    }
  }
  return { words, options, operands };
}

/** What `--name`, `--name=false`, `--no-name` and the given short forms say: the last one wins, null when none is there. */
export function readSwitch(options: readonly CommandOption[], name: string, ...aliases: readonly string[]) {
  let state: boolean | null = null;
  for (const option of options) {
    const isOff = option.value === 'false' || option.value === '0';
    if (option.name === `--${name}` || aliases.includes(option.name)) state = !isOff;
    if (option.name === `--no-${name}`) state = isOff;
  }
  return state;
}

export function hasOption(options: readonly CommandOption[], ...names: readonly string[]): boolean {
  return options.some((option) => names.includes(option.name) && option.value !== 'false');
}

/** The values of the named options in order; null for dynamic ones. */
export function valuesOf(options: readonly CommandOption[], ...names: readonly string[]): readonly (string | null)[] {
  return options
    .filter((option) => names.includes(option.name) && (option.value !== null || option.isDynamic))
    .map((option) => option.value);
}

/** Options written before the operand at `position` (counted from 0); after it they belong to the program it names. */
export function optionsBefore(words: CommandWords, position: number): readonly CommandOption[] {
  const operand = words.operands[position];
  return operand === undefined ? words.options : words.options.filter((option) => option.start < operand.index);
}

export interface Rewrite {
  /** Which operand is the subcommand; it is replaced by `subcommand`, which goes first when there is no such operand. */
  readonly position: number;
  readonly subcommand: readonly string[];
  /** Option names to leave out, with their values. */
  readonly drops?: readonly string[];
  /** Whether the operands after the subcommand stay. */
  readonly keepsOperands?: boolean;
}

/** The command with another subcommand and its other words kept, as one line to show. */
export function rewriteCommand(words: CommandWords, rewrite: Rewrite): string {
  const subcommand = words.operands[rewrite.position];
  const dropped = new Set<number>();
  for (const option of words.options) {
    if (!rewrite.drops?.includes(option.name)) continue;
    for (let i = option.start; i < option.end; i++) dropped.add(i);
  }
  const later = rewrite.keepsOperands === true ? [] : words.operands.slice(rewrite.position + 1);
  for (const operand of later) dropped.add(operand.index);
  const result: (string | null)[] = [];
  for (const [index, word] of words.words.entries()) {
    if (index !== subcommand?.index && !dropped.has(index)) result.push(word);
    if (index === (subcommand?.index ?? 0)) result.push(...rewrite.subcommand);
  }
  return showWords(result, 400);
}

const credentialName = /(?:auth|token|passw|secret|credential|api[_-]?key)/i;
const needsQuotes = /[^\w@%+=:,./~^!…*#[\]-]/;

function maskUrl(word: string): string {
  return word.replace(/:\/\/([^\s/@]{1,2000})@/, (whole, user) => (user === 'git' ? whole : '://***@'));
}

/** `name=value` where the name says credential; `tokenizers==0.21` and `authlib>=1` are requirements, not assignments. */
function maskAssignment(word: string): string | null {
  const equals = word.indexOf('=');
  const name = word.slice(0, Math.max(equals, 0));
  const isRequirement = word.charAt(equals + 1) === '=' || /[<>!~]$/.test(name);
  return !isRequirement && credentialName.test(name) ? `${name}=***` : null;
}

function showWord(word: string | null, previous: string | null): string {
  if (word === null) return '…';
  const isOptionBefore = previous?.startsWith('-') === true && !previous.includes('=');
  if (isOptionBefore && !word.startsWith('-') && credentialName.test(previous)) return '***';
  const masked = maskAssignment(word) ?? maskUrl(word);
  const plain = masked.replaceAll('`', "'").replaceAll('"', "'");
  return needsQuotes.test(plain) ? `"${plain}"` : plain;
}

/** Words as one printable line: dynamic ones as `…`, credentials in URLs, assignments and options masked. */
export function showWords(words: readonly (string | null)[], limit = 120): string {
  const shown = words.map((word, index) => showWord(word, words[index - 1] ?? null));
  return neutralise(shown.join(' '), limit);
}
