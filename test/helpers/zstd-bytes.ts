/** Hand-made zstd data (RFC 8878, 3.1.1), so that tests need no compressor. */

/** The largest block. */
const blockSize = 128 * 1024;

function blockHeader(type: 0 | 1 | 2 | 3, size: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
  return header;
}

export function rawBlock(content: string | Uint8Array, isLast = true): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([blockHeader(0, bytes.length, isLast), bytes]);
}

export function rleBlock(byte: number, size: number, isLast = true): Buffer {
  return Buffer.concat([blockHeader(1, size, isLast), Buffer.of(byte)]);
}

export function compressedBlock(body: Uint8Array, isLast = true, type: 2 | 3 = 2): Buffer {
  return Buffer.concat([blockHeader(type, body.length, isLast), body]);
}

export interface FrameFields {
  /** Window_Descriptor; default: 128 KiB. */
  readonly window?: number;
  /** Stated in one byte, in place of a window. */
  readonly contentSize?: number;
  /** One byte. */
  readonly dictionary?: number;
  /** Four bytes behind the blocks. */
  readonly checksum?: Uint8Array;
  /** More bits of the descriptor. */
  readonly bits?: number;
}

export function zstdFrame(blocks: readonly Uint8Array[], fields: FrameFields = {}): Buffer {
  const { window = 0x38, contentSize, dictionary, checksum, bits = 0 } = fields;
  const flags = (contentSize === undefined ? 0 : 0x20) | (checksum ? 4 : 0) | (dictionary === undefined ? 0 : 1) | bits;
  const head = [0x28, 0xb5, 0x2f, 0xfd, flags];
  if (contentSize === undefined) head.push(window);
  if (dictionary !== undefined) head.push(dictionary);
  if (contentSize !== undefined) head.push(contentSize);
  return Buffer.concat([Buffer.from(head), ...blocks, checksum ?? Buffer.alloc(0)]);
}

/** A skippable frame; `variant` 0 to 15. */
export function skippableFrame(content: string | Uint8Array, variant = 0): Buffer {
  const bytes = Buffer.from(content);
  const head = Buffer.from([0x50 + variant, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  head.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
}

/** Any content as one frame of raw blocks. */
export function zstdStored(content: Uint8Array): Buffer {
  const count = Math.max(1, Math.ceil(content.length / blockSize));
  const blocks = Array.from({ length: count }, (_, index) =>
    rawBlock(content.subarray(index * blockSize, (index + 1) * blockSize), index === count - 1),
  );
  return zstdFrame(blocks);
}

/** As zstd:chunked has it: a frame per part, and what describes them in skippable frames. */
export function zstdChunked(content: Uint8Array, partSize = 700): Buffer {
  const parts = Array.from({ length: Math.ceil(content.length / partSize) }, (_, index) =>
    zstdStored(content.subarray(index * partSize, (index + 1) * partSize)),
  );
  return Buffer.concat([...parts, skippableFrame('{"version":1}'), skippableFrame('footer', 3)]);
}
