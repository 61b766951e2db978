import { posix } from 'node:path';
import type { Node } from 'yaml';
import type { YamlReader, YamlScalar } from '../yaml/document.ts';
import { interpolate } from './interpolation.ts';

/** An entry of `additional_contexts`. */
export interface NamedContext {
  readonly name: string;
  /** What the entry holds; in the list form with the name in front. */
  readonly scalar: YamlScalar;
}

/** A service's `build` (compose-spec, build.md), as written in one file. */
export interface BuildSection {
  /** `context`, or the short form; null: not given. */
  readonly context: YamlScalar | null;
  readonly dockerfile: YamlScalar | null;
  readonly inline: YamlScalar | null;
  /** There is a `dockerfile_inline`, but it is no text. */
  readonly hasMisshapenInline: boolean;
  /** At most 256. */
  readonly contexts: readonly NamedContext[];
  /** There are more contexts. */
  readonly isCut: boolean;
}

/** More than any build names; the contexts that services share are looked at for each of them. */
const mostContexts = 256;

/** A mapping, or a list of `name=value`. */
function readContexts(yaml: YamlReader, node: Node | undefined): readonly NamedContext[] {
  const mapped = [...yaml.fields(node)].flatMap(([name, value]) => {
    const scalar = yaml.scalar(value);
    return scalar === null ? [] : [{ name, scalar }];
  });
  const listed = yaml.items(node).flatMap((item) => {
    const scalar = yaml.scalar(item);
    const equals = scalar?.value.indexOf('=') ?? -1;
    return scalar === null || equals < 0 ? [] : [{ name: interpolate(scalar.value.slice(0, equals)).text, scalar }];
  });
  return [...mapped, ...listed];
}

/** What a later file, or a service over the one it extends, makes of a section: it adds contexts and changes the rest. */
export function mergeSections(before: BuildSection, after: BuildSection): BuildSection {
  const contexts = [...before.contexts, ...after.contexts];
  return {
    context: after.context ?? before.context,
    dockerfile: after.dockerfile ?? before.dockerfile,
    inline: after.inline ?? before.inline,
    hasMisshapenInline: before.hasMisshapenInline || after.hasMisshapenInline,
    contexts: contexts.slice(0, mostContexts),
    isCut: before.isCut || after.isCut || contexts.length > mostContexts,
  };
}

/** Null when there is nothing: the service, or this file of it, has no build. */
export function readBuildSection(yaml: YamlReader, node: Node | undefined): BuildSection | null {
  const fields = yaml.fields(node);
  const short = yaml.scalar(node);
  if (fields.size === 0 && short === null) return null;
  const inlineNode = fields.get('dockerfile_inline');
  const inline = yaml.scalar(inlineNode);
  const contexts = readContexts(yaml, fields.get('additional_contexts'));
  return {
    context: short ?? yaml.scalar(fields.get('context')),
    dockerfile: yaml.scalar(fields.get('dockerfile')),
    inline: inline?.value.trim() === '' ? null : inline,
    hasMisshapenInline: inline === null && !yaml.isEmpty(inlineNode),
    contexts: contexts.slice(0, mostContexts),
    isCut: contexts.length > mostContexts,
  };
}

const elsewhere = /^(?:[A-Za-z][\w+.-]*:|git@|[/~])/;

/** `path` from `folder`, within the repository; null when it is not known, absolute, remote or outside. */
function resolvePath(folder: string, path: string): string | null {
  const { text, unresolved } = interpolate(path);
  const joined = posix.join(folder, text);
  if (unresolved.length > 0 || elsewhere.test(text) || joined === '..' || joined.startsWith('../')) return null;
  return joined === '.' ? '' : joined.replace(/\/$/, '');
}

/** The folder of the repository that is the build context; paths count from the Compose file. Null as for `dockerfilePath`. */
export function contextFolder(composePath: string, context: YamlScalar | null): string | null {
  const folder = posix.dirname(composePath);
  return resolvePath(folder, context?.value ?? '.');
}

/** The Dockerfile a build reads, by its path in the repository; null when it is not known or lies elsewhere. */
export function dockerfilePath(
  composePath: string,
  { context, dockerfile }: Pick<BuildSection, 'context' | 'dockerfile'>,
): string | null {
  const folder = contextFolder(composePath, context);
  return folder === null ? null : resolvePath(folder, dockerfile?.value ?? 'Dockerfile');
}
