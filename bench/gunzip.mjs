import { createReadStream, openSync, readSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

const blockSize = 512;
const megabyte = 1024 * 1024;

/** The files of a tar on disk that are gzip, as ranges of bytes. */
function* gzipRanges(path) {
  const file = openSync(path, 'r');
  const block = Buffer.alloc(2 * blockSize);
  for (let position = 0; readSync(file, block, 0, block.length, position) === block.length && block[0] !== 0; ) {
    const size = Number.parseInt(block.toString('latin1', 124, 135), 8);
    const start = position + blockSize;
    if (block.readUInt16BE(blockSize) === 0x1f8b) yield { start, end: start + size - 1 };
    position = start + Math.ceil(size / blockSize) * blockSize;
  }
}

async function drop(chunks) {
  for await (const _ of chunks);
}

/** The reference for gzip layers: unpacks those of the archive named, one after the other, and drops the bytes. */
const path = process.argv[2] ?? '';
for (const range of gzipRanges(path)) {
  await pipeline(
    createReadStream(path, { ...range, highWaterMark: megabyte }),
    createGunzip({ chunkSize: megabyte }),
    drop,
  );
}
