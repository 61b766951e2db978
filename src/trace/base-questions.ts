import { type BaseQuestion, indexBases } from '../domain/base-image.ts';
import { type Causes, causeOf } from '../domain/cause.ts';
import type { Evidence, EvidenceKind } from '../domain/evidence.ts';
import { requiredLevel } from '../domain/image-pin.ts';
import { indexOrigins } from '../domain/package-origin.ts';
import type { RuleSettings } from '../domain/rule.ts';
import { staysTheSame } from '../domain/tag-shape.ts';

function isOf<K extends EvidenceKind>(kind: K): (item: Evidence) => item is Evidence<K> {
  return (item): item is Evidence<K> => item.kind === kind;
}

/**
 * The FROM lines behind vulnerabilities and ended operating systems that building again does not help: pinned to one
 * release or digest, or of a release without updates.
 */
export function findBaseQuestions(
  evidence: readonly Evidence[],
  causes: Causes,
  { images }: RuleSettings,
): readonly BaseQuestion[] {
  const systems = evidence.filter(isOf('operating-system'));
  const baseOf = indexBases({ references: evidence.filter(isOf('image-reference')), systems, releases: [] });
  const originOf = indexOrigins(evidence.filter(isOf('package-origin')));
  const questions = new Map<string, BaseQuestion>();
  const ask = (image: string, cause: ReturnType<typeof causeOf>) => {
    const base = baseOf(image, cause);
    if (base === null) return;
    const { reference, endedSystem } = base;
    const { path, line } = base.cause;
    const key = `${path}\0${line}`;
    const isEnded = endedSystem !== null || questions.get(key)?.isEnded === true;
    if (reference.tag === null || (!isEnded && !staysTheSame(reference))) return;
    const asksDigest = reference.digest !== null || requiredLevel(reference, images) === 'digest';
    questions.set(key, { path, line, reference, isEnded, asksDigest });
  };
  for (const row of evidence.filter(isOf('vulnerability'))) {
    const diffId = row.diffId ?? originOf(row);
    ask(row.image, causeOf({ kind: 'package', image: row.image, purl: row.package.purl, diffId }, causes));
  }
  for (const { image, name, isEndOfLife } of systems) {
    if (isEndOfLife) ask(image, causeOf({ kind: 'image', image, part: 'os', name }, causes));
  }
  return [...questions.values()].sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}
