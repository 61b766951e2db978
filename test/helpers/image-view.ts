import type { Evidence, ImageBuildEvidence, ImageReferenceEvidence } from '../../src/domain/evidence.ts';
import type { Draft } from '../../src/domain/finding.ts';
import type { FileLocation } from '../../src/domain/location.ts';
import { parseReference } from '../../src/domain/reference.ts';
import type { Rule, RuleSettings } from '../../src/domain/rule.ts';

export function lineOf(path: string, line: number): FileLocation {
  return { kind: 'file', path, line, column: 8, endLine: line, endColumn: 20 };
}

/** A FROM on line 1 of a Dockerfile, unless said otherwise. */
export function mention(text: string, change: Partial<ImageReferenceEvidence> = {}): ImageReferenceEvidence {
  const at = change.at ?? lineOf('Dockerfile', 1);
  return Object.freeze({
    kind: 'image-reference',
    at,
    usedAt: at,
    role: 'from',
    text,
    reference: parseReference(text),
    unresolved: [],
    written: text,
    ...change,
  });
}

const defaultImages: RuleSettings['images'] = { minLevel: 'major', overrides: [] };

type Kind = 'image-reference' | 'image-build';

function isKind<K extends Kind>(kind: K) {
  return (item: Evidence<Kind>): item is Evidence<K> => item.kind === kind;
}

export function judge(
  rule: Rule<Kind>,
  mentions: readonly ImageReferenceEvidence[],
  images: RuleSettings['images'] = defaultImages,
  builds: readonly ImageBuildEvidence[] = [],
): readonly Draft[] {
  const evidence: readonly Evidence<Kind>[] = [...mentions, ...builds];
  return [
    ...rule.check({
      causeOf: () => null,
      settings: { images },
      of: (kind) => Object.freeze(evidence.filter(isKind(kind))),
    }),
  ];
}
