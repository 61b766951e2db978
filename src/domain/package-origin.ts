import { createCoordinates, type ImagePackage, plainVersion } from './package-coordinates.ts';
import type { PackageOriginEvidence } from './package-evidence.ts';

/** The diffID of the layer that brought a package that a scanner names; null where no package database tells. */
export function indexOrigins(origins: readonly PackageOriginEvidence[]): (found: ImagePackage) => string | null {
  const keyOf = (image: string, name: string, version: string) => JSON.stringify([image, name, version]);
  const known = new Map(
    origins.map(({ image, type, name, version, diffId }) => [
      keyOf(image, `${type}/${name}`, plainVersion(type, version)),
      diffId,
    ]),
  );
  if (known.size === 0) return () => null;
  const installedOf = createCoordinates();
  return ({ image, package: named }) => {
    const { name, version } = installedOf(named);
    return known.get(keyOf(image, name, version)) ?? null;
  };
}
