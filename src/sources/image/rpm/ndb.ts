import { partOf, RpmDamage, uint32 } from './bytes.ts';

/** rpm's own form, which SUSE uses: slots that say where blobs lie, in little-endian words (lib/backend/ndb/rpmpkg.c). */
const slotPageSize = 4096;
const slotSize = 16;
const blockSize = 16;
/** The header takes the place of the first two slots. */
const headerSize = 32;
const blobHeadSize = 16;
const blobTailSize = 12;

function isWord(bytes: Buffer, at: number, word: string): boolean {
  return partOf(bytes, at, 4).toString('latin1') === word;
}

function readBlob(file: Buffer, packageIndex: number, start: number, size: number): Buffer {
  const blob = partOf(file, start, size);
  const length = uint32(blob, 12, true);
  const isWhole =
    isWord(blob, 0, 'BlbS') &&
    uint32(blob, 4, true) === packageIndex &&
    Math.ceil((blobHeadSize + length + blobTailSize) / blockSize) * blockSize === size &&
    uint32(blob, size - 8, true) === length &&
    isWord(blob, size - 4, 'BlbE');
  if (!isWhole) throw new RpmDamage('a blob of it is not whole');
  return partOf(blob, blobHeadSize, length);
}

/** The headers of all packages. */
export function* readNdb(file: Buffer): Generator<Buffer> {
  if (!isWord(file, 0, 'RpmP')) throw new RpmDamage('it does not begin as an ndb database');
  const version = uint32(file, 4, true);
  if (version !== 0) throw new RpmDamage(`it has version ${version}, and 0 is known`);
  const slots = partOf(file, 0, uint32(file, 12, true) * slotPageSize);
  let bytesLeft = file.length;
  for (let at = headerSize; at < slots.length; at += slotSize) {
    if (!isWord(slots, at, 'Slot')) throw new RpmDamage('a slot of it is none');
    const block = uint32(slots, at + 8, true);
    if (block === 0) continue;
    const size = uint32(slots, at + 12, true) * blockSize;
    // Blobs that share their bytes would make more of the file than it is.
    bytesLeft -= size;
    if (bytesLeft < 0) throw new RpmDamage('its blobs are larger than the file');
    yield readBlob(file, uint32(slots, at + 4, true), block * blockSize, size);
  }
}
