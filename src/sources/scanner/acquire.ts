import { join } from 'node:path';
import { scannerTitles } from '../../domain/scanner-opinion.ts';
import { describeProblem, type Host } from '../../host/host.ts';
import type { AddressScope } from '../../host/network.ts';
import { type DownloadContext, downloadArchive } from './download-archive.ts';
import { type ProgramFacts, writeProgram } from './inspect-program.ts';
import { type LocateContext, locateScanner, type ScannerPlan } from './locate.ts';
import type { LockedScanner } from './lock-table.ts';
import type { ScanProblem } from './scan-input.ts';
import { keepInCache, takeCached } from './tool-cache.ts';
import { unpackMember } from './unpack-member.ts';

/** A program that may be run. */
export interface ScannerProgram {
  /** Where it is run from. */
  readonly path: string;
  /** 64 hexadecimal digits, of the bytes that are run. */
  readonly sha256: string;
  readonly isLocked: boolean;
  /** Where it came from, for people: a path, `the tool cache`, or the host of the download. */
  readonly origin: string;
}

export type AcquireContext = LocateContext & Pick<DownloadContext, 'pause'>;

const publicScopes: readonly AddressScope[] = ['public'];
/** The mirror that the user named may lie anywhere but where clouds keep their credentials. */
const namedScopes: readonly AddressScope[] = ['public', 'private', 'loopback'];

/** The release's address on github.com, or the same path on the mirror. */
export function archiveUrl(entry: LockedScanner, mirror: string | null): URL {
  const base = mirror ?? 'https://github.com';
  return new URL(`${base.replace(/\/+$/, '')}/${entry.path}`);
}

/** Several times the largest release archive. */
const archiveLimit = 512 * 1024 * 1024;
/** Several times the largest scanner. */
const unpackedLimit = 1024 * 1024 * 1024;

/** Unpacks the one program of a release archive; a text says why it cannot be. */
async function unpack(entry: LockedScanner, archive: string, to: string, host: Host): Promise<ProgramFacts | string> {
  const member = { names: [entry.name], limit: unpackedLimit, beside: [] };
  const unpacked = await unpackMember(archive, member, host, (chunks) => writeProgram(chunks, to, host));
  if (typeof unpacked !== 'string') return unpacked.written;
  await host.files.remove(to);
  return unpacked;
}

/** Downloads, verifies, unpacks and verifies again; only then is the program kept and used. */
async function download(
  entry: LockedScanner,
  folder: string,
  context: AcquireContext,
): Promise<ScannerProgram | ScanProblem> {
  const { host, request } = context;
  const mirror = request.scannerSupply.mirror;
  const url = archiveUrl(entry, mirror);
  const [archive, program] = [join(folder, 'archive.tar.gz'), join(folder, entry.name)];
  const hint = `try again, give --scanner-mirror or --scanner-path, or pass a finished report with --${entry.name}-report`;
  const what = `${scannerTitles[entry.name]} ${entry.version} was not downloaded`;
  host.log(`downloading ${entry.name} ${entry.version} from ${url.host}`);
  const scopes = mirror === null ? publicScopes : namedScopes;
  const problem = await downloadArchive(
    { url, scopes, sha256: entry.archive, limit: archiveLimit, target: archive },
    context,
  );
  if (problem !== null) return { reason: `${what}: ${problem}`, hint };
  const facts = await unpack(entry, archive, program, host);
  await host.files.remove(archive);
  if (typeof facts === 'string') return { reason: `${what}: the archive ${facts}`, hint };
  if (facts.sha256 !== entry.program) {
    await host.files.remove(program);
    return { reason: `${what}: the program in the archive is not the locked one: SHA-256 ${facts.sha256}`, hint };
  }
  await keepInCache(entry, program, host);
  return { path: program, sha256: facts.sha256, isLocked: true, origin: url.host };
}

async function realise(
  plan: ScannerPlan,
  folder: string,
  context: AcquireContext,
): Promise<ScannerProgram | ScanProblem> {
  if (plan.kind === 'none') return plan;
  if (plan.kind === 'installed') return { ...plan, origin: plan.path };
  const { entry } = plan;
  const path = join(folder, entry.name);
  if (plan.kind === 'cached' && (await takeCached(entry, plan.path, path, context.host))) {
    return { path, sha256: entry.program, isLocked: true, origin: 'the tool cache' };
  }
  if (!context.request.offline) return download(entry, folder, context);
  return {
    reason: `the tool cache has no intact ${entry.name} ${entry.version}, and nothing is downloaded offline`,
    hint: `run once without --offline, or give --scanner-path`,
  };
}

/**
 * The scanner's program, its hash known before it is run. What comes from the tool cache or a download lies in `folder`,
 * which is private to this run.
 */
export async function acquireScanner(
  name: LockedScanner['name'],
  folder: string,
  context: AcquireContext,
): Promise<ScannerProgram | ScanProblem> {
  try {
    return await realise(await locateScanner(name, context), folder, context);
  } catch (error) {
    const reason = `${name} was not made ready: the temporary folder ${describeProblem(error)}`;
    return { reason, hint: 'make room there, or point TMPDIR at another disk' };
  }
}
