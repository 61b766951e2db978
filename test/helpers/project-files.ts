import { execFileSync } from 'node:child_process';

/** The repository's root, as a URL that ends in a slash. */
export const root = new URL('../../', import.meta.url);

/** Files below a folder that git tracks or would, sorted; those deleted in the working tree are left out. */
export function listFiles(folder = ''): readonly string[] {
  const list = (words: readonly string[]) =>
    execFileSync('git', ['ls-files', '-z', ...words, '--', folder === '' ? '.' : folder], {
      cwd: root,
      maxBuffer: 1 << 28,
    })
      .toString('utf8')
      .split('\0')
      .filter((path) => path !== '');
  const deleted = new Set(list(['--deleted']));
  return [...new Set(list(['--cached', '--others', '--exclude-standard']))].filter((path) => !deleted.has(path)).sort();
}
