import type { Node } from 'yaml';
import { parseReference } from '../../domain/reference.ts';
import type { YamlReader, YamlScalar } from '../yaml/document.ts';
import { interpolate } from './interpolation.ts';

/** A service of a Compose file, merge keys and `extends` within the file followed. */
export interface ComposeService {
  readonly name: string;
  readonly image: YamlScalar | null;
  /** There is an `image`, but it is no text. */
  readonly hasMisshapenImage: boolean;
  /** The `build` section's keys; empty for the short form, null when the service is not built here. */
  readonly build: ReadonlyMap<string, Node> | null;
}

export interface ComposeProject {
  /** There is something at the top or under `services`, but it is no mapping. */
  readonly isMisshapen: boolean;
  readonly services: readonly ComposeService[];
  /** Whether this text names an image that a service of the file builds. */
  isBuiltHere(image: string): boolean;
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

function findBuild(yaml: YamlReader, services: ServiceFields, service: ServiceFields): ServiceFields | null {
  let current = service;
  for (let depth = 0; depth < deepestExtends; depth++) {
    const build = current.get('build');
    const fields = yaml.fields(build);
    if (fields.size > 0 || yaml.scalar(build) !== null) return fields;
    const parent = extendedService(yaml, current);
    if (parent === null) return null;
    current = yaml.fields(services.get(parent));
  }
  return null;
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
function projectName(yaml: YamlReader, top: ServiceFields): string | null {
  const named = yaml.scalar(top.get('name'));
  if (named !== null) return interpolate(named.value).text;
  const folder = yaml.path.split('/').at(-2);
  return folder === undefined ? null : folder.toLowerCase().replace(/[^a-z0-9_-]/g, '');
}

function builtNames(project: string | null, services: readonly ComposeService[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name, image, build } of services) {
    if (build === null) continue;
    if (image !== null) names.add(nameOf(interpolate(image.value).text));
    else if (project !== null) names.add(nameOf(`${project}-${name}`)).add(nameOf(`${project}_${name}`));
  }
  return names;
}

/** Reads one document of a Compose file (compose-spec, 05-services.md and build.md). */
export function readProject(yaml: YamlReader, root: Node): ComposeProject {
  const top = yaml.fields(root);
  const section = top.get('services');
  const fields = yaml.fields(section);
  const services = [...fields].map(([name, value]) => {
    const service = yaml.fields(value);
    const node = service.get('image');
    const image = yaml.scalar(node);
    const hasMisshapenImage = image === null && !yaml.isEmpty(node);
    return { name, image, hasMisshapenImage, build: findBuild(yaml, fields, service) };
  });
  const built = builtNames(projectName(yaml, top), services);
  const isMisshapen = (top.size === 0 && !yaml.isEmpty(root)) || (fields.size === 0 && !yaml.isEmpty(section));
  return { isMisshapen, services, isBuiltHere: (image) => built.has(nameOf(image)) };
}
