import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';

/** A package as the tests describe it. */
export interface RpmContent {
  readonly name: string;
  readonly version?: string;
  readonly release?: string;
  readonly epoch?: number;
  /** Paths, each with its flags: 1 is configuration, 64 a ghost. */
  readonly files?: Readonly<Record<string, number>>;
  /** Bytes of description, so that headers may be as large as real ones. */
  readonly padding?: number;
}

export type HeaderTag = readonly [tag: number, type: number, values: readonly (string | number)[]];

/** A header as it lies in databases: index, then store. */
export function rpmHeaderOf(tags: readonly HeaderTag[]): Buffer {
  const index: Buffer[] = [];
  const store: Buffer[] = [];
  let size = 0;
  for (const [tag, type, values] of tags) {
    const parts = values.map((value) => {
      if (typeof value === 'string') return Buffer.from(`${value}\0`);
      const word = Buffer.alloc(4);
      word.writeUInt32BE(value);
      return word;
    });
    const padding = type === 4 ? (4 - (size % 4)) % 4 : 0;
    const entry = Buffer.alloc(16);
    for (const [place, word] of [tag, type, size + padding, values.length].entries())
      entry.writeUInt32BE(word, 4 * place);
    index.push(entry);
    store.push(Buffer.alloc(padding), ...parts);
    size += padding + parts.reduce((sum, part) => sum + part.length, 0);
  }
  const head = Buffer.alloc(8);
  head.writeUInt32BE(tags.length, 0);
  head.writeUInt32BE(size, 4);
  return Buffer.concat([head, ...index, ...store]);
}

export function rpmHeader(content: RpmContent): Buffer {
  const { name, version = '1.0', release = '1', epoch, files = {}, padding = 0 } = content;
  const paths = Object.keys(files);
  const folders = [...new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/') + 1)))];
  const folderOf = (path: string) => folders.indexOf(path.slice(0, path.lastIndexOf('/') + 1));
  const fileTags: readonly HeaderTag[] = [
    [1037, 4, Object.values(files)],
    [1116, 4, paths.map(folderOf)],
    [1117, 8, paths.map((path) => path.slice(path.lastIndexOf('/') + 1))],
    [1118, 8, folders],
  ];
  return rpmHeaderOf([
    [1000, 6, [name]],
    [1001, 6, [version]],
    [1002, 6, [release]],
    ...(epoch === undefined ? [] : ([[1003, 4, [epoch]]] satisfies HeaderTag[])),
    [1005, 9, ['x'.repeat(padding)]],
    ...(paths.length === 0 ? [] : fileTags),
  ]);
}

/** A database by SQLite itself; `more` are further statements, run at the end. */
export function rpmSqlite(headers: readonly Buffer[], pageSize = 4096, more: readonly string[] = []): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'hullcheck-rpm-'));
  try {
    const path = join(folder, 'rpmdb.sqlite');
    const database = new sqlite.Database(path);
    database.exec(`PRAGMA page_size=${pageSize}`);
    database.exec("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)");
    database.exec("CREATE TABLE 'Name' (key TEXT NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL)");
    database.exec('BEGIN');
    for (const header of headers) {
      database.run('INSERT INTO Packages (blob) VALUES (?)', [header]);
      database.run("INSERT INTO 'Name' VALUES (?, last_insert_rowid(), 0)", ['x'.repeat(20)]);
    }
    database.exec('COMMIT');
    for (const statement of more) database.exec(statement);
    database.close();
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a database says of itself once it is written through a log. */
export function inLogMode(database: Buffer): Buffer {
  const copy = Buffer.from(database);
  copy.fill(2, 18, 20);
  return copy;
}

function sumOf(bytes: Buffer, isLittle: boolean, sum: [number, number]): void {
  for (let at = 0; at < bytes.length; at += 8) {
    const [one, other] = [at, at + 4].map((place) =>
      isLittle ? bytes.readUInt32LE(place) : bytes.readUInt32BE(place),
    );
    sum[0] = (sum[0] + (one ?? 0) + sum[1]) % 2 ** 32;
    sum[1] = (sum[1] + (other ?? 0) + sum[0]) % 2 ** 32;
  }
}

/** A write-ahead log that makes `after` of `before`: one transaction of all pages that differ. */
export function sqliteLog(before: Buffer, after: Buffer, pageSize: number, isLittle = true): Buffer {
  const words = [isLittle ? 0x377f0682 : 0x377f0683, 3007000, pageSize, 0, 0x01020304, 0x05060708];
  const head = Buffer.alloc(32);
  for (const [place, word] of words.entries()) head.writeUInt32BE(word, 4 * place);
  const sum: [number, number] = [0, 0];
  const putSum = (target: Buffer, at: number) => {
    target.writeUInt32BE(sum[0], at);
    target.writeUInt32BE(sum[1], at + 4);
  };
  sumOf(head.subarray(0, 24), isLittle, sum);
  putSum(head, 24);
  const numbers = Array.from({ length: after.length / pageSize }, (_, index) => index + 1);
  const pageOf = (file: Buffer, number: number) => file.subarray((number - 1) * pageSize, number * pageSize);
  const changed = numbers.filter((number) => !pageOf(before, number).equals(pageOf(after, number)));
  const frames = changed.map((number, index) => {
    const frame = Buffer.concat([Buffer.alloc(24), pageOf(after, number)]);
    frame.writeUInt32BE(number, 0);
    if (index === changed.length - 1) frame.writeUInt32BE(numbers.length, 4);
    head.copy(frame, 8, 16, 24);
    sumOf(frame.subarray(0, 8), isLittle, sum);
    sumOf(frame.subarray(24), isLittle, sum);
    putSum(frame, 16);
    return frame;
  });
  return Buffer.concat([head, ...frames]);
}

function adler32(bytes: Buffer): number {
  let [first, second] = [1, 0];
  for (const byte of bytes) {
    first = (first + byte) % 65_521;
    second = (second + first) % 65_521;
  }
  return second * 65_536 + first;
}

function littleWords(...words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * words.length);
  for (const [place, word] of words.entries()) bytes.writeUInt32LE(word, 4 * place);
  return bytes;
}

function ndbBlob(header: Buffer, number: number): Buffer {
  const size = Math.ceil((16 + header.length + 12) / 16) * 16;
  const head = Buffer.concat([Buffer.from('BlbS'), littleWords(number, 0, header.length)]);
  const body = Buffer.concat([head, header, Buffer.alloc(size - 16 - header.length - 12)]);
  return Buffer.concat([body, littleWords(adler32(body), header.length), Buffer.from('BlbE')]);
}

/** rpm's own form, as its writer makes it: slots in pages, blobs behind them. The slot of number 2 is free. */
export function rpmNdb(headers: readonly Buffer[]): Buffer {
  const pages = Math.ceil((32 + 16 * (headers.length + 1)) / 4096);
  const slots = Buffer.alloc(4096 * pages);
  for (let at = 0; at < slots.length; at += 16) slots.write('Slot', at);
  Buffer.concat([Buffer.from('RpmP'), littleWords(0, 7, pages, headers.length + 2, 0, 0, 0)]).copy(slots);
  const blobs: Buffer[] = [];
  let block = slots.length / 16;
  for (const [index, header] of headers.entries()) {
    const number = index === 0 ? 1 : index + 2;
    const blob = ndbBlob(header, number);
    Buffer.concat([Buffer.from('Slot'), littleWords(number, block, blob.length / 16)]).copy(slots, 16 + 16 * number);
    blobs.push(blob);
    block += blob.length / 16;
  }
  return Buffer.concat([slots, ...blobs]);
}

interface BerkeleyPage {
  readonly type: number;
  readonly next?: number;
  readonly entries?: number;
  readonly length?: number;
  readonly body: Buffer;
}

/** A hash of Berkeley DB 5: one item per page, what is larger than a quarter of a page in a chain of its own. */
export function rpmBerkeley(headers: readonly Buffer[], pageSize = 4096, isLittle = true): Buffer {
  const put16 = (target: Buffer, value: number, at: number) =>
    isLittle ? target.writeUInt16LE(value, at) : target.writeUInt16BE(value, at);
  const put32 = (target: Buffer, value: number, at: number) =>
    isLittle ? target.writeUInt32LE(value, at) : target.writeUInt32BE(value, at);
  const word = (value: number) => {
    const bytes = Buffer.alloc(4);
    put32(bytes, value, 0);
    return bytes;
  };
  const pages: BerkeleyPage[] = [];
  const room = pageSize - 26;
  const addChain = (record: Buffer): number => {
    const count = Math.ceil(record.length / room);
    const first = pages.length + 1;
    for (let index = 0; index < count; index++) {
      const body = record.subarray(index * room, (index + 1) * room);
      pages.push({ type: 7, body, length: body.length, next: index === count - 1 ? 0 : first + index + 1, entries: 1 });
    }
    return first;
  };
  const addItem = (number: number, record: Buffer) => {
    const isLarge = record.length > pageSize / 4;
    const data = isLarge
      ? Buffer.concat([Buffer.of(3, 0, 0, 0), word(addChain(record)), word(record.length)])
      : Buffer.concat([Buffer.of(1), record]);
    const key = Buffer.concat([Buffer.of(1), word(number)]);
    const body = Buffer.alloc(room);
    put16(body, pageSize - key.length, 0);
    put16(body, pageSize - key.length - data.length, 2);
    Buffer.concat([data, key]).copy(body, room - key.length - data.length);
    pages.push({ type: 13, body, entries: 2, length: pageSize - key.length - data.length });
  };
  addItem(0, word(headers.length));
  for (const [index, header] of headers.entries()) addItem(index + 1, header);
  // A page that was freed, with what it held before.
  pages.push({ type: 0, body: Buffer.alloc(room, 0xff) });
  const meta = Buffer.alloc(pageSize);
  for (const [at, value] of [
    [12, 0x061561],
    [16, 9],
    [20, pageSize],
    [32, pages.length],
  ] as const)
    put32(meta, value, at);
  meta.writeUInt8(8, 25);
  const written = pages.map(({ type, body, next = 0, entries = 0, length = 0 }, index) => {
    const page = Buffer.concat([Buffer.alloc(26), body], pageSize);
    put32(page, index + 1, 8);
    put32(page, next, 16);
    put16(page, entries, 20);
    put16(page, length, 22);
    page.writeUInt8(type, 25);
    return page;
  });
  return Buffer.concat([meta, ...written]);
}
