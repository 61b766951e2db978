import type { Instruction } from '../../domain/dockerfile.ts';
import type { LineIndex } from '../../domain/line-index.ts';
import { type FileLocation, fileLocation, type Span } from '../../domain/location.ts';
import { parseReference } from '../../domain/reference.ts';
import type { ImageMention } from '../image-mention.ts';
import { readMount } from './copied-folder.ts';
import type { SourceWord } from './source-word.ts';
import type { StageBase } from './stages.ts';
import { type Expansion, expandWord, type Leaf } from './variables.ts';

/** The Dockerfile that is being read: a file, or a text within one. */
export interface SourceFile {
  /** Of the file it is, or is written into. */
  readonly path: string;
  readonly text: string;
  /** Where offsets of `text` lie in the file. */
  readonly lines: LineIndex;
}

/** The frontend that `# syntax=` names: BuildKit pulls and runs it, whatever the name (no variables, no stages). */
export function mentionSyntax(file: SourceFile, { text, start, end }: SourceWord): ImageMention {
  const at = fileLocation(file.path, file.lines.spanOf(start, end));
  return { at, usedAt: at, role: 'syntax', text, unresolved: [], written: text };
}

/** The piece that a fix has to change: the whole reference where it is one piece, else the tag where an ARG gives it. */
function decisiveLeaf({ leaves, text }: Expansion): Leaf | null {
  const [only, ...more] = leaves;
  if (only !== undefined && more.length === 0) return only;
  const name = parseReference(text)?.name;
  const last = leaves.at(-1);
  const isTag = name !== undefined && last?.text.length === text.length - name.length - 1;
  return isTag && last.origin === 'argument' ? last : null;
}

function mentionBase(file: SourceFile, word: SourceWord, expansion: Expansion): ImageMention {
  const usedAt = fileLocation(file.path, file.lines.spanOf(word.start, word.end));
  const leaf = decisiveLeaf(expansion);
  const isWritten = leaf?.origin === 'written' || leaf?.origin === 'argument';
  const isVerbatim = isWritten && file.text.slice(leaf.start, leaf.end) === leaf.text;
  const at = isVerbatim ? fileLocation(file.path, file.lines.spanOf(leaf.start, leaf.end)) : usedAt;
  const { text, unresolved } = expansion;
  return { at, usedAt, role: 'from', text, unresolved, written: isVerbatim ? leaf.text : null };
}

/** The images of FROM; not `scratch`, and not what an earlier stage is called. */
export function mentionBases(file: SourceFile, bases: readonly StageBase[]): readonly ImageMention[] {
  const mentions: ImageMention[] = [];
  for (const { word, expansion, parents } of bases) {
    if (word === null || parents.length > 0 || expansion.text === 'scratch') continue;
    mentions.push(mentionBase(file, word, expansion));
  }
  return mentions;
}

interface FlagReference {
  readonly text: string;
  readonly span: Span;
}

/** Where `from=` of a mount has its value; the whole flag when quotes or escapes have moved it. */
function referenceOfMount(value: string, span: Span): FlagReference | null {
  const text = readMount(value).get('from');
  if (text === undefined) return null;
  const found = /(?:^|,)from=/i.exec(value);
  const isAsWritten = span.line === span.endLine && span.endColumn - span.column === value.length;
  if (!isAsWritten || found === null) return { text, span };
  const column = span.column + found.index + found[0].length;
  return { text, span: { ...span, column, endColumn: column + text.length } };
}

function referencesOf({ keyword, flags }: Instruction): readonly FlagReference[] {
  return flags.flatMap(({ name, value, valueSpan }) => {
    if (keyword === 'COPY' && name === 'from') return [{ text: value, span: valueSpan }];
    const mounted = keyword === 'RUN' && name === 'mount' ? referenceOfMount(value, valueSpan) : null;
    return mounted === null ? [] : [mounted];
  });
}

function mentionCopied(path: string, reference: FlagReference, escapeCharacter: string): ImageMention {
  const { text, span } = reference;
  const at: FileLocation = fileLocation(path, span);
  const { unresolved } = expandWord({ text, start: 0, end: text.length }, new Map(), escapeCharacter);
  return { at, usedAt: at, role: 'copy-from', text, unresolved, written: text };
}

/**
 * The images of `COPY --from=` and `RUN --mount=…,from=`, in ONBUILD too; not stages, by name or index. Variables are not
 * filled in there (BuildKit refuses them).
 */
export function mentionCopies(
  path: string,
  instructions: readonly Instruction[],
  bases: readonly StageBase[],
  escapeCharacter: string,
): readonly ImageMention[] {
  const stages = new Set(bases.map((base) => base.name));
  const isImage = ({ text }: FlagReference) =>
    text !== '' && text !== 'scratch' && !/^\d+$/.test(text) && !stages.has(text.toLowerCase());
  return instructions
    .flatMap((instruction) => referencesOf(instruction.trigger ?? instruction))
    .filter(isImage)
    .map((reference) => mentionCopied(path, reference, escapeCharacter));
}
