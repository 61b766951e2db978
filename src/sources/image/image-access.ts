import type { Platform } from '../../domain/image.ts';
import { type ImageLimits, limitHint, OutputLimitError } from '../../domain/image-limits.ts';
import { describeProblem, type Host } from '../../host/host.ts';
import { describeNetworkError, isProxyProblem, NetworkError } from '../../host/network.ts';
import type { ProgressTask } from '../../host/progress.ts';
import { decodingProblem } from './compression.ts';
import type { CacheRequest } from './layer-cache.ts';
import { type Spool, SpoolLimitError, spoolHint } from './spool.ts';

/** What opening an image needs beside its name. */
export interface ImageAccess {
  readonly host: Host;
  readonly spool: Spool;
  /** No registry is asked. */
  readonly offline: boolean;
  /** The platform the user chose; null: all are read. An empty variant stands for any. */
  readonly platform: Platform | null;
  readonly imageLimits: ImageLimits;
  /** Absolute: the checked folder, from which nothing is ever run. */
  readonly directory: string;
  /** Where the results of clean layers are kept between runs; null: nowhere. */
  readonly cache: CacheRequest | null;
}

/** Why an image cannot be used at all, as the end of a sentence that begins with its name. */
export interface StoreProblem {
  readonly problem: string;
  readonly hint: string;
}

/**
 * What kept an image from being fetched into the spool; `peer` names whom it was asked of. Rethrows what is none of
 * network, disk or data: a bug.
 */
export function describeFetching(error: unknown, peer: string): StoreProblem {
  if (error instanceof NetworkError) {
    return {
      problem: `cannot be fetched: ${peer} ${describeNetworkError(error)}`,
      hint: isProxyProblem(error.code)
        ? 'check HTTPS_PROXY and NO_PROXY, and run again'
        : 'check the connection, and run again',
    };
  }
  if (error instanceof SpoolLimitError) return { problem: `was not examined: ${error.message}`, hint: spoolHint };
  if (error instanceof OutputLimitError)
    return { problem: `was not examined: ${error.message}`, hint: limitHint(error.message) ?? spoolHint };
  const decoding = decodingProblem(error);
  if (decoding !== null) return { problem: `cannot be read: ${decoding}`, hint: 'save or download the image again' };
  return { problem: `was not examined: a temporary file ${describeProblem(error)}`, hint: spoolHint };
}

/** The same chunks, counted as done when they are asked for. */
export async function* countBytes(chunks: AsyncIterable<Buffer>, progress: ProgressTask): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    progress.advance(chunk.length);
    yield chunk;
  }
}
