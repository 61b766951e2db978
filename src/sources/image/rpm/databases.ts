import { describeSize } from '../../../domain/byte-size.ts';
import { type ImageLimits, overLimit } from '../../../domain/image-limits.ts';
import { sizesInAll } from '../documents.ts';
import type { InstalledPackage } from '../package-database.ts';
import { readRpmDatabase, unreadDatabase } from './database.ts';
import { addsPages } from './sqlite-log.ts';

/** Where distributions keep it; a link may lead from one to another. */
const folders = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/lib/sysimage/rpm-ostree-base-db', 'usr/share/rpm'];
const names = ['rpmdb.sqlite', 'rpmdb.sqlite-wal', 'Packages.db', 'Packages'];
const paths: ReadonlySet<string> = new Set(folders.flatMap((folder) => names.map((name) => `${folder}/${name}`)));
const logEnd = '-wal';

export function isRpmDatabase(path: string): boolean {
  return paths.has(path);
}

interface Held {
  readonly bytes: Buffer;
  filled: number;
}

/** What the rpm databases of one layer tell. */
export interface RpmContent {
  readonly installed: readonly InstalledPackage[];
  readonly files: readonly Buffer[];
  readonly problems: readonly string[];
}

/**
 * Keeps the files of rpm's databases while a layer goes by, and reads them at its end: a write-ahead log may lie before
 * or behind its database. They are the largest thing that is kept of a layer, so each is kept once and only up to a limit.
 */
export class RpmDatabases {
  readonly #limits: ImageLimits;
  readonly #held = new Map<string, Held>();
  readonly #problems = new Map<string, string>();
  #bytes = 0;
  #open: Held | null = null;

  constructor(limits: ImageLimits) {
    this.#limits = limits;
  }

  /** The next file, of this size; a hard link to another has its bytes if that one is kept. */
  begin(path: string, size: number, linkedPath: string | null): void {
    this.#open = null;
    this.#forget(path);
    if (linkedPath !== null) this.#link(path, linkedPath);
    else if (this.#bytes + size > this.#most) {
      const why = `is not read, as a layer's may have ${describeSize(this.#most)}`;
      this.#problems.set(path, overLimit(this.#limits, 'document-mib', unreadDatabase(path, why)));
    } else {
      this.#bytes += size;
      this.#open = { bytes: Buffer.allocUnsafeSlow(size), filled: 0 };
      this.#held.set(path, this.#open);
    }
  }

  push(chunk: Buffer): void {
    if (this.#open !== null) this.#open.filled += chunk.copy(this.#open.bytes, this.#open.filled);
  }

  finish(): RpmContent {
    const files: Buffer[] = [];
    const installed: InstalledPackage[] = [];
    for (const path of this.#held.keys()) {
      if (path.endsWith(logEnd)) {
        this.#judgeLog(path);
        continue;
      }
      const list = readRpmDatabase(path, this.#bytesOf(path), this.#logOf(path), this.#limits);
      if ('problem' in list) this.#problems.set(path, list.problem);
      else {
        files.push(...list.files);
        for (const one of list.installed) installed.push(one);
      }
    }
    return { installed, files, problems: [...this.#problems.values()] };
  }

  /** The files of a layer together: as large as all documents of an archive. */
  get #most(): number {
    return this.#limits.document * sizesInAll;
  }

  /** Of two entries of one name the last is what an engine unpacks. */
  #forget(path: string): void {
    this.#bytes -= this.#held.get(path)?.bytes.length ?? 0;
    this.#held.delete(path);
    this.#problems.delete(path);
  }

  #link(path: string, linkedPath: string): void {
    const linked = this.#held.get(linkedPath);
    // The one it is a link to is read under its own name.
    if (linked !== undefined) return;
    this.#problems.set(path, unreadDatabase(path, 'is a hard link to a file that is not known as a database'));
  }

  #bytesOf(path: string): Buffer {
    const held = this.#held.get(path);
    return held === undefined ? Buffer.alloc(0) : held.bytes.subarray(0, held.filled);
  }

  #logOf(path: string): Buffer | null {
    return this.#held.has(`${path}${logEnd}`) ? this.#bytesOf(`${path}${logEnd}`) : null;
  }

  /** A log that adds to a database of a lower layer: what it adds cannot be told without. */
  #judgeLog(path: string): void {
    const database = path.slice(0, -logEnd.length);
    if (this.#held.has(database) || this.#problems.has(database) || !addsPages(this.#bytesOf(path))) return;
    const why = 'lies in another layer than its write-ahead log, which changes it';
    this.#problems.set(path, unreadDatabase(database, why));
  }
}
