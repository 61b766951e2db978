import type { DotenvFacts } from '../../domain/layer-evidence.ts';
import { isPlaceholder } from '../../domain/placeholder.ts';
import { settingsText } from './settings-text.ts';

/** What a dotenv file says, and the values to keep out of every output. */
export interface DotenvReading {
  readonly facts: DotenvFacts;
  readonly values: readonly string[];
}

/** Names listed; a file with more still counts as one finding. */
const keyLimit = 200;
const assignment = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]{0,127})[ \t]*[=:][ \t]*(.*)$/;

/** Quotes removed, trailing comment of an unquoted value dropped. */
function unquote(raw: string): string {
  const text = raw.trim();
  const quote = text[0];
  if (quote === '"' || quote === "'" || quote === '`') {
    const end = text.indexOf(quote, 1);
    return end < 0 ? text.slice(1) : text.slice(1, end);
  }
  return text.replace(/(?:^|\s+)#.*$/, '').trim();
}

/** Sorts the assignments of a dotenv file by whether their value is real. Lines that assign nothing are passed over. */
export function readDotenv(content: Buffer, isComplete: boolean): DotenvReading {
  const keys = { real: new Set<string>(), placeholder: new Set<string>(), empty: new Set<string>() };
  const values: string[] = [];
  for (const line of settingsText(content).split('\n')) {
    const match = assignment.exec(line);
    const name = match?.[1];
    if (name === undefined) continue;
    const value = unquote(match?.[2] ?? '');
    const kind = value === '' ? 'empty' : isPlaceholder(value) ? 'placeholder' : 'real';
    keys[kind].add(name);
    if (kind === 'real') values.push(value);
  }
  const listed = (names: Set<string>) => [...names].slice(0, keyLimit);
  const facts = {
    realKeys: listed(keys.real),
    placeholderKeys: listed(keys.placeholder),
    emptyKeys: listed(keys.empty),
    isComplete,
  };
  return { facts, values };
}
