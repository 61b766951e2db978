/** Bytes of `data` behind the last one searched that a search may read. */
export const slack = 64;

/**
 * Content is copied to the begin of `data`; behind it lie the window, which a caller may fill, and the slack. What is kept
 * of a file when the window is filled again lies before the window.
 */
export const windowAt: number = 320 * 1024;
export const windowSize: number = 256 * 1024;
export const dataSize: number = 22 * 65_536;

/** Finds byte-exact anchors at once in bytes that the caller puts into `data`. */
export interface AnchorSearch {
  readonly data: Buffer;
  /**
   * Calls `hit` for each anchor whose fingerprint begins in `[from, to)`, with the offset of its first byte and its number,
   * in the order of fingerprints. An anchor is told by its first 16 bytes. It may begin up to 13 bytes before `from`, and
   * what stands behind `to` is compared too: the caller searches up to 16 bytes before the end of what it has, or zeroes the slack.
   */
  search(from: number, to: number, hit: (at: number, anchor: number) => void): void;
}
