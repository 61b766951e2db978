import { partOf, RpmDamage, uint16, uint32 } from './bytes.ts';
import { PageSupply } from './page-supply.ts';

/** Hash databases of Berkeley DB 4 and 5 (db_page.h), which rpm used until 4.16, in either byte order. */
const hashMagic = 0x061561;
const metaSize = 72;
const pageHeaderSize = 26;
const overflowPage = 7;
/** Unsorted in files that older versions made. */
const hashPages: ReadonlySet<number> = new Set([2, 13]);
const itemInPage = 1;
const itemInOverflow = 3;

interface Database {
  readonly isLittle: boolean;
  readonly pageSize: number;
  readonly pageCount: number;
  readonly pages: PageSupply;
}

function openDatabase(file: Buffer): Database {
  const meta = partOf(file, 0, metaSize);
  const isLittle = meta.readUInt32LE(12) === hashMagic;
  if (!isLittle && meta.readUInt32BE(12) !== hashMagic)
    throw new RpmDamage('it does not begin as a hash of Berkeley DB');
  const pageSize = uint32(meta, 20, isLittle);
  if (pageSize < 512 || pageSize > 65_536 || !Number.isInteger(Math.log2(pageSize)))
    throw new RpmDamage(`its pages cannot be of ${pageSize} bytes`);
  // Encryption, and sums of pages, which make their headers longer: rpm never used either.
  if (meta[24] !== 0 || ((meta[26] ?? 0) & 1) !== 0) throw new RpmDamage('its pages are encrypted or have sums');
  const pageCount = uint32(meta, 32, isLittle) + 1;
  if (pageCount * pageSize > file.length) throw new RpmDamage('it is cut off');
  const pageOf = (number: number) => partOf(file, number * pageSize, pageSize);
  return { isLittle, pageSize, pageCount, pages: new PageSupply(pageCount, file.length, pageOf) };
}

function pageType(page: Buffer): number {
  return page[25] ?? 0;
}

/** A record that is too large for its page lies in a chain of pages of its own. */
function readOverflow({ pages, pageSize, isLittle }: Database, item: Buffer): Buffer {
  const size = uint32(item, 8, isLittle);
  const record = pages.recordOf(size);
  let filled = 0;
  for (let number = uint32(item, 4, isLittle); number !== 0; ) {
    const page = pages.take(number);
    const length = uint16(page, 22, isLittle);
    if (pageType(page) !== overflowPage || length > Math.min(size - filled, pageSize - pageHeaderSize))
      throw new RpmDamage('a page of a record is none');
    filled += partOf(page, pageHeaderSize, length).copy(record, filled);
    number = uint32(page, 16, isLittle);
  }
  if (filled < size) throw new RpmDamage('a record ends early');
  return record;
}

/** The items of a page: each ends where the one before it begins, the first at the page's end. */
function itemsOf(page: Buffer, isLittle: boolean): readonly Buffer[] {
  const count = uint16(page, 20, isLittle);
  const items: Buffer[] = [];
  let end = page.length;
  for (let index = 0; index < count; index++) {
    const start = uint16(page, pageHeaderSize + 2 * index, isLittle);
    if (start >= end) throw new RpmDamage('the items of a page overlap');
    items.push(partOf(page, start, end - start));
    end = start;
  }
  return items;
}

function recordOf(database: Database, item: Buffer): Buffer {
  if (item[0] === itemInPage) return item.subarray(1);
  if (item[0] === itemInOverflow) return readOverflow(database, item);
  throw new RpmDamage('a record of it is of another kind');
}

/** The headers of all packages: keys are numbers; under 0 rpm keeps the last one it gave. */
export function* readBerkeley(file: Buffer): Generator<Buffer> {
  const database = openDatabase(file);
  const { pageSize, pageCount, isLittle, pages } = database;
  for (let number = 1; number < pageCount; number++) {
    if (!hashPages.has(file[number * pageSize + 25] ?? 0)) continue;
    const items = itemsOf(pages.take(number), isLittle);
    for (let index = 0; index < items.length; index += 2) {
      const [key, data] = items.slice(index, index + 2);
      if (key === undefined || data === undefined || key.length !== 5 || key[0] !== itemInPage)
        throw new RpmDamage('a key of it is no number');
      if (key.readUInt32LE(1) !== 0) yield recordOf(database, data);
    }
  }
}
