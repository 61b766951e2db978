/** One entry of the image config's history, base first (OCI image-spec config.md, `history`). */
export interface HistoryEntry {
  readonly createdBy: string;
  /** True when the step made no layer. */
  readonly isEmptyLayer: boolean;
}

export type Compression = 'none' | 'gzip' | 'zstd' | 'unknown';

/** `digest` is over the bytes as stored, `diffId` over the uncompressed tar; base layer first. */
export interface Layer {
  readonly index: number;
  readonly diffId: string;
  readonly digest: string | null;
  /** Index into `Image.history` of the step that made this layer; null where the counts do not match. */
  readonly historyIndex: number | null;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

/** An image as its config states it. Every transport yields the same `configDigest`, `platform` and `layers[].diffId`. */
export interface Image {
  /** The `--image` text, with `#platform` when one archive holds several. */
  readonly label: string;
  /** Repository tags the archive names, e.g. `app:1`. */
  readonly tags: readonly string[];
  readonly configDigest: string;
  readonly platform: Platform;
  readonly layers: readonly Layer[];
  readonly history: readonly HistoryEntry[];
  readonly user: string;
  readonly environment: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}
