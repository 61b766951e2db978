import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { layerRanges } from './layer-ranges.mjs';

const megabyte = 1024 * 1024;

async function drop(chunks) {
  for await (const _ of chunks);
}

/** The reference for gzip layers: unpacks those of the archive named, one after the other, and drops the bytes. */
const path = process.argv[2] ?? '';
for (const range of layerRanges(path, '1f8b')) {
  await pipeline(
    createReadStream(path, { ...range, highWaterMark: megabyte }),
    createGunzip({ chunkSize: megabyte }),
    drop,
  );
}
