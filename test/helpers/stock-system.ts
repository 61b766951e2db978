import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder, debootstrap, type Part, pathOf, root } from './parts.ts';
import { perform } from './program.ts';

export const stockSystemParts: readonly Part[] = [root, debootstrap];

const suite = 'bookworm';
const packages = ['nodejs', 'golang-go', 'python3', 'python3-pip', 'caddy', 'ca-certificates'];

/** The file system of a stock Debian with Node, Go, Python and Caddy as a tar, made once: a minute or two, and a gigabyte. */
export async function stockSystem(): Promise<string> {
  const archive = join(cacheFolder, `${suite}-${packages.join('-')}.tar`);
  const isThere = await access(archive).then(
    () => true,
    () => false,
  );
  if (isThere) return archive;
  const folder = await mkdtemp(join(tmpdir(), 'hullcheck-stock-'));
  try {
    const words = ['--variant=minbase', `--include=${packages.join(',')}`, suite, join(folder, 'root')];
    await perform(pathOf(debootstrap), words);
    await perform('tar', [
      '-C',
      join(folder, 'root'),
      '--numeric-owner',
      '--one-file-system',
      '-cf',
      join(folder, 'x'),
      '.',
    ]);
    await mkdir(cacheFolder, { recursive: true });
    await perform('mv', [join(folder, 'x'), `${archive}.partial`]);
    await rename(`${archive}.partial`, archive);
    return archive;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
