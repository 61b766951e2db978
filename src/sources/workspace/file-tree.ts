import type { Gap } from '../../domain/gap.ts';

export interface TreeFile {
  /** POSIX, relative to the checked folder. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** False for files git ignores; they are only listed where they may be models or dotenv files. */
  readonly isTracked: boolean;
}

/** A path that is listed but not read. */
export interface SkippedFile {
  readonly path: string;
  /** `deleted`: git knows it, the disk does not; `unreadable`: all that is neither that nor a link. */
  readonly kind: 'deleted' | 'link' | 'unreadable';
  /** For `--list`, and as the end of a gap's sentence. */
  readonly reason: string;
}

/** Decoded text: valid UTF-8, byte-order mark removed. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The files of the checked folder (or of its base revision, read through git objects): tracked plus non-ignored regular
 * files. Symbolic links are never followed.
 */
export interface FileTree {
  /** Sorted by path. */
  readonly files: readonly TreeFile[];
  /** What was left out, and why: for `--list`. */
  readonly skipped: readonly SkippedFile[];
  has(path: string): boolean;
  /** The text, or a gap when it cannot be read: too large (8 MiB), not UTF-8, no permission. `source` names the caller in the gap. */
  readText(path: string, source: string): Promise<TextFile | Gap>;
  /** The first `length` bytes, or fewer; a gap when it cannot be read. */
  readStart(path: string, length: number, source: string): Promise<Buffer | Gap>;
  /** Lower-case hex over the whole content, streamed; a gap when it cannot be read. */
  sha256(path: string, source: string): Promise<string | Gap>;
}

export function isGap(value: object): value is Gap {
  return 'fingerprint' in value && 'hint' in value && 'reason' in value;
}
