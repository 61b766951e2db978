/** A range in a text file: 1-based, `endColumn` exclusive, columns in UTF-16 code units. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A place in the repository. `path` is POSIX and relative to the checked folder. */
export interface FileLocation extends Span {
  readonly kind: 'file';
  readonly path: string;
}

/** Whether a layer entry is what the final image shows. A file that is not visible still ships. */
export type EntryState = 'present' | 'overwritten' | 'deleted';

/** A file in one layer. `image` is the text the user gave; `layer` counts from 0 at the base. */
export interface LayerLocation {
  readonly kind: 'layer';
  readonly image: string;
  readonly layer: number;
  readonly diffId: string;
  readonly path: string;
  readonly state: EntryState;
}

export type ImagePart = 'env' | 'label' | 'history' | 'entrypoint' | 'user' | 'provenance' | 'os';

/** A part of an image's configuration, e.g. the environment variable `name`. */
export interface ImageLocation {
  readonly kind: 'image';
  readonly image: string;
  readonly part: ImagePart;
  readonly name: string;
}

/** An installed package, by package URL. `diffId` is the layer that brought it, where a scanner told. */
export interface PackageLocation {
  readonly kind: 'package';
  readonly image: string;
  readonly purl: string;
  readonly diffId: string | null;
}

export type Location = FileLocation | LayerLocation | ImageLocation | PackageLocation;

/** The repository line an annotation uses, found by `trace`. */
export interface Anchor {
  readonly path: string;
  readonly line: number;
}

export function fileLocation(path: string, span: Span): FileLocation {
  return {
    kind: 'file',
    path,
    line: span.line,
    column: span.column,
    endLine: span.endLine,
    endColumn: span.endColumn,
  };
}

/** The first character of a file, for findings that concern a file as a whole. */
export const fileStart: Span = { line: 1, column: 1, endLine: 1, endColumn: 1 };
