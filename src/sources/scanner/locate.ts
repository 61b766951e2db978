import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import type { ScannerName } from '../../domain/finding.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import { UsageError } from '../../domain/usage-error.ts';
import type { FileStatus, Host } from '../../host/host.ts';
import type { Request } from '../../request.ts';

/** Where a program is, or why none can be used. */
type ProgramLocation =
  | { readonly path: string }
  | { readonly path: null; readonly reason: string; readonly hint: string };

const writableByOthers = 0o022;
const sticky = 0o1000;
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

/** Whether a path is the folder or lies in it; both absolute. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../') || isAbsolute(way));
}

/** The folder itself must not be writable by others; above it the sticky bit (as on /tmp) is protection enough. */
async function writableFolder(folder: string, host: Host): Promise<string | null> {
  for (let current = folder; ; current = dirname(current)) {
    const mode = (await host.files.status(current))?.mode ?? 0;
    const isProtected = current !== folder && (mode & sticky) !== 0;
    if ((mode & writableByOthers) !== 0 && !isProtected) return current;
    if (current === dirname(current)) return null;
  }
}

/** Why a program must not be run: others than its owner could have put their own in its place. Null when it may be. */
async function refusalOf(path: string, request: Request, host: Host): Promise<string | null> {
  const shown = neutralise(path, 1024);
  const real = await host.files.realPath(path);
  const named = join(await host.files.realPath(dirname(path)), basename(path));
  const checked = await host.files.realPath(request.directory);
  if (isInside(real, checked) || isInside(named, checked)) {
    return `${shown} lies inside the checked folder, so what is judged could replace its judge`;
  }
  const mode = (await host.files.status(real))?.mode ?? 0;
  if ((mode & writableByOthers) !== 0) return `${shown} can be written by its group or by others`;
  const folder = (await writableFolder(dirname(real), host)) ?? (await writableFolder(dirname(named), host));
  return folder === null ? null : `${shown} lies in ${neutralise(folder, 1024)}, which its group or others can write`;
}

async function firstSafe(
  program: string,
  candidates: readonly string[],
  context: { readonly request: Request; readonly host: Host },
): Promise<ProgramLocation> {
  const refusals: string[] = [];
  for (const path of candidates) {
    const refusal = await refusalOf(path, context.request, context.host);
    if (refusal === null) return { path };
    refusals.push(refusal);
  }
  const hint = `install ${program} where only its owner can write, and name it with --scanner-path`;
  return { path: null, reason: refusals.join('; '), hint };
}

const titles: Readonly<Record<ScannerName, string>> = { trivy: 'Trivy', grype: 'Grype' };

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

/** The scanner to run: the one given with `--scanner-path`, else the first on PATH that only its owner can change. */
export async function locateScanner(name: ScannerName, request: Request, host: Host): Promise<ProgramLocation> {
  const given = request.scannerPaths.filter((path) => isNamed(path, name));
  const candidates = given.length > 0 ? given : await findOnPath(name, host);
  if (candidates.length > 0) return firstSafe(name, candidates, { request, host });
  return {
    path: null,
    reason: `${name} was not found on PATH`,
    hint:
      `install ${titles[name]}, give --scanner-path, or pass a finished report with --${name}-report; ` +
      '--scanner none leaves vulnerabilities out on purpose',
  };
}
