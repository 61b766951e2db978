import { isInteger, isTime } from './tar-number.ts';

/** The records that say something of the entry to come, by key; of two with the same key the last one. */
export type PaxRecords = ReadonlyMap<string, Buffer>;

const texts = new Set(['path', 'linkpath', 'uname', 'gname']);
const integers = ['uid', 'gid'];
const times = ['atime', 'mtime', 'ctime'];
const sparsePrefix = 'GNU.sparse.';
const kept = new Set([...texts, ...integers, ...times, 'size']);
const keptStarts = new Set([...kept, sparsePrefix].map((key) => key.charCodeAt(0)));
/** No key that is kept is longer or shorter. */
const longestKey = 40;
const shortestKey = 3;

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
  let equals = at + 1;
  while (equals < end && body[equals] !== 61) equals += 1;
  return equals > at + 1 && equals < end - 1 ? { start: at + 1, equals, end } : null;
}

function hasZero(body: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (body[at] === 0) return true;
  return false;
}

/** Format 0.0 of GNU's sparse files repeats two keys by turns; as one list, which 0.1 writes under one key. */
function takeSparsePair(list: string[], key: string, value: string): boolean {
  const expected = list.length % 2 === 0 ? 'GNU.sparse.offset' : 'GNU.sparse.numbytes';
  if (key !== expected || value.includes(',')) return false;
  list.push(value);
  return true;
}

interface Collected {
  /** Where the value of each key lies. */
  readonly spans: Map<string, Span>;
  readonly sparse: string[];
}

/** Keeps what matters of a record; false when its key or value is not allowed. */
function takeRecord(body: Buffer, span: Span, { spans, sparse }: Collected): boolean {
  const { start, equals, end } = span;
  const length = equals - start;
  const canMatter = length >= shortestKey && length <= longestKey && keptStarts.has(body[start] ?? 0);
  if (!canMatter) return !hasZero(body, start, equals);
  const key = body.toString('latin1', start, equals);
  if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes')
    return takeSparsePair(sparse, key, body.toString('latin1', equals + 1, end - 1));
  if (texts.has(key) ? hasZero(body, equals + 1, end - 1) : hasZero(body, start, equals)) return false;
  if (kept.has(key) || key.startsWith(sparsePrefix)) spans.set(key, span);
  return true;
}

/** Null when a record is malformed by archive/tar's rules (parsePAX, validPAXRecord). */
export function parseRecords(body: Buffer): PaxRecords | null {
  const collected: Collected = { spans: new Map(), sparse: [] };
  for (let start = 0; start < body.length; ) {
    const span = spanAt(body, start);
    if (span === null || !takeRecord(body, span, collected)) return null;
    start = span.end;
  }
  const { spans, sparse } = collected;
  const records = new Map<string, Buffer>();
  for (const [key, { equals, end }] of spans) records.set(key, body.subarray(equals + 1, end - 1));
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
