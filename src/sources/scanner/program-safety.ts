import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { neutralise } from '../../domain/neutral-text.ts';
import type { Host } from '../../host/host.ts';
import { isInActions } from './cache-home.ts';

const byOthers = 0o002;
const byGroup = 0o020;
const sticky = 0o1000;

/** Whether a path is the folder or lies in it; both absolute. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../') || isAbsolute(way));
}

/** The folder itself must not be writable by others; above it the sticky bit (as on /tmp) is protection enough. */
async function writableFolder(folder: string, forbidden: number, host: Host): Promise<string | null> {
  for (let current = folder; ; current = dirname(current)) {
    const mode = (await host.files.status(current))?.mode ?? 0;
    const isProtected = current !== folder && (mode & sticky) !== 0;
    if ((mode & forbidden) !== 0 && !isProtected) return current;
    if (current === dirname(current)) return null;
  }
}

/** The job's checkout, of which the checked folder may be a part. */
function workspaceOf(host: Host): readonly string[] {
  const workspace = host.environment['GITHUB_WORKSPACE'] ?? '';
  return isInActions(host) && workspace !== '' ? [workspace] : [];
}

/**
 * Why a program must not be run: what is judged, or others than its owner, could have put their own in its place. Null
 * when it may be. In a job the group counts as others; on a laptop it does not, as Homebrew's folders belong to the
 * group of administrators, and many systems give each user a group and files that it may write.
 */
export async function refusalOf(path: string, directory: string, host: Host): Promise<string | null> {
  const forbidden = isInActions(host) ? byOthers | byGroup : byOthers;
  const who = isInActions(host) ? 'its group or others' : 'everyone';
  const shown = neutralise(path, 1024);
  const real = await host.files.realPath(path);
  const named = join(await host.files.realPath(dirname(path)), basename(path));
  for (const folder of [directory, ...workspaceOf(host)]) {
    const judged = await host.files.realPath(folder);
    if (isInside(real, judged) || isInside(named, judged)) {
      return `${shown} lies inside the checked ${folder === directory ? 'folder' : 'repository'}, so what is judged could replace its judge`;
    }
  }
  const mode = (await host.files.status(real))?.mode ?? 0;
  if ((mode & forbidden) !== 0) return `${shown} can be written by ${who}`;
  const folder =
    (await writableFolder(dirname(real), forbidden, host)) ?? (await writableFolder(dirname(named), forbidden, host));
  return folder === null ? null : `${shown} lies in ${neutralise(folder, 1024)}, which ${who} can write`;
}
