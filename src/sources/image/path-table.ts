import { entryPath } from './entry-path.ts';

/** What one row of a layer's path table says of a path. */
export type PathMark = 'entry' | 'directory' | 'whiteout' | 'opaque';

/** Above this a table is handed on with the unused room behind it. */
const copiedSize = 4 * 1024 * 1024;
const firstSize = 64 * 1024;

/** Memory of tables that were copied: it serves one layer after the other. */
const free: Buffer[] = [];

const codes: Readonly<Record<PathMark, number>> = { entry: 101, directory: 100, whiteout: 119, opaque: 111 };
const marks = new Map(Object.entries(codes).map(([mark, code]) => [code, mark]));

/** `.wh.<name>` hides the lower `<name>`, `.wh..wh..opq` all lower siblings (OCI image-spec layer.md, Whiteouts). */
function rowOf(path: string, isDirectory: boolean): { readonly mark: PathMark; readonly path: string } {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (!name.startsWith('.wh.')) return { mark: isDirectory ? 'directory' : 'entry', path };
  const folder = path.slice(0, Math.max(0, slash));
  if (name === '.wh..wh..opq') return { mark: 'opaque', path: folder };
  return { mark: 'whiteout', path: folder === '' ? name.slice(4) : `${folder}/${name.slice(4)}` };
}

/** How many bytes of a row's path may be those its predecessor begins with. */
const mostShared = 255;

/** The UTF-8 of one path, in memory that serves for the next. */
class PathBytes {
  #bytes = Buffer.allocUnsafeSlow(4096);
  length = 0;

  set(path: string): void {
    // UTF-8 takes three bytes for a code unit at most.
    this.#reserve(path.length * 3);
    this.length = this.#bytes.write(path, 0, 'utf8');
  }

  /** Keeps the first `shared` bytes and puts others behind them. */
  replace(shared: number, rest: Uint8Array): void {
    this.#reserve(shared + rest.length);
    this.#bytes.set(rest, shared);
    this.length = shared + rest.length;
  }

  sharedWith(other: PathBytes): number {
    const most = Math.min(this.length, other.length, mostShared);
    let shared = 0;
    while (shared < most && this.#bytes[shared] === other.#bytes[shared]) shared += 1;
    return shared;
  }

  from(start: number): Buffer {
    return this.#bytes.subarray(start, this.length);
  }

  toString(): string {
    return this.#bytes.toString('utf8', 0, this.length);
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * size);
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}

/**
 * Every path of a layer in one byte array, so that a layer of a million entries costs its names and not a million objects:
 * a mark byte, a byte that tells how much the path shares with the one before, the rest of it, a zero byte.
 */
export class PathTableWriter {
  #bytes: Buffer = free.pop() ?? Buffer.allocUnsafeSlow(firstSize);
  #length = 0;
  #last = new PathBytes();
  #next = new PathBytes();

  add(name: string, isDirectory: boolean): void {
    const { mark, path } = rowOf(entryPath(name), isDirectory);
    this.#next.set(path.includes('\0') ? path.replaceAll('\0', '\ufffd') : path);
    const shared = this.#next.sharedWith(this.#last);
    const rest = this.#next.from(shared);
    this.#reserve(rest.length + 3);
    this.#bytes[this.#length] = codes[mark];
    this.#bytes[this.#length + 1] = shared;
    this.#bytes.set(rest, this.#length + 2);
    this.#length += rest.length + 3;
    this.#bytes[this.#length - 1] = 0;
    [this.#last, this.#next] = [this.#next, this.#last];
  }

  /** Bytes so far. */
  get size(): number {
    return this.#length;
  }

  /** The table; nothing may be added after. A large one is not copied, so that it is in memory once. */
  finish(): Buffer {
    const table = this.#bytes.subarray(0, this.#length);
    if (this.#length > copiedSize) return table;
    const copy = Buffer.allocUnsafeSlow(this.#length);
    table.copy(copy);
    free.push(this.#bytes);
    return copy;
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + size));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

function isMark(mark: string | undefined): mark is PathMark {
  return mark !== undefined && mark in codes;
}

/** A row of a table: where the next one begins, its mark, and its path as `shared` bytes of the last one and the rest. */
interface Row {
  readonly next: number;
  readonly mark: PathMark;
  readonly shared: number;
  readonly rest: Buffer;
}

/** The row at `start`; null where there is none. */
function rowAt(table: Buffer, start: number): Row | null {
  const mark = marks.get(table[start] ?? 0);
  const end = table.indexOf(0, start + 2);
  if (!isMark(mark) || end < 0) return null;
  return { next: end + 1, mark, shared: table[start + 1] ?? 0, rest: table.subarray(start + 2, end) };
}

/** The rows of a table in archive order. */
export function* readPathTable(table: Buffer): Generator<{ readonly mark: PathMark; readonly path: string }> {
  const path = new PathBytes();
  for (let start = 0; start < table.length; ) {
    const row = rowAt(table, start);
    if (row === null || row.shared > path.length) return;
    path.replace(row.shared, row.rest);
    yield { mark: row.mark, path: path.toString() };
    start = row.next;
  }
}

/** Those of the paths that are entries of the layer, no folders or whiteouts. */
export function entriesAmong(table: Buffer, paths: readonly string[]): ReadonlySet<string> {
  const wanted = new Set(paths);
  const lengths = new Set(paths.map((path) => Buffer.byteLength(path)));
  const found = new Set<string>();
  const path = new PathBytes();
  for (let start = 0; start < table.length; ) {
    const row = rowAt(table, start);
    if (row === null || row.shared > path.length) break;
    path.replace(row.shared, row.rest);
    // Most paths are told by their length: text is only made of the others.
    if (row.mark === 'entry' && lengths.has(path.length) && wanted.has(path.toString())) found.add(path.toString());
    start = row.next;
  }
  return found;
}

/** How many rows a table has, or null when it is none. */
export function countPathRows(table: Buffer): number | null {
  let rows = 0;
  let length = 0;
  for (let start = 0; start < table.length; rows++) {
    const row = rowAt(table, start);
    if (row === null || row.shared > length) return null;
    length = row.shared + row.rest.length;
    start = row.next;
  }
  return rows;
}
