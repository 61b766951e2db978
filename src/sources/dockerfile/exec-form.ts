import type { CommandWord } from '../../domain/shell-command.ts';

const jsonString = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"/g;

function parseStrings(text: string): readonly string[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null;
  } catch {
    return null;
  }
}

/**
 * The words of an exec form (`["npm", "ci"]`) with the span of each string's content, offsets into `text`; null when
 * it is no JSON array of strings, which BuildKit then reads as shell form (line_parsers.go, parseMaybeJSON).
 */
export function readExecForm(text: string): readonly CommandWord[] | null {
  if (!text.startsWith('[')) return null;
  const values = parseStrings(text);
  if (values === null) return null;
  const spans = [...text.matchAll(jsonString)];
  return values.map((value, index) => {
    const span = spans[index];
    const start = (span?.index ?? 0) + 1;
    return { value, isDynamic: false, start, end: start + Math.max(0, (span?.[0].length ?? 2) - 2) };
  });
}
