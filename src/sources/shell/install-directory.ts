import type { InstallCommand } from './install-command.ts';

const flags: Readonly<Record<InstallCommand['manager'], readonly string[]>> = {
  npm: ['--prefix', '-C'],
  pnpm: ['--dir', '-C', '--prefix'],
  yarn: ['--cwd'],
  bun: ['--cwd'],
  pip: [],
  uv: ['--directory', '--project'],
  poetry: ['--directory', '--project', '-C', '-P'],
};

/**
 * The folder the command itself names (`npm --prefix web ci`, `pnpm -C web i`), relative to its working folder. '' when
 * it names none; null when the name is dynamic.
 */
export function installDirectory(command: InstallCommand): string | null {
  const { words } = command;
  const names = flags[command.manager];
  for (const [index, word] of words.entries()) {
    if (word === null) continue;
    const inline = names.find((name) => word.startsWith(`${name}=`));
    if (inline !== undefined) return word.slice(inline.length + 1);
    if (names.includes(word)) return words[index + 1] ?? null;
  }
  return '';
}
