import type {
  InstallCommandEvidence,
  LockfileEvidence,
  PackageManager,
  PackageManifestEvidence,
} from '../../../src/domain/evidence.ts';
import { lockfileManagers } from '../../../src/domain/install/lockfile-name.ts';
import { fileLocation } from '../../../src/domain/location.ts';

const programs: Readonly<Record<string, PackageManager>> = { npx: 'npm', pnpx: 'pnpm', bunx: 'bun', uvx: 'uv' };
const managers: readonly PackageManager[] = ['npm', 'pnpm', 'yarn', 'bun', 'pip', 'uv', 'poetry'];

function managerOf(program: string): PackageManager {
  return programs[program] ?? managers.find((manager) => program.startsWith(manager)) ?? 'npm';
}

function place(path: string, line: number) {
  return fileLocation(path, { line, column: 1, endLine: line, endColumn: 20 });
}

/** `$X` words are dynamic, as the shell source hands them over. */
export function installCommand(text: string, changes: Partial<InstallCommandEvidence> = {}): InstallCommandEvidence {
  const words = text.split(' ').map((word) => (word.includes('$') ? null : word));
  const context = changes.context ?? 'dockerfile';
  return Object.freeze({
    kind: 'install-command',
    at: place(context === 'workflow' ? '.github/workflows/ci.yml' : 'Dockerfile', 4),
    context,
    manager: managerOf(words[0] ?? ''),
    words,
    environment: context === 'workflow' ? { CI: 'true' } : {},
    directories: [''],
    ...changes,
  });
}

export function packageManifest(path: string, changes: Partial<PackageManifestEvidence> = {}): PackageManifestEvidence {
  return Object.freeze({
    kind: 'package-manifest',
    at: place(path, 1),
    directory: path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '',
    ecosystem: path.endsWith('package.json') ? 'npm' : 'python',
    manager: null,
    dependencies: 3,
    settings: {},
    pins: null,
    ...changes,
  });
}

export function lockfile(path: string, generation: number | null = null): LockfileEvidence {
  const directory = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const manager = lockfileManagers.get(path.slice(path.lastIndexOf('/') + 1)) ?? 'npm';
  return Object.freeze({ kind: 'lockfile', path, directory, manager, generation });
}
