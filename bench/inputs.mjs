import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { writeImage } from './image.mjs';
import { packageFiles } from './package-files.mjs';
import { writeRepository } from './repository.mjs';
import { writeScannerReports } from './scanner-reports.mjs';

/** Raised when other bytes are generated, so that old ones are not measured. */
const version = 2;

/** Outside the repository, so that no check of it finds the inputs. */
export const cacheFolder = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'hullcheck-bench',
  `v${version}`,
);

/** The path of an input in the cache, generated when it is not there; under another name until it is whole. */
async function cached(name, generate) {
  const path = join(cacheFolder, name);
  if (existsSync(path)) return path;
  process.stderr.write(`generating ${path}\n`);
  mkdirSync(cacheFolder, { recursive: true });
  const unfinished = mkdtempSync(join(cacheFolder, 'unfinished-'));
  try {
    await generate(join(unfinished, name));
    renameSync(join(unfinished, name), path);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return path;
}

/** A git repository with that many files. */
export function repository(count) {
  return cached(`repository-${count}`, (path) => writeRepository(path, count));
}

const defaults = { compression: 'plain', layers: 4, hasOwnLayer: false };

/**
 * A `docker save` archive of that many megabytes, uncompressed; `hasOwnLayer`: the next build of it, with a small layer
 * on top.
 */
export function image(megabytes, options = {}) {
  const { compression, layers, hasOwnLayer } = { ...defaults, ...options };
  const name = [
    'image',
    megabytes,
    compression,
    ...(layers === 4 ? [] : [layers]),
    ...(hasOwnLayer ? ['changed'] : []),
  ];
  return cached(`${name.join('-')}.tar`, (path) =>
    writeImage(path, { size: megabytes * 1e6, compression, layers, hasOwnLayer }),
  );
}

/** The gzip image of four layers with a system's and an application's packages on top, so that scanners have work. */
export function packagesImage(megabytes) {
  const what = { size: megabytes * 1e6, compression: 'gzip', layers: 4, hasOwnLayer: true, ownFiles: packageFiles };
  return cached(`image-${megabytes}-gzip-packages.tar`, (path) => writeImage(path, what));
}

/** A folder with `trivy.json` and `grype.json` of that many matches each. */
export function scannerReports(count) {
  return cached(`reports-${count}`, (path) => writeScannerReports(path, count));
}

/** A folder with nothing to check in it. */
export function emptyFolder() {
  return cached('empty', (path) => mkdirSync(path));
}
