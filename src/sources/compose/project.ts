import type { Node } from 'yaml';
import type { YamlReader, YamlScalar } from '../yaml/document.ts';
import type { BuildSection } from './build-section.ts';
import { mergeSections, readBuildSection } from './build-section.ts';
import { interpolate } from './interpolation.ts';

/** A service of a Compose file, merge keys and `extends` within the file followed. */
export interface ComposeService {
  readonly name: string;
  readonly image: YamlScalar | null;
  /** There is an `image`, but it is no text. */
  readonly hasMisshapenImage: boolean;
  /** Null when the service is not built here. */
  readonly build: BuildSection | null;
}

export interface ComposeProject {
  /** There is something at the top or under `services`, but it is no mapping. */
  readonly isMisshapen: boolean;
  /** What `name:` says; null without one. */
  readonly name: string | null;
  readonly services: readonly ComposeService[];
}

/** A parsed Compose file, with a project for each of its documents. */
export interface ComposeFile {
  readonly yaml: YamlReader;
  readonly projects: readonly ComposeProject[];
}

const deepestExtends = 16;

/** The service in the same file that `extends` names, if it is in the same file. */
function extendedService(yaml: YamlReader, service: ReadonlyMap<string, Node>): string | null {
  const node = service.get('extends');
  const long = yaml.fields(node);
  if (long.has('file')) return null;
  return (yaml.scalar(node) ?? yaml.scalar(long.get('service')))?.value ?? null;
}

type ServiceFields = ReadonlyMap<string, Node>;

type SectionReader = (node: Node | undefined) => BuildSection | null;

/** A section that many services share by alias is read once. */
function createSectionReader(yaml: YamlReader): SectionReader {
  const known = new Map<Node | undefined, BuildSection | null>();
  return (node) => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const section = readBuildSection(yaml, node);
    known.set(node, section);
    return section;
  };
}

/** The service's own `build` over that of the services it extends. */
function findBuild(
  yaml: YamlReader,
  services: ServiceFields,
  service: ServiceFields,
  readSection: SectionReader,
): BuildSection | null {
  let current = service;
  let build: BuildSection | null = null;
  for (let depth = 0; depth < deepestExtends; depth++) {
    const section = readSection(current.get('build'));
    if (section !== null) build = build === null ? section : mergeSections(section, build);
    const parent = extendedService(yaml, current);
    if (parent === null) break;
    current = yaml.fields(services.get(parent));
  }
  return build;
}

/** Reads one document of a Compose file (compose-spec, 05-services.md and build.md). */
function readProject(yaml: YamlReader, root: Node): ComposeProject {
  const top = yaml.fields(root);
  const section = top.get('services');
  const fields = yaml.fields(section);
  const readSection = createSectionReader(yaml);
  const services = [...fields].map(([name, value]) => {
    const service = yaml.fields(value);
    const node = service.get('image');
    const image = yaml.scalar(node);
    const hasMisshapenImage = image === null && !yaml.isEmpty(node);
    return { name, image, hasMisshapenImage, build: findBuild(yaml, fields, service, readSection) };
  });
  const named = yaml.scalar(top.get('name'));
  return {
    isMisshapen: (top.size === 0 && !yaml.isEmpty(root)) || (fields.size === 0 && !yaml.isEmpty(section)),
    name: named === null ? null : interpolate(named.value).text,
    services,
  };
}

/** Reads every document of a Compose file. */
export function readProjects(yaml: YamlReader): ComposeFile {
  return { yaml, projects: yaml.roots.map((root) => readProject(yaml, root)) };
}
