/**
 * The frame layer of zstd (RFC 8878, 3.1): where frames and blocks begin and end, without decoding them. Node's own
 * decoder stops silently after the first frame of a write (nodejs/node#64741), and images in the zstd:chunked form have
 * a frame per file with skippable frames between, so whoever decodes is fed frame by frame.
 */

/** What is wrong with compressed data, as a sentence's end that begins with "its zstd data …". */
export class ZstdError extends Error {
  constructor(problem: string) {
    super(`its zstd data ${problem}`);
    this.name = 'ZstdError';
  }
}

export function damaged(detail: string): ZstdError {
  return new ZstdError(`is damaged: ${detail}`);
}

/** Frame_Header, as far as decoding needs it. */
export interface FrameHeader {
  /** Bytes of history that the frame may refer to. */
  readonly window: number;
  /** Bytes after decoding; null: not stated. */
  readonly contentSize: number | null;
  readonly hasChecksum: boolean;
}

export type BlockType = 'raw' | 'rle' | 'compressed';

/** `bytes` are the token's own as stored, valid until the next `push`: together they are the frame without a gap. */
export type FrameToken =
  | { readonly kind: 'frame'; readonly header: FrameHeader; readonly bytes: Buffer }
  | {
      readonly kind: 'block';
      readonly type: BlockType;
      /** Bytes after decoding for raw and rle blocks; stored bytes for compressed ones. */
      readonly size: number;
      /** The three bytes of the block's header come first. */
      readonly bytes: Buffer;
    }
  /** The checksum, or nothing where the frame has none. */
  | { readonly kind: 'end'; readonly bytes: Buffer };

export interface FrameReader {
  push(chunk: Buffer): void;
  /** Null: more bytes are needed. Throws a ZstdError where the data cannot be zstd. */
  next(): FrameToken | null;
  /** Throws a ZstdError when the data may not end here. */
  finish(): void;
}

/** Block_Maximum_Size, unless the window is smaller (RFC 8878, 3.1.1.2.4). */
export const blockLimit = 128 * 1024;
/** What the zstd program accepts without being told more (`ZSTD_WINDOWLOG_LIMIT_DEFAULT`, 27). */
export const defaultWindowLimit = 128 * 1024 ** 2;

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
const magicSize = 4;
const blockHeaderSize = 3;
const checksumSize = 4;
const dictionarySizes = [0, 1, 2, 4] as const;
const blockTypes = ['raw', 'rle', 'compressed'] as const;
const nothing = Buffer.alloc(0);

function contentSizeBytes(descriptor: number): number {
  const flag = descriptor >> 6;
  if (flag === 0) return (descriptor & 0x20) === 0 ? 0 : 1;
  return 1 << flag;
}

/** Bytes of the frame header with magic, by its descriptor byte. */
function headerSize(descriptor: number): number {
  const window = (descriptor & 0x20) === 0 ? 1 : 0;
  return magicSize + 1 + window + (dictionarySizes[descriptor & 3] ?? 0) + contentSizeBytes(descriptor);
}

function readContentSize(bytes: Buffer, at: number, size: number): number | null {
  if (size === 8) return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
  return size === 0 ? null : bytes.readUIntLE(at, size) + (size === 2 ? 256 : 0);
}

/** Window_Descriptor (RFC 8878, 3.1.1.1.2): an exponent and eighths of its power of two. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function parseHeader(bytes: Buffer, windowLimit: number): FrameHeader {
  const descriptor = bytes.readUInt8(magicSize);
  const isSingle = (descriptor & 0x20) !== 0;
  if ((descriptor & 8) !== 0) throw damaged('a reserved bit is set in a frame header');
  const dictionaryAt = magicSize + (isSingle ? 1 : 2);
  const dictionarySize = dictionarySizes[descriptor & 3] ?? 0;
  const dictionary = dictionarySize === 0 ? 0 : bytes.readUIntLE(dictionaryAt, dictionarySize);
  if (dictionary !== 0) throw new ZstdError(`needs the dictionary ${dictionary}, which no image brings`);
  const contentSize = readContentSize(bytes, dictionaryAt + dictionarySize, contentSizeBytes(descriptor));
  const window = isSingle ? (contentSize ?? 0) : windowOf(bytes.readUInt8(magicSize + 1));
  if (window > windowLimit)
    throw new ZstdError(`needs a window of ${window} bytes of memory, more than the limit of ${windowLimit}`);
  return { window, contentSize, hasChecksum: (descriptor & 4) !== 0 };
}

function parseBlock(word: number, window: number): { type: BlockType; size: number; stored: number } {
  const type = blockTypes[(word >> 1) & 3];
  const size = word >> 3;
  if (type === undefined) throw damaged('a block has a type that is not known');
  if (size > Math.min(blockLimit, window)) throw damaged('a block is larger than its frame allows');
  return { type, size, stored: type === 'rle' ? 1 : size };
}

/** Bytes that arrive in chunks and are taken in order. */
interface Cursor {
  push(chunk: Buffer): void;
  available(): number;
  /** The bytes not taken yet, without taking them. */
  rest(): Buffer;
  take(size: number): Buffer;
}

function createCursor(): Cursor {
  let buffer: Buffer = nothing;
  let position = 0;
  return {
    push(chunk) {
      buffer = position === buffer.length ? chunk : Buffer.concat([buffer.subarray(position), chunk]);
      position = 0;
    },
    available: () => buffer.length - position,
    rest: () => buffer.subarray(position),
    take(size) {
      const bytes = buffer.subarray(position, position + size);
      position += size;
      return bytes;
    },
  };
}

/** Bytes of the skippable frame that begins here; null: it is another frame. Its size counts from the frame's start. */
function skippableSize(start: Buffer): number | 'unknown' | null {
  if ((start.readUInt32LE(0) & 0xfffffff0) >>> 0 !== skippableMagic) return null;
  return start.length < 2 * magicSize ? 'unknown' : 2 * magicSize + start.readUInt32LE(magicSize);
}

/** Null: more bytes are needed. */
function takeHeader(cursor: Cursor, windowLimit: number): { header: FrameHeader; bytes: Buffer } | null {
  const rest = cursor.rest();
  if (rest.readUInt32LE(0) !== frameMagic) throw new ZstdError('has bytes that belong to no frame');
  const size = headerSize(rest.readUInt8(magicSize));
  if (rest.length < size) return null;
  const bytes = cursor.take(size);
  return { header: parseHeader(bytes, windowLimit), bytes };
}

/** Null: more bytes are needed. */
function takeBlock(cursor: Cursor, window: number): { token: FrameToken; isLast: boolean } | null {
  if (cursor.available() < blockHeaderSize) return null;
  const word = cursor.rest().readUIntLE(0, blockHeaderSize);
  const { type, size, stored } = parseBlock(word, window);
  if (cursor.available() < blockHeaderSize + stored) return null;
  const bytes = cursor.take(blockHeaderSize + stored);
  return { token: { kind: 'block', type, size, bytes }, isLast: (word & 1) === 1 };
}

/** Reads the structure of zstd data from chunks of any size; skippable frames are dropped. */
export function createFrameReader(windowLimit: number = defaultWindowLimit): FrameReader {
  const cursor = createCursor();
  let frames = 0;
  let skip = 0;
  let frame: FrameHeader | null = null;
  let isLastBlock = false;

  const nextFrame = (): FrameToken | null => {
    for (;;) {
      skip -= cursor.take(Math.min(skip, cursor.available())).length;
      if (cursor.available() <= magicSize) return null;
      const skippable = skippableSize(cursor.rest());
      if (skippable === 'unknown') return null;
      if (skippable === null) break;
      skip = skippable;
    }
    const taken = takeHeader(cursor, windowLimit);
    if (taken === null) return null;
    [frame, isLastBlock] = [taken.header, false];
    frames += 1;
    return { kind: 'frame', ...taken };
  };

  const nextPart = ({ window, hasChecksum }: FrameHeader): FrameToken | null => {
    if (!isLastBlock) {
      const taken = takeBlock(cursor, window);
      isLastBlock = taken?.isLast ?? false;
      return taken?.token ?? null;
    }
    const size = hasChecksum ? checksumSize : 0;
    if (cursor.available() < size) return null;
    frame = null;
    return { kind: 'end', bytes: cursor.take(size) };
  };

  return {
    push: cursor.push,
    next: () => (frame === null ? nextFrame() : nextPart(frame)),
    finish() {
      const rest = cursor.rest();
      if (frame !== null || skip > 0 || (rest.length > 0 && isFrameStart(rest)))
        throw new ZstdError('ends before it is complete');
      if (rest.length > 0) throw new ZstdError('has bytes that belong to no frame');
      if (frames === 0) throw new ZstdError('is empty');
    },
  };
}

/** Whether up to four bytes at the end could begin another frame. */
function isFrameStart(bytes: Buffer): boolean {
  const magics = [frameMagic, ...Array.from({ length: 16 }, (_, index) => skippableMagic + index)];
  return magics.some((magic) => {
    const whole = Buffer.alloc(magicSize);
    whole.writeUInt32LE(magic);
    const size = Math.min(magicSize, bytes.length);
    return whole.subarray(0, size).equals(bytes.subarray(0, size));
  });
}
