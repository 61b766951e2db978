import { entryPath } from './entry-path.ts';

/** What one row of a layer's path table says of a path. */
export type PathMark = 'entry' | 'directory' | 'whiteout' | 'opaque';

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

/**
 * Every path of a layer in one byte array (a mark byte, the path, a zero byte), so that a layer of a million entries
 * costs its names and not a million objects.
 */
export class PathTableWriter {
  #bytes = Buffer.alloc(64 * 1024);
  #length = 0;

  add(name: string, isDirectory: boolean): void {
    const row = rowOf(entryPath(name), isDirectory);
    const text = Buffer.from(row.path.replaceAll('\0', '\ufffd'));
    this.#reserve(text.length + 2);
    this.#bytes[this.#length] = codes[row.mark];
    text.copy(this.#bytes, this.#length + 1);
    this.#length += text.length + 2;
    this.#bytes[this.#length - 1] = 0;
  }

  finish(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#length + size));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

function isMark(mark: string | undefined): mark is PathMark {
  return mark !== undefined && mark in codes;
}

/** The rows of a table in archive order. */
export function* readPathTable(table: Buffer): Generator<{ readonly mark: PathMark; readonly path: string }> {
  for (let start = 0; start < table.length; ) {
    const end = table.indexOf(0, start + 1);
    const mark = marks.get(table[start] ?? 0);
    if (end < 0 || !isMark(mark)) return;
    yield { mark, path: table.toString('utf8', start + 1, end) };
    start = end + 1;
  }
}

/** How many rows a table has, or null when it is none. */
export function countPathRows(table: Buffer): number | null {
  let rows = 0;
  for (let start = 0; start < table.length; rows++) {
    const end = table.indexOf(0, start + 1);
    if (end < 0 || !marks.has(table[start] ?? 0)) return null;
    start = end + 1;
  }
  return rows;
}
