import type { LayerContent } from './layer-content.ts';

/**
 * Whether dpkg's own lists name a path. Packages ship test keys and samples of their own; a team's files are never
 * package-owned. Merged /usr means a file listed as /lib/x lies at /usr/lib/x.
 */
export function packageOwnership(layers: readonly LayerContent[]): (path: string) => boolean {
  const lists = layers.flatMap((layer) => layer.packageLists.map((list) => Buffer.from(list)));
  return (path) => {
    const spellings = path.startsWith('usr/') ? [path, path.slice(4)] : [path];
    return spellings.some((spelling) => lists.some((list) => listsPath(list, spelling)));
  };
}

/** `.list` files hold `/path` lines; distroless `.md5sums` hold `digest  path` lines. */
function listsPath(list: Buffer, path: string): boolean {
  return list.includes(`/${path}\n`) || list.includes(`  ${path}\n`);
}
