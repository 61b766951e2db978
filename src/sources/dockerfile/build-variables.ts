import type { BuildVariableEvidence } from '../../domain/build-evidence.ts';
import { isCredentialName } from '../../domain/credential-name.ts';
import type { Instruction } from '../../domain/dockerfile.ts';
import { type FileLocation, fileLocation } from '../../domain/location.ts';
import { isPlaceholder } from '../../domain/placeholder.ts';
import { isCredential } from '../image/settings.ts';
import { vendorOf } from '../secret/detectors/sight.ts';
import { followStages } from './build-state.ts';
import { readMount } from './copied-folder.ts';
import type { SourceFile } from './image-mentions.ts';
import type { ParsedDockerfile } from './parse.ts';
import { type Assignment, readAssignments } from './source-word.ts';
import { globalScope, readBases, type StageBase, stagesBehind } from './stages.ts';
import { type Expansion, expandWord, type Scope } from './variables.ts';

interface Reader {
  readonly file: SourceFile;
  readonly escapeCharacter: string;
  readonly instructions: readonly Instruction[];
  readonly bases: readonly StageBase[];
  readonly globals: Scope;
  /** Stages that become the image. */
  readonly final: ReadonlySet<number>;
  /** Stage and name of the arguments whose use was looked for. */
  readonly followed: Set<string>;
}

/** Arguments without a value that are followed in one file: for each the rest of it is searched. */
const mostFollowed = 64;

function locate({ file }: Reader, instruction: Instruction, { name, value }: Assignment): FileLocation {
  if (value === null) return fileLocation(file.path, instruction.span);
  const start = Math.max(file.text.lastIndexOf(name, value.start), instruction.argumentStart);
  return fileLocation(file.path, file.lines.spanOf(start, value.end));
}

/** What an ARG gives is told at the ARG. */
function isWrittenHere({ leaves, unresolved }: Expansion): boolean {
  return unresolved.length === 0 && leaves.every((leaf) => leaf.origin === 'written');
}

type Proof = Pick<BuildVariableEvidence, 'proof' | 'vendor' | 'revokeUrl'>;

const byName: Proof = { proof: 'name', vendor: null, revokeUrl: null };

function judgeValue(name: string, value: string): Proof | null {
  const format = vendorOf(value);
  if (format !== null) return { proof: 'vendor', vendor: format.vendor, revokeUrl: format.revokeUrl };
  return isCredential({ name, value }) ? byName : null;
}

/** `NAME=$(cat /run/secrets/x)`, or a secret mounted as that variable: `$NAME` is then not the build argument. */
function isReplaced(instruction: Instruction, script: string, name: string): boolean {
  const isMounted = instruction.flags.some((flag) => {
    const mount = flag.name === 'mount' ? readMount(flag.value) : null;
    return mount?.get('type') === 'secret' && mount.get('env') === name;
  });
  return isMounted || new RegExp(`(?:^|[\\s;&|(])${name}=["']?(?:\\$\\(|\`)`).test(script);
}

/** What keeps a value: a RUN has the arguments it ran with in the history, the others set it for good. */
const keepingKeywords: ReadonlySet<string> = new Set(['RUN', 'ENV', 'LABEL']);

function keeps(instruction: Instruction, name: string): boolean {
  if (!keepingKeywords.has(instruction.keyword)) return false;
  const script = [instruction.argumentText, ...instruction.heredocs.map((heredoc) => heredoc.body)].join('\n');
  return new RegExp(`\\$\\{?${name}(?!\\w)`).test(script) && !isReplaced(instruction, script, name);
}

/** The first step that keeps the argument, in its stage or in one that is built on it. */
function findUse(reader: Reader, declared: Instruction, name: string): Instruction | null {
  const { instructions, bases } = reader;
  const later = instructions.slice(instructions.indexOf(declared) + 1);
  const isIn = ({ stage }: Instruction) => stagesBehind(bases, stage).has(declared.stage);
  return later.find((next) => keeps(next, name) && isIn(next)) ?? null;
}

const plainName = /^[A-Za-z_]\w{0,127}$/;

function isEmptyOrPlaceholder(expansion: Expansion | undefined): boolean {
  return expansion === undefined || expansion.text === '' || isPlaceholder(expansion.text);
}

/** For an ARG that the build gives its value. */
function followArgument(reader: Reader, instruction: Instruction, { name }: Assignment) {
  const { keyword, stage } = instruction;
  if (keyword !== 'ARG' || stage < 0 || !plainName.test(name) || !isCredentialName(name)) return null;
  const key = `${stage} ${name}`;
  if (reader.followed.has(key) || reader.followed.size >= mostFollowed) return null;
  reader.followed.add(key);
  const use = findUse(reader, instruction, name);
  if (use === null) return null;
  const usedAt = fileLocation(reader.file.path, use.span);
  return { ...byName, usedAt, isFinal: reader.final.has(use.stage) };
}

function readAssignment(reader: Reader, instruction: Instruction, assignment: Assignment, scope: Scope) {
  const { name, value } = assignment;
  const expansion = value === null ? reader.globals.get(name) : expandWord(value, scope, reader.escapeCharacter);
  if (value === null || expansion === undefined || isEmptyOrPlaceholder(expansion)) {
    return isEmptyOrPlaceholder(expansion) ? followArgument(reader, instruction, assignment) : null;
  }
  const proof = isWrittenHere(expansion) ? judgeValue(name, expansion.text) : null;
  const isFinal = instruction.stage < 0 || reader.final.has(instruction.stage);
  return proof === null ? null : { ...proof, usedAt: null, isFinal };
}

function* readInstruction(reader: Reader, instruction: Instruction, scope: Scope): Iterable<BuildVariableEvidence> {
  const { keyword } = instruction;
  if (keyword !== 'ARG' && keyword !== 'ENV') return;
  for (const assignment of readAssignments(instruction, reader.escapeCharacter)) {
    const found = readAssignment(reader, instruction, assignment, scope);
    const name = assignment.name.slice(0, 200);
    if (found !== null) {
      yield { kind: 'build-variable', at: locate(reader, instruction, assignment), keyword, name, ...found };
    }
  }
}

/** The ARG and ENV of a Dockerfile that hold a credential, or are handed one that a step then keeps. */
export function* readBuildVariables(
  file: SourceFile,
  { dockerfile }: ParsedDockerfile,
): Iterable<BuildVariableEvidence> {
  const { instructions, escape: escapeCharacter } = dockerfile;
  const bases = readBases(file.text, instructions, escapeCharacter);
  const globals = globalScope(instructions, escapeCharacter);
  const final = stagesBehind(bases, bases.length - 1);
  const reader: Reader = { file, escapeCharacter, instructions, bases, globals, final, followed: new Set() };
  for (const instruction of instructions) {
    if (instruction.stage >= 0) break;
    yield* readInstruction(reader, instruction, new Map());
  }
  for (const [instruction, state] of followStages(file.text, instructions, bases, escapeCharacter)) {
    yield* readInstruction(reader, instruction, state.variables);
  }
}
