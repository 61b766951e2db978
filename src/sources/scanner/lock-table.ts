import type { ScannerName } from '../../domain/finding.ts';
import type { Machine } from '../../host/host.ts';
import table from './lock-table.json' with { type: 'json' };

/** One release archive for one platform. */
export interface LockedArchive extends Machine {
  /** The archive's file name in the release. */
  readonly asset: string;
  /** SHA-256 of the archive, 64 hexadecimal digits. */
  readonly archive: string;
  /** SHA-256 of the one program in it. */
  readonly program: string;
}

export interface LockedRelease {
  /** On github.com. */
  readonly repository: string;
  readonly version: string;
  readonly archives: readonly LockedArchive[];
}

export type LockTable = Readonly<Record<ScannerName, LockedRelease>>;

/**
 * The releases that may be downloaded. `scripts/refresh-scanners.mjs` writes the file; where the digests come from is in
 * docs/decisions/scanner-verification.md.
 */
export const lockTable: LockTable = table;

/** A locked release with the archive for this machine. */
export interface LockedScanner extends LockedArchive {
  readonly name: ScannerName;
  readonly version: string;
  /** Path of the archive below https://github.com/, or below a mirror of it. */
  readonly path: string;
}

/** Null: nothing is locked for this machine. */
export function lockedFor(name: ScannerName, machine: Machine, lock: LockTable): LockedScanner | null {
  const { repository, version, archives } = lock[name];
  const found = archives.find(({ os, architecture }) => os === machine.os && architecture === machine.architecture);
  if (found === undefined) return null;
  return { ...found, name, version, path: `${repository}/releases/download/v${version}/${found.asset}` };
}

/** Whether a program is one of the locked release, whatever its platform. */
export function isLockedProgram(name: ScannerName, sha256: string, lock: LockTable): boolean {
  return lock[name].archives.some(({ program }) => program === sha256);
}
