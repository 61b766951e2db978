import { contextFolders, findIgnoreFile, namesFile, pathInContext, takesFile } from './build-context.ts';
import type { ContextCopyEvidence, DotenvFileEvidence, IgnoreFileEvidence } from './build-evidence.ts';
import { isIgnored } from './ignore-pattern.ts';
import type { BuildFacts } from './swept-dotenv.ts';

/** A dotenv file, and an instruction that takes it. */
export interface Taken {
  readonly copy: ContextCopyEvidence;
  readonly file: DotenvFileEvidence;
  /** Below the context. */
  readonly path: string;
}

/** What one Dockerfile takes from one context, either with a folder or by name. */
export interface Sweep {
  readonly folder: string;
  readonly ignoreFile: IgnoreFileEvidence | null;
  readonly isNamed: boolean;
  readonly taken: readonly Taken[];
}

function findTaken(
  copy: ContextCopyEvidence,
  folder: string,
  ignoreFile: IgnoreFileEvidence | null,
  files: readonly DotenvFileEvidence[],
): readonly Taken[] {
  return files.flatMap((file) => {
    const path = pathInContext(folder, file.path);
    if (path === null || !takesFile(copy, path) || isIgnored(ignoreFile?.patterns ?? [], path)) return [];
    return [{ copy, file, path }];
  });
}

/** The dotenv files that builds take, by Dockerfile and context. Each has at least one file. */
export function findSweeps(files: readonly DotenvFileEvidence[], facts: BuildFacts): readonly Sweep[] {
  const sweeps = new Map<string, Omit<Sweep, 'taken'> & { taken: Taken[] }>();
  for (const copy of files.length === 0 ? [] : facts.copies) {
    for (const folder of contextFolders(copy, facts.builds)) {
      const ignoreFile = findIgnoreFile(copy.dockerfile, folder, facts.ignoreFiles);
      for (const each of findTaken(copy, folder, ignoreFile, files)) {
        const isNamed = namesFile(copy, each.path);
        const key = `${copy.dockerfile}\0${folder}\0${isNamed}`;
        const known = sweeps.get(key);
        if (known === undefined) sweeps.set(key, { folder, ignoreFile, isNamed, taken: [each] });
        else known.taken.push(each);
      }
    }
  }
  return [...sweeps.values()];
}
