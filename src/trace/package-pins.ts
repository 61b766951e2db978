import type { ContextCopyEvidence } from '../domain/build-evidence.ts';
import { packageKey } from '../domain/cause.ts';
import { matchesGlob } from '../domain/glob.ts';
import {
  coordinatesOf,
  createCoordinates,
  type ImagePackage,
  isSystemType,
  type PackageCoordinates,
} from '../domain/package-coordinates.ts';
import type { LockedPackageEvidence } from '../domain/package-evidence.ts';

/** Lockfile lines by package of an image; never an empty list. */
export type PackagePins = ReadonlyMap<string, readonly LockedPackageEvidence[]>;

/** More lockfiles than a person looks at. */
const mostPins = 20;

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** `path` below `folder`, or null; '' is the root. */
function below(path: string, folder: string): string | null {
  if (folder === '') return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null;
}

function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/');
}

/** The folder in the image, without a leading slash, where a COPY puts a file of the repository; null when it does not. */
function landingOf(path: string, { likelyFolder, source, target }: ContextCopyEvidence): string | null {
  const inContext = below(path, likelyFolder);
  if (inContext === null || target === null) return null;
  const place = target.replace(/^\/+|\/+$/g, '');
  const inSource = below(inContext, source.replace(/\/+$/, ''));
  if (inSource !== null) return join(place, folderOf(inSource));
  const name = inContext.slice(inContext.lastIndexOf('/') + 1);
  if (!matchesGlob(source, inContext)) return null;
  return place.endsWith(`/${name}`) || place === name ? folderOf(place) : place;
}

/** How many characters of a package's path the landing of its lockfile shares; -1 when it landed elsewhere. */
function nearness(
  pin: LockedPackageEvidence,
  paths: readonly string[],
  copies: readonly ContextCopyEvidence[],
): number {
  const landings = copies.flatMap((copy) => landingOf(pin.at.path, copy) ?? []);
  const near = landings.filter((folder) => paths.some((path) => below(path, folder) !== null));
  return near.reduce((most, folder) => Math.max(most, folder.length), -1);
}

/** go.mod is what a person edits; go.sum follows it. */
function isOvershadowed(pin: LockedPackageEvidence, all: readonly LockedPackageEvidence[]): boolean {
  const manifest = pin.at.path.replace(/go\.sum$/, 'go.mod');
  return manifest !== pin.at.path && all.some((other) => other.at.path === manifest);
}

function comparePins(a: LockedPackageEvidence, b: LockedPackageEvidence): number {
  if (a.at.path !== b.at.path) return a.at.path < b.at.path ? -1 : 1;
  return a.at.line - b.at.line;
}

/** The pins whose lockfile landed nearest to the package, else all of them; the first in the repository comes first. */
function choose(
  pins: readonly LockedPackageEvidence[],
  paths: readonly string[],
  copies: readonly ContextCopyEvidence[],
): readonly LockedPackageEvidence[] {
  const plain = pins.filter((pin) => !isOvershadowed(pin, pins));
  const ranked = plain.map((pin) => ({ pin, rank: nearness(pin, paths, copies) }));
  const best = ranked.reduce((most, { rank }) => Math.max(most, rank), -1);
  return ranked
    .filter(({ rank }) => rank === best)
    .map(({ pin }) => pin)
    .sort(comparePins)
    .slice(0, mostPins);
}

function spotOf({ name, version }: PackageCoordinates): string {
  return `${name}\0${version}`;
}

/** Joins the packages that scanners found in images to the lines of the repository's lockfiles that pin them. */
export function tracePins(
  rows: readonly ImagePackage[],
  locked: readonly LockedPackageEvidence[],
  copies: readonly ContextCopyEvidence[],
): PackagePins {
  const bySpot = new Map<string, LockedPackageEvidence[]>();
  for (const pin of locked) {
    const spot = spotOf(coordinatesOf(pin));
    const known = bySpot.get(spot);
    if (known === undefined) bySpot.set(spot, [pin]);
    else known.push(pin);
  }
  const paths = new Map<string, { readonly pins: readonly LockedPackageEvidence[]; readonly paths: Set<string> }>();
  const installedOf = createCoordinates();
  for (const row of bySpot.size === 0 ? [] : rows) {
    const installed = installedOf(row.package);
    if (isSystemType(installed.type)) continue;
    const key = packageKey(row.image, row.package.purl);
    const entry = paths.get(key) ?? { pins: bySpot.get(spotOf(installed)) ?? [], paths: new Set<string>() };
    if (row.path !== null) entry.paths.add(row.path);
    if (entry.pins.length > 0) paths.set(key, entry);
  }
  return new Map([...paths].map(([key, entry]) => [key, choose(entry.pins, [...entry.paths], copies)]));
}
