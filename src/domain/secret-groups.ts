import { judgeDotenv } from './dotenv-verdict.ts';
import type { Fix, RelatedPlace } from './finding.ts';
import { groupBy } from './group-by.ts';
import type { LayerEntryEvidence, SecretMatchEvidence } from './layer-evidence.ts';
import { libraryPlace } from './library-path.ts';
import type { LayerLocation } from './location.ts';
import { neutralise } from './neutral-text.ts';
import type { Severity } from './severity.ts';

/** The places of one secret in an image, or the secrets that one package's file or one library's tests hold: one finding. */
export interface SecretGroup {
  /** The place to report: the team's own before another's, the lowest layer first. */
  readonly first: SecretMatchEvidence;
  readonly matches: readonly SecretMatchEvidence[];
}

function compare(a: LayerLocation, b: LayerLocation): number {
  return a.layer - b.layer || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}

/** Whether it was published by somebody else, as the test keys of packages and libraries are. */
function isPublic({ origin }: SecretMatchEvidence): boolean {
  return origin === 'package' || origin === 'library-test' || origin === 'published';
}

/** What all secrets of one package's file, or of one library's tests, have in common. */
function publicPlace({ origin, at }: SecretMatchEvidence): string {
  return origin === 'library-test' ? (libraryPlace(at.path)?.library ?? at.path) : at.path;
}

/**
 * One secret in several places of an image is one group, by its identity; so are a package's file and a library's tests,
 * however many secrets of their own they hold. Images stay apart: a triage entry for one must not cover what ships in another.
 */
export function groupSecrets(matches: readonly SecretMatchEvidence[]): readonly SecretGroup[] {
  const ofTheTeam = new Set(matches.filter((match) => !isPublic(match)).map((match) => match.identity));
  const causeOf = (match: SecretMatchEvidence) =>
    ofTheTeam.has(match.identity) ? match.identity : `public\0${publicPlace(match)}`;
  const groups = groupBy(matches, (match) => `${match.at.image}\0${causeOf(match)}`);
  return [...groups.values()].flatMap((group) => {
    const sorted = [...group].sort((a, b) => compare(a.at, b.at));
    const first = sorted.find((match) => !isPublic(match)) ?? sorted[0];
    return first === undefined ? [] : [{ first, matches: sorted }];
  });
}

/** A private key that is part of a vendor's credential is told as that credential, so that one cause is one finding. */
export function isPrivateKey({ matches }: SecretGroup): boolean {
  return matches.every((match) => match.detector === 'private-key');
}

/**
 * Critical when proven, medium when it may be; what a package or a library's tests publish and what has expired are only
 * worth knowing. In the code of a library a format alone is mostly an example.
 */
export function severityOfSecret({ matches }: SecretGroup): Severity {
  const open = matches.filter((match) => !isPublic(match) && match.isExpired !== true);
  if (open.length === 0) return 'info';
  if (matches.some((match) => match.isValidated && match.isExpired !== true)) return 'critical';
  return open.every((match) => match.origin === 'library') ? 'low' : 'medium';
}

/** Why a group is none of the team's leaks, as the end of a message about a `kind`, e.g. `key`; '' when it may be one. */
export function publicNote({ first }: SecretGroup, kind: string): string {
  if (!isPublic(first)) return first.origin === 'library' ? '; it came with an installed library' : '';
  if (first.origin === 'package')
    return `; it belongs to an installed package, so it is a published sample or test ${kind}`;
  const published = `so it is a published test ${kind}`;
  return first.origin === 'published'
    ? `; well-known software ships the same for its tests, ${published}`
    : `; it belongs to the tests or documents of an installed library, ${published}`;
}

/** What to do about a group: `advice`, unless all of it is published anyway. */
export function secretFix({ matches }: SecretGroup, advice: string): Fix {
  const isPublished = matches.every(isPublic);
  const nothing = 'nothing to revoke, as everyone has it; see that nothing of yours trusts it';
  return { description: isPublished ? nothing : advice, edits: [] };
}

/** Several secrets told as one, as in `a.pem, with one other file, holds 2 private keys`; null when it is but one. */
export function countSecrets({ first, matches }: SecretGroup, kind: string): string | null {
  const secrets = new Set(matches.map((match) => match.identity)).size;
  if (secrets === 1) return null;
  const files = new Set(matches.map((match) => placeKey(match.at))).size;
  const others = files === 1 ? '' : `, with ${files === 2 ? 'one other file' : `${files - 1} other files`},`;
  return `${neutralise(first.at.path, 300)}${others} holds ${secrets} ${kind}`;
}

const shownPlaces = 100;

/** Where else the secret is. */
export function otherPlaces({ first, matches }: SecretGroup, message: string): readonly RelatedPlace[] {
  const others = matches.filter((match, index) => {
    const isRepeated = index > 0 && compare(matches[index - 1]?.at ?? match.at, match.at) === 0;
    return !isRepeated && compare(match.at, first.at) !== 0;
  });
  return others.slice(0, shownPlaces).map((match) => ({ at: match.at, message }));
}

/** `a` or `an`, as the words are spoken. */
export function withArticle(what: string): string {
  return /^(?:[aeio]|npm |ngrok |xAI |HCP |RSA |SSH )/i.test(what) ? `an ${what}` : `a ${what}`;
}

/** A file in a layer, to look up what another rule says of it. */
export function placeKey({ image, layer, path }: LayerLocation): string {
  return `${image}\0${layer}\0${path}`;
}

/**
 * Files that `leaked-dotenv` or `leaked-credential-file` reports for the credentials in them; a library's dotenv file is
 * told only as low there, so its credentials are told by themselves too.
 */
export function filesToldByName(entries: readonly LayerEntryEvidence[]): ReadonlySet<string> {
  const told = entries.filter(
    ({ dotenv, credential, origin }) =>
      (origin !== 'library' && dotenv !== null && judgeDotenv(dotenv).worth === 'real') ||
      (credential?.holds.length ?? 0) > 0,
  );
  return new Set(told.map((entry) => placeKey(entry.at)));
}
