import { partOf, RpmDamage, uint16, uint32 } from './bytes.ts';
import { PageSupply } from './page-supply.ts';
import { readSqliteLog } from './sqlite-log.ts';

/** Tables of SQLite's file format 3 (sqlite.org/fileformat2.html), read only, without indexes. */
const magic = Buffer.from('SQLite format 3\0');
const databaseHeaderSize = 100;
const utf8Encoding = 1;
const interiorTable = 5;
const leafTable = 13;

interface Database {
  readonly pages: PageSupply;
  /** Bytes of a page that hold content. */
  readonly usable: number;
}

interface Varint {
  readonly value: number;
  readonly end: number;
}

/** Values above 2^53 are not exact, and larger than anything they could count. */
function readVarint(bytes: Buffer, at: number): Varint {
  let value = 0;
  for (let place = at; place < at + 8; place++) {
    const byte = partOf(bytes, place, 1).readUInt8();
    value = value * 128 + (byte & 127);
    if (byte < 128) return { value, end: place + 1 };
  }
  return { value: value * 256 + partOf(bytes, at + 8, 1).readUInt8(), end: at + 9 };
}

function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65_536 && Number.isInteger(Math.log2(size));
}

/** The header's own count, which counts where nothing older than it wrote the file since. */
function statedPages(header: Buffer): number {
  return uint32(header, 24, false) === uint32(header, 92, false) ? uint32(header, 28, false) : 0;
}

function openDatabase(file: Buffer, log: Buffer | null): Database {
  const header = partOf(file, 0, databaseHeaderSize);
  if (!header.subarray(0, magic.length).equals(magic)) throw new RpmDamage('it does not begin as a SQLite database');
  const statedSize = uint16(header, 16, false);
  const pageSize = statedSize === 1 ? 65_536 : statedSize;
  if (!isPageSize(pageSize)) throw new RpmDamage(`its pages cannot be of ${pageSize} bytes`);
  if (uint32(header, 56, false) !== utf8Encoding) throw new RpmDamage('its text is not UTF-8');
  const usable = pageSize - (header[20] ?? 0);
  if (usable < 480) throw new RpmDamage('its pages have no room');
  // Only a database that is written through a log reads it (the file format's "read version").
  const committed = log !== null && header[19] === 2 ? readSqliteLog(log, pageSize) : null;
  const count = committed?.pageCount ?? Math.max(Math.floor(file.length / pageSize), statedPages(header));
  if (count * pageSize > file.length + (log?.length ?? 0)) throw new RpmDamage('it is cut off');
  const pageOf = (number: number) => {
    const start = committed?.starts.get(number);
    if (log !== null && start !== undefined) return partOf(log, start, pageSize);
    return partOf(file, (number - 1) * pageSize, pageSize);
  };
  // Pages are counted from 1.
  return { pages: new PageSupply(count + 1, count * pageSize, pageOf), usable };
}

/** How many bytes of a payload lie in its cell ("B-tree Cell Format"). */
function localSize(payload: number, usable: number): number {
  const most = usable - 35;
  if (payload <= most) return payload;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((payload - least) % (usable - 4));
  return fitting <= most ? fitting : least;
}

function readPayload({ pages, usable }: Database, page: Buffer, cell: number): Buffer {
  const { value: size, end: rowStart } = readVarint(page, cell);
  const { end: start } = readVarint(page, rowStart);
  const record = pages.recordOf(size);
  const local = localSize(size, usable);
  let filled = partOf(page, start, local).copy(record);
  let next = local < size ? uint32(page, start + local, false) : 0;
  while (filled < size) {
    const overflow = pages.take(next);
    filled += overflow.copy(record, filled, 4, Math.min(usable, 4 + size - filled));
    next = uint32(overflow, 0, false);
  }
  return record;
}

/** Where the cells of a page begin; their pointers follow its header. */
function cellsOf(page: Buffer, start: number, headerSize: number): readonly number[] {
  const count = uint16(page, start + 3, false);
  return Array.from({ length: count }, (_, index) => uint16(page, start + headerSize + 2 * index, false));
}

function* readTable(database: Database, root: number): Generator<Buffer> {
  const waiting = [root];
  for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
    const page = database.pages.take(number);
    const start = number === 1 ? databaseHeaderSize : 0;
    const type = page[start];
    if (type === leafTable) {
      for (const cell of cellsOf(page, start, 8)) yield readPayload(database, page, cell);
      continue;
    }
    if (type !== interiorTable) throw new RpmDamage('a page of a table is none');
    const children = cellsOf(page, start, 12).map((cell) => uint32(page, cell, false));
    waiting.push(uint32(page, start + 8, false), ...children.reverse());
    if (waiting.length > database.pages.count) throw new RpmDamage('its tables name more pages than it has');
  }
}

interface Column {
  readonly type: number;
  readonly bytes: Buffer;
}

function columnSize(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][type] ?? 0;
}

/** The first columns of a record. */
function readColumns(record: Buffer, most: number): readonly Column[] {
  const head = readVarint(record, 0);
  const columns: Column[] = [];
  let start = head.value;
  for (let at = head.end; at < head.value && columns.length < most; ) {
    const type = readVarint(record, at);
    const size = columnSize(type.value);
    columns.push({ type: type.value, bytes: partOf(record, start, size) });
    start += size;
    at = type.end;
  }
  return columns;
}

function isBlob(type: number): boolean {
  return type >= 12 && type % 2 === 0;
}

/** The page where a table begins, by the schema: type, name, table, page. */
function rootOf(database: Database, table: string): number {
  let root = 0;
  for (const record of readTable(database, 1)) {
    const [type, name, , page] = readColumns(record, 4);
    if (page === undefined || type?.bytes.toString() !== 'table' || name?.bytes.toString() !== table) continue;
    root = page.bytes.length === 0 ? 0 : page.bytes.readUIntBE(0, Math.min(6, page.bytes.length));
  }
  if (root === 0) throw new RpmDamage(`it has no table ${table}`);
  return root;
}

/** The headers of all packages: table `Packages(hnum, blob)`, with what a write-ahead log beside it adds. */
export function* readSqlite(file: Buffer, log: Buffer | null): Generator<Buffer> {
  const database = openDatabase(file, log);
  for (const record of readTable(database, rootOf(database, 'Packages'))) {
    const blob = readColumns(record, 2)[1];
    if (blob === undefined || !isBlob(blob.type)) throw new RpmDamage('a row of its table holds no header');
    yield blob.bytes;
  }
}
