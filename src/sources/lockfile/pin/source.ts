import { posix } from 'node:path';
import { type Gap, gap } from '../../../domain/gap.ts';
import { fileLocation } from '../../../domain/location.ts';
import { neutralise } from '../../../domain/neutral-text.ts';
import type { LockedPackageEvidence, LockManager } from '../../../domain/package-evidence.ts';
import type { FileSource } from '../../source.ts';
import { type FileTree, isGap, type TreeFile } from '../../workspace/file-tree.ts';
import { directoryOf, isForeign, isRequirements } from '../source.ts';
import { readBunLock } from './bun-lock.ts';
import { manifests } from './declared.ts';
import { readComposerLock, readPipfileLock } from './json-locks.ts';
import { readGemfileLock, readGoMod, readGoSum } from './line-locks.ts';
import { type Declared, type LockReader, traceProvenance } from './lock-graph.ts';
import { readNpmLock } from './npm-lock.ts';
import { readPnpmLock } from './pnpm-lock.ts';
import { readRequirementsLock } from './requirements-lock.ts';
import { readCargoLock, readPoetryLock, readUvLock } from './toml-lock.ts';
import { readYarnLock } from './yarn-lock.ts';

interface LockFormat {
  readonly manager: LockManager;
  /** Type of the package URLs of what it pins. */
  readonly type: string;
  readonly read: LockReader;
  /** What lies beside it and says what is direct. */
  readonly manifest?: { readonly file: string; read(text: string): Declared | null };
}

const npmLock: LockFormat = { manager: 'npm', type: 'npm', read: readNpmLock, manifest: manifests.npm };

const formats: ReadonlyMap<string, LockFormat> = new Map<string, LockFormat>([
  ['package-lock.json', npmLock],
  ['npm-shrinkwrap.json', npmLock],
  ['pnpm-lock.yaml', { manager: 'pnpm', type: 'npm', read: readPnpmLock }],
  ['yarn.lock', { manager: 'yarn', type: 'npm', read: readYarnLock, manifest: manifests.npm }],
  ['bun.lock', { manager: 'bun', type: 'npm', read: readBunLock }],
  ['uv.lock', { manager: 'uv', type: 'pypi', read: readUvLock }],
  ['poetry.lock', { manager: 'poetry', type: 'pypi', read: readPoetryLock, manifest: manifests.poetry }],
  ['Pipfile.lock', { manager: 'pipenv', type: 'pypi', read: readPipfileLock, manifest: manifests.pipenv }],
  ['Cargo.lock', { manager: 'cargo', type: 'cargo', read: readCargoLock }],
  ['go.mod', { manager: 'go', type: 'golang', read: readGoMod }],
  ['go.sum', { manager: 'go', type: 'golang', read: readGoSum }],
  ['composer.lock', { manager: 'composer', type: 'composer', read: readComposerLock, manifest: manifests.composer }],
  ['Gemfile.lock', { manager: 'bundler', type: 'gem', read: readGemfileLock }],
]);

const requirements: LockFormat = { manager: 'pip', type: 'pypi', read: readRequirementsLock };
const name = 'lockfile';
/** More packages than any repository's lockfile pins. */
const mostPackages = 50_000;
const longestName = 256;

function formatOf(path: string): LockFormat | null {
  return formats.get(posix.basename(path)) ?? (isRequirements(path) ? requirements : null);
}

function examines(file: TreeFile): boolean {
  return formatOf(file.path) !== null && file.isTracked && !isForeign(file.path);
}

async function declaredBeside(tree: FileTree, path: string, { manifest }: LockFormat): Promise<Declared | null> {
  if (manifest === undefined) return null;
  const beside = posix.join(directoryOf(path), manifest.file);
  const file = tree.has(beside) ? await tree.readText(beside, name) : null;
  return file === null || isGap(file) ? null : manifest.read(file.text);
}

function evidenceOf(path: string, { manager, type }: LockFormat, graph: NonNullable<ReturnType<LockReader>>) {
  const provenanceOf = traceProvenance(graph);
  return graph.nodes
    .filter((node) => node.name.length <= longestName && node.version.length <= longestName)
    .map((node): LockedPackageEvidence => {
      const { line, endLine, version } = node;
      const at = fileLocation(path, { line, column: 1, endLine: Math.max(line, endLine), endColumn: 1 });
      const plain = neutralise(node.name, longestName);
      const purl = `pkg:${type}/${plain}@${neutralise(version, longestName)}`;
      const { isDirect, through } = provenanceOf(node.key);
      const names = through.map((one) => neutralise(one, longestName));
      return { kind: 'locked-package', at, manager, name: plain, version, purl, isDirect, through: names };
    });
}

async function readLock(tree: FileTree, path: string): Promise<readonly LockedPackageEvidence[] | Gap> {
  const format = formatOf(path);
  const file = await tree.readText(path, name);
  if (format === null) return [];
  // The source of lockfiles and manifests reads requirements files too, and tells their gaps.
  if (isGap(file)) return format === requirements ? [] : file;
  const graph = format.read({ text: file.text, declared: await declaredBeside(tree, path, format) });
  if (graph === null) {
    const hint = `write it again with ${format.manager}, or resolve the merge that broke it`;
    return gap(name, path, `${path} is no lockfile of ${format.manager} that can be read`, hint);
  }
  if (graph.nodes.length > mostPackages) {
    const hint = 'split the project, or triage this gap if the file is no lockfile';
    return gap(name, path, `${path} pins more than ${mostPackages} packages`, hint);
  }
  return evidenceOf(path, format, graph);
}

/**
 * The packages that the repository's lockfiles pin, each with its line and the direct dependency that brought it. A
 * lockfile that cannot be read is a gap. Formats: the managers' own.
 */
export const pinSource: FileSource<'locked-package'> = {
  name: 'lockfile pins',
  produces: ['locked-package'],
  examines,
  async *collect({ tree }) {
    for (const { path } of tree.files.filter(examines)) {
      const found = await readLock(tree, path);
      if (isGap(found)) yield found;
      else yield* found;
    }
  },
};
