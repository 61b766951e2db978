import {
  type Command,
  type CommandArgument,
  forEachChild,
  type HereDoc,
  parse,
  type Script,
  type SyntaxNode,
} from 'unbash';
import type { CommandWord, SimpleCommand } from '../../domain/shell-command.ts';
import { originOfScript, type ScriptOrigin } from './nested-script.ts';
import { prepareScript, scriptLimit } from './script-text.ts';
import { createState, type ShellState } from './state.ts';
import { commandWord, type Place, variableOf } from './word.ts';
import { unwrap } from './wrapper.ts';

/** Scripts within scripts (`sh -c "…"`, `$(…)`, heredocs) that are followed. */
const deepestScript = 8;
/** Nested nodes over all scripts; far above what is written, far below the stack. */
const deepestNode = 600;

/** One text being walked: `source` is what the offsets of its nodes index. */
interface Frame {
  readonly root: string;
  readonly source: string;
  readonly place: Place;
  readonly scripts: number;
  readonly nodes: number;
}

interface Walk {
  readonly frame: Frame;
  readonly state: ShellState;
  readonly found: SimpleCommand[];
  /** Why something was left out, each reason once. */
  readonly problems: Set<string>;
  /** What the previous command of the pipeline prints, when it is a heredoc. */
  readonly input: HereDoc | null;
}

const tooLong = 'is too long to be read';
const tooDeep = 'is nested too deeply to be read to the end';
const unreadable = 'cannot be parsed';

/** How the parser says that it left out what is nested more than 256 deep. */
const depthError = /nesting depth exceeded$/;

/** Null, with the reason noted, when the text is too long or the parser gives up. */
function parseSafely(walk: Walk, text: string): Script | null {
  if (text.length > scriptLimit) {
    walk.problems.add(tooLong);
    return null;
  }
  try {
    const script = parse(text);
    if (script.errors?.some((error) => depthError.test(error.message))) walk.problems.add(tooDeep);
    return script;
  } catch {
    walk.problems.add(unreadable);
    return null;
  }
}

/** Walks a text that is itself a script; `place` maps its offsets to those of the root. */
function walkText(walk: Walk, source: string, place: Place): void {
  if (walk.frame.scripts >= deepestScript) {
    walk.problems.add(tooDeep);
    return;
  }
  const script = parseSafely(walk, source);
  const frame = { ...walk.frame, source, place, scripts: walk.frame.scripts + 1 };
  if (script !== null) walkAll({ ...walk, frame, input: null }, script.commands);
}

function walkAll(walk: Walk, nodes: readonly SyntaxNode[]): void {
  for (const node of nodes) walkNode(walk, node);
}

/** What runs in a process of its own leaves variables and folder of the script alone. */
function apart(walk: Walk): Walk {
  return { ...walk, state: walk.state.fork(), input: null };
}

type Substitution = Extract<SyntaxNode, { type: 'CommandExpansion' | 'ProcessSubstitution' }>;

/** A backtick script with escapes is decoded by the parser: its offsets then say nothing about this text. */
function walkSubstitution(walk: Walk, substitution: Substitution): void {
  const { frame } = walk;
  const { script } = substitution;
  if (script === undefined) return;
  if (frame.scripts >= deepestScript) {
    walk.problems.add(tooDeep);
    return;
  }
  const isDecoded = script.source !== undefined;
  const place: Place = isDecoded ? () => frame.place(substitution.pos, substitution.end) : frame.place;
  const source = script.source ?? frame.source;
  walkAll({ ...apart(walk), frame: { ...frame, source, place, scripts: frame.scripts + 1 } }, script.commands);
}

function heredocOf(command: Command): HereDoc | null {
  const heredocs = command.redirects.filter((redirect) => redirect.type === 'HereDoc');
  const input = heredocs.findLast((heredoc) => heredoc.descriptor === undefined);
  return input ?? null;
}

function walkPipeline(walk: Walk, commands: readonly SyntaxNode[]): void {
  if (commands.length === 1) {
    walkAll(walk, commands);
    return;
  }
  let input: HereDoc | null = null;
  for (const command of commands) {
    walkNode({ ...apart(walk), input }, command);
    input = command.type === 'Command' && command.name?.value === 'cat' ? heredocOf(command) : null;
  }
}

function walkChildren(walk: Walk, node: SyntaxNode): void {
  forEachChild(node, (child) => walkNode(walk, child));
}

function walkNode(outer: Walk, node: SyntaxNode): void {
  if (outer.frame.nodes >= deepestNode) {
    outer.problems.add(tooDeep);
    return;
  }
  const walk = { ...outer, frame: { ...outer.frame, nodes: outer.frame.nodes + 1 } };
  switch (node.type) {
    case 'Command':
      walkCommand(walk, node);
      break;
    case 'Pipeline':
      walkPipeline(walk, node.commands);
      break;
    case 'CommandExpansion':
    case 'ProcessSubstitution':
      walkSubstitution(walk, node);
      break;
    case 'Subshell':
    case 'Function':
    case 'Coproc':
      walkChildren(apart(walk), node);
      break;
    case 'Statement':
      walkChildren(node.background === true ? apart(walk) : walk, node);
      break;
    default:
      walkChildren(walk, node);
  }
}

function walkCommand(walk: Walk, node: Command): void {
  const { frame, state } = walk;
  const nodes: readonly CommandArgument[] = node.name === undefined ? node.args : [node.name, ...node.args];
  const prefix = node.prefix.filter((part) => part.type === 'Assignment');
  const local = nodes.length === 0 ? state : state.fork();
  for (const assignment of prefix) local.set(variableOf(assignment));
  const words = nodes.map((word) => commandWord(word, frame.place));
  const at = frame.place(node.pos, node.end);
  const script = runWords({ ...walk, state: local }, { words, ...at }, node);
  const skipped = new Set(script?.kind === 'words' ? script.words.map((word) => word.start) : []);
  const rest = nodes.filter((_, index) => !skipped.has(words[index]?.start ?? -1));
  walkAll({ ...walk, state: local, input: null }, [...prefix, ...rest, ...node.redirects]);
  state.apply(words);
}

interface PlacedCommand {
  readonly words: readonly CommandWord[];
  readonly start: number;
  readonly end: number;
}

/** Records the command, or walks the script it runs; returns where that script is from. */
function runWords(walk: Walk, command: PlacedCommand, node: Command | null): ScriptOrigin | null {
  const { words, variables } = unwrap(command.words);
  for (const variable of variables) walk.state.set(variable);
  const origin = originOfScript(words);
  if (origin?.kind === 'words') walkWords(walk, origin.words);
  else if (origin?.kind === 'input' && walkInput(walk, node)) return origin;
  else if (words.length > 0)
    walk.found.push({ ...walk.state.snapshot(), words, start: command.start, end: command.end });
  return origin;
}

/** Offsets within the word hold when it is written as its value stands; else everything in it has the word's span. */
function placeWithin(root: string, word: CommandWord): Place {
  const inner = root.slice(word.start + 1, word.end - 1) === word.value ? word.start + 1 : -1;
  const start = root.slice(word.start, word.end) === word.value ? word.start : inner;
  if (start < 0) return () => ({ start: word.start, end: word.end });
  return (from, to) => ({ start: start + from, end: start + to });
}

function walkWords(walk: Walk, words: readonly CommandWord[]): void {
  const [first] = words;
  if (first === undefined) return;
  const text = words.map((word) => word.value).join(' ');
  const end = words.at(-1)?.end ?? first.end;
  const place: Place = words.length === 1 ? placeWithin(walk.frame.root, first) : () => ({ start: first.start, end });
  walkText(walk, text, place);
}

/** A heredoc, here-string or piped heredoc as the script of a shell. */
function walkInput(walk: Walk, node: Command | null): boolean {
  const { frame } = walk;
  const here = node?.redirects.find((redirect) => redirect.type === 'HereString');
  if (here?.target !== undefined) {
    walkWords(walk, [commandWord(here.target, frame.place)]);
    return true;
  }
  const heredoc = (node === null ? null : heredocOf(node)) ?? walk.input;
  if (heredoc === null) return false;
  const { pos, end } = heredoc.body;
  walkText(walk, frame.source.slice(pos, end), (from, to) => frame.place(pos + from, pos + to));
  return true;
}

/** In source order, each once: a substitution in a heredoc that is fed to a shell is met on both ways. */
function inSourceOrder(found: readonly SimpleCommand[]): readonly SimpleCommand[] {
  const keyOf = ({ start, end, words }: SimpleCommand) => [start, end, ...words.map((word) => word.value)].join('\0');
  const distinct = new Map(found.map((command) => [keyOf(command), command]));
  return [...distinct.values()].sort((a, b) => a.start - b.start || b.end - a.end);
}

/** The parser lets an escape at the very end reach beyond it. */
function asWritten({ length }: string): Place {
  return (start, end) => ({ start: Math.min(start, length), end: Math.min(end, length) });
}

function startWalk(root: string): Walk {
  const frame: Frame = { root, source: root, place: asWritten(root), scripts: 0, nodes: 0 };
  return { frame, state: createState(), found: [], problems: new Set(), input: null };
}

/** What a script runs, as far as it could be read. */
export interface ScriptReading {
  readonly commands: readonly SimpleCommand[];
  /** Why commands may be missing, as a sentence goes on that begins with "the script"; null: everything was read. */
  readonly problem: string | null;
}

function finishWalk({ found, problems }: Walk): ScriptReading {
  const [problem = null] = problems;
  return { commands: inSourceOrder(found), problem };
}

/**
 * The simple commands of a POSIX or Bash script in source order, with those of the scripts it runs itself: `sh -c "…"`,
 * `su -c`, `eval`, heredocs fed to a shell, substitutions. Tolerates broken scripts and `${{ … }}`; a script above
 * `scriptLimit` or one the parser gives up on yields nothing, one nested too deeply what lies above, each with a problem.
 */
export function extractCommands(script: string): ScriptReading {
  const root = script.length > scriptLimit ? script : prepareScript(script);
  const walk = startWalk(root);
  walkText(walk, root, asWritten(root));
  return finishWalk(walk);
}

/** The same for a command given as words, the exec form of RUN; offsets of the words are into `root`. */
export function extractExecCommands(root: string, words: readonly CommandWord[]): ScriptReading {
  const walk = startWalk(root);
  const end = words.at(-1)?.end ?? 0;
  runWords(walk, { words, start: words[0]?.start ?? 0, end }, null);
  return finishWalk(walk);
}
