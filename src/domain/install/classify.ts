import type { InstallCommandEvidence, PackageManager, PackageManifestEvidence } from '../evidence.ts';
import { classifyBun } from './bun.ts';
import { classifyNpm } from './npm.ts';
import { classifyPip } from './pip.ts';
import { classifyPnpm } from './pnpm.ts';
import { classifyPoetry } from './poetry.ts';
import { classifyUv } from './uv.ts';
import type { InstallVerdict } from './verdict.ts';
import { classifyYarn } from './yarn.ts';

type Classifier = (command: InstallCommandEvidence, manifest: PackageManifestEvidence | null) => InstallVerdict;

const classifiers: Readonly<Record<PackageManager, Classifier>> = {
  npm: classifyNpm,
  pnpm: classifyPnpm,
  yarn: classifyYarn,
  bun: classifyBun,
  pip: classifyPip,
  uv: classifyUv,
  poetry: classifyPoetry,
};

/**
 * Whether a command holds to a lockfile. `manifest` is the one that governs it (see `findProject`): its manager's
 * major version and its settings change what the same words mean; null when none is known. Never throws.
 */
export function classifyInstall(
  command: InstallCommandEvidence,
  manifest: PackageManifestEvidence | null,
): InstallVerdict {
  return classifiers[command.manager](command, manifest);
}
