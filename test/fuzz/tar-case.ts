import { defaultLimits } from '../../src/domain/image-limits.ts';
import { blockSize } from '../../src/sources/image/tar-header.ts';
import { TarReader } from '../../src/sources/image/tar-reader.ts';
import { tarEnd } from '../helpers/tar-bytes.ts';
import { withChecksum } from '../hostile/tar-archives.ts';
import { seeds } from '../hostile/tar-seeds.ts';
import type { FuzzCase } from './fuzz.ts';
import { mutate } from './mutate.ts';

const holes = 1024 ** 2;

/** Tars whose headers mostly have a valid sum again after the changes, so that these are seen. */
export function createTarCase(): FuzzCase {
  const archives = seeds.map(({ bytes }) => Buffer.concat([bytes, tarEnd]));
  return (random) => {
    const archive = Buffer.from(mutate(archives[random.below(archives.length)] ?? tarEnd, random));
    for (let at = 0; at + blockSize <= archive.length; at += blockSize) {
      const isHeader = archive.toString('latin1', at + 257, at + 262) === 'ustar';
      if (isHeader && random.below(10) > 0) withChecksum(archive.subarray(at, at + blockSize));
    }
    let [open, bodies, ends] = [0, 0, 0];
    const reader = new TarReader(
      {
        entry: ({ size, storedSize }) => {
          if (!(Number.isSafeInteger(size) && Number.isSafeInteger(storedSize) && size >= 0 && storedSize >= 0))
            throw new Error(`sizes ${size} and ${storedSize}`);
          open += 1;
        },
        body: (chunk) => {
          bodies += chunk.length;
        },
        endOfEntry: () => {
          ends += 1;
        },
      },
      { limits: defaultLimits, output: { bytes: archive.length + holes, problem: 'too much' } },
    );
    const chunkSize = 1 + random.below(3000);
    for (let start = 0; start < archive.length; start += chunkSize)
      reader.push(archive.subarray(start, start + chunkSize));
    const problem = reader.finish();
    if (bodies > archive.length + holes) throw new Error(`${bodies} bytes of bodies from ${archive.length}`);
    if (problem === null && open !== ends) throw new Error(`${open} entries begin, ${ends} end`);
    return problem !== null;
  };
}
