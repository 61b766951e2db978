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

/** Built in test/buildkit, whose go.sum pins it with all its modules. */
function buildkitPart(name: string): Part {
  const target = `github.com/moby/buildkit/cmd/${name}`;
  const folder = join(cacheFolder, 'bin');
  return {
    name,
    path: firstExecutable([join(folder, name)]),
    install: `cd test/buildkit && CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -o ${folder}/ ${target}`,
  };
}

/** A scanner built from the Go module in `test/scanners/NAME`, of the version that pins. */
function scannerPart(name: string): Part {
  return { name, path: firstExecutable([join(cacheFolder, 'bin', name)]), install: `.ci/run builds it once` };
}

/** The packaged program before any other on PATH, so that a client fits its daemon. */
function debianPart(name: string, debianPackage: string): Part {
  const packaged = firstExecutable([join('/usr/bin', name), join('/usr/sbin', name)]);
  return { name, path: packaged ?? onPath(name), install: `apt-get install ${debianPackage}` };
}

export const act = goPart('act', 'github.com/nektos/act@v0.2.89');
export const actionlint = goPart('actionlint', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12');
export const go: Part = { name: 'go', path: onPath('go'), install: 'install Go from go.dev' };
export const trivy = scannerPart('trivy');
export const grype = scannerPart('grype');
export const git = debianPart('git', 'git');
export const buildah = debianPart('buildah', 'buildah');
export const buildctl = buildkitPart('buildctl');
export const buildkitd = buildkitPart('buildkitd');
export const busybox = debianPart('busybox', 'busybox-static');
export const dbLoad = debianPart('db_load', 'db-util');
export const debootstrap = debianPart('debootstrap', 'debootstrap');
export const docker = debianPart('docker', 'docker.io');
export const dockerd = debianPart('dockerd', 'docker.io');
export const dockerRegistry = debianPart('docker-registry', 'docker-registry');
export const script = debianPart('script', 'bsdutils');
/** Any version: what it installs is for the Python of an image. */
export const python: Part = { name: 'python3', path: onPath('python3'), install: 'apt-get install python3-pip' };
export const rpm = debianPart('rpm', 'rpm');
export const rpmbuild = debianPart('rpmbuild', 'rpm');
export const runc = debianPart('runc', 'runc');
export const skopeo = debianPart('skopeo', 'skopeo');
export const umoci = debianPart('umoci', 'umoci');
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
