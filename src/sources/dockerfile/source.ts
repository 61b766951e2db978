import { posix } from 'node:path';
import type { ImageReferenceEvidence, InstallCommandEvidence } from '../../domain/evidence.ts';
import { type Gap, gap } from '../../domain/gap.ts';
import { indexLines } from '../../domain/line-index.ts';
import { fileLocation } from '../../domain/location.ts';
import type { SimpleCommand } from '../../domain/shell-command.ts';
import { readMention } from '../image-mention.ts';
import { recogniseInstall } from '../shell/install-command.ts';
import type { FileSource, SourceContext } from '../source.ts';
import { isGap, type TreeFile } from '../workspace/file-tree.ts';
import { type BuildState, enterFolder, followStages } from './build-state.ts';
import { mountedFolders } from './copied-folder.ts';
import { mentionBases, mentionCopies, type SourceFile } from './image-mentions.ts';
import { candidateFolders, indexManifestFolders, type ManifestFolders } from './install-folders.ts';
import { type ParsedDockerfile, parseDockerfile } from './parse.ts';
import { readRunScript } from './run-script.ts';
import { readBases } from './stages.ts';

const name = 'dockerfile';

const fileName = /^(?:dockerfile|containerfile)(?:\..+)?$|\.(?:dockerfile|containerfile)$/is;
/** Templates, ignore files, notes and data beside a Dockerfile, and what is called after one: `Dockerfile.rego`. */
const otherFormat =
  /\.(?:dockerignore|md|txt|rst|adoc|j2|jinja2?|tmpl|tpl|template|ejs|erb|hbs|mustache|json|ya?ml|toml|xml|html?|css|hcl|rego|lock|tsx|jsx|mjs|cjs|svg|png|diff|patch|snap|rej|swp)$/i;
/** A program about Dockerfiles (`dockerfile.go`) or, with the usual capital, one for such programs (`Dockerfile.go`). */
const program = /^dockerfile\.(?:ts|js|go|py|rs|rb|java|cs|php|kt|c|h|cc|cpp|swift|sh|ps1)$/i;

function examines(file: TreeFile): boolean {
  const base = posix.basename(file.path);
  if (!file.isTracked || !fileName.test(base) || otherFormat.test(base)) return false;
  return !program.test(base) || base.startsWith('Dockerfile');
}

interface DockerfileReading {
  readonly file: SourceFile;
  readonly parsed: ParsedDockerfile;
  readonly manifests: ManifestFolders;
}

/** One gap for the file, naming the first line that is wrong. */
function* reportProblems({ file, parsed }: DockerfileReading): Iterable<Gap> {
  const [first, ...more] = parsed.problems;
  if (first === undefined) return;
  const others = more.length === 0 ? '' : `, and ${more.length} more ${more.length === 1 ? 'problem' : 'problems'}`;
  const reason = `${file.path} line ${first.line}: ${first.message}${others}`;
  yield gap(
    name,
    file.path,
    reason,
    `correct ${file.path} so that docker build accepts it, or rename it when it is no Dockerfile`,
  );
}

function* readImages({ file, parsed }: DockerfileReading): Iterable<ImageReferenceEvidence | Gap> {
  const { instructions, escape: escapeCharacter } = parsed.dockerfile;
  const bases = readBases(file.text, instructions, escapeCharacter);
  const copies = mentionCopies(file.path, instructions, bases, escapeCharacter);
  for (const mention of [...mentionBases(file, bases), ...copies]) yield* readMention(mention, name);
}

function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

function readInstall(
  { file, manifests }: DockerfileReading,
  state: BuildState,
  command: SimpleCommand,
  offset: number,
): InstallCommandEvidence | null {
  const install = recogniseInstall(command);
  if (install === null) return null;
  const { workingFolder, copied } = state;
  const place = { dockerfileFolder: folderOf(file.path), workingFolder, copied, directory: command.directory };
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
  const { file, parsed } = reading;
  const { instructions, escape: escapeCharacter } = parsed.dockerfile;
  const bases = readBases(file.text, instructions, escapeCharacter);
  for (const [instruction, before] of followStages(file.text, instructions, bases, escapeCharacter)) {
    const run = instruction.trigger ?? instruction;
    if (run.keyword !== 'RUN') continue;
    const mounted = mountedFolders(run, (target) => enterFolder(before.workingFolder, target));
    const state = { ...before, copied: [...mounted, ...before.copied] };
    const script = readRunScript(file.text, run);
    if (script.isTooLong) {
      const reason = `${file.path} line ${instruction.span.line}: the script of this RUN is too long to be read`;
      yield gap(name, `${file.path} RUN`, reason, 'move the script into a file of its own');
    }
    for (const command of script.commands) {
      const install = readInstall(reading, state, command, script.offset);
      if (install !== null) yield install;
    }
  }
}

/** `Dockerfile.py` may be a Dockerfile for Python or a class of that name: without FROM it is no Dockerfile. */
function isProgram({ file, parsed }: DockerfileReading): boolean {
  return program.test(posix.basename(file.path)) && parsed.dockerfile.stages.length === 0;
}

function pathsOf({ request, tree }: SourceContext): readonly string[] {
  const named = request.dockerfiles.map((dockerfile) => posix.normalize(dockerfile.path));
  return [...new Set([...tree.files.filter(examines).map((file) => file.path), ...named])].sort();
}

/**
 * Dockerfiles and Containerfiles: the parsed file itself, the images it names and the package-manager commands it runs.
 * Reads no other file; a file that BuildKit would refuse is a gap, and what could be parsed of it is evidence all the same.
 */
export const dockerfileSource: FileSource<'dockerfile' | 'image-reference' | 'install-command'> = {
  name,
  produces: ['dockerfile', 'image-reference', 'install-command'],
  examines,
  async *collect(context) {
    const manifests = indexManifestFolders(context.tree.files.map((file) => file.path));
    for (const path of pathsOf(context)) {
      const content = await context.tree.readText(path, name);
      if (isGap(content)) {
        yield content;
        continue;
      }
      const { text } = content;
      const reading = { file: { path, text, lines: indexLines(text) }, parsed: parseDockerfile(path, text), manifests };
      if (isProgram(reading) && !context.request.dockerfiles.some((named) => posix.normalize(named.path) === path))
        continue;
      yield reading.parsed.dockerfile;
      yield* reportProblems(reading);
      yield* readImages(reading);
      yield* readInstalls(reading);
    }
  },
};
