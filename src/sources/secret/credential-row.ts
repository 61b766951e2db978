import type { CredentialFile } from './credential-file.ts';
import type { CredentialReader } from './credential-reader.ts';

/** A path that ends in one of these whole segments; `*` is part of a segment, `**` some of them. */
function pathPattern(endings: readonly string[]): RegExp {
  const sources = endings.map((ending) =>
    ending
      .replace(/[.+]/g, '\\$&')
      .replaceAll('**', '.{1,256}')
      .replace(/(?<!\.\{1,256\})\*/g, '[^/]{0,256}'),
  );
  return new RegExp(`(?:^|/)(?:${sources.join('|')})$`, 'i');
}

/** The base name that is looked up; of one that is only a pattern, the ending after it. */
function keyOf(ending: string): string {
  const base = ending.slice(ending.lastIndexOf('/') + 1).toLowerCase();
  const star = base.lastIndexOf('*');
  return star < 0 ? base : `*${base.slice(base.indexOf('.', star))}`;
}

/** One row of the tables of credential files. */
export function file(
  id: string,
  what: string,
  endings: readonly string[],
  read: CredentialReader | null,
  revokeUrl: string | null = null,
): CredentialFile {
  const names = [...new Set(endings.map(keyOf))];
  return { id, what, path: pathPattern(endings), names, read, revokeUrl };
}
