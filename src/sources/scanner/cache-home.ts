import { join } from 'node:path';
import type { Host } from '../../host/host.ts';

async function isFolder(path: string, host: Host): Promise<boolean> {
  return (await host.files.status(path))?.kind === 'directory';
}

/** Where programs keep what they can fetch again: XDG_CACHE_HOME, ~/Library/Caches on macOS, else ~/.cache. */
export async function cacheHome(host: Host): Promise<string | null> {
  const chosen = host.environment['XDG_CACHE_HOME'];
  if (chosen !== undefined && chosen !== '') return chosen;
  const home = host.environment['HOME'];
  if (home === undefined || home === '') return null;
  const appleCaches = join(home, 'Library', 'Caches');
  return (await isFolder(appleCaches, host)) ? appleCaches : join(home, '.cache');
}

/** Inside a job of GitHub Actions. */
export function isInActions(host: Host): boolean {
  return host.environment['GITHUB_ACTIONS'] === 'true';
}
