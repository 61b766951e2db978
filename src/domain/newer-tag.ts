import type { ImageReference } from './reference.ts';
import { gradeTag } from './tag.ts';
import { readTagShape, type TagShape } from './tag-shape.ts';

/** What a registry's tags offer beyond one of them. */
export interface NewerTags {
  /** The newest of the same series and flavour; null where the tag is that. */
  readonly newest: string | null;
  /** The newest of a later series, or of a later operating system where the tag names that; null where there is none. */
  readonly next: string | null;
}

/** Images that keep a major version compatible and end the support of each minor one with the next. */
const majorSeries =
  /(?:^|\/)(?:almalinux|amazonlinux|bun|caddy|deno|eclipse-temurin|node|rockylinux|rust|traefik|ubi\d*(?:-\w+)?)$/;

/** How many components of the version a series has: all of a floating tag, else all but the last. */
function seriesLength(reference: ImageReference, { version, build }: TagShape): number {
  const isRelease = build.length > 0 || gradeTag({ ...reference, digest: null }).level === 'patch';
  if (!isRelease || version.length < 2) return version.length;
  const isMajor = majorSeries.test(reference.repository) && version[0] !== 0;
  return isMajor ? 1 : version.length - 1;
}

/** `22` of node:22.3.0-alpine3.19, `3.12` of python:3.12.3, `bookworm` of debian:bookworm-20240612-slim. */
export function seriesOf(reference: ImageReference): string | null {
  const { tag } = reference;
  const shape = tag === null ? null : readTagShape(reference, tag);
  if (tag === null || shape === null) return null;
  if (shape.version.length === 0) return /^[a-z]+(?=-|$)/i.exec(tag)?.[0] ?? null;
  const written = /\d+(?:\.\d+)*/.exec(tag)?.[0] ?? '';
  return written.split('.').slice(0, seriesLength(reference, shape)).join('.');
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareShapes(a: TagShape, b: TagShape): number {
  return (
    (a.system?.rank ?? 0) - (b.system?.rank ?? 0) ||
    compareNumbers(a.version, b.version) ||
    Number(b.isPrerelease) - Number(a.isPrerelease) ||
    compareNumbers(a.alpine, b.alpine) ||
    compareNumbers(a.build, b.build)
  );
}

/** The same flavour: all that is no number agrees, and an Alpine does not go back. */
function isAlike(shape: TagShape, own: TagShape): boolean {
  return (
    shape.outline === own.outline &&
    shape.version.length === own.version.length &&
    compareNumbers(shape.alpine, own.alpine) >= 0
  );
}

function isSameSeries(shape: TagShape, own: TagShape, length: number): boolean {
  return compareNumbers(shape.version.slice(0, length), own.version.slice(0, length)) === 0;
}

/** Of Ubuntu only the long-term releases are a step to advise: April of even years. */
function isLasting(reference: ImageReference, { version }: TagShape): boolean {
  if (!/(?:^|\/)ubuntu$/.test(reference.repository) || version.length < 2) return true;
  return (version[0] ?? 1) % 2 === 0 && version[1] === 4;
}

interface Candidate {
  readonly tag: string;
  readonly shape: TagShape;
}

function newestOf(candidates: readonly Candidate[]): string | null {
  const best = candidates.reduce<Candidate | null>(
    (most, one) => (most === null || compareShapes(one.shape, most.shape) > 0 ? one : most),
    null,
  );
  return best?.tag ?? null;
}

/**
 * Looks for newer tags of the same flavour among a registry's. Only numbers may differ: version, date, build, release and
 * the Alpine inside, which never goes back. Release candidates, previews and nightly builds are no advice, and tags that
 * name a commit have no order.
 */
export function findNewerTags(reference: ImageReference, tags: readonly string[]): NewerTags {
  const own = reference.tag === null ? null : readTagShape(reference, reference.tag);
  if (own === null || own.version.length + own.build.length + (own.system === null ? 0 : 1) === 0)
    return { newest: null, next: null };
  const alike = tags.flatMap((tag): readonly Candidate[] => {
    const shape = readTagShape(reference, tag);
    return shape !== null && !shape.isPrerelease && isAlike(shape, own) ? [{ tag, shape }] : [];
  });
  const length = seriesLength(reference, own);
  const rank = (shape: TagShape) => shape.system?.rank ?? 0;
  const newer = alike.filter(
    ({ shape }) => rank(shape) === rank(own) && isSameSeries(shape, own, length) && compareShapes(shape, own) > 0,
  );
  const later = alike.filter(({ shape }) =>
    own.system === null
      ? compareNumbers(shape.version.slice(0, length), own.version.slice(0, length)) > 0 && isLasting(reference, shape)
      : rank(shape) > rank(own) && isSameSeries(shape, own, length),
  );
  return { newest: newestOf(newer), next: newestOf(later) };
}
