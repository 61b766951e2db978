import type { BuildVariableEvidence, ContextCopyEvidence, DotenvFileEvidence } from '../../domain/build-evidence.ts';
import { isDotenvName } from '../../domain/dotenv-name.ts';
import { type Gap, gap } from '../../domain/gap.ts';
import { indexLines } from '../../domain/line-index.ts';
import { readDotenv } from '../secret/dotenv.ts';
import type { FileSource, SourceContext } from '../source.ts';
import { isGap, type TreeFile } from '../workspace/file-tree.ts';
import { readBuildVariables } from './build-variables.ts';
import { indexPaths, readContextCopies } from './context-copies.ts';
import { isIgnoreFile, readIgnoreFile } from './ignore.ts';
import { parseDockerfile } from './parse.ts';
import { dockerfilePaths } from './source.ts';

const name = 'build';

/** Bytes of a dotenv file that are read, and files: a repository has a handful. */
const dotenvLimit = 1024 * 1024;
const mostDotenvFiles = 200;

/** An empty one holds nothing, and a link is copied as a link. */
function isDotenvFile({ path, size }: TreeFile): boolean {
  return size > 0 && isDotenvName(path.slice(path.lastIndexOf('/') + 1));
}

function examines(file: TreeFile): boolean {
  return (file.isTracked && isIgnoreFile(file.path)) || isDotenvFile(file);
}

async function* readDotenvFiles({ tree }: SourceContext): AsyncIterable<DotenvFileEvidence | Gap> {
  const files = tree.files.filter(isDotenvFile);
  for (const { path, size, isTracked } of files.slice(0, mostDotenvFiles)) {
    const start = await tree.readStart(path, dotenvLimit, name);
    if (isGap(start)) yield start;
    else yield { kind: 'dotenv-file', path, isTracked, dotenv: readDotenv(start, size <= dotenvLimit).facts };
  }
  const rest = files.length - mostDotenvFiles;
  if (rest <= 0) return;
  const reason = `${rest} more dotenv files than the ${mostDotenvFiles} that are read lie in the checked folder`;
  yield gap(name, 'dotenv files', reason, 'check a smaller folder');
}

/** Files that cannot be read are gaps of the source that reads Dockerfiles themselves. */
async function* readDockerfiles(context: SourceContext): AsyncIterable<ContextCopyEvidence | BuildVariableEvidence> {
  const known = indexPaths(context.tree.files.map((file) => file.path));
  for (const path of dockerfilePaths(context)) {
    const content = await context.tree.readText(path, name);
    if (isGap(content)) continue;
    const { text } = content;
    const file = { path, text, lines: indexLines(text) };
    const parsed = parseDockerfile(path, text, file.lines);
    yield* readContextCopies(file, parsed, known);
    yield* readBuildVariables(file, parsed);
  }
}

/**
 * What a build takes from the repository: what Dockerfiles copy of their context, what ignore files leave out of it, the
 * dotenv files that lie there, git-ignored ones too, and the credentials that ARG and ENV hold.
 */
export const buildSource: FileSource<'context-copy' | 'build-variable' | 'ignore-file' | 'dotenv-file'> = {
  name,
  produces: ['context-copy', 'build-variable', 'ignore-file', 'dotenv-file'],
  examines,
  async *collect(context) {
    for (const file of context.tree.files.filter((each) => each.isTracked && isIgnoreFile(each.path))) {
      const content = await context.tree.readText(file.path, name);
      if (isGap(content)) yield content;
      else yield* readIgnoreFile(content);
    }
    yield* readDotenvFiles(context);
    yield* readDockerfiles(context);
  },
};
