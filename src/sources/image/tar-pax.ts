import { isInteger, isTime } from './tar-number.ts';

/** The records that say something of the entry to come, by key; of two with the same key the last one. */
export type PaxRecords = ReadonlyMap<string, Buffer>;

const texts = new Set(['path', 'linkpath', 'uname', 'gname']);
const integers = ['uid', 'gid'];
const times = ['atime', 'mtime', 'ctime'];
const sparsePrefix = 'GNU.sparse.';
const kept = new Set([...texts, ...integers, ...times, 'size']);
/** No key that is kept is longer. */
const longestKey = 40;

interface Span {
  /** Of the key. */
  readonly start: number;
  readonly equals: number;
  /** Past the line feed. */
  readonly end: number;
}

/** The record at `start`: `length key=value\n`, length counting itself (POSIX pax, Extended Header). Null when malformed. */
function spanAt(body: Buffer, start: number): Span | null {
  let length = 0;
  let at = start;
  for (; at < start + 20; at++) {
    const digit = (body[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    length = length * 10 + digit;
  }
  const end = start + length;
  if (at === start || body[at] !== 32 || end > body.length || end < at + 3 || body[end - 1] !== 10) return null;
  const equals = body.indexOf(61, at + 1);
  return equals > at + 1 && equals < end - 1 ? { start: at + 1, equals, end } : null;
}

/** Format 0.0 of GNU's sparse files repeats two keys by turns; as one list, which 0.1 writes under one key. */
function takeSparsePair(list: string[], key: string, value: string): boolean {
  const expected = list.length % 2 === 0 ? 'GNU.sparse.offset' : 'GNU.sparse.numbytes';
  if (key !== expected || value.includes(',')) return false;
  list.push(value);
  return true;
}

interface Collected {
  readonly records: Map<string, Buffer>;
  readonly sparse: string[];
}

/** Keeps what matters of a record; false when its key or value is not allowed. */
function takeRecord(body: Buffer, { start, equals, end }: Span, { records, sparse }: Collected): boolean {
  const key = equals - start <= longestKey ? body.toString('latin1', start, equals) : '';
  const value = body.subarray(equals + 1, end - 1);
  if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes')
    return takeSparsePair(sparse, key, value.toString('latin1'));
  if ((texts.has(key) ? value : body.subarray(start, equals)).includes(0)) return false;
  if (kept.has(key) || key.startsWith(sparsePrefix)) records.set(key, value);
  return true;
}

/** Null when a record is malformed by archive/tar's rules (parsePAX, validPAXRecord). */
export function parseRecords(body: Buffer): PaxRecords | null {
  const collected: Collected = { records: new Map(), sparse: [] };
  for (let start = 0; start < body.length; ) {
    const span = spanAt(body, start);
    if (span === null || !takeRecord(body, span, collected)) return null;
    start = span.end;
  }
  const { records, sparse } = collected;
  if (sparse.length > 0) records.set('GNU.sparse.map', Buffer.from(sparse.join(','), 'latin1'));
  return records;
}

/** A record's value as ASCII; null where it is absent or empty, which means the header's own holds. */
export function recordValue(records: PaxRecords, key: string): string | null {
  const value = records.get(key);
  return value === undefined || value.length === 0 ? null : value.toString('latin1');
}

/** Owners and times are not used, but an engine refuses an archive in which they are no numbers (mergePAX). */
export function hasValidNumbers(records: PaxRecords): boolean {
  const holds = (keys: readonly string[], test: (text: string) => boolean) =>
    keys.every((key) => {
      const value = recordValue(records, key);
      return value === null || test(value);
    });
  return holds(integers, isInteger) && holds(times, isTime);
}
