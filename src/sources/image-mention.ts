import type { ImageReferenceEvidence } from '../domain/evidence.ts';
import type { Gap } from '../domain/gap.ts';
import { gap } from '../domain/gap.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { parseReference } from '../domain/reference.ts';

/** An image reference as found, before it is parsed. */
export type ImageMention = Omit<ImageReferenceEvidence, 'kind' | 'reference'>;

/** A template's `{{ … }}` fills in what is not in the file, like a variable without a default. */
function templateParts(text: string): readonly string[] {
  return text.includes('{{') ? [neutralise(text, 200)] : [];
}

/**
 * The evidence for a mention, and a gap beside it when its text is complete and still no valid reference. A malformed digest
 * is no gap: a rule reports it.
 */
export function* readMention(mention: ImageMention, source: string): Iterable<ImageReferenceEvidence | Gap> {
  const { text, at } = mention;
  const reference = parseReference(text);
  const unresolved = mention.unresolved.length > 0 ? mention.unresolved : templateParts(text);
  yield { kind: 'image-reference', ...mention, reference, unresolved };
  if (reference !== null || unresolved.length > 0 || /@sha\d{3}/i.test(text)) return;
  const shown = neutralise(text, 200);
  const reason = `${at.path}:${at.line} names \`${shown}\`, which is no valid image reference`;
  yield gap(source, `${at.path} ${shown}`, reason, 'write the reference as registry/repository:tag in lower case');
}
