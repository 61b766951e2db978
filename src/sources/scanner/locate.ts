import { basename, isAbsolute, join } from 'node:path';
import type { ScannerName } from '../../domain/finding.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import { scannerTitles } from '../../domain/scanner-opinion.ts';
import { UsageError } from '../../domain/usage-error.ts';
import { describeProblem, type FileStatus, type Host } from '../../host/host.ts';
import type { Request } from '../../request.ts';
import { isInActions } from './cache-home.ts';
import { inspectProgram } from './inspect-program.ts';
import { isLockedProgram, type LockedScanner, type LockTable, lockedFor } from './lock-table.ts';
import { refusalOf } from './program-safety.ts';
import { findCached } from './tool-cache.ts';

/** A program that is here, hashed and not yet run. */
interface InstalledProgram {
  readonly kind: 'installed';
  readonly path: string;
  readonly sha256: string;
  readonly isLocked: boolean;
}

interface NoProgram {
  readonly kind: 'none';
  readonly reason: string;
  readonly hint: string;
}

/** Where a scanner comes from, or why there is none. Nothing was run or downloaded to say it. */
export type ScannerPlan =
  | InstalledProgram
  | { readonly kind: 'cached'; readonly path: string; readonly entry: LockedScanner }
  | { readonly kind: 'download'; readonly entry: LockedScanner }
  | NoProgram;

export interface LocateContext {
  readonly request: Request;
  readonly host: Host;
  readonly lock: LockTable;
}

const executable = 0o111;

async function realStatus(path: string, host: Host): Promise<FileStatus | null> {
  try {
    return await host.files.status(await host.files.realPath(path));
  } catch {
    return null;
  }
}

/** All programs of that name on PATH, in its order. Relative entries are passed over: they mean the working folder. */
export async function findOnPath(program: string, host: Host): Promise<readonly string[]> {
  const folders = (host.environment['PATH'] ?? '').split(':').filter((folder) => isAbsolute(folder));
  const found: string[] = [];
  for (const folder of new Set(folders)) {
    const candidate = join(folder, program);
    const status = await realStatus(candidate, host);
    if (status?.kind === 'file' && (status.mode & executable) !== 0) found.push(candidate);
  }
  return found;
}

/** `trivy`, `trivy.exe` and `trivy-0.74.0` are Trivy. */
function isNamed(path: string, name: ScannerName): boolean {
  const file = basename(path).toLowerCase();
  return file.startsWith(name) && !/^[a-z]/.test(file.slice(name.length));
}

/** A `--scanner-path` that is no program, or not a scanner's by its name, is told before anything runs. */
export async function refuseWrongScannerPaths(request: Request, host: Host): Promise<void> {
  const hint = 'give the path of a trivy or grype program';
  for (const path of request.scannerPaths) {
    const shown = neutralise(path, 1024);
    if (!isNamed(path, 'trivy') && !isNamed(path, 'grype')) {
      throw new UsageError(`${shown} is neither trivy nor grype by its name`, hint);
    }
    if ((await realStatus(path, host))?.kind !== 'file') throw new UsageError(`${shown} is no program`, hint);
  }
}

/** Why a program is passed over. */
interface Refusal {
  readonly refusal: string;
  /** Nothing else is taken in its place: the machine has a malicious program, and whoever runs it must know. */
  readonly isFinal: boolean;
}

/** Hashes a program and says whether it may be run; it is not run. */
async function examine(name: ScannerName, path: string, context: LocateContext): Promise<InstalledProgram | Refusal> {
  const { request, host, lock } = context;
  const refusal = await refusalOf(path, request.directory, host);
  if (refusal !== null) return { refusal, isFinal: false };
  try {
    const { sha256, compromised } = await inspectProgram(path, host);
    if (compromised === null) return { kind: 'installed', path, sha256, isLocked: isLockedProgram(name, sha256, lock) };
    return {
      refusal: `${neutralise(path, 1024)} is ${compromised}, a compromised release, and is not run`,
      isFinal: true,
    };
  } catch (error) {
    return { refusal: `${neutralise(path, 1024)} ${describeProblem(error)}`, isFinal: false };
  }
}

function none(reasons: readonly string[], hint: string): NoProgram {
  return { kind: 'none', reason: reasons.join('; '), hint };
}

/** The first program that may be run, else why none of them may. */
async function firstUsable(
  name: ScannerName,
  paths: readonly string[],
  context: LocateContext,
): Promise<InstalledProgram | NoProgram | readonly string[]> {
  const refusals: string[] = [];
  for (const path of paths) {
    const candidate = await examine(name, path, context);
    if (!('refusal' in candidate)) return candidate;
    refusals.push(candidate.refusal);
    context.host.log(`passed over: ${candidate.refusal}`);
    if (candidate.isFinal) {
      return none(refusals, 'remove it, and treat every secret it could read as stolen (GHSA-69fq-xp46-6x23)');
    }
  }
  return refusals;
}

function isPlan<T extends ScannerPlan>(found: T | readonly string[]): found is T {
  return 'kind' in found;
}

/** The locked release: from the tool cache, else to be downloaded. */
async function lockedPlan(name: ScannerName, context: LocateContext, why: readonly string[]): Promise<ScannerPlan> {
  const { request, host, lock } = context;
  const entry = lockedFor(name, host.machine, lock);
  const title = scannerTitles[name];
  const other = `give --scanner-path, or pass a finished report with --${name}-report; --scanner none leaves vulnerabilities out on purpose`;
  if (entry === null) {
    const machine = `${host.machine.os}/${host.machine.architecture}`;
    return none([...why, `no release of ${title} is locked for ${machine}`], `install ${title}, ${other}`);
  }
  const path = await findCached(entry, host);
  if (path !== null) return { kind: 'cached', path, entry };
  if (!request.offline) return { kind: 'download', entry };
  return none([...why, 'nothing is downloaded offline'], `install ${title}, ${other}`);
}

function notOnPath(name: ScannerName, onPath: readonly string[]): readonly string[] {
  return onPath.length === 0 ? [`${name} was not found on PATH`] : [];
}

/** In a job: the tool cache, a program on PATH that is locked itself, a download. */
async function locateInJob(name: ScannerName, context: LocateContext): Promise<ScannerPlan> {
  const onPath = await findOnPath(name, context.host);
  const locked = await lockedPlan(name, context, notOnPath(name, onPath));
  if (locked.kind === 'cached') return locked;
  const found = await firstUsable(name, onPath, context);
  if (isPlan(found) && (found.kind === 'none' || found.isLocked)) return found;
  if (locked.kind !== 'none') return locked;
  const unlocked = 'is not the locked release, and in a job only --scanner-path allows another';
  const refusals = isPlan(found) ? [`${neutralise(found.path, 1024)} ${unlocked}`] : found;
  return none([...refusals, locked.reason], locked.hint);
}

/** On a laptop: PATH, the tool cache, a download. */
async function locateOnLaptop(name: ScannerName, context: LocateContext): Promise<ScannerPlan> {
  const onPath = await findOnPath(name, context.host);
  const found = await firstUsable(name, onPath, context);
  return isPlan(found) ? found : lockedPlan(name, context, [...notOnPath(name, onPath), ...found]);
}

/** Which program will be the scanner; `--scanner-path` comes first. A program is hashed before anything runs it. */
export async function locateScanner(name: ScannerName, context: LocateContext): Promise<ScannerPlan> {
  const given = context.request.scannerPaths.filter((path) => isNamed(path, name));
  if (given.length === 0) return isInActions(context.host) ? locateInJob(name, context) : locateOnLaptop(name, context);
  const found = await firstUsable(name, given, context);
  if (isPlan(found)) return found;
  return none(found, `put ${name} where only its owner can write, and name it with --scanner-path`);
}
