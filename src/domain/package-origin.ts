import type { VulnerabilityEvidence } from './evidence.ts';
import { createCoordinates, plainVersion } from './package-coordinates.ts';
import type { PackageOriginEvidence } from './package-evidence.ts';

/** The diffID of the layer that brought the package of a scanner's row; null where no package database tells. */
export function indexOrigins(origins: readonly PackageOriginEvidence[]): (row: VulnerabilityEvidence) => string | null {
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
