import type { ImageReferenceEvidence, InstallCommandEvidence } from '../../domain/evidence.ts';
import { type Gap, gap } from '../../domain/gap.ts';
import { fileLocation } from '../../domain/location.ts';
import type { SimpleCommand } from '../../domain/shell-command.ts';
import { readMention } from '../image-mention.ts';
import { recogniseInstall } from '../shell/install-command.ts';
import { type BuildState, enterFolder, followStages } from './build-state.ts';
import { mountedFolders } from './copied-folder.ts';
import { mentionBases, mentionCopies, mentionSyntax, type SourceFile } from './image-mentions.ts';
import { candidateFolders, type ManifestFolders } from './install-folders.ts';
import type { ParsedDockerfile } from './parse.ts';
import { readRunScript } from './run-script.ts';
import { readBases } from './stages.ts';

/** A parsed Dockerfile, wherever it is written, and how gaps about it are worded. */
export interface DockerfileReading {
  readonly file: SourceFile;
  readonly parsed: ParsedDockerfile;
  readonly manifests: ManifestFolders;
  /** The folder of the repository it is built in, as far as is known; '' is the root. */
  readonly contextFolder: string;
  /** The source that reads it. */
  readonly source: string;
  /** What gaps are about. */
  readonly subject: string;
  /** What a sentence calls it, before `line 3`. */
  readonly label: string;
  /** What to do about a Dockerfile that BuildKit would refuse. */
  readonly remedy: string;
}

/** One gap for the Dockerfile, naming the first line that is wrong. */
function* reportProblems({ parsed, source, subject, label, remedy }: DockerfileReading): Iterable<Gap> {
  const [first, ...more] = parsed.problems;
  if (first === undefined) return;
  const others = more.length === 0 ? '' : `, and ${more.length} more ${more.length === 1 ? 'problem' : 'problems'}`;
  yield gap(source, subject, `${label} line ${first.line}: ${first.message}${others}`, remedy);
}

function* readImages({ file, parsed, source }: DockerfileReading): Iterable<ImageReferenceEvidence | Gap> {
  const { instructions, escape: escapeCharacter } = parsed.dockerfile;
  const bases = readBases(file.text, instructions, escapeCharacter);
  const syntax = parsed.syntax === null ? [] : [mentionSyntax(file, parsed.syntax)];
  const copies = mentionCopies(file.path, instructions, bases, escapeCharacter);
  for (const mention of [...syntax, ...mentionBases(file, bases), ...copies]) yield* readMention(mention, source);
}

function readInstall(
  { file, manifests, contextFolder }: DockerfileReading,
  state: BuildState,
  command: SimpleCommand,
  offset: number,
): InstallCommandEvidence | null {
  const install = recogniseInstall(command);
  if (install === null) return null;
  const { workingFolder, copied } = state;
  const place = { dockerfileFolder: contextFolder, workingFolder, copied, directory: command.directory };
  const isOwn = Object.keys(command.environment).length > 0;
  return {
    kind: 'install-command',
    at: fileLocation(file.path, file.lines.spanOf(offset + install.start, offset + install.end)),
    context: 'dockerfile',
    manager: install.manager,
    words: install.words,
    environment: isOwn ? { ...state.environment, ...command.environment } : state.environment,
    directories: candidateFolders(place, manifests),
  };
}

function* readInstalls(reading: DockerfileReading): Iterable<InstallCommandEvidence | Gap> {
  const { file, parsed, source, subject, label } = reading;
  const { instructions, escape: escapeCharacter } = parsed.dockerfile;
  const bases = readBases(file.text, instructions, escapeCharacter);
  for (const [instruction, before] of followStages(file.text, instructions, bases, escapeCharacter)) {
    const run = instruction.trigger ?? instruction;
    if (run.keyword !== 'RUN') continue;
    const mounted = mountedFolders(run, (target) => enterFolder(before.workingFolder, target));
    const state = { ...before, copied: [...mounted, ...before.copied] };
    const { offset, commands, problem } = readRunScript(file.text, run);
    if (problem !== null) {
      const reason = `${label} line ${instruction.span.line}: the script of this RUN ${problem}`;
      yield gap(source, `${subject} RUN`, reason, 'move the script into a file of its own');
    }
    for (const command of commands) {
      const install = readInstall(reading, state, command, offset);
      if (install !== null) yield install;
    }
  }
}

/**
 * The images a Dockerfile names and the package-manager commands it runs, with a gap for what BuildKit would refuse: what
 * could be parsed is evidence all the same.
 */
export function* readDockerfile(
  reading: DockerfileReading,
): Iterable<ImageReferenceEvidence | InstallCommandEvidence | Gap> {
  yield* reportProblems(reading);
  yield* readImages(reading);
  yield* readInstalls(reading);
}
