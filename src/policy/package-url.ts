import { decodePercent } from '../domain/package-coordinates.ts';

export function isPackageUrl(text: string): boolean {
  return /^pkg:[a-z][a-z0-9.+-]{0,30}\/\S+$/i.test(text);
}

/** A URI by its letters (RFC 3986), which package URLs are unless they are patterns. */
export function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]{0,30}:(?:[\w.~:/?#@!$&'()*+,;=-]|%[0-9a-f]{2})+$/i.test(text);
}

/** Type, name and version of a package URL as other tools call them (purl-spec; names of Grype's package types). */
export interface PackageParts {
  readonly type: string;
  readonly name: string;
  readonly version: string | null;
}

/** Types whose package name includes the namespace. */
const namespaced: ReadonlySet<string> = new Set(['npm', 'golang', 'composer']);

export function splitPackageUrl(purl: string): PackageParts {
  const bare = purl.replace(/[?#].*$/s, '').replace(/^pkg:/i, '');
  const at = bare.lastIndexOf('@');
  const hasVersion = at > bare.lastIndexOf('/');
  const [type = '', ...segments] = (hasVersion ? bare.slice(0, at) : bare).split('/');
  const kind = type.toLowerCase();
  const path = namespaced.has(kind) ? segments : segments.slice(-1);
  return {
    type: kind,
    name: decodePercent(path.join('/')),
    version: hasVersion ? decodePercent(bare.slice(at + 1)) : null,
  };
}

/** The package URL without qualifiers and subpath. */
export function plainPackageUrl(purl: string): string {
  return purl.replace(/[?#].*$/s, '');
}
