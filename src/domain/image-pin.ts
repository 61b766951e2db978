import type { ImageBuildEvidence, ImageReferenceEvidence } from './evidence.ts';
import { matchesGlob } from './glob.ts';
import type { FileLocation } from './location.ts';
import type { ImageReference } from './reference.ts';
import { parseReference } from './reference.ts';
import type { RuleSettings, TagLevel } from './rule.ts';
import { tagLevels } from './rule.ts';
import type { TagGrade } from './tag.ts';
import { gradeTag } from './tag.ts';

/** An image written in one place of the repository, with what its tag says and what the policy asks of it. */
export interface ImagePin {
  readonly evidence: ImageReferenceEvidence;
  readonly reference: ImageReference;
  readonly grade: TagGrade;
  /** The level the policy asks of this repository. */
  readonly required: TagLevel;
  /** Where else the same text takes effect, e.g. each FROM that uses one ARG. */
  readonly usedAt: readonly FileLocation[];
}

/** Whether `level` names less than `required` asks. */
export function isBelow(level: TagLevel, required: TagLevel): boolean {
  return tagLevels.indexOf(level) < tagLevels.indexOf(required);
}

/** What an override's glob may be written against: Docker Hub's host and `library/` can be left out, as in a Dockerfile. */
function namesOf(reference: ImageReference): readonly string[] {
  const full = `${reference.registry}/${reference.repository}`;
  if (reference.registry !== 'docker.io') return [full];
  return [full, reference.repository, reference.repository.replace(/^library\//, '')];
}

/** The level the policy asks of an image: that of the first override that matches, else `minLevel`. */
export function requiredLevel(reference: ImageReference, images: RuleSettings['images']): TagLevel {
  const names = namesOf(reference);
  const override = images.overrides.find(({ pattern }) => names.some((name) => matchesGlob(pattern, name)));
  return override?.level ?? images.minLevel;
}

function placeOf(at: FileLocation): string {
  return `${at.path}:${at.line}:${at.column}`;
}

/**
 * The name by which a build looks for a context in the place of an image: as short as Docker Hub's names get, without
 * `:latest` (BuildKit dockerui/config.go, NamedContext).
 */
export function contextName(text: string): string {
  const reference = parseReference(text);
  if (reference === null) return text;
  const { registry, repository, tag, digest } = reference;
  const isHub = registry === 'docker.io';
  const name = isHub ? repository.replace(/^library\//, '') : `${registry}/${repository}`;
  const suffix = digest === null ? '' : `@${digest}`;
  return tag === null || (tag === 'latest' && digest === null) ? `${name}${suffix}` : `${name}:${tag}${suffix}`;
}

type ReplacedNames = ReadonlyMap<string, ReadonlySet<string>>;

/** By Dockerfile, the context names that every build of it defines: one build without them uses the image. */
function replacedNames(builds: readonly ImageBuildEvidence[]): ReplacedNames {
  const replaced = new Map<string, ReadonlySet<string>>();
  for (const { dockerfile, contexts } of builds) {
    const names = new Set(contexts.map(contextName));
    const before = replaced.get(dockerfile);
    replaced.set(dockerfile, before === undefined ? names : new Set([...before].filter((name) => names.has(name))));
  }
  return replaced;
}

function isReplaced({ role, text, usedAt }: ImageReferenceEvidence, replaced: ReplacedNames): boolean {
  const isReplaceable = role === 'from' || role === 'copy-from';
  return isReplaceable && replaced.get(usedAt.path)?.has(contextName(text)) === true;
}

/** What `docker/dockerfile:labs` is: the one channel of Dockerfile frontends with a name of its own (Docker, "Custom Dockerfile syntax"). */
const labsGrade: TagGrade = { level: 'channel', why: 'names the labs channel, which moves with every release' };

function gradePin({ role }: ImageReferenceEvidence, reference: ImageReference): TagGrade {
  const isLabs = role === 'syntax' && reference.digest === null && reference.tag === 'labs';
  return isLabs ? labsGrade : gradeTag(reference);
}

/**
 * The references that can be judged, one per image and place to change. What depends on a variable without a default is
 * left out, and so is what is no valid reference and what all known builds of the Dockerfile put a named context for.
 */
export function readPins(
  mentions: readonly ImageReferenceEvidence[],
  builds: readonly ImageBuildEvidence[],
  images: RuleSettings['images'],
): readonly ImagePin[] {
  const replaced = replacedNames(builds);
  const groups = new Map<
    string,
    { evidence: ImageReferenceEvidence; reference: ImageReference; usedAt: FileLocation[] }
  >();
  for (const evidence of mentions) {
    const { reference, at, usedAt } = evidence;
    if (reference === null || evidence.unresolved.length > 0 || isReplaced(evidence, replaced)) continue;
    const key = `${placeOf(at)}\0${evidence.text}`;
    const group = groups.get(key) ?? { evidence, reference, usedAt: [] };
    if (placeOf(usedAt) !== placeOf(at)) group.usedAt.push(usedAt);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ evidence, reference, usedAt }) => ({
    evidence,
    reference,
    grade: gradePin(evidence, reference),
    required: requiredLevel(reference, images),
    usedAt,
  }));
}

/** What makes a pin defect itself, whatever its tag becomes: the repository and its role in the file. */
export function pinIdentity({ evidence, reference }: ImagePin): readonly string[] {
  return [`${reference.registry}/${reference.repository}`, evidence.role];
}
