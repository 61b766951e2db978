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
 * Whether the image's own package lists name a path. Packages ship test keys and samples of their own; a team's files are
 * never package-owned. Merged /usr means a file listed as /lib/x lies at /usr/lib/x.
 */
export function packageOwnership(contents: readonly Uint8Array[]): (path: string) => boolean {
  const lists = contents.map((content) => Buffer.from(content));
  return (path) => {
    const spellings = path.startsWith('usr/') ? [path, path.slice(4)] : [path];
    return spellings.some((spelling) => lists.some((list) => listsPath(list, spelling)));
  };
}

/** `.list` files hold `/path` lines; distroless `.md5sums` hold `digest  path` lines. A name's end is not the name. */
function listsPath(list: Buffer, path: string): boolean {
  const line = Buffer.from(`/${path}\n`);
  const isFirst = list.subarray(0, line.length).equals(line);
  return isFirst || list.includes(`\n/${path}\n`) || list.includes(`  ${path}\n`);
}
