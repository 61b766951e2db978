import { posix } from 'node:path';
import type { Instruction } from '../../domain/dockerfile.ts';
import { matchesGlob } from '../../domain/glob.ts';
import { lockfileManagers } from '../../domain/install/lockfile-name.ts';
import { readExecForm } from './exec-form.ts';

/** A folder of the build context that a COPY, ADD or bind mount makes visible in the image. */
export interface CopiedFolder {
  /** Relative to the build context; '' is the context itself. */
  readonly from: string;
  /** Absolute in the image; null when it is not known. */
  readonly to: string | null;
  /** Whether the instruction names a manifest or lockfile in it; else it copies what may be the folder as a whole. */
  readonly isManifest: boolean;
}

const manifestNames: readonly string[] = [
  ...['package.json', 'pnpm-workspace.yaml', 'pyproject.toml', 'requirements.txt'],
  ...lockfileManagers.keys(),
];

/** Whether a file name, or a pattern for names such as `package*.json`, is that of a manifest or lockfile. */
export function isManifestName(pattern: string): boolean {
  if (/requirements[^/]*\.(?:txt|in)$/.test(pattern)) return true;
  return pattern !== '*' && manifestNames.some((name) => matchesGlob(pattern, name));
}

/** A source as a path below the context: `./web/`, `/web` and `web` are the same. Null: it is none, or not known. */
export function contextPath(source: string): string | null {
  if (source.includes('$') || source.includes('://') || source.startsWith('<<')) return null;
  const path = posix.join('/', source).slice(1);
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

function copyOne(source: string, target: string, isFolder: boolean, enter: Enter): CopiedFolder | null {
  const path = contextPath(source);
  if (path === null) return null;
  if (!isManifestName(posix.basename(path))) {
    const isPattern = /[*?[]/.test(path);
    return { from: isPattern ? folderOf(path) : path, to: enter(target), isManifest: false };
  }
  const isRenamed = !isFolder && isManifestName(posix.basename(target));
  return { from: folderOf(path), to: enter(isRenamed ? posix.dirname(target) : target), isManifest: true };
}

type Enter = (target: string) => string | null;

/**
 * The folders a COPY or ADD brings in from the build context; none for `--from`, which copies from elsewhere. `words` are
 * its arguments with variables filled in, `enter` resolves a path against the working folder.
 */
export function copiedFolders(
  instruction: Instruction,
  words: readonly string[],
  enter: Enter,
): readonly CopiedFolder[] {
  if (instruction.flags.some((flag) => flag.name === 'from')) return [];
  const values = readExecForm(instruction.argumentText)?.map((word) => word.value) ?? words;
  const target = values.at(-1);
  if (target === undefined) return [];
  const isFolder = values.length > 2 || /(?:^|\/)\.{0,2}$/.test(target);
  return values
    .slice(0, -1)
    .map((source) => copyOne(source, target, isFolder, enter))
    .filter((folder) => folder !== null);
}

/** The fields of `--mount=type=bind,source=uv.lock,target=uv.lock`. */
export function readMount(value: string): ReadonlyMap<string, string> {
  return new Map(
    value.split(',').map((field) => {
      const equals = field.indexOf('=');
      return equals < 0 ? [field, ''] : [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)];
    }),
  );
}

/** Mounts of one RUN that are followed; a RUN has a handful. */
const mostMounts = 64;

/** The folders of files that the bind mounts of a RUN show to it. */
export function mountedFolders(instruction: Instruction, enter: Enter): readonly CopiedFolder[] {
  return instruction.flags
    .filter((flag) => flag.name === 'mount')
    .slice(0, mostMounts)
    .map((flag) => readMount(flag.value))
    .filter((mount) => (mount.get('type') ?? 'bind') === 'bind' && !mount.has('from'))
    .map((mount) => {
      const source = mount.get('source') ?? mount.get('src') ?? '.';
      const target = mount.get('target') ?? mount.get('dst') ?? mount.get('destination') ?? '.';
      return copyOne(source, target, false, enter);
    })
    .filter((folder) => folder !== null);
}
