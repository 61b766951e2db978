import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';

/** A program that end-to-end tests use and package.json does not bring. */
export interface Part {
  readonly name: string;
  /** Null: not here. */
  readonly path: string | null;
  /** What to run to have it. */
  readonly install: string;
}

/** Where `.ci/run` puts what is slow to fetch or build. */
export const cacheFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hullcheck-ci');

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first of these paths that can be executed. */
export function firstExecutable(paths: readonly string[]): string | null {
  return paths.find(isExecutable) ?? null;
}

function onPath(name: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((one) => one !== '');
  return firstExecutable(folders.map((folder) => join(folder, name)));
}

function goPart(name: string, target: string): Part {
  const path = firstExecutable([join(cacheFolder, 'bin', name)]) ?? onPath(name);
  const build = `CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOBIN=${join(cacheFolder, 'bin')} go install ${target}`;
  return { name, path, install: build };
}

/** The packaged program before any other on PATH, so that a client fits its daemon. */
function debianPart(name: string, debianPackage: string): Part {
  const packaged = firstExecutable([join('/usr/bin', name), join('/usr/sbin', name)]);
  return { name, path: packaged ?? onPath(name), install: `apt-get install ${debianPackage}` };
}

export const act = goPart('act', 'github.com/nektos/act@v0.2.89');
export const actionlint = goPart('actionlint', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12');
function builtScanner(name: string): Part {
  return { name, path: firstExecutable([join(cacheFolder, 'bin', name)]), install: '.ci/run, which builds it' };
}

export const trivy = builtScanner('trivy');
export const grype = builtScanner('grype');
export const git = debianPart('git', 'git');
export const busybox = debianPart('busybox', 'busybox-static');
export const debootstrap = debianPart('debootstrap', 'debootstrap');
export const docker = debianPart('docker', 'docker.io');
export const dockerd = debianPart('dockerd', 'docker.io');
export const dockerRegistry = debianPart('docker-registry', 'docker-registry');
export const script = debianPart('script', 'bsdutils');
export const skopeo = debianPart('skopeo', 'skopeo');
export const zstd = debianPart('zstd', 'zstd');

/** An engine of our own and a base system need to mount and to change root. */
export const root: Part = {
  name: 'root',
  path: process.getuid?.() === 0 ? '/' : null,
  install: 'run as root on Linux',
};

/**
 * Skips the test, saying what to install, when a part is missing; with CI=true that is a failure, as a test that
 * silently never runs proves nothing.
 */
export function need(context: TestContext, parts: readonly Part[]): void {
  const missing = parts.filter((part) => part.path === null);
  if (missing.length === 0) return;
  const note = missing.map((part) => `${part.name} is missing: ${part.install}`).join('; ');
  if (process.env['CI'] === 'true') throw new Error(note);
  context.skip(note);
}

/** The part's path, where `need` has made sure of it. */
export function pathOf(part: Part): string {
  if (part.path === null) throw new Error(`${part.name} is missing: ${part.install}`);
  return part.path;
}
