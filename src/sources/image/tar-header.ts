import { isNumber, parseDecimal, parseOctal, parseSize } from './tar-number.ts';
import { hasValidNumbers, type PaxRecords, parseRecords, recordValue } from './tar-pax.ts';
import { areValid, hasMoreSparse, oldFragments, type SparseMap, sparseRecords } from './tar-sparse.ts';

/**
 * Tar headers with the semantics of Go's archive/tar, which the engines use: what a runtime would unpack is what we
 * see. Formats: v7, ustar, PAX (POSIX.1-2001), GNU.
 */
export const blockSize = 512;

/** Bodies of PAX and GNU long-name entries above this are refused, as Go does (archive/tar maxSpecialFileSize). */
const specialBodyLimit = 1 << 20;

export type TarType = 'file' | 'hardlink' | 'symlink' | 'directory' | 'other';

export interface TarEntry {
  /** As stored, decoded; not yet normalised. */
  readonly name: string;
  readonly type: TarType;
  /** Bytes of the file, holes counted: 0 for header-only types, whatever size they state. */
  readonly size: number;
  /** Bytes that lie behind the header. */
  readonly storedSize: number;
  readonly linkName: string;
  /** Null where the stored bytes are the file's own. */
  readonly sparse: SparseMap | null;
}

export type HeaderResult =
  | { readonly kind: 'entry'; readonly entry: TarEntry }
  /** A body of `size` bytes must be handed to `special` next. */
  | { readonly kind: 'special'; readonly size: number }
  | { readonly kind: 'zero' }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Decodes one archive's headers in order; keeps what PAX and GNU entries say of the next one. */
export interface HeaderDecoder {
  header(block: Buffer): HeaderResult;
  /** The body of the entry last reported as `special`; null when it is fine, else why it is not. */
  special(body: Buffer): string | null;
}

const noBytes = Buffer.alloc(0);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Valid UTF-8 as it is; else byte by byte, so that no byte is lost. */
export function decodeName(bytes: Buffer): string {
  if (bytes.length === 0) return '';
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

function cString(block: Buffer, start: number, length: number): Buffer {
  if (block[start] === 0 || length === 0) return noBytes;
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

/** Sum over the block with the checksum field as blanks; some old writers summed signed bytes. */
function hasValidChecksum(block: Buffer): boolean {
  const stated = parseOctal(block, 148, 8);
  let unsigned = 8 * 32;
  let high = 0;
  for (let i = 0; i < blockSize; i++) {
    const byte = block[i] ?? 0;
    unsigned += byte;
    high += byte >> 7;
  }
  for (let i = 148; i < 156; i++) {
    unsigned -= block[i] ?? 0;
    high -= (block[i] ?? 0) >> 7;
  }
  return stated === unsigned || stated === unsigned - high * 256;
}

const zeroBlock = Buffer.alloc(blockSize);

type Format = 'v7' | 'ustar' | 'star' | 'gnu';

const gnuMagic = Buffer.from('ustar  \0', 'latin1');
const ustarMagic = Buffer.from('ustar\0', 'latin1');
const starTrailer = Buffer.from('tar\0', 'latin1');

function holds(block: Buffer, start: number, bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i++) if (block[start + i] !== bytes[i]) return false;
  return true;
}

function formatOf(block: Buffer): Format {
  if (holds(block, 257, gnuMagic)) return 'gnu';
  if (!holds(block, 257, ustarMagic)) return 'v7';
  return holds(block, 508, starTrailer) ? 'star' : 'ustar';
}

type Field = readonly [start: number, length: number];

/** Mode, owner, group and time, then device numbers, then the times of star. */
const numberFields: Readonly<Record<Format, readonly Field[]>> = (() => {
  const v7 = [
    [100, 8],
    [108, 8],
    [116, 8],
    [136, 12],
  ] as const;
  const ustar = [...v7, [329, 8], [337, 8]] as const;
  return { v7, ustar, gnu: ustar, star: [...ustar, [476, 12], [488, 12]] };
})();

/** They are not used, but an engine refuses an archive in which they are no numbers (Reader.readHeader). */
function hasNumbers(block: Buffer): boolean {
  return numberFields[formatOf(block)].every(([start, length]) => isNumber(block, start, length));
}

const types: Readonly<Record<string, TarType>> = {
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'other',
  '4': 'other',
  '5': 'directory',
  '6': 'other',
};

/** Types whose body does not exist whatever their size says (archive/tar isHeaderOnlyType). */
const headerOnly = new Set(Object.keys(types));

interface Pending {
  readonly records: PaxRecords;
  readonly longName: Buffer | null;
  readonly longLink: Buffer | null;
}

const nothingPending: Pending = { records: new Map(), longName: null, longLink: null };

function recordBytes(records: PaxRecords, key: string): Buffer | null {
  const value = records.get(key);
  return value === undefined || value.length === 0 ? null : value;
}

/**
 * star ends its header in `tar\0` and has times where others have the end of the prefix. GNU has times there too, but
 * Go before 1.8 wrote the prefix there, so archive/tar takes for one what is no number (Reader.readHeader).
 */
function prefixOf(block: Buffer): Buffer {
  const format = formatOf(block);
  if (format === 'v7' || block[345] === 0) return noBytes;
  const prefix = cString(block, 345, format === 'star' ? 131 : 155);
  if (format !== 'gnu') return prefix;
  const hasTimes = [345, 357].every((start) => block[start] === 0 || isNumber(block, start, 12));
  const isAscii = prefix.every((byte) => byte < 128);
  return !hasTimes && isAscii ? prefix : noBytes;
}

function ownName(block: Buffer): Buffer {
  const own = cString(block, 0, 100);
  const prefix = prefixOf(block);
  return prefix.length === 0 ? own : Buffer.concat([prefix, Buffer.from('/'), own]);
}

/** A GNU long name wins over a PAX path, the name of a sparse file over both (archive/tar Reader.next). */
function nameOf(block: Buffer, { records, longName }: Pending, isSparse: boolean): string {
  const sparseName = isSparse ? recordBytes(records, 'GNU.sparse.name') : null;
  return decodeName(sparseName ?? longName ?? recordBytes(records, 'path') ?? ownName(block));
}

const invalidSparse = 'a sparse file has no valid map';

/** What is sparse about an entry, and its size then; a string says what is wrong. */
function sparseOf(
  block: Buffer,
  flag: string,
  { records }: Pending,
  stored: number,
): { readonly size: number; readonly map: SparseMap | null } | string {
  if (flag === 'S') {
    const size = parseSize(block, 483, 12);
    const fragments = oldFragments(block, 'header');
    if (formatOf(block) !== 'gnu' || size === null || fragments === null) return invalidSparse;
    const hasMore = hasMoreSparse(block, 'header');
    if (!hasMore && !areValid(fragments, size)) return invalidSparse;
    return { size, map: { kind: 'header', fragments, hasMore } };
  }
  const map = sparseRecords(records);
  if (map === null) return { size: stored, map };
  const stated = recordValue(records, 'GNU.sparse.size') ?? recordValue(records, 'GNU.sparse.realsize');
  const size = stated === null ? stored : parseDecimal(stated);
  if (map === 'invalid' || size === null || headerOnly.has(flag)) return invalidSparse;
  return map.kind === 'records' && !areValid(map.fragments, size) ? invalidSparse : { size, map };
}

function invalid(reason: string): HeaderResult {
  return { kind: 'invalid', reason };
}

function buildEntry(block: Buffer, pending: Pending): HeaderResult {
  const flag = String.fromCharCode(block[156] ?? 0);
  const record = recordValue(pending.records, 'size');
  const own = parseSize(block, 124, 12);
  const stated = record === null ? own : parseDecimal(record);
  if (own === null || stated === null) return invalid('an entry states no valid size');
  if (!hasNumbers(block) || !hasValidNumbers(pending.records))
    return invalid('an entry states an owner, a time or a device that is no number');
  const isFolderByName = flag === '\0' && nameOf(block, pending, false).endsWith('/');
  const bodyFlag = isFolderByName ? '5' : flag;
  const storedSize = headerOnly.has(bodyFlag) ? 0 : stated;
  const sparse = sparseOf(block, bodyFlag, pending, storedSize);
  if (typeof sparse === 'string') return invalid(sparse);
  const isSparseByRecords = sparse.map !== null && sparse.map.kind !== 'header';
  const entry: TarEntry = {
    name: nameOf(block, pending, isSparseByRecords),
    // As POSIX asks: what is of an unknown type is a regular file, so its body is read.
    type: types[bodyFlag] ?? 'file',
    size: sparse.size,
    storedSize,
    linkName: decodeName(pending.longLink ?? recordBytes(pending.records, 'linkpath') ?? cString(block, 157, 100)),
    sparse: sparse.map,
  };
  return { kind: 'entry', entry };
}

/** An empty long name or link leaves the header's own in place. */
function longText(body: Buffer): Buffer | null {
  const text = cString(body, 0, body.length);
  return text.length === 0 ? null : text;
}

export function createHeaderDecoder(): HeaderDecoder {
  let pending = nothingPending;
  let specialFlag = '';

  function takeSpecial(body: Buffer): string | null {
    if (specialFlag === 'L') pending = { ...pending, longName: longText(body) };
    else if (specialFlag === 'K') pending = { ...pending, longLink: longText(body) };
    else {
      const records = parseRecords(body);
      if (records === null) return 'a PAX header is malformed';
      // A global header is returned by Go as an entry of its own: it is never applied, and what stood before it is spent.
      pending = specialFlag === 'x' ? { ...pending, records } : nothingPending;
    }
    return null;
  }

  return {
    header(block) {
      // No other block is without a checksum; the comparison is for those alone.
      if (block[148] === 0 && block.equals(zeroBlock)) return { kind: 'zero' };
      if (!hasValidChecksum(block)) return invalid('an entry header has a wrong checksum');
      const flag = String.fromCharCode(block[156] ?? 0);
      if ('xgLK'.includes(flag)) {
        const size = parseSize(block, 124, 12);
        if (size === null || size > specialBodyLimit) return invalid('an extended header is too large');
        if (!hasNumbers(block)) return invalid('an extended header holds a field that is no number');
        specialFlag = flag;
        return { kind: 'special', size };
      }
      const result = buildEntry(block, pending);
      pending = nothingPending;
      return result;
    },
    special: takeSpecial,
  };
}
