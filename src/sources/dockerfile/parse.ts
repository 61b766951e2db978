import type { DockerfileEvidence, Heredoc, Instruction } from '../../domain/dockerfile.ts';
import { indexLines, type LineIndex } from '../../domain/line-index.ts';
import { fileLocation, fileStart } from '../../domain/location.ts';
import { type Directives, type Problem, readDirectives, readSyntax } from './directive.ts';
import { readExecForm } from './exec-form.ts';
import { type HeredocWord, readHeredocWords } from './heredoc.ts';
import { keywords, readInstruction } from './instruction.ts';
import { isSkipped, type LogicalLine, physicalLineAt, readLogicalLine } from './logical-line.ts';
import type { SourceWord } from './source-word.ts';
import { globalScope, readBases, type StageBase, stagesOf } from './stages.ts';
import { platformScope } from './variables.ts';

/** UTF-16 units of a Dockerfile that are read, and instructions: far above any written one. */
const textLimit = 1_048_576;
const mostInstructions = 10_000;
const mostProblems = 20;

interface Parser {
  readonly text: string;
  readonly lines: LineIndex;
  readonly escapeCharacter: string;
  readonly problems: Problem[];
}

function report(parser: Parser, offset: number, message: string): void {
  if (parser.problems.length < mostProblems) parser.problems.push({ line: parser.lines.lineOf(offset), message });
}

interface HeredocBody {
  readonly heredoc: Heredoc;
  /** Where the terminator's line ends, and where the line after it starts. */
  readonly end: number;
  readonly next: number;
  readonly isTerminated: boolean;
}

/** The body runs to the first line that is the name and nothing else; only `<<-` takes tabs before it. */
function readHeredocBody(text: string, word: HeredocWord, bodyStart: number): HeredocBody {
  const { name, isExpanded, isChomped } = word;
  const bodyOf = (end: number): Heredoc => {
    const raw = text.slice(bodyStart, end);
    return { name, body: isChomped ? raw.replaceAll(/^\t+/gm, '') : raw, isExpanded, bodyStart };
  };
  let line = physicalLineAt(text, bodyStart);
  for (; line.start < text.length; line = physicalLineAt(text, line.next)) {
    const written = text.slice(line.start, line.end);
    const candidate = isChomped ? written.replace(/^\t+/, '') : written;
    if (candidate === name) return { heredoc: bodyOf(line.start), end: line.end, next: line.next, isTerminated: true };
  }
  return { heredoc: bodyOf(text.length), end: text.length, next: text.length, isTerminated: false };
}

const heredocKeywords: ReadonlySet<string> = new Set(['RUN', 'COPY', 'ADD']);

function heredocWordsOf(instruction: Instruction): readonly HeredocWord[] {
  const inner = instruction.trigger ?? instruction;
  if (!heredocKeywords.has(inner.keyword) || readExecForm(inner.argumentText) !== null) return [];
  return readHeredocWords(inner.argumentText);
}

interface ReadInstruction {
  readonly instruction: Instruction;
  readonly next: number;
}

/** Takes the bodies that follow the line, in the order the line announces them. */
function addHeredocs(parser: Parser, instruction: Instruction, line: LogicalLine): ReadInstruction {
  const heredocs: Heredoc[] = [];
  const { text, lines } = parser;
  let next = line.next;
  let end = line.start + line.text.length;
  for (const word of heredocWordsOf(instruction)) {
    const body = readHeredocBody(text, word, next);
    if (!body.isTerminated) report(parser, line.start, 'a heredoc is not terminated');
    heredocs.push(body.heredoc);
    next = body.next;
    end = body.end;
  }
  if (heredocs.length === 0) return { instruction, next };
  const { endLine, endColumn } = lines.spanOf(end, end);
  const withBodies = (outer: Instruction): Instruction => ({
    ...outer,
    heredocs,
    span: { ...outer.span, endLine, endColumn },
    trigger: outer.trigger === null ? null : withBodies(outer.trigger),
  });
  return { instruction: withBodies(instruction), next };
}

function checkInstruction(parser: Parser, { keyword, trigger, stage }: Instruction, offset: number): void {
  const isKnown = keywords.has(keyword) && keywords.has(trigger?.keyword ?? keyword);
  if (!isKnown) report(parser, offset, 'the line starts with no known instruction');
  else if (stage < 0 && keyword !== 'ARG') report(parser, offset, `${keyword} stands before the first FROM`);
}

/** The instructions in order; lines outside them are comments, directives or empty. */
function readInstructions(parser: Parser, from: number): readonly Instruction[] {
  const { text, lines, escapeCharacter } = parser;
  const instructions: Instruction[] = [];
  let stage = -1;
  let offset = from;
  while (offset < text.length) {
    const physical = physicalLineAt(text, offset);
    if (isSkipped(text, physical)) {
      offset = physical.next;
      continue;
    }
    if (instructions.length >= mostInstructions) {
      report(parser, offset, `the file has more than ${mostInstructions} instructions`);
      break;
    }
    const line = readLogicalLine(text, physical, escapeCharacter);
    offset = line.next;
    if (line.text === '') continue;
    const plain = readInstruction(line.text, line.start, stage, lines);
    if (plain.keyword === 'FROM') stage += 1;
    const { instruction, next } = addHeredocs(parser, { ...plain, stage }, line);
    checkInstruction(parser, instruction, line.start);
    instructions.push(instruction);
    offset = next;
  }
  return instructions;
}

/** The first control byte that is no white space: a binary file, or a line that shows something else than it holds. */
function findControlByte(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 127 || (code < 32 && (code < 9 || code > 13))) return i;
  }
  return -1;
}

function checkFile(parser: Parser, bases: readonly StageBase[]): void {
  for (const { isWellFormed, instruction } of bases) {
    if (!isWellFormed) report(parser, instruction.argumentStart, 'FROM takes an image, and a stage name after AS');
  }
  const control = findControlByte(parser.text);
  if (control >= 0) report(parser, control, 'the line holds a control byte');
  if (bases.length === 0) report(parser, 0, 'the file has no FROM');
}

/** A parsed Dockerfile, and where it is none. */
export interface ParsedDockerfile {
  readonly dockerfile: DockerfileEvidence;
  /** The image that `# syntax=` names. */
  readonly syntax: SourceWord | null;
  /** In the order met; with any, BuildKit would refuse the file. */
  readonly problems: readonly Problem[];
}

/**
 * Parses a Dockerfile as BuildKit does (frontend/dockerfile/parser), with the offset of everything it returns. Never
 * throws: what cannot be read is a problem with its 1-based line, and the rest of the file is still returned. `lines` says
 * where an offset lies, for a Dockerfile that is written into another file.
 */
export function parseDockerfile(path: string, text: string, lines: LineIndex = indexLines(text)): ParsedDockerfile {
  if (text.length > textLimit) {
    const message = `the file is longer than ${textLimit} characters`;
    const problems = [{ line: lines.lineOf(0), message }];
    return { dockerfile: assemble(path, '\\', [], []), syntax: null, problems };
  }
  const from = text.startsWith('\uFEFF') ? 1 : 0;
  const { escape: escapeCharacter, problems } = readDirectives(text, from, lines);
  const parser = { text, lines, escapeCharacter, problems: [...problems] };
  const instructions = readInstructions(parser, from);
  const bases = readBases(text, instructions, escapeCharacter);
  checkFile(parser, bases);
  const dockerfile = assemble(path, escapeCharacter, instructions, bases);
  return { dockerfile, syntax: readSyntax(text, from), problems: parser.problems };
}

function assemble(
  path: string,
  escapeCharacter: Directives['escape'],
  instructions: readonly Instruction[],
  bases: readonly StageBase[],
): DockerfileEvidence {
  const scope = globalScope(instructions, escapeCharacter);
  const declared = [...scope].filter(([name, value]) => platformScope.get(name) !== value);
  return {
    kind: 'dockerfile',
    path,
    at: fileLocation(path, fileStart),
    escape: escapeCharacter,
    stages: stagesOf(bases),
    instructions,
    globalArguments: Object.fromEntries(declared.map(([name, value]) => [name, value.text])),
  };
}
