import { join } from 'node:path';
import { neutralise } from '../../domain/neutral-text.ts';
import { describeProblem, type FileLock } from '../../host/host.ts';
import type { Request } from '../../request.ts';
import {
  ageText,
  agingDays,
  databaseFolder,
  daysSince,
  type InstalledDatabase,
  isAgeKnown,
  readDatabase,
} from './database.ts';
import {
  askGrypeForDay,
  type DatabaseContext,
  type UpdateOutcome,
  updateDatabase,
  updateMinutesOf,
} from './database-update.ts';
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

/** Keeps other runs from the folder while its database is changed: for a moment there is none in it. */
async function lockFolder(folder: string, context: DatabaseContext): Promise<FileLock | 'busy' | 'none'> {
  const { scanner, host } = context;
  try {
    await host.files.makeFolder(folder);
    const onWait = () => host.log(`waiting for another run that updates the database of ${scanner.name}`);
    const patience = updateMinutesOf(context.request) * 60_000;
    return (await host.files.hold(join(folder, '.hullcheck.lock'), patience, onWait)) ?? 'busy';
  } catch (error) {
    // Where nothing can be written the update fails too, and says so.
    host.log(`${neutralise(folder, 1024)} ${describeProblem(error)}`);
    return 'none';
  }
}

/** The scanner's update of the folder, after those of other runs. */
async function updateFolder(folder: string, context: DatabaseContext): Promise<PreparedDatabase | ScanProblem> {
  const { scanner, host } = context;
  const hint = `give --scanner-db ${scanner.name}=PATH, or pass a finished report with --${scanner.name}-report`;
  const lock = await lockFolder(folder, context);
  try {
    const before = await readDatabase(scanner.name, folder, host);
    const outcome = lock === 'busy' ? busyOutcome(context.request) : await updateDatabase(folder, context);
    if ('mirror' in outcome) {
      // Trivy asks nobody within an hour of a download, Grype only for a newer one.
      const isSame = before !== null && before.record === (await readDatabase(scanner.name, folder, host))?.record;
      const prepared = await describeDatabase(folder, isSame ? 'cached and up to date' : outcome.mirror, null, context);
      const where = neutralise(folder, 1024);
      const reason = `${scanner.name} updated its database, but there is none in ${where} that is known here`;
      return prepared ?? { reason, hint };
    }
    const prepared = await describeDatabase(folder, 'last good one: the update failed', outcome.failure, context);
    const reason = `there is no ${scanner.title} database, and none could be downloaded: ${outcome.failure}`;
    return prepared ?? { reason, hint: `try again, name a mirror with --scanner-db-mirror, or ${hint}` };
  } finally {
    if (typeof lock === 'object') await lock.release();
  }
}

function busyOutcome(request: Request): UpdateOutcome {
  return { failure: `another run has been updating it for ${updateMinutesOf(request)} minutes` };
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
  if (!request.offline) return updateFolder(folder, context);
  const prepared = await describeDatabase(folder, 'not updated: offline', null, context);
  const reason = `there is no ${scanner.title} database in ${neutralise(folder, 1024)}, and offline none is downloaded`;
  const hint = `give --scanner-db ${scanner.name}=PATH, or pass a finished report with --${scanner.name}-report`;
  return prepared ?? { reason, hint: `run once without --offline, or ${hint}` };
}
