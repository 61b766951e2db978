import { type Causes, diffIdKey, layerKey, packageKey } from '../domain/cause.ts';
import type { Evidence, EvidenceKind } from '../domain/evidence.ts';
import type { Image } from '../domain/image.ts';
import type { ImagePackage } from '../domain/package-coordinates.ts';
import { indexOrigins } from '../domain/package-origin.ts';
import type { AttributedSbom, ComponentCause, SbomComponent, ScannerSbom } from '../domain/sbom.ts';
import { type PackagePins, tracePins } from './package-pins.ts';

/** Packages of one SBOM that are looked up: many times what the largest images hold. */
const mostPackages = 100_000;

function isKind<K extends EvidenceKind>(kind: K): (item: Evidence) => item is Evidence<K> {
  return (item): item is Evidence<K> => item.kind === kind;
}

/** What all components of one SBOM are looked up in. */
interface Lookup {
  readonly image: Image;
  readonly causes: Causes;
  readonly pins: PackagePins;
  readonly originOf: ReturnType<typeof indexOrigins>;
}

function packagesOf({ image, components }: ScannerSbom): readonly ImagePackage[] {
  return components.flatMap(({ package: named, path }) => (named === null ? [] : [{ image, package: named, path }]));
}

function causeOf(component: SbomComponent, { image, causes, pins, originOf }: Lookup): ComponentCause | null {
  const { package: named, path } = component;
  if (named === null) return null;
  const { label } = image;
  const diffId = component.diffId ?? originOf({ image: label, package: named, path });
  const index = diffId === null ? undefined : causes.layerByDiffId.get(diffIdKey(label, diffId));
  return {
    layer: diffId === null || index === undefined ? null : { index, diffId },
    instruction: index === undefined ? null : (causes.layers.get(layerKey(label, index)) ?? null),
    pins: pins.get(packageKey(label, named.purl)) ?? [],
  };
}

/**
 * Joins the packages of SBOMs to layers, Dockerfile instructions and lockfile lines, as findings are. Apart from those of
 * the findings, so that no finding depends on whether an SBOM was asked for.
 */
export function attributeSboms(
  sboms: readonly ScannerSbom[],
  evidence: readonly Evidence[],
  causes: Causes,
): readonly AttributedSbom[] {
  const images = new Map(evidence.filter(isKind('image')).map(({ image }) => [image.label, image]));
  const locked = evidence.filter(isKind('locked-package'));
  const copies = evidence.filter(isKind('context-copy'));
  const originOf = indexOrigins(evidence.filter(isKind('package-origin')));
  return sboms.flatMap((sbom) => {
    const image = images.get(sbom.image);
    if (image === undefined) return [];
    const packages = packagesOf(sbom);
    const lookup = { image, causes, originOf, pins: tracePins(packages.slice(0, mostPackages), locked, copies) };
    let left = mostPackages;
    const found = sbom.components.map((component) => {
      if (component.package === null || left === 0) return null;
      left -= 1;
      return causeOf(component, lookup);
    });
    return [{ sbom, image, causes: found, unattributed: Math.max(0, packages.length - mostPackages), redacted: 0 }];
  });
}
