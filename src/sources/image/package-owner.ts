const newline = 10;
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

/**
 * Which of these paths the image's own package lists name. Packages ship test keys and samples of their own; a team's
 * files are never package-owned. Merged /usr means a file listed as /lib/x lies at /usr/lib/x. The lists are gone through
 * once, whatever is asked.
 */
export function packageOwned(contents: readonly Uint8Array[], paths: Iterable<string>): ReadonlySet<string> {
  const asked = new Set(paths);
  const owned = new Set<string>();
  if (asked.size === 0) return owned;
  for (const content of contents) {
    for (const listed of listedPaths(Buffer.from(content.buffer, content.byteOffset, content.byteLength))) {
      if (asked.has(listed)) owned.add(listed);
      if (asked.has(`usr/${listed}`)) owned.add(`usr/${listed}`);
    }
  }
  return owned;
}

/** `.list` files hold `/path` lines; distroless `.md5sums` hold `digest  path` lines. */
function* listedPaths(list: Buffer): Generator<string> {
  for (let start = 0; start < list.length; ) {
    const found = list.indexOf(newline, start);
    const end = found < 0 ? list.length : found;
    const line = list.toString('utf8', start, end);
    yield line.slice(line.startsWith('/') ? 1 : line.indexOf('  ') + 2);
    start = end + 1;
  }
}
