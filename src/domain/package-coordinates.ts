/** A package without what the scanners write differently. */
export interface PackageCoordinates {
  /** Type of its package URL: `deb`, `npm`. */
  readonly type: string;
  /** `deb/openssl`, `npm/@scope/name`. */
  readonly name: string;
  readonly version: string;
}

/** A package as a scanner or a lockfile names it. */
export interface NamedPackage {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
}

/** A package that a scanner found in an image. */
export interface ImagePackage {
  readonly image: string;
  readonly package: NamedPackage;
  readonly path: string | null;
}

/** Package types of operating systems: their namespace is the distribution, which the scanners name differently. */
const systemTypes: ReadonlySet<string> = new Set(['deb', 'rpm', 'apk', 'alpm']);
/** Types whose names are the same in any letters (purl-spec, PURL-TYPES). */
const caselessTypes: ReadonlySet<string> = new Set(['golang', 'composer', 'nuget', 'github', 'bitbucket', 'hex']);

export function isSystemType(type: string): boolean {
  return systemTypes.has(type);
}

/** Percent-encoding undone; text that is none stays as it is. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Syft cuts a module path after its third part and puts the rest in the subpath; the package's own name has all of it.
 */
function modulePath(path: string, name: string): string {
  return name.toLowerCase().startsWith(`${path.toLowerCase()}/`) ? name : path;
}

/** PEP 503 for Python; `group:artifact` for Maven as its package URL has it. */
function plainName(type: string, path: string, name: string): string {
  if (type === 'golang') return modulePath(path, name).toLowerCase();
  if (type === 'pypi') return path.toLowerCase().replace(/[-_.]{1,64}/g, '-');
  if (type === 'maven') return path.replace(':', '/');
  return caselessTypes.has(type) ? path.toLowerCase() : path;
}

/**
 * Trivy moves the epoch of a package into a qualifier, Grype keeps it; only one of them writes Go's `v`; RPM versions
 * may end with the architecture that the qualifier names too.
 */
export function plainVersion(type: string, version: string, architecture = ''): string {
  if (type === 'golang') return version.replace(/^(?:v|go)(?=[0-9])/, '').replace(/\+incompatible$/, '');
  if (!systemTypes.has(type)) return version;
  const bare = version.replace(/^[0-9]{1,9}:/, '');
  const suffix = `.${architecture}`;
  return architecture !== '' && type === 'rpm' && bare.endsWith(suffix) ? bare.slice(0, -suffix.length) : bare;
}

/** The value of a qualifier of a package URL; empty when it has none. */
function qualifierOf(purl: string, name: string): string {
  const query = /\?([^#]*)/.exec(purl)?.[1] ?? '';
  const pair = query.split('&').find((part) => part.startsWith(`${name}=`));
  return pair === undefined ? '' : decodePercent(pair.slice(name.length + 1));
}

function beforeQualifiers(purl: string): string {
  const end = purl.search(/[?#]/);
  return end < 0 ? purl : purl.slice(0, end);
}

/** Package URL (purl-spec) without qualifiers and subpath; `version` where the URL itself has none. */
export function coordinatesOf({ name, version, purl }: NamedPackage): PackageCoordinates {
  const bare = beforeQualifiers(purl).replace(/^pkg:\/{0,2}/, '');
  const at = bare.lastIndexOf('@');
  const hasVersion = at > bare.lastIndexOf('/');
  const [type = '', ...segments] = (hasVersion ? bare.slice(0, at) : bare).split('/');
  const kind = type.toLowerCase();
  const path = decodePercent((systemTypes.has(kind) ? segments.slice(-1) : segments).join('/'));
  const written = hasVersion ? decodePercent(bare.slice(at + 1)) : version;
  return {
    type: kind,
    name: `${kind}/${plainName(kind, path, name)}`,
    version: plainVersion(kind, written, kind === 'rpm' ? qualifierOf(purl, 'arch') : ''),
  };
}

/** `coordinatesOf`, worked out once for all that share one object. */
export function createCoordinates(): (named: NamedPackage) => PackageCoordinates {
  const known = new Map<NamedPackage, PackageCoordinates>();
  return (named) => {
    const found = known.get(named) ?? coordinatesOf(named);
    known.set(named, found);
    return found;
  };
}
