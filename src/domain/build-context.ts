import { posix } from 'node:path';
import type { ContextCopyEvidence, IgnoreFileEvidence } from './build-evidence.ts';
import type { ImageBuildEvidence } from './evidence.ts';
import type { Fix } from './finding.ts';
import { isIgnored } from './ignore-pattern.ts';
import { neutralise } from './neutral-text.ts';

const wildcard = /[*?[]/;

/** What `path` is called below `folder`; null when it lies elsewhere. */
function below(folder: string, path: string): string | null {
  if (folder === '') return path;
  if (path === folder) return '';
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}

/** The path below the context by which a build knows a file of the repository; null when it lies outside. */
export function pathInContext(folder: string, path: string): string | null {
  const inside = below(folder, path);
  return inside === '' ? null : inside;
}

/** The folders a Dockerfile is built in: those the builds of the repository name, else the likely one. */
export function contextFolders(copy: ContextCopyEvidence, builds: readonly ImageBuildEvidence[]): readonly string[] {
  const own = builds.filter(({ dockerfile }) => dockerfile === copy.dockerfile);
  const named = own.map(({ folder }) => folder).filter((folder) => folder !== null);
  return named.length > 0 ? [...new Set(named)] : [copy.likelyFolder];
}

/** The ignore file BuildKit reads: a Dockerfile's own takes the place of the context's (dockerui/config.go, ReadEntrypoint). */
export function findIgnoreFile(
  dockerfile: string,
  folder: string,
  files: readonly IgnoreFileEvidence[],
): IgnoreFileEvidence | null {
  const own = files.find((file) => file.dockerfile === dockerfile);
  return own ?? files.find((file) => file.dockerfile === null && file.directory === folder) ?? null;
}

/** Whether the instruction names the file itself, so that leaving it out would break the build. */
export function namesFile(copy: ContextCopyEvidence, path: string): boolean {
  return copy.source === path;
}

/** Whether a COPY or ADD takes a file of the context, as far as no ignore file holds it back. */
export function takesFile(copy: ContextCopyEvidence, path: string): boolean {
  const { source, excludes } = copy;
  if (source !== '' && !isIgnored([{ text: source, isNegated: false }], path)) return false;
  const inside = wildcard.test(source) ? null : below(source, path);
  return !isIgnored(excludes, inside === null || inside === '' ? posix.basename(path) : inside);
}

/** The path below the context of what a COPY put at a path of the image; null when it cannot be told. */
export function pathBeforeCopy(copy: ContextCopyEvidence, imagePath: string): string | null {
  const { source, target } = copy;
  const inside = target === null ? null : below(target, `/${imagePath}`);
  if (inside === null) return null;
  const folder = wildcard.test(source) ? posix.dirname(source) : source;
  return posix.join(folder, inside.replace(/^\/+/, ''));
}

/** A pattern for files of this name anywhere in the context. */
function patternFor(path: string): string {
  return `**/${posix.basename(path).replace(/[\\*?[\]]/g, '\\$&')}`;
}

/** Adds to the ignore file what holds these files back, or creates the context's own. `paths` are below the context. */
export function holdBack(folder: string, ignoreFile: IgnoreFileEvidence | null, paths: readonly string[]): Fix {
  const patterns = [...new Set(paths.map(patternFor))];
  const listed = patterns.map((pattern) => `\`${neutralise(pattern, 120)}\``).join(', ');
  if (ignoreFile === null) {
    const path = posix.join(folder, '.dockerignore');
    return {
      description: `create ${neutralise(path, 200)} with ${listed}`,
      edits: [{ path, line: 1, endLine: 0, newText: patterns.join('\n') }],
    };
  }
  const { path, lastLine } = ignoreFile;
  const kept = lastLine.text === '' ? [] : [lastLine.text];
  return {
    description: `add ${listed} to the end of ${neutralise(path, 200)}`,
    edits: [{ path, line: lastLine.line, endLine: lastLine.line, newText: [...kept, ...patterns].join('\n') }],
  };
}
