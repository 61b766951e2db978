import { join } from 'node:path';
import type { ScannerName } from '../../domain/finding.ts';
import type { Host } from '../../host/host.ts';

const metadataLimit = 64 * 1024;

async function isFolder(path: string, host: Host): Promise<boolean> {
  return (await host.files.status(path))?.kind === 'directory';
}

/** Where programs keep what they can fetch again: XDG_CACHE_HOME, ~/Library/Caches on macOS, else ~/.cache. */
async function cacheHome(host: Host): Promise<string | null> {
  const chosen = host.environment['XDG_CACHE_HOME'];
  if (chosen !== undefined && chosen !== '') return chosen;
  const home = host.environment['HOME'];
  if (home === undefined || home === '') return null;
  const appleCaches = join(home, 'Library', 'Caches');
  return (await isFolder(appleCaches, host)) ? appleCaches : join(home, '.cache');
}

/**
 * The database folder a scanner uses when its user sets none, so that an installed database serves here too: Trivy's
 * `--cache-dir`, Grype's `GRYPE_DB_CACHE_DIR`. Null without a home folder.
 */
export async function databaseFolder(name: ScannerName, host: Host): Promise<string | null> {
  const home = await cacheHome(host);
  if (home === null) return null;
  return name === 'trivy' ? join(home, 'trivy') : join(home, 'grype', 'db');
}

async function readJson(path: string, host: Host): Promise<unknown> {
  try {
    return JSON.parse((await host.files.read(path, metadataLimit)).toString('utf8'));
  } catch {
    return null;
  }
}

function textMember(value: unknown, name: string): string {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const found: unknown = entries.find(([key]) => key === name)?.[1];
  return typeof found === 'string' ? found : '';
}

/**
 * The day (`YYYY-MM-DD`) a scanner's installed database was built. Trivy says it in `db/metadata.json`; Grype's
 * `6/import.json` only names the archive the database came from, whose file name holds the time
 * (`vulnerability-db_v6.1.7_2026-06-14T01:05:09Z_…`). `unknown` for one that does not say; null when there is none.
 */
export async function databaseDay(name: ScannerName, host: Host): Promise<string | 'unknown' | null> {
  const folder = await databaseFolder(name, host);
  if (folder === null) return null;
  const file = name === 'trivy' ? join(folder, 'db', 'metadata.json') : join(folder, '6', 'import.json');
  if ((await host.files.status(file)) === null) return null;
  const told = textMember(await readJson(file, host), name === 'trivy' ? 'UpdatedAt' : 'source');
  return /(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?=T)/.exec(told)?.[0] ?? 'unknown';
}
