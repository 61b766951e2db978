import { join } from 'node:path';
import type { ScannerName } from '../../domain/finding.ts';
import type { Host } from '../../host/host.ts';
import { cacheHome } from './cache-home.ts';

const metadataLimit = 64 * 1024;
const dayMilliseconds = 86_400_000;

/** Above these many days a database is named in the notes, as both scanners publish one at least daily. */
export const agingDays = 2;

/**
 * The database folder a scanner uses when its user sets none, so that an installed database serves here too: Trivy's
 * `--cache-dir`, Grype's `GRYPE_DB_CACHE_DIR`. Null without a home folder.
 */
export async function databaseFolder(name: ScannerName, host: Host): Promise<string | null> {
  const home = await cacheHome(host);
  if (home === null) return null;
  return name === 'trivy' ? join(home, 'trivy') : join(home, 'grype', 'db');
}

/** A database that is there. */
export interface InstalledDatabase {
  /** The file that holds it, absolute. */
  readonly file: string;
  /** The day it was built, `YYYY-MM-DD`; null where it does not say. */
  readonly built: string | null;
  /** What the scanner wrote about it when it fetched it; changes with every database. */
  readonly record: string;
}

/** '' for what is not there or cannot be read: it says nothing. */
async function readRecord(path: string, host: Host): Promise<string> {
  try {
    return (await host.files.read(path, metadataLimit)).toString('utf8');
  } catch {
    return '';
  }
}

/** Null for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A text in an object; '' for anything else. */
export function textMember(value: unknown, name: string): string {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const found: unknown = entries.find(([key]) => key === name)?.[1];
  return typeof found === 'string' ? found : '';
}

/** What Go writes for a time that was never set. */
const zeroDay = '0001-01-01';

/** The day in a time, `YYYY-MM-DDT…`, wherever it stands; null where there is none, or none that a calendar has. */
export function dayIn(text: string): string | null {
  const day = /(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?=T)/.exec(text)?.[0] ?? zeroDay;
  return day === zeroDay || Number.isNaN(Date.parse(day)) ? null : day;
}

async function isFile(path: string, host: Host): Promise<boolean> {
  return (await host.files.status(path))?.kind === 'file';
}

/** Trivy says in `db/metadata.json` when the database was built. */
async function readTrivyDatabase(folder: string, host: Host): Promise<InstalledDatabase | null> {
  const file = join(folder, 'db', 'trivy.db');
  const metadata = join(folder, 'db', 'metadata.json');
  if (!(await isFile(file, host)) || !(await isFile(metadata, host))) return null;
  const record = await readRecord(metadata, host);
  return { file, record, built: dayIn(textMember(parseJson(record), 'UpdatedAt')) };
}

/** The models of a Grype database folder, `6` and so on, newest first. */
async function grypeModels(folder: string, host: Host): Promise<readonly string[]> {
  if ((await host.files.status(folder))?.kind !== 'directory') return [];
  const names = (await host.files.list(folder)).map(({ name }) => name).filter((name) => /^\d{1,4}$/.test(name));
  return names.sort((a, b) => Number(b) - Number(a));
}

/**
 * Grype's `6/import.json` only names the archive the database came from, whose file name holds the time
 * (`vulnerability-db_v6.1.7_2026-06-14T01:05:09Z_…`).
 */
async function readGrypeDatabase(folder: string, host: Host): Promise<InstalledDatabase | null> {
  for (const model of await grypeModels(folder, host)) {
    const file = join(folder, model, 'vulnerability.db');
    if (!(await isFile(file, host))) continue;
    const record = await readRecord(join(folder, model, 'import.json'), host);
    return { file, record, built: dayIn(textMember(parseJson(record), 'source')) };
  }
  return null;
}

/** The database in a scanner's folder; null when there is none. */
export function readDatabase(name: ScannerName, folder: string, host: Host): Promise<InstalledDatabase | null> {
  return name === 'trivy' ? readTrivyDatabase(folder, host) : readGrypeDatabase(folder, host);
}

/** How many days ago that was; negative for a day to come. */
export function daysSince(day: string, host: Host): number {
  return Math.floor((Date.parse(host.clock.today()) - Date.parse(day)) / dayMilliseconds);
}

/** Whether an age tells anything. A clock may be a day behind; a database of the week after next has a wrong date. */
export function isAgeKnown(days: number | null): days is number {
  return days !== null && days >= -1;
}

/** `of today`, `1 day old`, `12 days old`. */
export function ageText(days: number): string {
  if (!isAgeKnown(days)) return 'a day to come';
  if (days <= 0) return 'of today';
  return days === 1 ? '1 day old' : `${days} days old`;
}
