import { basename, dirname, join } from 'node:path';
import type { ScannerName } from '../../domain/finding.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import { scannerTitles } from '../../domain/scanner-opinion.ts';
import { UsageError } from '../../domain/usage-error.ts';
import { describeProblem, type Host } from '../../host/host.ts';
import type { Request } from '../../request.ts';
import { readDatabase } from './database.ts';
import { type DatabaseContext, importGrypeDatabase } from './database-update.ts';
import type { ScanProblem } from './scan-input.ts';
import { unpackMember } from './unpack-member.ts';

/** Several times the largest database. */
const unpackedLimit = 16 * 1024 * 1024 * 1024;

/** The path given with `--scanner-db` for this scanner; null: none. */
export function givenDatabase(name: ScannerName, request: Request): string | null {
  return request.scannerSupply.databases.find(({ scanner }) => scanner === name)?.value ?? null;
}

const layouts: Readonly<Record<ScannerName, string>> = {
  trivy: 'db/trivy.db and db/metadata.json',
  grype: '6/vulnerability.db and 6/import.json',
};

/** A `--scanner-db` that is not there, or a folder without a database, is told before anything runs. */
export async function refuseWrongDatabases(request: Request, host: Host): Promise<void> {
  for (const { scanner, value } of request.scannerSupply.databases) {
    const shown = neutralise(value, 1024);
    const title = scannerTitles[scanner];
    const status = await host.files.status(value);
    if (status === null) throw new UsageError(`the ${title} database ${shown} does not exist`, 'check --scanner-db');
    if (status.kind === 'directory' && (await databaseFolderIn(scanner, value, host)) === null) {
      throw new UsageError(`the folder ${shown} holds no ${title} database`, `give one with ${layouts[scanner]}`);
    }
  }
}

/** The given folder, or the one above it when the inner one was given. */
async function databaseFolderIn(name: ScannerName, path: string, host: Host): Promise<string | null> {
  const isInner = name === 'trivy' ? basename(path) === 'db' : /^\d{1,4}$/.test(basename(path));
  for (const folder of isInner ? [path, dirname(path)] : [path]) {
    if ((await readDatabase(name, folder, host)) !== null) return folder;
  }
  return null;
}

/** Trivy publishes its database as a tar.gz of two files, without folders. */
async function unpackTrivyDatabase(archive: string, database: string, host: Host): Promise<string | null> {
  const folder = join(database, 'db');
  await host.files.makeFolder(folder);
  const wanted = {
    names: ['trivy.db', 'db/trivy.db'],
    limit: unpackedLimit,
    beside: ['metadata.json', 'db/metadata.json'],
  };
  const unpacked = await unpackMember(archive, wanted, host, (chunks) =>
    host.files.writeNew(join(folder, 'trivy.db'), chunks),
  );
  if (typeof unpacked === 'string') return unpacked;
  const metadata = unpacked.beside.get('metadata.json') ?? unpacked.beside.get('db/metadata.json');
  if (metadata === undefined) return 'holds no metadata.json';
  await host.files.write(join(folder, 'metadata.json'), metadata);
  return null;
}

/**
 * The folder with the database that was given: the folder itself, or `temporary` with the archive unpacked into it (by
 * Grype's own import for Grype).
 */
export async function openGivenDatabase(
  path: string,
  temporary: string,
  context: DatabaseContext,
): Promise<string | ScanProblem> {
  const { scanner, host } = context;
  const hint = `give --scanner-db ${scanner.name}=PATH the folder with ${layouts[scanner.name]}, or the archive its vendor publishes`;
  const subject = `the ${scanner.title} database ${neutralise(path, 1024)}`;
  try {
    if ((await host.files.status(path))?.kind === 'directory') {
      return (await databaseFolderIn(scanner.name, path, host)) ?? { reason: `${subject} is gone`, hint };
    }
    await host.files.makeFolder(temporary);
    if (scanner.name === 'trivy') {
      const problem = await unpackTrivyDatabase(path, temporary, host);
      return problem === null ? temporary : { reason: `${subject} ${problem}`, hint };
    }
    const problem = await importGrypeDatabase(path, temporary, context);
    return problem === null ? temporary : { reason: `${subject} was not imported: ${problem.reason}`, hint };
  } catch (error) {
    return { reason: `${subject} ${describeProblem(error)}`, hint };
  }
}
