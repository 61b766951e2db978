import { contextFolders, findIgnoreFile, holdBack, namesFile, pathBeforeCopy, takesFile } from './build-context.ts';
import type { ContextCopyEvidence, IgnoreFileEvidence } from './build-evidence.ts';
import type { Cause } from './cause.ts';
import type { ImageBuildEvidence } from './evidence.ts';
import type { Fix, RelatedPlace } from './finding.ts';
import { isIgnored } from './ignore-pattern.ts';

/** What is known of the builds of the repository. */
export interface BuildFacts {
  readonly copies: readonly ContextCopyEvidence[];
  readonly builds: readonly ImageBuildEvidence[];
  readonly ignoreFiles: readonly IgnoreFileEvidence[];
}

/** The COPY or ADD behind a file of a layer, and what the build called the file; null where another step made it. */
export interface CopiedFile {
  readonly copy: ContextCopyEvidence;
  readonly path: string;
}

/** Finds the source of the instruction that brought `imagePath`, a path without leading slash. */
export function findCopy(
  cause: Cause | null,
  imagePath: string,
  copies: readonly ContextCopyEvidence[],
): CopiedFile | null {
  if (cause === null) return null;
  const own = copies.filter(({ dockerfile, at }) => dockerfile === cause.path && at.line === cause.line);
  for (const copy of own) {
    const path = pathBeforeCopy(copy, imagePath);
    if (path !== null && takesFile(copy, path)) return { copy, path };
  }
  return null;
}

/** How a file that a copied folder swept in is kept out of the next build. */
export interface HoldBack {
  readonly related: readonly RelatedPlace[];
  /** Null when the ignore file holds it back by now, and a new build is all it takes. */
  readonly fix: Fix | null;
}

/** Null when the instruction names the file itself: an ignore file would only break that build. */
export function adviseHoldBack({ copy, path }: CopiedFile, facts: BuildFacts): HoldBack | null {
  const [folder] = contextFolders(copy, facts.builds);
  if (folder === undefined || namesFile(copy, path)) return null;
  const ignoreFile = findIgnoreFile(copy.dockerfile, folder, facts.ignoreFiles);
  if (ignoreFile === null) return { related: [], fix: holdBack(folder, null, [path]) };
  const { patterns, at, lastLine } = ignoreFile;
  if (isIgnored(patterns, path)) {
    const related = [{ at, message: 'holds it back now, so the image is older than this file' }];
    return { related, fix: null };
  }
  const end = { ...at, line: lastLine.line, endLine: lastLine.line };
  return {
    related: [{ at: end, message: 'should hold it back and does not' }],
    fix: holdBack(folder, ignoreFile, [path]),
  };
}
