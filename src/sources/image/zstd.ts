import { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { createFrameReader, damaged, defaultWindowLimit, ZstdError } from './zstd-frame.ts';
import { decodeInScript } from './zstd-script.ts';

const outputSize = 1024 * 1024;
/** Stored bytes handed to Node's decoder at once: enough that the hand-over costs nothing. */
const pieceSize = 512 * 1024;
const windowLogLimit = 31;

/** `zlib.createZstdDecompress`, where this Node has it (22.15, 23.8 and later); it is missing from the types of Node 20. */
function createNativeDecoder(): Transform | null {
  const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
  if (typeof create !== 'function') return null;
  const windowLog: unknown = Reflect.get(zlib.constants, 'ZSTD_d_windowLogMax');
  const params = typeof windowLog === 'number' ? { [windowLog]: windowLogLimit } : {};
  const decoder: unknown = create({ chunkSize: outputSize, params });
  return decoder instanceof Transform ? decoder : null;
}

/** Whether zstd is decoded by this Node itself; elsewhere it is about three times slower. */
export const hasNativeZstd: boolean = createNativeDecoder() !== null;

/** The frames without the skippable ones, in pieces none of which crosses the end of a frame. */
async function* splitFrames(chunks: AsyncIterable<Buffer>, windowLimit: number): AsyncGenerator<Buffer> {
  const reader = createFrameReader(windowLimit);
  for await (const chunk of chunks) {
    reader.push(chunk);
    let parts: Buffer[] = [];
    let size = 0;
    for (let token = reader.next(); token !== null; token = reader.next()) {
      parts.push(token.bytes);
      size += token.bytes.length;
      if (token.kind !== 'end' && size < pieceSize) continue;
      yield Buffer.concat(parts, size);
      [parts, size] = [[], 0];
    }
    if (size > 0) yield Buffer.concat(parts, size);
  }
  reader.finish();
}

function asZstdError(error: unknown): unknown {
  const isNative =
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('ZSTD_');
  return isNative ? damaged(error.message) : error;
}

function write(decoder: Transform, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    decoder.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Writes all pieces, one ahead of the decoder; the error that ended them, or null. The decoder is not destroyed for it:
 * what it has decoded up to there is handed on first, so that the same data always gives the same.
 */
async function feed(decoder: Transform, pieces: AsyncIterable<Buffer>): Promise<{ readonly error: unknown } | null> {
  let written: Promise<void> = Promise.resolve();
  try {
    for await (const piece of pieces) {
      const before = written;
      written = write(decoder, piece);
      // Its failure is met when it is waited for.
      written.catch(() => undefined);
      await before;
    }
    await written;
    decoder.end();
    return null;
  } catch (error) {
    await written.catch(() => undefined);
    if (!decoder.destroyed) decoder.push(null);
    return { error };
  }
}

async function* decodeNatively(
  chunks: AsyncIterable<Buffer>,
  decoder: Transform,
  windowLimit: number,
): AsyncGenerator<Buffer> {
  const fed = feed(decoder, splitFrames(chunks, windowLimit));
  try {
    for await (const part of decoder) if (Buffer.isBuffer(part)) yield part;
  } catch (error) {
    throw asZstdError(error);
  } finally {
    decoder.destroy();
  }
  const failure = await fed;
  if (failure !== null) throw asZstdError(failure.error);
}

/**
 * The content of zstd data of any number of frames, skippable ones dropped. Rejects with a ZstdError where the data is
 * damaged, cut short or followed by something else, and where it needs a dictionary or a larger window (in bytes) than
 * allowed; errors of `chunks` pass through. A chunk that is given or taken stays valid.
 */
export function decodeZstd(
  chunks: AsyncIterable<Buffer>,
  windowLimit: number = defaultWindowLimit,
): AsyncGenerator<Buffer> {
  const decoder = createNativeDecoder();
  return decoder === null ? decodeInScript(chunks, windowLimit) : decodeNatively(chunks, decoder, windowLimit);
}

export { ZstdError };
