import type { Cause } from './cause.ts';
import type { ImageReferenceEvidence } from './evidence.ts';
import { systemRelease } from './operating-system.ts';
import type { BaseReleaseEvidence, OperatingSystemEvidence } from './package-evidence.ts';
import type { ImageReference } from './reference.ts';
import type { EvidenceView } from './rule.ts';

/** A FROM line whose image a rebuild alone does not renew: is there a newer one? */
export interface BaseQuestion {
  readonly path: string;
  readonly line: number;
  readonly reference: ImageReference;
  /** Its operating system gets no updates any more: only a later release helps. */
  readonly isEnded: boolean;
  /** A digest belongs to the answer: the line has one, or the policy asks for one. */
  readonly asksDigest: boolean;
}

/** The image behind a FROM, with all that is known of a newer one. */
export interface BaseImage {
  /** The FROM, as trace found it. */
  readonly cause: Cause;
  readonly reference: ImageReference;
  /** `debian 10`, where its vendor publishes no security updates any more. */
  readonly endedSystem: string | null;
  /** Null: no registry was asked, or none answered. */
  readonly release: BaseReleaseEvidence | null;
}

/** What `indexBases` reads, for a rule's `consumes`. */
export const baseKinds = ['image-reference', 'operating-system', 'base-release'] as const;

export interface BaseEvidence {
  readonly references: readonly ImageReferenceEvidence[];
  readonly systems: readonly OperatingSystemEvidence[];
  readonly releases: readonly BaseReleaseEvidence[];
}

export type BaseOf = (image: string, cause: Cause | null) => BaseImage | null;

function keyOf(path: string, line: number): string {
  return `${path}\0${line}`;
}

/** Finds the base image behind a cause; null for a cause that is no FROM of a known image. */
export function indexBases({ references, systems, releases }: BaseEvidence): BaseOf {
  const named = new Map(
    references
      .filter(({ role, unresolved }) => role === 'from' && unresolved.length === 0)
      .map(({ usedAt, reference }) => [keyOf(usedAt.path, usedAt.line), reference]),
  );
  const ended = new Map(
    [...systems]
      .sort((a, b) => (a.scanner < b.scanner ? -1 : 1))
      .filter(({ isEndOfLife }) => isEndOfLife)
      .map(({ image, name }) => [image, systemRelease(name)]),
  );
  const answers = new Map(releases.map((release) => [keyOf(release.path, release.line), release]));
  return (image, cause) => {
    if (cause === null || !/^FROM\b/i.test(cause.instruction)) return null;
    for (let line = cause.line; line <= cause.endLine; line++) {
      const reference = named.get(keyOf(cause.path, line)) ?? null;
      if (reference === null) continue;
      const release = answers.get(keyOf(cause.path, cause.line)) ?? null;
      return { cause, reference, endedSystem: ended.get(image) ?? null, release };
    }
    return null;
  };
}

/** The same over what a rule sees. */
export function basesIn(view: EvidenceView<(typeof baseKinds)[number]>): BaseOf {
  return indexBases({
    references: view.of('image-reference'),
    systems: view.of('operating-system'),
    releases: view.of('base-release'),
  });
}
