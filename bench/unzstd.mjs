import { createReadStream } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { layerRanges } from './layer-ranges.mjs';

/**
 * The reference for zstd layers: decodes those of the archive named with the bundled decoder named, one after the other,
 * and drops the bytes. On Node 22 and later that is Node's own behind our splitter of frames, elsewhere ours.
 */
const [decoder = '', path = ''] = process.argv.slice(2);
const { decodeZstd } = await import(pathToFileURL(decoder).href);
for (const range of layerRanges(path, '28b52ffd')) {
  for await (const _ of decodeZstd(createReadStream(path, { ...range, highWaterMark: 1024 * 1024 })));
}
