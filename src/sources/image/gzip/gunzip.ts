import { crc32 } from 'node:zlib';
import { damaged } from './gzip-error.ts';
import { Inflater, type InflateStep } from './inflate.ts';

/** Longest name, comment or extra field of a member that is read. */
const fieldLimit = 64 * 1024;
const flags = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;
const endOfFile = 'unexpected end of file';

/** Takes the header of a member (RFC 1952, 2.3), keeping the checksum of it. */
class HeaderReader {
  readonly #inflater: Inflater;
  crc = 0;

  constructor(inflater: Inflater) {
    this.#inflater = inflater;
  }

  *take(count: number): Generator<InflateStep, Buffer> {
    if (!(yield* this.#inflater.need(count))) throw damaged(endOfFile);
    const bytes = this.#inflater.takeStored(count);
    this.crc = crc32(bytes, this.crc);
    return bytes;
  }

  /** A text that ends with a zero byte. */
  *skipText(): Generator<InflateStep, void> {
    for (let length = 0; length < fieldLimit; length++) {
      const byte = yield* this.take(1);
      if (byte[0] === 0) return;
    }
    throw damaged('a name or comment without an end');
  }
}

function* readHeader(inflater: Inflater): Generator<InflateStep, void> {
  const header = new HeaderReader(inflater);
  const start = yield* header.take(2);
  if (start[0] !== 0x1f || start[1] !== 0x8b) throw damaged('incorrect header check');
  const [method = 0, flag = 0] = yield* header.take(8);
  if (method !== 8) throw damaged('unknown compression method');
  if ((flag & flags.reserved) !== 0) throw damaged('unknown header flags set');
  if ((flag & flags.extra) !== 0) {
    const size = (yield* header.take(2)).readUInt16LE();
    yield* header.take(size);
  }
  if ((flag & flags.name) !== 0) yield* header.skipText();
  if ((flag & flags.comment) !== 0) yield* header.skipText();
  if ((flag & flags.headerCrc) === 0) return;
  const crc = header.crc & 0xffff;
  if ((yield* header.take(2)).readUInt16LE() !== crc) throw damaged('header crc mismatch');
}

function* checkTrailer(inflater: Inflater): Generator<InflateStep, void> {
  const { crc, size } = inflater.checksum();
  if (!(yield* inflater.need(8))) throw damaged(endOfFile);
  const trailer = inflater.takeStored(8);
  if (trailer.readUInt32LE(0) !== crc) throw damaged('incorrect data check');
  if (trailer.readUInt32LE(4) !== size) throw damaged('incorrect length check');
}

/** Whether no member follows. Some writers fill up with zeros; behind those there may be nothing more. */
function* isEnd(inflater: Inflater): Generator<InflateStep, boolean> {
  for (let zeros = 0; yield* inflater.need(1); zeros++) {
    if (inflater.peekStored() === 0) inflater.takeStored(1);
    else if (zeros === 0) return false;
    else throw damaged('incorrect header check');
  }
  return true;
}

function* readMembers(inflater: Inflater): Generator<InflateStep, void> {
  do {
    yield* readHeader(inflater);
    yield* inflater.run();
    yield* checkTrailer(inflater);
  } while (!(yield* isEnd(inflater)));
}

/**
 * The content of gzip data of any number of members (RFC 1952), zeros behind them dropped. Rejects with a GzipError where
 * the data is damaged, cut short or followed by something else, after what was decoded up to there; errors of `chunks` pass
 * through. A chunk that is given is valid until the next is asked for.
 */
export async function* gunzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const inflater = new Inflater();
  const steps = readMembers(inflater);
  const source = chunks[Symbol.asyncIterator]();
  let stored: Buffer = Buffer.alloc(0);
  try {
    for (let step = steps.next(); step.done !== true; step = steps.next()) {
      if (step.value === 'output') yield inflater.takeOutput();
      else if (stored.length > 0) stored = stored.subarray(inflater.addInput(stored));
      else {
        const next = await source.next();
        if (next.done === true) inflater.endInput();
        else stored = next.value;
      }
    }
    yield inflater.takeOutput();
  } catch (error) {
    yield inflater.takeOutput();
    throw error;
  } finally {
    inflater.close();
    await source.return?.();
  }
}
