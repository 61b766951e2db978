import { openSync, readSync } from 'node:fs';

const blockSize = 512;

/** The files of a tar on disk that begin with these bytes (hexadecimal), as ranges of bytes. */
export function* layerRanges(path, magic) {
  const file = openSync(path, 'r');
  const block = Buffer.alloc(2 * blockSize);
  for (let position = 0; readSync(file, block, 0, block.length, position) === block.length && block[0] !== 0; ) {
    const size = Number.parseInt(block.toString('latin1', 124, 135), 8);
    const start = position + blockSize;
    if (block.toString('hex', blockSize).startsWith(magic)) yield { start, end: start + size - 1 };
    position = start + Math.ceil(size / blockSize) * blockSize;
  }
}
