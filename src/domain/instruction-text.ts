import type { Instruction } from './dockerfile.ts';

/** Longer instructions are told apart by their start. */
const longestText = 16 * 1024;

/** An instruction on one line: keyword, flags, arguments and heredocs, with one blank between words. */
export function instructionText({ keyword, flags, argumentText, heredocs }: Instruction): string {
  const flagWords = flags.map(({ name, value }) => (value === '' ? `--${name}` : `--${name}=${value}`));
  const bodies = heredocs.map((heredoc) => heredoc.body);
  return [keyword, ...flagWords, argumentText, ...bodies].join(' ').slice(0, longestText).replace(/\s+/g, ' ').trim();
}
