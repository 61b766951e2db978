import { posix } from 'node:path';
import type { InstallCommandEvidence, LockfileEvidence, PackageManifestEvidence } from '../evidence.ts';
import type { Confidence } from '../severity.ts';
import { grammarOf } from './grammar.ts';
import { requirementFilesOf } from './pip.ts';
import { mergeRequirements } from './requirement-files.ts';
import { readWords } from './words.ts';

/** What governs an install command. */
export interface Project {
  /** With the manager and dependencies that a workspace adds; null when the repository has none for it. */
  readonly manifest: PackageManifestEvidence | null;
  readonly lockfile: LockfileEvidence | null;
  /** Whether the command's likeliest folder led to them. */
  readonly isLikeliest: boolean;
}

/** Manifests and lockfiles by folder. */
export interface ProjectIndex {
  readonly manifests: ReadonlyMap<string, readonly PackageManifestEvidence[]>;
  readonly lockfiles: ReadonlyMap<string, readonly LockfileEvidence[]>;
  /** How many dependencies all manifests of one name declare in and below a folder. */
  readonly dependenciesBelow: ReadonlyMap<string, number>;
}

const deepest = 64;
const javaScriptManagers: readonly string[] = ['npm', 'pnpm', 'yarn', 'bun'];

function groupByDirectory<T extends { readonly directory: string }>(items: readonly T[], pathOf: (item: T) => string) {
  const groups = new Map<string, T[]>();
  for (const item of [...items].sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))) {
    const group = groups.get(item.directory);
    if (group === undefined) groups.set(item.directory, [item]);
    else group.push(item);
  }
  return groups;
}

function keyBelow(directory: string, name: string): string {
  return `${directory}\0${name}`;
}

function sumBelow(manifests: readonly PackageManifestEvidence[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const manifest of manifests) {
    for (const folder of foldersUp(manifest.directory)) {
      const key = keyBelow(folder, posix.basename(manifest.at.path));
      sums.set(key, (sums.get(key) ?? 0) + manifest.dependencies);
    }
  }
  return sums;
}

export function indexProjects(
  manifests: readonly PackageManifestEvidence[],
  lockfiles: readonly LockfileEvidence[],
): ProjectIndex {
  return {
    manifests: groupByDirectory(manifests, (manifest) => manifest.at.path),
    lockfiles: groupByDirectory(lockfiles, (lockfile) => lockfile.path),
    dependenciesBelow: sumBelow(manifests),
  };
}

/** The folder and those above it, nearest first; '' is the root. */
function foldersUp(directory: string): readonly string[] {
  const parts = directory === '' ? [] : directory.split('/').slice(0, deepest);
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join('/')), ''];
}

interface Hit<T> {
  readonly value: T;
  readonly rank: number;
}

/** The first hit going up from each folder in turn. */
function findUp<T>(folders: readonly string[], pick: (folder: string) => T | undefined): Hit<T> | null {
  for (const [rank, start] of folders.entries()) {
    for (const folder of foldersUp(start)) {
      const value = pick(folder);
      if (value !== undefined) return { value, rank };
    }
  }
  return null;
}

function isNamed(manifest: PackageManifestEvidence, name: string): boolean {
  return posix.basename(manifest.at.path) === name;
}

/** `packageManager` stands in the root's package.json only, and a workspace's root locks its members' dependencies too. */
function inherit(manifest: PackageManifestEvidence, index: ProjectIndex): PackageManifestEvidence {
  const name = posix.basename(manifest.at.path);
  const above = foldersUp(manifest.directory)
    .map((folder) => index.manifests.get(folder)?.find((other) => isNamed(other, name)))
    .filter((other) => other !== undefined);
  const manager = above.find((other) => other.manager !== null)?.manager ?? null;
  const isRoot = manifest.settings['workspaces'] === 'true';
  const below = isRoot ? index.dependenciesBelow.get(keyBelow(manifest.directory, name)) : undefined;
  return { ...manifest, manager, dependencies: below ?? manifest.dependencies };
}

/** What the lockfile itself tells: yarn's generation, and the major version of Poetry that wrote it. */
function learnGeneration(
  manifest: PackageManifestEvidence,
  lockfile: LockfileEvidence | null,
): PackageManifestEvidence {
  const generation = lockfile?.generation ?? null;
  if (generation === null) return manifest;
  if (lockfile?.manager === 'yarn') {
    return { ...manifest, settings: { 'yarn.generation': `${generation}`, ...manifest.settings } };
  }
  if (lockfile?.manager !== 'poetry' || (manifest.manager?.major ?? null) !== null) return manifest;
  return { ...manifest, manager: { name: 'poetry', major: generation } };
}

function findManifest(
  command: InstallCommandEvidence,
  folders: readonly string[],
  index: ProjectIndex,
): Hit<PackageManifestEvidence> | null {
  const files = command.manager === 'pip' || command.manager === 'uv' ? requirementFilesOf(command) : [];
  if (files.length > 0) {
    const value = mergeRequirements(files, folders, index);
    return value === null ? null : { value, rank: 0 };
  }
  const name = javaScriptManagers.includes(command.manager) ? 'package.json' : 'pyproject.toml';
  const hit = findUp(folders, (folder) => index.manifests.get(folder)?.find((manifest) => isNamed(manifest, name)));
  return hit === null ? null : { ...hit, value: inherit(hit.value, index) };
}

/** `uv pip` reads no lockfile, so none governs it. */
function findLockfile(
  command: InstallCommandEvidence,
  folders: readonly string[],
  index: ProjectIndex,
): Hit<LockfileEvidence> | null {
  const isPip = command.manager === 'uv' && readWords(command.words, grammarOf('uv')).operands[0]?.text === 'pip';
  if (isPip) return null;
  return findUp(folders, (folder) => index.lockfiles.get(folder)?.find(({ manager }) => manager === command.manager));
}

/**
 * The manifest and lockfile a command acts on: from each of its folders, likeliest first, the nearest one upwards. A
 * lockfile of another manager does not count.
 */
export function findProject(command: InstallCommandEvidence, index: ProjectIndex): Project {
  const folders = command.directories;
  const lockfile = findLockfile(command, folders, index);
  const manifest = findManifest(command, folders, index);
  return {
    manifest: manifest === null ? null : learnGeneration(manifest.value, lockfile?.value ?? null),
    lockfile: lockfile?.value ?? null,
    isLikeliest: (lockfile?.rank ?? manifest?.rank ?? 0) === 0,
  };
}

/** How sure a finding can be that depends on the command's own words only: a script may never run in a build. */
export function confidenceByContext(command: InstallCommandEvidence): Confidence {
  return command.context === 'script' ? 'medium' : 'high';
}

/**
 * How sure a finding about a project's install can be. Low where nothing in the repository says what it installs, and in
 * scripts of managers that freeze by themselves in CI: who runs the script decides.
 */
export function confidenceOf(command: InstallCommandEvidence, project: Project): Confidence {
  const isCiSensitive = command.manager === 'pnpm' || project.manifest?.settings['yarn.generation'] === '2';
  if (project.manifest === null && project.lockfile === null) return 'low';
  if (command.context === 'script' && isCiSensitive) return 'low';
  return project.isLikeliest ? confidenceByContext(command) : 'medium';
}
