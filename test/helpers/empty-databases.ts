/**
 * The smallest databases that Trivy and Grype take: they know no vulnerability. For what is about getting a database, not
 * about what is in it.
 */

const pageSize = 4096;

/** FNV-1a, 64 bits, as bolt sums its meta pages. */
function fnv(bytes: Buffer): bigint {
  let sum = 0xcbf29ce484222325n;
  for (const byte of bytes) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n);
  return sum;
}

/** Page header: id, flags, number of elements. */
function boltPage(id: number, flags: number): Buffer {
  const page = Buffer.alloc(pageSize);
  page.writeBigUInt64LE(BigInt(id), 0);
  page.writeUInt16LE(flags, 8);
  return page;
}

function boltMeta(id: number): Buffer {
  const page = boltPage(id, 4);
  page.writeUInt32LE(0xed0cdaed, 16);
  page.writeUInt32LE(2, 20);
  page.writeUInt32LE(pageSize, 24);
  page.writeBigUInt64LE(3n, 32);
  page.writeBigUInt64LE(2n, 48);
  page.writeBigUInt64LE(4n, 56);
  page.writeBigUInt64LE(BigInt(id), 64);
  page.writeBigUInt64LE(fnv(page.subarray(16, 72)), 72);
  return page;
}

/** A bolt file without buckets (etcd-io/bbolt, db.go and page.go): two metas, a free list, an empty leaf. */
export function emptyBolt(): Buffer {
  return Buffer.concat([boltMeta(0), boltMeta(1), boltPage(2, 0x10), boltPage(3, 2)]);
}

/** SQLite's varints, of at most two bytes here. */
function varint(value: number): Buffer {
  return Buffer.from(value < 128 ? [value] : [(value >> 7) | 0x80, value & 0x7f]);
}

type Value = number | string;

/** A record: header with serial types, then the values (sqlite.org/fileformat2.html, 2.1). */
function record(values: readonly Value[]): Buffer {
  const types = values.map((value) => varint(typeof value === 'number' ? 4 : 13 + 2 * Buffer.byteLength(value)));
  const bodies = values.map((value) => {
    if (typeof value === 'string') return Buffer.from(value);
    const number = Buffer.alloc(4);
    number.writeInt32BE(value);
    return number;
  });
  const header = Buffer.concat(types);
  return Buffer.concat([varint(header.length + 1), header, ...bodies]);
}

/** A leaf page of a table with one row, whose content begins behind `offset` bytes. */
function leafPage(values: readonly Value[], offset: number): Buffer {
  const page = Buffer.alloc(pageSize);
  const payload = record(values);
  const cell = Buffer.concat([varint(payload.length), varint(1), payload]);
  const at = pageSize - cell.length;
  cell.copy(page, at);
  page.writeUInt8(13, offset);
  page.writeUInt16BE(1, offset + 3);
  page.writeUInt16BE(at, offset + 5);
  page.writeUInt16BE(at, offset + 8);
  return page;
}

const metadataTable = 'db_metadata';

/** A SQLite file that holds only when it was built and for which model of Grype; Grype makes the other tables itself. */
export function emptyGrypeDatabase(built: string): Buffer {
  const sql = `CREATE TABLE ${metadataTable} (build_timestamp datetime NOT NULL, model integer NOT NULL, revision integer NOT NULL, addition integer NOT NULL)`;
  const first = leafPage(['table', metadataTable, metadataTable, 2, sql], 100);
  first.write('SQLite format 3\0', 0, 'latin1');
  first.writeUInt16BE(pageSize, 16);
  first.set([1, 1, 0, 64, 32, 32], 18);
  first.writeUInt32BE(1, 24);
  first.writeUInt32BE(2, 28);
  first.writeUInt32BE(1, 40);
  first.writeUInt32BE(4, 44);
  first.writeUInt32BE(1, 56);
  first.writeUInt32BE(1, 92);
  first.writeUInt32BE(3045000, 96);
  return Buffer.concat([first, leafPage([built, 6, 1, 9], 0)]);
}
