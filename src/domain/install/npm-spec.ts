const exactVersion = /^[=v]{0,2}\d{1,20}\.\d{1,20}\.\d{1,20}(?:[-+][\w.+-]*)?$/;
const commit = /^(?:commit=)?[0-9a-f]{40}$/;
const localPath = /^(?:\.|\/|~\/|file:|link:|portal:|workspace:)/;
const archive = /\.(?:tgz|tar|tar\.gz)$/;

/**
 * Whether an npm package spec can only mean one version: an exact version (also behind an alias), a git commit in full,
 * or files of the build itself. Ranges, tags, branches and URLs can change.
 */
export function isExactNpmSpec(spec: string): boolean {
  if (localPath.test(spec) || (archive.test(spec) && !spec.includes('://'))) return true;
  const hash = spec.lastIndexOf('#');
  if (hash >= 0) return commit.test(spec.slice(hash + 1));
  const at = spec.lastIndexOf('@');
  return at > 0 && exactVersion.test(spec.slice(at + 1).replace(/^npm:/, ''));
}

/** `npm create vite@5` runs the package `create-vite@5`; exactness reads the same. */
export function hasVersion(spec: string): boolean {
  return spec.lastIndexOf('@') > 0;
}
