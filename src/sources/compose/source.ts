import { posix } from 'node:path';
import type { ImageBuildEvidence, ImageReferenceEvidence, InstallCommandEvidence } from '../../domain/evidence.ts';
import type { Gap } from '../../domain/gap.ts';
import { gap } from '../../domain/gap.ts';
import type { FileLocation } from '../../domain/location.ts';
import type { ManifestFolders } from '../dockerfile/install-folders.ts';
import { indexManifestFolders } from '../dockerfile/install-folders.ts';
import { readMention } from '../image-mention.ts';
import type { FileSource } from '../source.ts';
import type { FileTree, TextFile } from '../workspace/file-tree.ts';
import { isGap } from '../workspace/file-tree.ts';
import type { YamlScalar } from '../yaml/document.ts';
import { exhaustedGap, misshapenGap, readYaml } from '../yaml/document.ts';
import type { BuildSection } from './build-section.ts';
import { ownImages, readBuilds } from './folder.ts';
import type { InlineReader } from './inline-dockerfile.ts';
import { createInlineReader } from './inline-dockerfile.ts';
import { interpolate } from './interpolation.ts';
import type { ComposeFile, ComposeService } from './project.ts';
import { readProjects } from './project.ts';

const name = 'compose';
const fileName = /(?:^|\/)(?:compose(?:[.-][^/]*)?|docker-compose[^/]*)\.ya?ml$/;
const contextScheme = 'docker-image://';

type Item = ImageReferenceEvidence | InstallCommandEvidence | Gap;

interface ServiceReader {
  readonly path: string;
  readonly isBuiltHere: (image: string) => boolean;
  readonly inlines: InlineReader;
}

/** A reference that begins at `start` of a scalar's value. */
function* readImage(scalar: YamlScalar, start: number, reader: ServiceReader): Iterable<Item> {
  const { text, unresolved, variables } = interpolate(scalar.value.slice(start));
  if (text.trim() === '' || reader.isBuiltHere(text)) return;
  const at: FileLocation = start === 0 ? scalar.at : scalar.locate(start, scalar.value.length);
  const written = start === 0 ? scalar.written : scalar.value.slice(start);
  yield* readMention(
    { at, usedAt: at, role: 'compose-image', text, unresolved, written: variables > 1 ? null : written },
    name,
  );
}

function* readBuild(reader: ServiceReader, service: string, build: BuildSection): Iterable<Item> {
  const part = `services.${service}.build`;
  for (const { scalar } of build.contexts) {
    const scheme = scalar.value.indexOf(contextScheme);
    if (scheme >= 0) yield* readImage(scalar, scheme + contextScheme.length, reader);
  }
  if (build.isCut) {
    const reason = `${part} in ${reader.path} has more additional contexts than are read`;
    yield gap(name, `${reader.path} ${part}.additional_contexts`, reason, 'name fewer contexts in one build');
  }
  if (build.hasMisshapenInline) yield misshapenGap(reader.path, name, `${part}.dockerfile_inline`);
  if (build.inline !== null) yield* reader.inlines.read(service, build, build.inline);
}

function* readService(reader: ServiceReader, service: ComposeService): Iterable<Item> {
  if (service.build !== null) yield* readBuild(reader, service.name, service.build);
  else if (service.image !== null) yield* readImage(service.image, 0, reader);
  else if (service.hasMisshapenImage) yield misshapenGap(reader.path, name, `services.${service.name}.image`);
}

function placeOf({ line, column }: FileLocation): string {
  return `${line}:${column}`;
}

function keyOf(item: Item): string {
  if (isGap(item)) return item.fingerprint;
  return `${item.kind} ${placeOf(item.at)} ${item.kind === 'image-reference' ? placeOf(item.usedAt) : ''}`;
}

/** What the services of a file name and run, once per place where it is written. */
function* readFile({ yaml, projects }: ComposeFile, reader: ServiceReader): Iterable<Item> {
  const seen = new Set<string>();
  for (const { isMisshapen, services } of projects) {
    if (isMisshapen) yield misshapenGap(yaml.path, name, 'services');
    for (const service of services) {
      for (const item of readService(reader, service)) {
        const key = keyOf(item);
        if (!seen.has(key)) yield item;
        seen.add(key);
      }
    }
  }
  if (yaml.isExhausted()) yield exhaustedGap(yaml.path, name);
}

/** Reads the Compose files of one folder; see `composeSource`. */
export function* readComposeFolder(
  texts: readonly TextFile[],
  manifests: ManifestFolders,
): Iterable<Item | ImageBuildEvidence> {
  const files: ComposeFile[] = [];
  for (const text of texts) {
    const yaml = readYaml(text, name);
    if (isGap(yaml)) yield yaml;
    else files.push(readProjects(yaml));
  }
  const isBuiltHere = ownImages(files);
  for (const file of files) {
    yield* readFile(file, { path: file.yaml.path, isBuiltHere, inlines: createInlineReader(manifests, name) });
  }
  yield* readBuilds(files);
}

/** Bytes of Compose files that are held parsed at a time: far above any folder's, far below what memory has. */
const mostBytes = 1024 * 1024;

/** The Compose files by folder; a folder with more than is held at a time in several parts, which do not see each other. */
function groupByFolder(tree: FileTree): readonly (readonly string[])[] {
  const folders = new Map<string, { paths: string[]; bytes: number }>();
  const parts: string[][] = [];
  for (const { path, size } of tree.files.filter(composeSource.examines)) {
    const folder = posix.dirname(path);
    const part = folders.get(folder);
    if (part !== undefined && part.bytes + size <= mostBytes) {
      part.paths.push(path);
      part.bytes += size;
      continue;
    }
    const paths = [path];
    folders.set(folder, { paths, bytes: size });
    parts.push(paths);
  }
  return parts;
}

/**
 * Images of Compose files: `services.*.image`, `docker-image://` contexts and what inline Dockerfiles name, with the
 * defaults of variables filled in; the commands inline Dockerfiles run; and which Dockerfile each service builds. Services
 * with `build`, and images that a file of the same folder builds, are the project's own and left out.
 */
export const composeSource: FileSource<'image-reference' | 'image-build' | 'install-command'> = {
  name,
  produces: ['image-reference', 'image-build', 'install-command'],
  examines: (file) => file.isTracked && fileName.test(file.path),
  async *collect({ tree }) {
    const manifests = indexManifestFolders(tree.files.map((file) => file.path));
    for (const paths of groupByFolder(tree)) {
      const texts: TextFile[] = [];
      for (const path of paths) {
        const read = await tree.readText(path, name);
        if (isGap(read)) yield read;
        else texts.push(read);
      }
      yield* readComposeFolder(texts, manifests);
    }
  },
};
