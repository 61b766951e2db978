import type { ImageReference } from './reference.ts';
import type { TagLevel } from './rule.ts';

/** A graded reference. `why` goes on with a sentence that begins with the reference. */
export interface TagGrade {
  readonly level: TagLevel;
  readonly why: string;
}

const channelWords = new Set(
  `beta canary current daily dev devel develop development edge experimental head latest lts main mainline master next
  nightly oldoldstable oldstable prerelease preview prod production rawhide release rolling sid snapshot stable staging
  test testing trunk tumbleweed unstable weekly`.split(/\s+/),
);

/** Debian, Ubuntu, Raspberry Pi OS and Node release names: each is a line that gets updates under the same word. */
const codenames = new Set(
  `wheezy jessie stretch buster bullseye bookworm trixie forky trusty xenial bionic focal jammy lunar mantic noble
  oracular plucky questing resolute argon boron carbon dubnium erbium fermium gallium hydrogen iron jod krypton`.split(
    /\s+/,
  ),
);

const whys: Readonly<Record<TagLevel, string>> = {
  none: 'names no version, so it is whatever `latest` points to on the day of the build',
  channel: 'names a channel that moves with every release',
  codename: 'names a release line, which moves with every update of that line',
  major: 'names only a major version, which moves with every release below it',
  minor: 'names only a minor version, which moves with every patch release',
  patch: 'names one release, date or build',
  digest: 'is pinned by digest',
};
const whyPlaceholder = 'has a placeholder of zeros for a digest, which pins nothing';
const whyVariant = 'names a variant but no version, so it moves with every release';

function graded(level: TagLevel): TagGrade {
  return { level, why: whys[level] };
}

const isoDate = /(?:^|[-_.])(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?=$|[-_.t])/;
const namedCommit = /(?:^|[-_.])(?:sha|git|commit|rev)[-_.]?[0-9a-f]{6,64}(?=$|[-_.])/;
const namedBuild = /(?:^|[-_.])build[-_.]?\d+(?=$|[-_.])/;
const date = /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:$|[t.]|\d{4}(?:\d\d)?$)/;
/** llama.cpp's `b4500`, Java's `8u432`, and numbers too long for a version: epochs and counters. */
const build = /^(?:b\d{2,}|\d+u\d+|\d{5,})$/;
/** A bare hash needs a letter, lest a number passes for one; `git describe` puts a `g` before it. */
const commit = /^(?:g[0-9a-f]{7,40}|(?=\d*[a-f])[0-9a-f]{7,64})$/;
/** `1.27.3`, `v0.6.4`, `r36.2.0`, `3.14.0rc1`, `2.0.0.dev20240101`, and `1.x`. */
const version = /^[vr]?(\d+(?:\.\d+)*)(?:\.?[a-z]{1,10}\d*(?:\.[a-z]{0,10}\d*)*)?$/;

/** Whether the tag holds something that names one build, wherever it stands: even `nightly-20241202` stays what it is. */
function namesOneBuild(tag: string, tokens: readonly string[]): boolean {
  if (isoDate.test(tag) || namedCommit.test(tag) || namedBuild.test(tag)) return true;
  return tokens.some((token) => date.test(token) || build.test(token) || commit.test(token));
}

function readVersion(token: string): readonly string[] | null {
  return version.exec(token)?.[1]?.split('.') ?? null;
}

/** Images whose releases have two components. The name is matched, not the registry: mirrors keep it. */
const completeWithTwo: readonly ((path: string, major: string, minor: string) => boolean)[] = [
  // PostgreSQL counts major.minor since version 10 (postgresql.org/support/versioning).
  (path, major) => /\/(?:postgres|postgresql|pgvector)$/.test(path) && Number(major) >= 10,
  // Debian point releases.
  (path) => /\/debian$/.test(path),
  // NVIDIA's NGC containers are released once a month under year.month.
  (path, major, minor) =>
    path.startsWith('nvcr.io/nvidia/') && Number(major) >= 17 && /^(?:0[1-9]|1[0-2])$/.test(minor),
];

function isComplete(reference: ImageReference, [major = '', minor = '']: readonly string[]): boolean {
  const path = `${reference.registry}/${reference.repository}`;
  return completeWithTwo.some((holds) => holds(path, major, minor));
}

/** Hugging Face's text-embeddings-inference puts the hardware before the version: `cpu-1.6`, `89-1.6`, `cuda-1.7.2`. */
function withoutHardware(reference: ImageReference, tokens: readonly string[]): readonly string[] {
  const isPrefixed = reference.repository.endsWith('/text-embeddings-inference');
  return isPrefixed && tokens.length > 1 && /^(?:\d\d|[a-z]+)$/.test(tokens[0] ?? '') ? tokens.slice(1) : tokens;
}

/** Words whose version, in the next token, is that of something inside the image: `cuda-12.4.1`, `python-3.12`. */
const partWords = new Set(
  `alpine cuda cudnn debian fedora go golang node openjdk pg php postgres py python pytorch rocm ruby rust torch ubi
  ubuntu`.split(/\s+/),
);

/** Which token is the first version that is the image's own; -1 when none is. */
function findVersion(reference: ImageReference, tokens: readonly string[]): number {
  const own = reference.repository.slice(reference.repository.lastIndexOf('/') + 1);
  return tokens.findIndex((token, index) => {
    const before = tokens[index - 1] ?? '';
    return (before === own || !partWords.has(before)) && readVersion(token) !== null;
  });
}

/** The same over all tokens of a tag, hardware in front included. */
export function versionIndex(reference: ImageReference, tokens: readonly string[]): number {
  const own = withoutHardware(reference, tokens);
  const found = findVersion(reference, own);
  return found < 0 ? -1 : found + tokens.length - own.length;
}

function gradeVersion(reference: ImageReference, components: readonly string[]): TagGrade {
  if (components.length >= 3) return graded('patch');
  if (components.length === 1) return graded('major');
  return graded(isComplete(reference, components) ? 'patch' : 'minor');
}

function gradeWords(tokens: readonly string[]): TagGrade {
  if (tokens.some((token) => codenames.has(token))) return graded('codename');
  if (tokens.some((token) => channelWords.has(token))) return graded('channel');
  return { level: 'codename', why: whyVariant };
}

function gradeTokens(reference: ImageReference, tag: string): TagGrade {
  const tokens = withoutHardware(
    reference,
    tag.split(/[-_]/).filter((token) => token !== ''),
  );
  if (namesOneBuild(tag, tokens)) return graded('patch');
  const [first = '', second = ''] = tokens;
  if (first === 'lts' && codenames.has(second)) return graded('codename');
  if (channelWords.has(first) && (readVersion(second)?.length ?? 0) < 3) return graded('channel');
  const components = readVersion(tokens[findVersion(reference, tokens)] ?? '');
  if (components) return gradeVersion(reference, components);
  return gradeWords(tokens);
}

/**
 * How exactly a reference names what it stands for. A tag is split at `-` and `_`; what decides, in this order: a digest
 * (one of zeros counts as none), a date, commit or build anywhere, a channel word in front (unless a full version follows
 * at once, as in `prod-1.4.2`), the first version (three components name a release, two a minor, one a major version), a
 * codename, a variant word. A version behind a word (`alpine3.21`, `cuda-12.4.1`, `pg17`) is that part's own and says
 * nothing about the image.
 */
export function gradeTag(reference: ImageReference): TagGrade {
  if (reference.digest !== null) {
    return /:0+$/.test(reference.digest) ? { level: 'none', why: whyPlaceholder } : graded('digest');
  }
  return reference.tag === null ? graded('none') : gradeTokens(reference, reference.tag.toLowerCase());
}
