import { describeSize } from '../../../domain/byte-size.ts';
import { type ImageLimits, overLimit } from '../../../domain/image-limits.ts';
import { type InstalledPackage, mostPackages } from '../package-database.ts';
import { readBerkeley } from './berkeley.ts';
import { RpmDamage } from './bytes.ts';
import { readRpmHeader } from './header.ts';
import { readNdb } from './ndb.ts';
import { PathList, TooManyPaths } from './path-list.ts';
import { readSqlite } from './sqlite.ts';

/** What rpm's database in a layer tells. */
export interface RpmList {
  readonly installed: readonly InstalledPackage[];
  /** Lines `/path`, as dpkg's lists have them, in pieces. */
  readonly files: readonly Buffer[];
}

/** rpm's three forms, told by the name of the file: rpm itself looks for no other. A header lasts until the next. */
function headersOf(path: string, file: Buffer, log: Buffer | null): Iterable<Buffer> {
  // What was created and never written to has no packages.
  if (file.length === 0) return [];
  if (path.endsWith('/rpmdb.sqlite')) return readSqlite(file, log);
  return path.endsWith('/Packages.db') ? readNdb(file) : readBerkeley(file);
}

function readHeaders(headers: Iterable<Buffer>, pathBytes: number): RpmList {
  const installed: InstalledPackage[] = [];
  const files = new PathList(pathBytes);
  for (const blob of headers) {
    if (installed.length === mostPackages) throw new RpmDamage(`it lists more than ${mostPackages} packages`);
    installed.push({ type: 'rpm', ...readRpmHeader(blob, files) });
  }
  return { installed, files: files.finish() };
}

/** The end of a sentence about a database that was not read. */
export function unreadDatabase(path: string, why: string): string {
  return `its rpm database ${path} ${why}; which files its packages own is not known`;
}

/** The database in the file at a path, with the write-ahead log beside it; or why it cannot be read. */
export function readRpmDatabase(
  path: string,
  file: Buffer,
  log: Buffer | null,
  limits: ImageLimits,
): RpmList | { readonly problem: string } {
  try {
    return readHeaders(headersOf(path, file, log), limits.pathBytes);
  } catch (error) {
    if (error instanceof RpmDamage) return { problem: unreadDatabase(path, `is damaged: ${error.message}`) };
    if (!(error instanceof TooManyPaths)) throw error;
    const what = `its packages have more than ${describeSize(limits.pathBytes)} of paths`;
    return { problem: overLimit(limits, 'path-mib', unreadDatabase(path, `is not read, as ${what}`)) };
  }
}
