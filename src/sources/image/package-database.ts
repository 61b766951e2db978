import { neutralise } from '../../domain/neutral-text.ts';
import type { PackageOriginEvidence } from '../../domain/package-evidence.ts';

export type InstalledPackage = Pick<PackageOriginEvidence, 'type' | 'name' | 'version'>;

/** dpkg's database, distroless images' one file per package, and apk's. rpm's own is read in `rpm/`. */
const dpkgFile = /^var\/lib\/dpkg\/(?:status|status\.d\/[^/.]+)$/;
const apkFile = /^(?:usr\/)?lib\/apk\/db\/installed$/;
/** What Azure Linux leaves in images that have packages of rpm and not its database. */
const rpmManifest = /^var\/lib\/rpmmanifest\/container-manifest-2$/;
/** More than any image has; bounds what a hostile database makes. */
export const mostPackages = 20_000;
const longestWord = 256;

export function isPackageDatabase(path: string): boolean {
  return dpkgFile.test(path) || apkFile.test(path) || rpmManifest.test(path);
}

function fieldOf(stanza: string, name: string): string | null {
  const start = stanza.startsWith(`${name}:`) ? 0 : stanza.indexOf(`\n${name}:`) + 1;
  if (start === 0 && !stanza.startsWith(`${name}:`)) return null;
  const end = stanza.indexOf('\n', start);
  const value = stanza.slice(start + name.length + 1, end < 0 ? undefined : end).trim();
  return value === '' ? null : neutralise(value, longestWord);
}

/** dpkg keeps the names of packages that were removed with their settings left. */
function isInstalled(stanza: string): boolean {
  return fieldOf(stanza, 'Status')?.endsWith(' installed') ?? true;
}

/** One package a line: name, version and release, and eight more fields, among them the epoch as a number. */
function readRpmManifest(text: string): readonly InstalledPackage[] {
  return text.split('\n', mostPackages).flatMap((line): readonly InstalledPackage[] => {
    const [name = '', version = '', ...more] = line.split('\t', 10).map((word) => neutralise(word, longestWord));
    const epoch = more[6];
    if (name === '' || version === '' || epoch === undefined) return [];
    return [{ type: 'rpm', name, version: /^[1-9][0-9]*$/.test(epoch) ? `${epoch}:${version}` : version }];
  });
}

/** The packages that one package database lists (deb822 stanzas of dpkg; apk-tools' one-letter fields). */
export function readPackageDatabase(path: string, text: string): readonly InstalledPackage[] {
  if (rpmManifest.test(path)) return readRpmManifest(text);
  const isDpkg = dpkgFile.test(path);
  const [type, nameField, versionField] = isDpkg
    ? (['deb', 'Package', 'Version'] as const)
    : (['apk', 'P', 'V'] as const);
  const stanzas = text.replaceAll('\r', '').split(/\n{2,}/, mostPackages);
  return stanzas.flatMap((stanza): readonly InstalledPackage[] => {
    const name = fieldOf(stanza, nameField);
    const version = fieldOf(stanza, versionField);
    if (name === null || version === null || (isDpkg && !isInstalled(stanza))) return [];
    return [{ type, name, version }];
  });
}

/** For each version of a package the first layer, from the base, whose package database lists it. */
export function findOrigins(
  image: string,
  layers: readonly { readonly diffId: string; readonly installed: readonly InstalledPackage[] }[],
): readonly PackageOriginEvidence[] {
  const origins = new Map<string, PackageOriginEvidence>();
  for (const { diffId, installed } of layers) {
    for (const one of installed) {
      const key = `${one.type}\0${one.name}\0${one.version}`;
      if (!origins.has(key)) origins.set(key, { kind: 'package-origin', image, ...one, diffId });
    }
  }
  return [...origins.values()];
}
