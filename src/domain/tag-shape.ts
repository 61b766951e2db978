import type { ImageReference } from './reference.ts';
import { gradeTag, versionIndex } from './tag.ts';

/** A release of an operating system that a tag names: `bookworm`, `ubuntu22.04`. */
interface NamedSystem {
  readonly family: string;
  readonly rank: number;
}

/**
 * A tag taken apart, so that tags of one image can be put in order: what counts up, and all the rest as one text, which
 * two tags must have in common to be the same thing in another version.
 */
export interface TagShape {
  /** The tag with a placeholder for each part below: `{v}-cudnn-runtime-{os}`. */
  readonly outline: string;
  /** The image's own version; empty where the tag has none. */
  readonly version: readonly number[];
  /** What counts up behind or without a version: a date, a build, a release number. */
  readonly build: readonly number[];
  /** Of the Alpine inside; empty where the tag names none. */
  readonly alpine: readonly number[];
  /** The operating system the tag names, which a newer version of the image should keep. */
  readonly system: NamedSystem | null;
  readonly isPrerelease: boolean;
}

/** Releases of Debian and long-term releases of Ubuntu by name. Debian's next one is not released. */
const codenames: Readonly<Record<string, NamedSystem>> = Object.fromEntries(
  Object.entries({
    debian: { wheezy: 7, jessie: 8, stretch: 9, buster: 10, bullseye: 11, bookworm: 12, trixie: 13 },
    ubuntu: { xenial: 1604, bionic: 1804, focal: 2004, jammy: 2204, noble: 2404, resolute: 2604 },
  }).flatMap(([family, names]) => Object.entries(names).map(([name, rank]) => [name, { family, rank }])),
);

const systemToken = /^(debian|ubuntu|ubi|rockylinux|almalinux|el|fedora|oraclelinux|amzn)(\d+)(?:\.(\d+))?$/;
const alpineToken = /^alpine(\d+(?:\.\d+)*)$/;
const versionToken = /^([vr]?)(\d+(?:\.\d+)*)(.*)$/;
const dateToken = /^((?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\.\d+)?)$/;
/** llama.cpp's `b4500`, and an ISO date as `joinDate` writes it. */
const buildToken = /^[b~](\d{2,})$/;
const countToken = /^\d+(?:\.\d+)*$/;
const prerelease =
  /^[-.]?(?:rc|alpha|beta|preview|pre|nightly|canary|snapshot|ea|milestone|m|dev)[-.]?\d[\w.]*$|^[-.]?(?:rc|alpha|beta|preview|pre|nightly|canary|snapshot|ea)$/;
/** Python's `3.14.0a1` and `3.14.0b2`: only glued to a version. */
const gluedPrerelease = /^[ab]\d+$/;
/** Hashes have no order. */
const commit = /^(?:g[0-9a-f]{7,40}|(?=\d*[a-f])[0-9a-f]{7,64})$/;
const commitWord = /^(?:sha|git|commit|rev)$/;
const isoDate = /(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:t\d\d-\d\d-\d\dz)?(?=$|[-_.])/;

function numbersOf(text: string): readonly number[] {
  return text.split('.').map(Number);
}

function systemOf(token: string): NamedSystem | null {
  const named = Object.hasOwn(codenames, token) ? codenames[token] : undefined;
  if (named !== undefined) return named;
  const [, family = '', major, minor] = systemToken.exec(token) ?? [];
  if (major === undefined) return null;
  return { family, rank: family === 'ubuntu' ? Number(major) * 100 + Number(minor ?? 0) : Number(major) };
}

/** What is gathered from the tokens, one after another. */
interface Draft {
  outline: string;
  version: readonly number[];
  build: number[];
  alpine: readonly number[];
  system: NamedSystem | null;
  isPrerelease: boolean;
}

function takeVersion(token: string, draft: Draft): string {
  const [, letter = '', numbers = '', rest = ''] = versionToken.exec(token) ?? [];
  draft.version = numbersOf(numbers);
  if (!prerelease.test(rest) && !gluedPrerelease.test(rest)) return `${letter}{v}${rest}`;
  draft.isPrerelease = true;
  return `${letter}{v}`;
}

/** What stands for the token in the outline; null: nothing, it is left out with its separator. */
function takeToken(token: string, isFollowing: boolean, draft: Draft): string | null {
  if (prerelease.test(token)) {
    draft.isPrerelease = true;
    return null;
  }
  const alpine = alpineToken.exec(token)?.[1];
  if (alpine !== undefined) {
    draft.alpine = numbersOf(alpine);
    return 'alpine{a}';
  }
  const system = systemOf(token);
  if (system !== null && draft.system === null) {
    draft.system = system;
    return `{${system.family}}`;
  }
  const counted = dateToken.exec(token)?.[1] ?? buildToken.exec(token)?.[1];
  if (counted === undefined && !(isFollowing && countToken.test(token))) return token;
  draft.build.push(...numbersOf(counted ?? token));
  return '{n}';
}

/** An ISO date as one number among the tokens, so that its dashes part nothing. No tag has a tilde of its own. */
function joinDate(tag: string): string {
  return tag.replace(isoDate, (found) => `~${found.replace(/\D/g, '').padEnd(14, '0')}`);
}

/** Null for a tag that names a commit: those have no order. */
export function readTagShape(reference: ImageReference, tag: string): TagShape | null {
  const parts = joinDate(tag.toLowerCase()).split(/([-_]|\.(?=~\d{14}))/);
  const tokens = parts.filter((_, index) => index % 2 === 0);
  if (tokens.some((token) => commit.test(token) || commitWord.test(token))) return null;
  const dates = tokens.map((token) => dateToken.test(token) || buildToken.test(token));
  const named = versionIndex(
    reference,
    tokens.map((token, index) => (dates[index] === true || systemOf(token) !== null ? 'date' : token)),
  );
  const draft: Draft = { outline: '', version: [], build: [], alpine: [], system: null, isPrerelease: false };
  for (const [index, token] of tokens.entries()) {
    const isFollowing = named >= 0 && index === named + 1;
    const text = index === named ? takeVersion(token, draft) : takeToken(token, isFollowing, draft);
    if (text !== null) draft.outline += `${index === 0 ? '' : (parts[index * 2 - 1] ?? '')}${text}`;
  }
  return draft;
}

/** Whether building again with the same reference gets the same image: a digest, a release, a date or a build. */
export function staysTheSame(reference: ImageReference): boolean {
  const { level } = gradeTag(reference);
  if (level === 'digest' || level === 'patch') return true;
  const shape = reference.tag === null ? null : readTagShape(reference, reference.tag);
  return shape !== null && shape.build.length > 0;
}
