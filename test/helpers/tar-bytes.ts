import { blockSize, type TarType } from '../../src/sources/image/tar-header.ts';
import { TarReader } from '../../src/sources/image/tar-reader.ts';

/** Fields of a raw header; what is left out is what GNU tar writes for an ordinary file. */
export interface HeaderFields {
  readonly name: string | Buffer;
  readonly type?: string;
  /** Octal digits are written, unless the field is given as bytes. */
  readonly size?: number | Buffer;
  readonly link?: string;
  /** `ustar` (POSIX), `gnu`, or `v7` without magic. */
  readonly format?: 'ustar' | 'gnu' | 'v7';
  readonly prefix?: string;
  /** More bytes by offset, before the checksum is made. */
  readonly patch?: Readonly<Record<number, string>>;
  /** How the checksum is made; `wrong` is off by one. */
  readonly checksum?: 'unsigned' | 'signed' | 'wrong';
}

const magics = { ustar: 'ustar\x0000', gnu: 'ustar  \0', v7: '' };

function checksumOf(block: Buffer, kind: HeaderFields['checksum']): number {
  const bytes = kind === 'signed' ? [...new Int8Array(block)] : [...block];
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  return kind === 'wrong' ? sum + 1 : sum;
}

/** One header block. */
export function tarHeader(fields: HeaderFields): Buffer {
  const { name, type = '0', size = 0, link = '', format = 'ustar', prefix = '', patch = {}, checksum } = fields;
  const block = Buffer.alloc(blockSize);
  Buffer.from(name).copy(block, 0, 0, 100);
  block.write('0000644\x000000000\x000000000\0', 100, 'latin1');
  if (typeof size === 'number') block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  else size.copy(block, 124);
  block.write('00000000000\0        ', 136, 'latin1');
  block.write(type, 156, 'latin1');
  block.write(link, 157, 100, 'utf8');
  block.write(magics[format], 257, 'latin1');
  block.write(prefix, 345, 155, 'utf8');
  for (const [offset, bytes] of Object.entries(patch)) block.write(bytes, Number(offset), 'latin1');
  block.write(`${checksumOf(block, checksum).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Content padded to whole blocks. */
export function tarBody(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([bytes, Buffer.alloc((blockSize - (bytes.length % blockSize)) % blockSize)]);
}

/** A header and its body. */
export function tarFile(
  name: string,
  content: string | Buffer,
  more: Omit<HeaderFields, 'name' | 'size'> = {},
): Buffer {
  return Buffer.concat([tarHeader({ name, size: Buffer.byteLength(content), ...more }), tarBody(content)]);
}

/** A GNU long name (`L`) or long link target (`K`) for the next entry. */
export function longName(text: string, type: 'L' | 'K' = 'L'): Buffer {
  return tarFile('././@LongLink', `${text}\0`, { type, format: 'gnu' });
}

/** One PAX record; its length counts itself (POSIX pax, Extended Header). */
export function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

/** A PAX header for the next entry (`x`) or for all that follow (`g`). */
export function paxHeader(records: Readonly<Record<string, string>>, type: 'x' | 'g' = 'x'): Buffer {
  const body = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return tarFile('PaxHeaders/0', body.join(''), { type });
}

/** A number as GNU writes what octal digits cannot hold. */
export function base256(value: bigint): Buffer {
  const field = Buffer.alloc(12);
  field.writeBigInt64BE(value, 4);
  if (value < 0n) field.fill(0xff, 0, 4);
  else field[0] = 0x80;
  return field;
}

/** The end of an archive: two zero blocks. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockSize);

export interface ReadEntry {
  readonly name: string;
  readonly type: TarType;
  readonly link: string;
  readonly body: string;
  readonly isSparse: boolean;
}

/** What the reader makes of an archive that arrives in chunks of this size. */
export function readTar(
  archive: Buffer,
  chunkSize = archive.length || 1,
): { readonly entries: readonly ReadEntry[]; readonly problem: string | null } {
  const entries: ReadEntry[] = [];
  let open: Omit<ReadEntry, 'body'> | null = null;
  let chunks: Buffer[] = [];
  const reader = new TarReader({
    entry({ name, type, linkName, sparse }) {
      open = { name, type, link: linkName, isSparse: sparse !== null };
      chunks = [];
    },
    body: (chunk) => chunks.push(Buffer.from(chunk)),
    endOfEntry() {
      if (open !== null) entries.push({ ...open, body: Buffer.concat(chunks).toString('latin1') });
      open = null;
    },
  });
  for (let start = 0; start < archive.length; start += chunkSize) {
    reader.push(archive.subarray(start, start + chunkSize));
  }
  return { entries, problem: reader.finish() };
}
