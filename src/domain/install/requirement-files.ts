import { posix } from 'node:path';
import type { PackageManifestEvidence } from '../evidence.ts';

type Manifests = ReadonlyMap<string, readonly PackageManifestEvidence[]>;
type Pins = PackageManifestEvidence['pins'];

const mostFiles = 32;

function findFile(path: string, manifests: Manifests): PackageManifestEvidence | undefined {
  const directory = posix.dirname(path);
  return manifests.get(directory === '.' ? '' : directory)?.find((manifest) => manifest.at.path === path);
}

/** Where a file named on a command line may lie: relative to each folder, else by its name alone, as COPY may have moved it. */
function locate(file: string, folders: readonly string[], manifests: Manifests): PackageManifestEvidence | undefined {
  const relative = file.startsWith('/') ? [] : folders.map((folder) => posix.join(folder, file));
  const paths = [...relative, ...folders.map((folder) => posix.join(folder, posix.basename(file)))];
  for (const path of paths) {
    const found = findFile(path, manifests);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A requirements file and those it includes by `-r`, each once; undefined stands for one that is not in the repository. */
function collectIncludes(first: PackageManifestEvidence, manifests: Manifests) {
  const seen = new Set([first.at.path]);
  const result: (PackageManifestEvidence | undefined)[] = [];
  const queue: (PackageManifestEvidence | undefined)[] = [first];
  while (queue.length > 0 && result.length < mostFiles) {
    const manifest = queue.shift();
    result.push(manifest);
    for (const path of manifest?.settings['pip.includes']?.split('\n') ?? []) {
      if (seen.has(path)) continue;
      seen.add(path);
      queue.push(findFile(path, manifests));
    }
  }
  return queue.length > 0 ? [...result, undefined] : result;
}

/** The weakest of all; a file that is missing leaves it open unless another is loose anyway. */
function weakestPins(files: readonly (PackageManifestEvidence | undefined)[]): Pins {
  const pins = files.filter((file) => file === undefined || file.dependencies > 0).map((file) => file?.pins ?? null);
  if (pins.includes('loose')) return 'loose';
  if (pins.includes(null)) return null;
  return pins.includes('exact') ? 'exact' : (pins[0] ?? null);
}

/**
 * All requirements files of a command as one manifest, includes followed; null when none of them is in the repository.
 * `folders` are the command's candidate folders.
 */
export function mergeRequirements(
  files: readonly string[],
  folders: readonly string[],
  index: { readonly manifests: Manifests },
): PackageManifestEvidence | null {
  const roots = files.slice(0, mostFiles).map((file) => locate(file, folders, index.manifests));
  const first = roots.find((root) => root !== undefined);
  if (first === undefined) return null;
  const all = roots.flatMap((root) => (root === undefined ? [undefined] : collectIncludes(root, index.manifests)));
  const dependencies = all.reduce((total, file) => total + (file?.dependencies ?? 1), 0);
  return { ...first, dependencies, pins: weakestPins(all) };
}
