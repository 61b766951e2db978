import { join } from 'node:path';
import { neutralise } from '../../domain/neutral-text.ts';
import {
  ageText,
  agingDays,
  databaseFolder,
  daysSince,
  type InstalledDatabase,
  isAgeKnown,
  readDatabase,
} from './database.ts';
import { askGrypeForDay, type DatabaseContext, updateDatabase } from './database-update.ts';
import { givenDatabase, openGivenDatabase } from './given-database.ts';
import type { ScanProblem } from './scan-input.ts';

/** The database a scanner will use, and how it came there. */
export interface PreparedDatabase extends InstalledDatabase {
  /** What the scanner is told: Trivy's `--cache-dir`, Grype's `GRYPE_DB_CACHE_DIR`. */
  readonly folder: string;
  /** For people: the mirror, `cached and up to date`, `as given`, `not updated: offline`, or why the update failed. */
  readonly origin: string;
  /** Whole days, negative for a day to come; null where the database does not say. */
  readonly ageDays: number | null;
  /** What is worth reading although the scan goes on. */
  readonly notes: readonly string[];
}

function notesOf(
  title: string,
  found: InstalledDatabase,
  days: number | null,
  failure: string | null,
): readonly string[] {
  const age = days === null || found.built === null ? 'of unknown age' : `of ${found.built}, ${ageText(days)}`;
  if (failure !== null) {
    return [`the database of ${title} could not be updated, and the last one was used, ${age} (${failure})`];
  }
  if (days === null) return [`the database of ${title} does not say how old it is`];
  return days > agingDays || !isAgeKnown(days) ? [`the database of ${title} is ${age}`] : [];
}

async function describeDatabase(
  folder: string,
  origin: string,
  failure: string | null,
  context: DatabaseContext,
): Promise<PreparedDatabase | null> {
  const { scanner, host } = context;
  const installed = await readDatabase(scanner.name, folder, host);
  if (installed === null) return null;
  const asks = scanner.name === 'grype' && installed.built === null;
  const found = asks ? { ...installed, built: await askGrypeForDay(folder, context) } : installed;
  const ageDays = found.built === null ? null : daysSince(found.built, host);
  return { ...found, folder, origin, ageDays, notes: notesOf(scanner.title, found, ageDays, failure) };
}

async function prepareGiven(path: string, temporary: string, context: DatabaseContext) {
  const folder = await openGivenDatabase(path, join(temporary, 'database'), context);
  if (typeof folder !== 'string') return folder;
  const prepared = await describeDatabase(folder, 'as given', null, context);
  const hint = `give --scanner-db ${context.scanner.name}=PATH a whole database`;
  return prepared ?? { reason: `${neutralise(path, 1024)} holds no database that is known here`, hint };
}

/**
 * Makes the database ready before any scan: the one given, else the cached one, brought up to date once unless offline.
 * When the update fails the last good one is used, and its age is told; without any the scanner cannot run.
 */
export async function prepareDatabase(
  temporary: string,
  context: DatabaseContext,
): Promise<PreparedDatabase | ScanProblem> {
  const { scanner, request, host } = context;
  const given = givenDatabase(scanner.name, request);
  if (given !== null) return prepareGiven(given, temporary, context);
  const folder = (await databaseFolder(scanner.name, host)) ?? join(temporary, 'database');
  const hint = `give --scanner-db ${scanner.name}=PATH, or pass a finished report with --${scanner.name}-report`;
  const where = neutralise(folder, 1024);
  if (request.offline) {
    const prepared = await describeDatabase(folder, 'not updated: offline', null, context);
    const reason = `there is no ${scanner.title} database in ${where}, and offline none is downloaded`;
    return prepared ?? { reason, hint: `run once without --offline, or ${hint}` };
  }
  const before = await readDatabase(scanner.name, folder, host);
  const outcome = await updateDatabase(folder, context);
  if ('mirror' in outcome) {
    // Trivy asks nobody within an hour of a download, Grype only for a newer one.
    const isSame = before !== null && before.record === (await readDatabase(scanner.name, folder, host))?.record;
    const prepared = await describeDatabase(folder, isSame ? 'cached and up to date' : outcome.mirror, null, context);
    const reason = `${scanner.name} updated its database, but there is none in ${where} that is known here`;
    return prepared ?? { reason, hint };
  }
  const prepared = await describeDatabase(folder, 'last good one: the update failed', outcome.failure, context);
  const reason = `there is no ${scanner.title} database, and none could be downloaded: ${outcome.failure}`;
  return prepared ?? { reason, hint: `try again, name a mirror with --scanner-db-mirror, or ${hint}` };
}
