import type { Gap } from '../../domain/gap.ts';

export interface TreeFile {
  /** POSIX, relative to the checked folder. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** False for files git ignores; they are only listed where they may be models or dotenv files. */
  readonly isTracked: boolean;
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
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  has(path: string): boolean;
  /** The text, or a gap when it cannot be read: too large (8 MiB), not UTF-8, no permission. `source` names the caller in the gap. */
  readText(path: string, source: string): Promise<TextFile | Gap>;
  /** The first `length` bytes, or fewer; a gap when it cannot be read. */
  readStart(path: string, length: number, source: string): Promise<Buffer | Gap>;
  /** Lower-case hex over the whole content, streamed; a gap when it cannot be read. */
  sha256(path: string, source: string): Promise<string | Gap>;
}

/** Why a link is among `skipped`. */
export const linkReason = 'symbolic link, not followed';

export function isGap(value: object): value is Gap {
  return 'fingerprint' in value && 'hint' in value && 'reason' in value;
}
