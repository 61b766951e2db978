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
  /** Bytes of body that follow: 0 for header-only types, whatever size they state. */
  readonly bodySize: number;
  readonly linkName: string;
  /** The body is a sparse map and data rather than the file's own bytes. */
  readonly isSparse: boolean;
  /** Extra 512-byte blocks of an old GNU sparse map follow the header before the body; see `hasMoreSparse`. */
  readonly hasSparseExtension: boolean;
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

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Valid UTF-8 as it is; else byte by byte, so that different byte strings stay different. */
function decodeName(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

function cString(block: Buffer, start: number, length: number): Buffer {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

/** Octal digits, or base-256 with the high bit set (GNU); null when neither, negative or above 2^53. */
function parseNumber(block: Buffer, start: number, length: number): number | null {
  const first = block[start] ?? 0;
  if ((first & 0x80) !== 0) {
    if ((first & 0x40) !== 0) return null;
    let value = first & 0x3f;
    for (let i = 1; i < length; i++) value = value * 256 + (block[start + i] ?? 0);
    return Number.isSafeInteger(value) ? value : null;
  }
  const text = block.toString('latin1', start, start + length).replace(/^[ \0]+|[ \0].*$/gs, '');
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) return null;
  const value = Number.parseInt(text, 8);
  return Number.isSafeInteger(value) ? value : null;
}

/** Sum over the block with the checksum field as blanks; some old writers summed signed bytes. */
function hasValidChecksum(block: Buffer): boolean {
  const stated = parseNumber(block, 148, 8);
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < blockSize; i++) {
    const byte = i >= 148 && i < 156 ? 32 : (block[i] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  return stated === unsigned || stated === signed;
}

const zeroBlock = Buffer.alloc(blockSize);

type Format = 'v7' | 'ustar' | 'gnu';

function formatOf(block: Buffer): Format {
  const magic = block.toString('latin1', 257, 265);
  if (magic === 'ustar  \0') return 'gnu';
  return magic.startsWith('ustar\0') ? 'ustar' : 'v7';
}

const types: Readonly<Record<string, TarType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};

/** Types whose body does not exist whatever their size says (archive/tar isHeaderOnlyType). */
const headerOnly = new Set(['1', '2', '3', '4', '5', '6']);

/** PAX records: `length key=value\n`, length counting itself (POSIX pax, Extended Header). Null when malformed. */
function parseRecords(body: Buffer): Map<string, Buffer> | null {
  const records = new Map<string, Buffer>();
  let rest = body;
  while (rest.length > 0) {
    const space = rest.subarray(0, 20).indexOf(32);
    const digits = space < 1 ? '' : rest.toString('latin1', 0, space);
    if (!/^[0-9]+$/.test(digits)) return null;
    const length = Number.parseInt(digits, 10);
    if (length < space + 3 || length > rest.length || rest[length - 1] !== 10) return null;
    const record = rest.subarray(space + 1, length - 1);
    const equals = record.indexOf(61);
    if (equals < 1) return null;
    records.set(record.toString('latin1', 0, equals), record.subarray(equals + 1));
    rest = rest.subarray(length);
  }
  return records;
}

interface Pending {
  readonly records: ReadonlyMap<string, Buffer>;
  readonly longName: string | null;
  readonly longLink: string | null;
}

const nothingPending: Pending = { records: new Map(), longName: null, longLink: null };

function recordText(pending: Pending, key: string): string | null {
  const value = pending.records.get(key);
  return value === undefined || value.length === 0 ? null : decodeName(value);
}

function recordSize(pending: Pending): number | null | 'invalid' {
  const value = recordText(pending, 'size');
  if (value === null) return null;
  const size = /^[0-9]{1,16}$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(size) ? size : 'invalid';
}

/**
 * star ends its header in `tar\0` and has times where others have the end of the prefix. GNU has times there too, but
 * Go before 1.8 wrote the prefix there, so archive/tar takes for one what is no number (Reader.readHeader).
 */
function prefixOf(block: Buffer): string {
  const format = formatOf(block);
  const isStar = block.toString('latin1', 508, 512) === 'tar\0';
  const prefix = cString(block, 345, format === 'ustar' && isStar ? 131 : 155);
  if (format === 'ustar') return decodeName(prefix);
  const hasTimes = [345, 357].every((start) => block[start] === 0 || isTime(block, start));
  const isAscii = prefix.every((byte) => byte < 128);
  return format === 'gnu' && !hasTimes && isAscii ? prefix.toString('latin1') : '';
}

function isTime(block: Buffer, start: number): boolean {
  return ((block[start] ?? 0) & 0x80) !== 0 || parseNumber(block, start, 12) !== null;
}

/** The name GNU's PAX sparse formats 0.0, 0.1 and 1.0 keep apart; of an unknown version it means nothing. */
function sparseName(pending: Pending): string | null {
  const version = `${recordText(pending, 'GNU.sparse.major') ?? ''}.${recordText(pending, 'GNU.sparse.minor') ?? ''}`;
  const hasMap = ['GNU.sparse.map', 'GNU.sparse.offset'].some((key) => recordText(pending, key) !== null);
  const isKnown = ['0.0', '0.1', '1.0'].includes(version) || (version === '.' && hasMap);
  return isKnown ? recordText(pending, 'GNU.sparse.name') : null;
}

/** A GNU long name wins over a PAX path (archive/tar Reader.next). */
function nameOf(block: Buffer, pending: Pending): string {
  const own = decodeName(cString(block, 0, 100));
  const prefix = prefixOf(block);
  return (
    sparseName(pending) ?? pending.longName ?? recordText(pending, 'path') ?? (prefix === '' ? own : `${prefix}/${own}`)
  );
}

/** Whether another block of an old GNU sparse map follows this one: any flag but zero says so. `at` is 482 in the header, 504 after it. */
export function hasMoreSparse(block: Buffer, at: number): boolean {
  return block[at] !== 0;
}

function buildEntry(block: Buffer, pending: Pending): HeaderResult {
  const flag = String.fromCharCode(block[156] ?? 0);
  const stated = parseNumber(block, 124, 12);
  const fromRecords = recordSize(pending);
  if (stated === null || fromRecords === 'invalid') return { kind: 'invalid', reason: 'an entry states no valid size' };
  const name = nameOf(block, pending);
  const isFolderByName = flag === '\0' && name.endsWith('/');
  const type = isFolderByName ? 'directory' : (types[flag] ?? 'other');
  const entry: TarEntry = {
    name,
    type,
    bodySize: headerOnly.has(flag) || isFolderByName ? 0 : (fromRecords ?? stated),
    linkName: pending.longLink ?? recordText(pending, 'linkpath') ?? decodeName(cString(block, 157, 100)),
    isSparse: flag === 'S' || [...pending.records.keys()].some((key) => key.startsWith('GNU.sparse.')),
    hasSparseExtension: flag === 'S' && hasMoreSparse(block, 482),
  };
  return { kind: 'entry', entry };
}

/** An empty long name or link leaves the header's own in place. */
function longText(body: Buffer): string | null {
  const text = decodeName(cString(body, 0, body.length));
  return text === '' ? null : text;
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
      if (block.equals(zeroBlock)) return { kind: 'zero' };
      if (!hasValidChecksum(block)) return { kind: 'invalid', reason: 'an entry header has a wrong checksum' };
      const flag = String.fromCharCode(block[156] ?? 0);
      if ('xgLK'.includes(flag)) {
        const size = parseNumber(block, 124, 12);
        if (size === null || size > specialBodyLimit)
          return { kind: 'invalid', reason: 'an extended header is too large' };
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
