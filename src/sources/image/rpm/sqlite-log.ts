import { uint32 } from './bytes.ts';

/** Where the newest committed copy of a page begins in a write-ahead log, and of how many pages the database is then. */
export interface CommittedPages {
  readonly starts: ReadonlyMap<number, number>;
  readonly pageCount: number;
}

const headerSize = 32;
const frameHeaderSize = 24;
/** The last bit says which byte order the sums are made in. */
const littleMagic = 0x377f0682;
const bigMagic = 0x377f0683;

type Sum = readonly [number, number];

/** SQLite's file format, 4.2: over whole pairs of words, from an earlier sum on. */
function addToSum([first, second]: Sum, bytes: Buffer, isLittle: boolean): Sum {
  let a = first;
  let b = second;
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) + b) >>> 0;
    b = (b + (isLittle ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)) + a) >>> 0;
  }
  return [a, b];
}

function isSumAt(bytes: Buffer, at: number, [a, b]: Sum): boolean {
  return bytes.readUInt32BE(at) === a && bytes.readUInt32BE(at + 4) === b;
}

/**
 * What a write-ahead log adds to its database, told as SQLite does: frames count while salt and running sum are right,
 * up to the last that ends a transaction. What follows is of an earlier use of the file. Null: it adds nothing.
 */
export function readSqliteLog(log: Buffer, pageSize: number): CommittedPages | null {
  if (log.length < headerSize) return null;
  const magic = uint32(log, 0, false);
  const isLittle = magic === littleMagic;
  if ((!isLittle && magic !== bigMagic) || uint32(log, 8, false) !== pageSize) return null;
  let sum = addToSum([0, 0], log.subarray(0, 24), isLittle);
  if (!isSumAt(log, 24, sum)) return null;
  const salt = log.subarray(16, 24);
  const starts = new Map<number, number>();
  let pending: [page: number, start: number][] = [];
  let pageCount = 0;
  const frameSize = frameHeaderSize + pageSize;
  for (let at = headerSize; at + frameSize <= log.length; at += frameSize) {
    sum = addToSum(sum, log.subarray(at, at + 8), isLittle);
    sum = addToSum(sum, log.subarray(at + frameHeaderSize, at + frameSize), isLittle);
    if (!log.subarray(at + 8, at + 16).equals(salt) || !isSumAt(log, at + 16, sum)) break;
    pending.push([uint32(log, at, false), at + frameHeaderSize]);
    const pagesAfter = uint32(log, at + 4, false);
    if (pagesAfter === 0) continue;
    for (const [page, start] of pending) starts.set(page, start);
    pending = [];
    pageCount = pagesAfter;
  }
  return pageCount === 0 ? null : { starts, pageCount };
}

/** Whether a log adds anything to the database it belongs to. */
export function addsPages(log: Buffer): boolean {
  return log.length >= headerSize && readSqliteLog(log, uint32(log, 8, false)) !== null;
}
