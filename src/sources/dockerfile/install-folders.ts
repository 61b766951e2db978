import { posix } from 'node:path';
import { enterFolder } from './build-state.ts';
import { type CopiedFolder, isManifestName } from './copied-folder.ts';

/** Folders that are named for one command, at most. */
const mostCandidates = 12;

/** Which folders of the repository hold a manifest or lockfile. */
export type ManifestFolders = ReadonlySet<string>;

function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

/** Reads the folders off a list of the repository's paths. */
export function indexManifestFolders(paths: readonly string[]): ManifestFolders {
  return new Set(paths.filter((path) => isManifestName(posix.basename(path))).map(folderOf));
}

/** Where a command runs, and what it finds there. */
export interface CommandPlace {
  /** The Dockerfile's folder in the repository. */
  readonly dockerfileFolder: string;
  /** The stage's working folder in the image; null when it is not known. */
  readonly workingFolder: string | null;
  /** Where the command's own script has changed to, relative or absolute; null when it is not known. */
  readonly directory: string | null;
  readonly copied: readonly CopiedFolder[];
}

/** What `path` is called below `folder`; null when it lies elsewhere. */
function relativeTo(folder: string, path: string): string | null {
  if (path === folder) return '';
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}

/**
 * The folders of the context that lie where the command runs, nearest first. What a COPY without a manifest's name brings
 * counts only where it leads to a manifest.
 */
function foldersBehind(current: string, copied: readonly CopiedFolder[], leads: (folder: string) => boolean) {
  const hits = copied.flatMap(({ from, to, isManifest }) => {
    const rest = to === null ? null : relativeTo(to, current);
    const folder = posix.join(from, rest ?? '');
    return rest !== null && (isManifest || leads(folder)) ? [{ folder, isManifest, distance: rest.length }] : [];
  });
  hits.sort((a, b) => a.distance - b.distance || Number(b.isManifest) - Number(a.isManifest));
  return hits.map((hit) => hit.folder);
}

/**
 * The build context is the Dockerfile's folder or the repository's root; which of the two is told by where the manifests
 * are. A folder that climbs out of the repository is none.
 */
function inRepository(folder: string, dockerfileFolder: string, manifests: ManifestFolders): readonly string[] {
  const own = posix.join('/', dockerfileFolder, folder).slice(1).replace(/\/$/, '');
  const root = posix.join('/', folder).slice(1).replace(/\/$/, '');
  return !manifests.has(own) && manifests.has(root) ? [root, own] : [own, root];
}

/**
 * The repository folders whose manifest and lockfile a command may act on, most likely first: what was copied to where
 * it runs, then every other folder a manifest was copied from, then the Dockerfile's folder and the root.
 */
export function candidateFolders(place: CommandPlace, manifests: ManifestFolders): readonly string[] {
  const { dockerfileFolder, workingFolder, directory, copied } = place;
  const resolve = (folder: string) => inRepository(folder, dockerfileFolder, manifests);
  const leads = (folder: string) => resolve(folder).some((candidate) => manifests.has(candidate));
  const current = directory === null ? null : enterFolder(workingFolder, directory === '' ? '.' : directory);
  const behind = current === null ? [] : foldersBehind(current, copied, leads);
  const named = copied.filter((folder) => folder.isManifest).map((folder) => folder.from);
  const relative = directory === null || directory === '' || directory.startsWith('/') ? [] : [directory];
  const folders = [...new Set([...behind, ...named, ...relative])].slice(0, mostCandidates);
  return [...new Set([...folders.flatMap(resolve), dockerfileFolder, ''])];
}
