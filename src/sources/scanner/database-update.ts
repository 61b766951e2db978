import type { ScannerName } from '../../domain/finding.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import type { Host } from '../../host/host.ts';
import { describeNetworkError, NetworkError } from '../../host/network.ts';
import { proxyFor } from '../../host/proxy.ts';
import type { Request } from '../../request.ts';
import { createRedactor } from '../secret/redactor.ts';
import { dayIn, parseJson, textMember } from './database.ts';
import { type PrivateFolder, privateEnvironment, withPrivateFolder } from './private-folder.ts';
import { reportDiskProblems, type Scanner } from './run-scanner.ts';
import type { ScanProblem } from './scan-input.ts';
import { failureOf } from './scanner-failure.ts';

/** What a scanner's own database commands are run with. */
export interface DatabaseContext {
  readonly scanner: Scanner;
  /** The program that will scan. */
  readonly program: string;
  readonly request: Request;
  readonly host: Host;
}

interface DatabaseCommand {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Where each scanner fetches its database by default, in order: Trivy's own list as of v0.74.0, Grype's as of v0.120.1. */
const defaultMirrors: Readonly<Record<ScannerName, readonly string[]>> = {
  trivy: ['mirror.gcr.io/aquasec/trivy-db:2', 'ghcr.io/aquasecurity/trivy-db:2'],
  grype: ['https://grype.anchore.io/databases'],
};

/** Those the user named, else the scanner's own. */
export function mirrorsOf(name: ScannerName, request: Request): readonly string[] {
  const named = request.scannerSupply.databaseMirrors.filter(({ scanner }) => scanner === name);
  return named.length > 0 ? named.map(({ value }) => value) : defaultMirrors[name];
}

/** An address as people may see it: without the login it may hold. */
export function showMirror(mirror: string): string {
  return neutralise(createRedactor().redact(mirror), 200);
}

function grypeEnvironment(database: string): Readonly<Record<string, string>> {
  return { GRYPE_CHECK_FOR_APP_UPDATE: 'false', GRYPE_DB_CACHE_DIR: database };
}

/**
 * Trivy unpacks into the folder after the whole download was verified, Grype swaps folders: an update that fails leaves
 * the database that was there (trivy pkg/oci/artifact.go, grype db/v6/installation/curator.go).
 */
function updateCommand(name: ScannerName, mirror: string, database: string, folder: PrivateFolder): DatabaseCommand {
  if (name === 'grype') {
    const environment = { ...grypeEnvironment(database), GRYPE_DB_UPDATE_URL: mirror };
    return { arguments: ['db', 'update', '--config', folder.config, '-q'], environment };
  }
  const target = ['--cache-dir', database, '--db-repository', mirror, '--config', folder.config];
  const quiet = ['--no-progress', '--skip-version-check', '--disable-telemetry'];
  return { arguments: ['image', '--download-db-only', ...target, ...quiet], environment: {} };
}

/** Hundreds of megabytes over a slow line. */
const usualMinutes = 30;

/** How long one update may take. */
export function updateMinutesOf(request: Request): number {
  return request.scannerTimeoutMinutes ?? usualMinutes;
}

/** Runs one database command in an empty private folder, as a scan is run; what it wrote when it ended well. */
function runDatabaseCommand(
  { scanner, program, request, host }: DatabaseContext,
  command: (folder: PrivateFolder) => DatabaseCommand,
): Promise<string | ScanProblem> {
  const minutes = updateMinutesOf(request);
  return reportDiskProblems(scanner, () =>
    withPrivateFolder(host, async (folder) => {
      const { arguments: words, environment } = command(folder);
      const result = await host.execute({
        program,
        arguments: words,
        directory: folder.work,
        environment: { ...privateEnvironment(folder, host), ...environment },
        timeoutMilliseconds: minutes * 60_000,
        outputLimit: 1024 * 1024,
      });
      const failure = failureOf({ ...scanner, examinedCodes: [0] }, result, minutes);
      return failure ?? result.stdout.toString('utf8');
    }),
  );
}

/** With these a scanner would wait for minutes; whatever else is wrong it says soon, and in its own words. */
const silences: ReadonlySet<string> = new Set([
  ...['NO_CONNECTION', 'SILENT', 'TOO_SLOW', 'PROXY_SILENT'],
  ...['ETIMEDOUT', 'EAI_AGAIN'],
]);
const connectMilliseconds = 10_000;
const answerMilliseconds = 20_000;

/** Why a mirror is not worth asking: it answers nobody. Null: it does, or the scanner will say what is wrong. */
async function silenceOf(mirror: string, { host }: DatabaseContext): Promise<string | null> {
  const text = mirror.includes('://') ? mirror : `https://${mirror.split('/')[0]}/v2/`;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  [url.username, url.password] = ['', ''];
  try {
    const response = await host.send({
      ...{ method: 'GET', url, socket: null, headers: { 'user-agent': 'hullcheck' }, body: null },
      proxy: proxyFor(url, host.environment),
      scopes: ['public', 'private', 'loopback'],
      ...{ connectMilliseconds, idleMilliseconds: answerMilliseconds, totalMilliseconds: answerMilliseconds },
    });
    response.discard();
    return null;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return silences.has(error.code) ? `${neutralise(error.peer, 200)} ${describeNetworkError(error)}` : null;
  }
}

/** What an update came to: the mirror that served it, or why none did. */
export type UpdateOutcome = { readonly mirror: string } | { readonly failure: string };

/** The scanner's own update, from one mirror after the other until one serves it. */
export async function updateDatabase(database: string, context: DatabaseContext): Promise<UpdateOutcome> {
  const { name } = context.scanner;
  const failures: string[] = [];
  for (const mirror of mirrorsOf(name, context.request)) {
    context.host.log(`updating the database of ${name} from ${showMirror(mirror)}`);
    const silence = await silenceOf(mirror, context);
    if (silence !== null) {
      failures.push(silence);
      continue;
    }
    const outcome = await runDatabaseCommand(context, (folder) => updateCommand(name, mirror, database, folder));
    if (typeof outcome === 'string') return { mirror: showMirror(mirror) };
    failures.push(`${showMirror(mirror)}: ${outcome.reason}`);
  }
  return { failure: failures.join('; ') };
}

/** Grype's own import of a database archive into an empty folder; null when it ended well. */
export async function importGrypeDatabase(
  archive: string,
  database: string,
  context: DatabaseContext,
): Promise<ScanProblem | null> {
  const outcome = await runDatabaseCommand(context, (folder) => ({
    arguments: ['db', 'import', archive, '--config', folder.config, '-q'],
    environment: grypeEnvironment(database),
  }));
  return typeof outcome === 'string' ? null : outcome;
}

/** The day on which Grype says that its database was built, for one that was imported and has no name any more. */
export async function askGrypeForDay(database: string, context: DatabaseContext): Promise<string | null> {
  const outcome = await runDatabaseCommand(context, (folder) => ({
    // Of one that is older than it likes Grype says only that, unless told not to judge.
    arguments: ['db', 'status', '-o', 'json', '--config', folder.config],
    environment: { ...grypeEnvironment(database), GRYPE_DB_VALIDATE_AGE: 'false' },
  }));
  return typeof outcome === 'string' ? dayIn(textMember(parseJson(outcome), 'built')) : null;
}
