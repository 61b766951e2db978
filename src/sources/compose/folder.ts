import { posix } from 'node:path';
import type { ImageBuildEvidence } from '../../domain/evidence.ts';
import { parseReference } from '../../domain/reference.ts';
import type { BuildSection } from './build-section.ts';
import { contextFolder, dockerfilePath, mergeSections } from './build-section.ts';
import { interpolate } from './interpolation.ts';
import type { ComposeFile, ComposeService } from './project.ts';

/** The files Compose reads as one without being told to: the later one changes what the earlier says (docs.docker.com, "Merge Compose files"). */
const mergedName = /^(?:docker-)?compose(\.override)?\.ya?ml$/;

function isOverride({ yaml }: ComposeFile): boolean {
  return mergedName.exec(posix.basename(yaml.path))?.[1] !== undefined;
}

/** The files of a folder as Compose takes them: the default file with its override, every other file alone. */
function groupFiles(files: readonly ComposeFile[]): readonly (readonly ComposeFile[])[] {
  const isMerged = ({ yaml }: ComposeFile) => mergedName.test(posix.basename(yaml.path));
  const merged = files.filter(isMerged).sort((a, b) => Number(isOverride(a)) - Number(isOverride(b)));
  const alone = files.filter((file) => !isMerged(file)).map((file) => [file]);
  return merged.length > 0 ? [merged, ...alone] : alone;
}

interface Part {
  readonly path: string;
  readonly service: ComposeService;
}

type PartsByService = ReadonlyMap<string, readonly Part[]>;

/** What each file of a group says of a service. */
function partsByService(group: readonly ComposeFile[]): PartsByService {
  const parts = new Map<string, Part[]>();
  for (const { yaml, projects } of group) {
    for (const service of projects.flatMap((project) => project.services)) {
      const known = parts.get(service.name);
      const part = { path: yaml.path, service };
      if (known === undefined) parts.set(service.name, [part]);
      else known.push(part);
    }
  }
  return parts;
}

/** An image's name without tag and digest; for what has unresolved variables the text before the tag. */
function nameOf(text: string): string {
  const reference = parseReference(text);
  if (reference !== null) return `${reference.registry}/${reference.repository}`;
  const beforeDigest = text.split('@', 1)[0] ?? '';
  const colon = beforeDigest.lastIndexOf(':');
  return colon > beforeDigest.lastIndexOf('/') ? beforeDigest.slice(0, colon) : beforeDigest;
}

/** `name:`, else the folder's name as Compose normalises it; null for the checked folder itself, whose name is not known. */
function projectName(group: readonly ComposeFile[]): string | null {
  const named = group.flatMap((file) => file.projects.map((project) => project.name)).filter((name) => name !== null);
  const folder = group[0]?.yaml.path.split('/').at(-2);
  return named.at(-1) ?? folder?.toLowerCase().replace(/[^a-z0-9_-]/g, '') ?? null;
}

/** The images of the services that a group builds: as `image` calls them, else as Compose does. */
function namesBuilt(group: readonly ComposeFile[]): readonly string[] {
  const project = projectName(group);
  return [...partsByService(group)].flatMap(([name, parts]) => {
    if (parts.every((part) => part.service.build === null)) return [];
    const images = parts.flatMap(({ service }) => (service.image === null ? [] : [service.image.value]));
    if (images.length > 0) return images.map((image) => interpolate(image).text);
    return project === null ? [] : [`${project}-${name}`, `${project}_${name}`];
  });
}

/** Tells whether a text names an image that some file of the folder builds. */
export function ownImages(files: readonly ComposeFile[]): (image: string) => boolean {
  const names = new Set(groupFiles(files).flatMap(namesBuilt).map(nameOf));
  return (image) => names.has(nameOf(image));
}

interface ServiceBuild {
  readonly service: string;
  readonly path: string;
  readonly section: BuildSection;
}

function buildsOf(group: readonly ComposeFile[]): readonly ServiceBuild[] {
  return [...partsByService(group)].flatMap(([service, parts]) => {
    const sections = parts.flatMap((part) => part.service.build ?? []);
    const [first, ...more] = sections;
    const path = parts[0]?.path;
    if (first === undefined || path === undefined) return [];
    return [{ service, path, section: more.reduce(mergeSections, first) }];
  });
}

function isPartial({ context, dockerfile }: BuildSection): boolean {
  return context === null && dockerfile === null;
}

/**
 * The Dockerfiles that services of a folder build, with the contexts they name. A section without context and Dockerfile
 * says nothing by itself when another file of the folder has them for the same service: it may be meant to be merged.
 */
export function* readBuilds(files: readonly ComposeFile[]): Iterable<ImageBuildEvidence> {
  const builds = groupFiles(files).flatMap(buildsOf);
  const whole = new Set(builds.filter(({ section }) => !isPartial(section)).map(({ service }) => service));
  for (const { service, path, section } of builds) {
    const isUnclear = isPartial(section) && whole.has(service);
    const dockerfile = isUnclear || section.inline !== null ? null : dockerfilePath(path, section);
    if (dockerfile === null) continue;
    const contexts = section.contexts.map((context) => context.name);
    yield { kind: 'image-build', dockerfile, folder: contextFolder(path, section.context), contexts };
  }
}
