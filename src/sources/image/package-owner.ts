const newline = 10;
const slash = 47;
/** Searching for one takes a fiftieth of the time of going through all lines. */
const fewPaths = 50;
const dpkgList = /^var\/lib\/dpkg\/(?:info\/[^/]+\.list|status\.d\/[^/]+\.md5sums)$/;
/** Of apk-tools 2, and since version 3. */
const apkList = /^(?:usr\/)?lib\/apk\/db\/installed$/;

/** Whether the file at a path lists what packages own. rpm's database is binary, and read in `rpm/`. */
export function isPackageList(path: string): boolean {
  return dpkgList.test(path) || apkList.test(path);
}

/** Lines `/path` of what apk's database names: `F:` opens a folder, `R:` is a file in it. */
function apkPaths(content: string): string {
  const paths: string[] = [];
  let folder = '';
  for (const line of content.split('\n')) {
    if (line === '') folder = '';
    else if (line.startsWith('F:')) folder = line.slice(2);
    else if (line.startsWith('R:')) paths.push(folder === '' ? `/${line.slice(2)}\n` : `/${folder}/${line.slice(2)}\n`);
  }
  return paths.join('');
}

/** The content of such a file in dpkg's form, so that all lists are searched alike. */
export function packageListOf(path: string, content: Uint8Array): Uint8Array {
  return apkList.test(path) ? Buffer.from(apkPaths(Buffer.from(content).toString())) : content;
}

/** Bytes as characters: much faster to make than text, and the same where the bytes are. */
function inBytes(path: string): string {
  return Buffer.from(path).toString('latin1');
}

/** Paths by how lists may spell them: merged /usr means a file listed as /lib/x lies at /usr/lib/x. */
function bySpelling(paths: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const spelled = new Map<string, string[]>();
  for (const path of paths) {
    const bytes = inBytes(path);
    for (const spelling of bytes.startsWith('usr/') ? [bytes, bytes.slice(4)] : [bytes]) {
      const known = spelled.get(spelling);
      if (known === undefined) spelled.set(spelling, [path]);
      else known.push(path);
    }
  }
  return spelled;
}

/** Paths without their first slash: `.list` files hold `/path` lines; distroless `.md5sums` hold `digest  path` lines. */
function listedPath(list: Buffer, start: number, end: number): string {
  if (list[start] === slash) return list.toString('latin1', start + 1, end);
  const line = list.toString('latin1', start, end);
  return line.slice(line.indexOf('  ') + 2);
}

/** Whether a list has such a line. A name's end is not the name. */
function listsPath(list: Buffer, path: string): boolean {
  const line = Buffer.from(`/${path}\n`, 'latin1');
  const isFirst = list.subarray(0, line.length).equals(line);
  return isFirst || list.includes(`\n/${path}\n`, 0, 'latin1') || list.includes(`  ${path}\n`, 0, 'latin1');
}

/** The asked paths among the lines of a list: each is searched for, or, where they are many, each line is looked up. */
function* findListed(list: Buffer, asked: ReadonlyMap<string, readonly string[]>): Generator<readonly string[]> {
  if (asked.size <= fewPaths) {
    for (const [spelling, paths] of asked) if (listsPath(list, spelling)) yield paths;
    return;
  }
  for (let start = 0; start < list.length; ) {
    const found = list.indexOf(newline, start);
    const end = found < 0 ? list.length : found;
    yield asked.get(listedPath(list, start, end)) ?? [];
    start = end + 1;
  }
}

/**
 * Which of these paths the image's own package lists name. Packages ship test keys and samples of their own; a team's
 * files are never package-owned.
 */
export function packageOwned(contents: readonly Uint8Array[], paths: Iterable<string>): ReadonlySet<string> {
  const owned = new Set<string>();
  const asked = bySpelling(paths);
  for (const content of contents) {
    const list = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    for (const found of findListed(list, asked)) for (const path of found) owned.add(path);
  }
  return owned;
}
