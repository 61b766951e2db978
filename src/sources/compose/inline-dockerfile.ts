import type { ImageReferenceEvidence, InstallCommandEvidence } from '../../domain/evidence.ts';
import type { Gap } from '../../domain/gap.ts';
import { contextName } from '../../domain/image-pin.ts';
import type { LineIndex } from '../../domain/line-index.ts';
import type { ManifestFolders } from '../dockerfile/install-folders.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { readDockerfile } from '../dockerfile/reading.ts';
import { isGap } from '../workspace/file-tree.ts';
import type { YamlScalar } from '../yaml/document.ts';
import type { BuildSection } from './build-section.ts';
import { contextFolder } from './build-section.ts';
import type { TextPiece } from './interpolation.ts';
import { interpolatePieces } from './interpolation.ts';

type Item = ImageReferenceEvidence | InstallCommandEvidence | Gap;

/** Reads the inline Dockerfiles of one Compose file. */
export interface InlineReader {
  read(service: string, build: BuildSection, inline: YamlScalar): Iterable<Item>;
}

/** Where a character of the interpolated text comes from in the scalar's value. */
function createOrigins(pieces: readonly TextPiece[]) {
  const starts: number[] = [];
  let length = 0;
  for (const piece of pieces) {
    starts.push(length);
    length += piece.text.length;
  }
  return (offset: number): { readonly start: number; readonly end: number } => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const piece = pieces[low];
    if (piece === undefined) return { start: 0, end: 0 };
    if (!piece.isLiteral) return piece;
    const start = Math.min(piece.start + offset - (starts[low] ?? 0), piece.end);
    return { start, end: Math.min(start + 1, piece.end) };
  };
}

/** Offsets of the Dockerfile as lines and columns of the Compose file. */
function placeLines(scalar: YamlScalar, pieces: readonly TextPiece[]): LineIndex {
  const originOf = createOrigins(pieces);
  const spanOf = (start: number, end: number) => {
    const from = originOf(start).start;
    return scalar.locate(from, end > start ? originOf(end - 1).end : from);
  };
  return { spanOf, lineOf: (offset) => spanOf(offset, offset + 1).line };
}

/** What interpolation or YAML's escapes have changed is not written there: its place is then wider than its text. */
function checkWritten(item: Item): Item {
  if (isGap(item) || item.kind !== 'image-reference' || item.written === null) return item;
  const { line, column, endLine, endColumn } = item.at;
  const isAsWritten = line === endLine && endColumn - column === item.written.length;
  return isAsWritten ? item : { ...item, written: null };
}

function readInline(
  service: string,
  build: BuildSection,
  inline: YamlScalar,
  manifests: ManifestFolders,
  source: string,
): readonly Item[] {
  const { path } = inline.at;
  const pieces = interpolatePieces(inline.value);
  const text = pieces.map((piece) => piece.text).join('');
  const lines = placeLines(inline, pieces);
  const reading = {
    file: { path, text, lines },
    parsed: parseDockerfile(path, text, lines),
    manifests,
    contextFolder: contextFolder(path, build.context) ?? contextFolder(path, null) ?? '',
    source,
    subject: `${path} services.${service}.build.dockerfile_inline`,
    label: `the Dockerfile in ${path}`,
    remedy: 'correct it so that docker compose build accepts it, or move it into a Dockerfile',
  };
  return [...readDockerfile(reading)].map(checkWritten);
}

interface Waiting {
  readonly item: Item;
  /** The context that takes the image's place (BuildKit, named contexts); null: none can. */
  readonly replaceableBy: string | null;
}

function waitingFor(item: Item): Waiting {
  const isReplaceable = !isGap(item) && item.kind === 'image-reference' && item.role !== 'syntax';
  return { item, replaceableBy: isReplaceable ? contextName(item.text) : null };
}

/**
 * For `build.dockerfile_inline`: images and package-manager commands with their places in the Compose file, once each,
 * without the images that the contexts of every build replace. Compose fills variables in before the Dockerfile is read, so
 * its own are written `$$NAME`; one that Compose has no default for stays as written. There is no `dockerfile` evidence: its
 * path is taken for that of a file that can be built from.
 */
export function createInlineReader(manifests: ManifestFolders, source: string): InlineReader {
  const known = new Map<YamlScalar, readonly Waiting[]>();
  return {
    *read(service, build, inline) {
      const items = known.get(inline) ?? readInline(service, build, inline, manifests, source).map(waitingFor);
      const contexts = new Set(build.contexts.map((context) => contextName(context.name)));
      const isReplaced = ({ replaceableBy }: Waiting) => replaceableBy !== null && contexts.has(replaceableBy);
      known.set(inline, items.filter(isReplaced));
      for (const waiting of items) if (!isReplaced(waiting)) yield waiting.item;
    },
  };
}
