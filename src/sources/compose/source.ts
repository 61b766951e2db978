import type { Node } from 'yaml';
import type { ImageReferenceEvidence } from '../../domain/evidence.ts';
import type { Gap } from '../../domain/gap.ts';
import { gap } from '../../domain/gap.ts';
import type { FileLocation } from '../../domain/location.ts';
import { readMention } from '../image-mention.ts';
import type { FileSource } from '../source.ts';
import type { TextFile } from '../workspace/file-tree.ts';
import { isGap } from '../workspace/file-tree.ts';
import type { YamlReader, YamlScalar } from '../yaml/document.ts';
import { exhaustedGap, misshapenGap, readYaml } from '../yaml/document.ts';
import { interpolate } from './interpolation.ts';
import type { ComposeProject, ComposeService } from './project.ts';
import { readProject } from './project.ts';

const name = 'compose';
const fileName = /(?:^|\/)(?:compose(?:[.-][^/]*)?|docker-compose[^/]*)\.ya?ml$/;
const contextScheme = 'docker-image://';

type Found = Iterable<ImageReferenceEvidence | Gap>;

/** A reference that begins at `start` of a scalar's value. */
function* readImage(scalar: YamlScalar, start: number, project: ComposeProject): Found {
  const { text, unresolved, variables } = interpolate(scalar.value.slice(start));
  if (text.trim() === '' || project.isBuiltHere(text)) return;
  const at: FileLocation = start === 0 ? scalar.at : scalar.locate(start, scalar.value.length);
  const written = start === 0 ? scalar.written : scalar.value.slice(start);
  yield* readMention(
    { at, usedAt: at, role: 'compose-image', text, unresolved, written: variables > 1 ? null : written },
    name,
  );
}

/** `additional_contexts` as a mapping or as a list of `name=value` (compose-spec, build.md). */
function* readContexts(yaml: YamlReader, contexts: Node | undefined, project: ComposeProject): Found {
  for (const node of [...yaml.fields(contexts).values(), ...yaml.items(contexts)]) {
    const scalar = yaml.scalar(node);
    const scheme = scalar?.value.indexOf(contextScheme) ?? -1;
    if (scalar !== null && scheme >= 0) yield* readImage(scalar, scheme + contextScheme.length, project);
  }
}

function* readService(yaml: YamlReader, service: ComposeService, project: ComposeProject): Found {
  if (service.build !== null) yield* readBuild(yaml, service.name, service.build, project);
  else if (service.image !== null) yield* readImage(service.image, 0, project);
  else if (service.hasMisshapenImage) yield misshapenGap(yaml.path, name, `services.${service.name}.image`);
}

type Build = ReadonlyMap<string, Node>;

function* readBuild(yaml: YamlReader, service: string, build: Build, project: ComposeProject): Found {
  yield* readContexts(yaml, build.get('additional_contexts'), project);
  const inline = yaml.scalar(build.get('dockerfile_inline'));
  if (inline === null) return;
  yield gap(
    name,
    `${yaml.path} services.${service}.build.dockerfile_inline`,
    `the Dockerfile written into ${yaml.path} at line ${inline.at.line} is not read`,
    'move it into a Dockerfile and name that in build.dockerfile',
  );
}

/** Each image a document names, once per place where it is written. */
function* readDocument(yaml: YamlReader, root: Node): Found {
  const project = readProject(yaml, root);
  if (project.isMisshapen) yield misshapenGap(yaml.path, name, 'services');
  const places = new Set<string>();
  for (const service of project.services) {
    for (const item of readService(yaml, service, project)) {
      const place = isGap(item) ? item.fingerprint : `${item.at.line}:${item.at.column}`;
      if (!places.has(place)) yield item;
      places.add(place);
    }
  }
}

/** Reads the text of a Compose file; see `composeSource`. */
export function* readCompose(file: TextFile): Found {
  const yaml = readYaml(file, name);
  if (isGap(yaml)) {
    yield yaml;
    return;
  }
  for (const root of yaml.roots) yield* readDocument(yaml, root);
  if (yaml.isExhausted()) yield exhaustedGap(file.path, name);
}

/**
 * Images of Compose files: `services.*.image` and `docker-image://` contexts, with the defaults of variables filled in.
 * Services with `build`, and images of that name, are the project's own and left out.
 */
export const composeSource: FileSource<'image-reference'> = {
  name,
  produces: ['image-reference'],
  examines: (file) => file.isTracked && fileName.test(file.path),
  async *collect({ tree }) {
    for (const file of tree.files) {
      if (!composeSource.examines(file)) continue;
      const read = await tree.readText(file.path, name);
      if (isGap(read)) yield read;
      else yield* readCompose(read);
    }
  },
};
