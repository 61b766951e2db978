import { posix } from 'node:path';
import { indexLines } from '../../domain/line-index.ts';
import type { FileSource, SourceContext } from '../source.ts';
import { isGap, type TextFile, type TreeFile } from '../workspace/file-tree.ts';
import { indexManifestFolders, type ManifestFolders } from './install-folders.ts';
import { parseDockerfile } from './parse.ts';
import { type DockerfileReading, readDockerfile } from './reading.ts';

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

/** `Dockerfile.py` may be a Dockerfile for Python or a class of that name: without FROM it is no Dockerfile. */
function isProgram({ file, parsed }: DockerfileReading): boolean {
  return program.test(posix.basename(file.path)) && parsed.dockerfile.stages.length === 0;
}

function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

function startReading({ path, text }: TextFile, manifests: ManifestFolders): DockerfileReading {
  return {
    file: { path, text, lines: indexLines(text) },
    parsed: parseDockerfile(path, text),
    manifests,
    contextFolder: folderOf(path),
    source: name,
    subject: path,
    label: path,
    remedy: `correct ${path} so that docker build accepts it, or rename it when it is no Dockerfile`,
  };
}

/** The Dockerfiles of the tree by their names, and those the user named. */
export function dockerfilePaths({ request, tree }: SourceContext): readonly string[] {
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
    for (const path of dockerfilePaths(context)) {
      const content = await context.tree.readText(path, name);
      if (isGap(content)) {
        yield content;
        continue;
      }
      const reading = startReading(content, manifests);
      if (isProgram(reading) && !context.request.dockerfiles.some((named) => posix.normalize(named.path) === path))
        continue;
      yield reading.parsed.dockerfile;
      yield* readDockerfile(reading);
    }
  },
};
