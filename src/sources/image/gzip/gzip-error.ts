/** What is wrong with gzip data, in the words of zlib. */
export class GzipError extends Error {
  override readonly name = 'GzipError';
}

/** As the end of a sentence about the data. */
export function damaged(reason: string): GzipError {
  return new GzipError(`its gzip data is damaged (${reason})`);
}
