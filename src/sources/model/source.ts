import { join } from 'node:path';
import type {
  Evidence,
  ModelDeclarationEvidence,
  ModelFileEvidence,
  ModelManifestEvidence,
} from '../../domain/evidence.ts';
import { type Gap, gap } from '../../domain/gap.ts';
import { fileLocation } from '../../domain/location.ts';
import { UsageError } from '../../domain/usage-error.ts';
import type { FileSource, SourceContext } from '../source.ts';
import { type FileTree, isGap, type TreeFile } from '../workspace/file-tree.ts';
import { candidacyOf, extensionOf, manifestNames } from './candidate.ts';
import { detectFormat, formatOf, longestPointer, parsePointer } from './format.ts';
import { type Manifest, type ManifestFile, parseManifest } from './manifest.ts';
import { findUncheckedDemands } from './unchecked-demand.ts';

type Kind = 'model-file' | 'model-declaration' | 'model-manifest';

const sourceName = 'model';
const sniffedBytes = 64;

/** The manifest's path among the tree's files, null where there is none; a gap where it is there but out of reach. */
async function findManifest({ request, tree, host }: SourceContext): Promise<string | Gap | null> {
  if (request.models !== null) {
    const named = request.models.replace(/^(?:\.\/)+/, '');
    if (tree.has(named)) return named;
    const status = await host.files.status(join(request.directory, request.models));
    if (status === null) {
      throw new UsageError(`the model manifest ${request.models} does not exist`, 'check the path given as --models');
    }
    const reason = `${request.models} is not among the files that are examined: git ignores it, it is no regular file, or it is not in this revision`;
    return gap(sourceName, request.models, reason, 'commit the manifest, or name another one with --models');
  }
  const found = manifestNames.filter((name) => tree.has(name));
  if (found.length > 1) {
    throw new UsageError(
      `there is more than one model manifest: ${found.join(', ')}`,
      'keep one, or name it with --models',
    );
  }
  return found[0] ?? null;
}

function declare(manifest: Manifest): readonly ModelDeclarationEvidence[] {
  const toDeclaration = (model: string, file: ManifestFile): ModelDeclarationEvidence => ({
    kind: 'model-declaration',
    at: fileLocation(manifest.path, file.path.span),
    sha256At: fileLocation(manifest.path, file.sha256.span),
    model,
    path: file.path.value,
    sha256: file.sha256.value,
    size: file.size?.value ?? null,
    inImage: file.inImage.map((glob) => glob.value.replace(/^\//, '')),
  });
  return manifest.models.flatMap((model) => model.files.map((file) => toDeclaration(model.name.value, file)));
}

function describeManifest({ path, policy }: Manifest): ModelManifestEvidence {
  const unlisted = policy.unlisted?.value ?? 'error';
  return { kind: 'model-manifest', path, unlisted, missing: policy.missing?.value ?? 'error' };
}

/** The bytes that size, format and pointer are told from; empty, with the gap, when they cannot be read. */
async function readHead(
  path: string,
  tree: FileTree,
): Promise<{ readonly head: Buffer; readonly gaps: readonly Gap[] }> {
  const start = await tree.readStart(path, longestPointer + 1, sourceName);
  return isGap(start) ? { head: Buffer.alloc(0), gaps: [start] } : { head: start, gaps: [] };
}

function describeFile(file: TreeFile, head: Buffer): ModelFileEvidence {
  return {
    kind: 'model-file',
    path: file.path,
    size: file.size,
    format: formatOf(extensionOf(file.path), head),
    pointer: parsePointer(head),
    sha256: null,
    isListed: false,
  };
}

/** A listed file: size and pointer first, as they are cheap; hashed only where these leave the question open. */
async function* inspectListed(
  file: TreeFile,
  declaration: ModelDeclarationEvidence,
  tree: FileTree,
): AsyncIterable<ModelFileEvidence | Gap> {
  const { head, gaps } = await readHead(file.path, tree);
  yield* gaps;
  const described = { ...describeFile(file, head), isListed: true };
  const isOfSize = declaration.size === null || declaration.size === file.size;
  const isHashed = gaps.length === 0 && described.pointer === null && isOfSize;
  const sha256 = isHashed ? await tree.sha256(file.path, sourceName) : null;
  if (sha256 !== null && typeof sha256 !== 'string') yield sha256;
  yield { ...described, sha256: typeof sha256 === 'string' ? sha256 : null };
}

/** A file that its name calls a model. Below `minSize`, which a pointer meets with the size it stands for, it is none. */
async function* inspectNamed(file: TreeFile, minSize: number, tree: FileTree): AsyncIterable<ModelFileEvidence | Gap> {
  const { head, gaps } = await readHead(file.path, tree);
  yield* gaps;
  const described = describeFile(file, head);
  if ((described.pointer?.size ?? file.size) >= minSize) yield described;
}

async function* inspectUnnamed(file: TreeFile, tree: FileTree): AsyncIterable<ModelFileEvidence | Gap> {
  const start = await tree.readStart(file.path, sniffedBytes, sourceName);
  if (isGap(start)) {
    yield start;
    return;
  }
  const format = detectFormat(start);
  if (format !== null) yield { ...describeFile(file, start), format };
}

async function* inspectFiles(
  tree: FileTree,
  declarations: readonly ModelDeclarationEvidence[],
  minSize: number,
): AsyncIterable<ModelFileEvidence | Gap> {
  const listed = new Map(declarations.map((declaration) => [declaration.path, declaration]));
  for (const file of tree.files) {
    const declaration = listed.get(file.path);
    const candidacy = candidacyOf(file);
    if (declaration !== undefined) yield* inspectListed(file, declaration, tree);
    else if (candidacy === 'by-name') yield* inspectNamed(file, minSize, tree);
    else if (candidacy === 'by-magic' && file.size >= minSize) yield* inspectUnnamed(file, tree);
  }
}

async function* collect(context: SourceContext): AsyncIterable<Evidence<Kind> | Gap> {
  const { tree } = context;
  const path = await findManifest(context);
  const text = typeof path === 'string' ? await tree.readText(path, sourceName) : path;
  if (text !== null && isGap(text)) {
    yield text;
    return;
  }
  const manifest = text === null ? null : parseManifest(text.path, text.text);
  const declarations = manifest === null ? [] : declare(manifest);
  if (manifest !== null) {
    yield describeManifest(manifest);
    yield* findUncheckedDemands(manifest);
  }
  yield* declarations;
  yield* inspectFiles(tree, declarations, manifest?.policy.minSize?.value ?? 0);
}

/**
 * The image paths whose bytes the manifest pins: entries that match one of these globs are worth hashing while a layer
 * is read.
 */
export function imageModelGlobs(declarations: readonly ModelDeclarationEvidence[]): readonly string[] {
  return [...new Set(declarations.flatMap((declaration) => declaration.inImage))];
}

/**
 * The model manifest and the model files of the repository. A manifest that is broken, or named and not there, is a
 * UsageError. With a manifest that cannot be read nothing else is told, as every model would look unlisted.
 */
export const modelSource: FileSource<Kind> = {
  name: sourceName,
  produces: ['model-file', 'model-declaration', 'model-manifest'],
  examines: (file) => manifestNames.some((name) => name === file.path) || candidacyOf(file) !== null,
  collect,
};
