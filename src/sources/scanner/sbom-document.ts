import type { ScannerName } from '../../domain/finding.ts';
import { isSystemType, type NamedPackage } from '../../domain/package-coordinates.ts';
import type { SbomComponent, SbomObject, ScannerSbom } from '../../domain/sbom.ts';
import { describeProblem, type Host } from '../../host/host.ts';
import { asList, asObject, asText, parseObject } from '../image/json-value.ts';
import type { ReportProblem } from './report-json.ts';

/** Bytes; a package takes one to four thousand. */
const sbomLimit = 64 * 1024 * 1024;
const mostValues = 3_000_000;
/** Of a document of CycloneDX about an image: some ten. */
const deepest = 32;
/** Longer names are no package's, and are not looked up. */
const longestName = 2048;

/** Property names under which the scanners say where a package lies. */
const places: Readonly<Record<ScannerName, { readonly layer: string; readonly path: string }>> = {
  trivy: { layer: 'aquasecurity:trivy:LayerDiffID', path: 'aquasecurity:trivy:FilePath' },
  grype: { layer: 'syft:location:0:layerID', path: 'syft:location:0:path' },
};

/** What can be encoded again without end: see `reporters/json-text.ts`. */
function isBounded(document: unknown): boolean {
  let level: readonly unknown[] = [document];
  let count = 0;
  for (let depth = 0; level.length > 0; depth++) {
    count += level.length;
    if (depth > deepest || count > mostValues) return false;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
  return true;
}

function shortText(value: unknown): string | null {
  const text = asText(value);
  return text === null || text === '' || text.length > longestName ? null : text;
}

function packageOf(written: SbomObject): NamedPackage | null {
  const [name, purl] = [shortText(written['name']), shortText(written['purl'])];
  if (name === null || purl === null) return null;
  return { name, purl, version: shortText(written['version']) ?? '' };
}

function propertyOf(properties: readonly unknown[], name: string): string | null {
  for (const property of properties.map(asObject)) if (property?.['name'] === name) return shortText(property['value']);
  return null;
}

/** Grype's layer of a package of the operating system is the last that wrote the package database: see `createGrypeReader`. */
function layerOf(scanner: ScannerName, properties: readonly unknown[], named: NamedPackage): string | null {
  const type = /^pkg:\/{0,2}([^/]{1,40})\//.exec(named.purl)?.[1]?.toLowerCase() ?? '';
  return scanner === 'grype' && isSystemType(type) ? null : propertyOf(properties, places[scanner].layer);
}

function componentOf(scanner: ScannerName, written: SbomObject): SbomComponent {
  const properties = asList(written['properties']);
  const named = packageOf(written);
  if (named === null) return { written, properties, package: null, diffId: null, path: null };
  const path = propertyOf(properties, places[scanner].path)?.replace(/^\/+/, '') ?? null;
  return { written, properties, package: named, diffId: layerOf(scanner, properties, named), path };
}

/** Which field is not what ours can be added to; null when all are. */
function wrongShape(written: SbomObject): string | null {
  if (written['bomFormat'] !== 'CycloneDX') return 'bomFormat is not CycloneDX';
  if (!/^1\.[0-9]{1,2}$/.test(asText(written['specVersion']) ?? '')) return 'specVersion is not 1.x';
  if (written['metadata'] !== undefined && asObject(written['metadata']) === null) return 'metadata is no object';
  const components = asList(written['components']).map(asObject);
  if (!Array.isArray(written['components'] ?? []) || components.includes(null))
    return 'components is no list of objects';
  const hasOdd = [asObject(written['metadata']), ...components].some(
    (holder) => !Array.isArray(holder?.['properties'] ?? []),
  );
  return hasOdd ? 'properties is no list' : null;
}

/** Strict on what ours is added to; the rest of the document is handed on as it is. */
function readSbom(bytes: Buffer, scanner: ScannerName, image: string): ScannerSbom | ReportProblem {
  const written = parseObject(bytes);
  if (written === null) return { problem: 'is no JSON object, or is cut off' };
  if (!isBounded(written))
    return { problem: `holds more than ${mostValues} values, or is nested deeper than ${deepest}` };
  const wrong = wrongShape(written);
  if (wrong !== null) return { problem: `has a shape that is not known here: ${wrong}` };
  const components = asList(written['components'])
    .map(asObject)
    .filter((one) => one !== null);
  return {
    image,
    scanner,
    written,
    metadata: asObject(written['metadata']) ?? {},
    components: components.map((component) => componentOf(scanner, component)),
  };
}

/** The CycloneDX document that a scanner wrote about an image. */
export async function readSbomFile(
  path: string,
  scanner: ScannerName,
  image: string,
  host: Host,
): Promise<ScannerSbom | ReportProblem> {
  let bytes: Buffer;
  try {
    bytes = await host.files.read(path, sbomLimit);
  } catch (error) {
    return { problem: describeProblem(error) };
  }
  return readSbom(bytes, scanner, image);
}
