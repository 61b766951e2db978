import { judgeDotenv } from './dotenv-verdict.ts';
import type { LayerEntryEvidence, SecretMatchEvidence } from './evidence.ts';
import type { RelatedPlace } from './finding.ts';
import { groupBy } from './group-by.ts';
import type { LayerLocation } from './location.ts';
import type { Severity } from './severity.ts';

/** The places of one secret in an image, or the secrets of one package's file: one finding. */
export interface SecretGroup {
  /** The place to report: the team's own before a package's, the lowest layer first. */
  readonly first: SecretMatchEvidence;
  readonly matches: readonly SecretMatchEvidence[];
}

function compare(a: LayerLocation, b: LayerLocation): number {
  return a.layer - b.layer || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}

/**
 * One secret in several places of an image is one group, by its identity; so is a package's file, however many secrets of
 * the package's own it holds. Images stay apart: a triage entry for one must not cover what ships in another.
 */
export function groupSecrets(matches: readonly SecretMatchEvidence[]): readonly SecretGroup[] {
  const ofTheTeam = new Set(matches.filter((match) => !match.isPackageOwned).map((match) => match.identity));
  const causeOf = (match: SecretMatchEvidence) =>
    ofTheTeam.has(match.identity) ? match.identity : `owned\0${match.at.path}`;
  const groups = groupBy(matches, (match) => `${match.at.image}\0${causeOf(match)}`);
  return [...groups.values()].flatMap((group) => {
    const sorted = [...group].sort((a, b) => compare(a.at, b.at));
    const first = sorted.find((match) => !match.isPackageOwned) ?? sorted[0];
    return first === undefined ? [] : [{ first, matches: sorted }];
  });
}

/** A private key that is part of a vendor's credential is told as that credential, so that one cause is one finding. */
export function isPrivateKey({ matches }: SecretGroup): boolean {
  return matches.every((match) => match.detector === 'private-key');
}

/** Critical when proven, medium when it may be; a package's own and what has expired are only worth knowing. */
export function severityOfSecret({ matches }: SecretGroup): Severity {
  if (matches.every((match) => match.isPackageOwned || match.isExpired === true)) return 'info';
  return matches.some((match) => match.isValidated && match.isExpired !== true) ? 'critical' : 'medium';
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

/** Files that `leaked-dotenv` or `leaked-credential-file` reports for the credentials in them. */
export function filesToldByName(entries: readonly LayerEntryEvidence[]): ReadonlySet<string> {
  const told = entries.filter(
    ({ dotenv, credential }) =>
      (dotenv !== null && judgeDotenv(dotenv).worth === 'real') || (credential?.holds.length ?? 0) > 0,
  );
  return new Set(told.map((entry) => placeKey(entry.at)));
}
