import { isAdvisoryId } from './advisory-id.ts';
import { addDays, isCalendarDay } from './calendar.ts';
import { type Imported, joinImported, leave, reasonOf, take } from './exception-statement.ts';

/** Trivy drops an entry at the first moment of the day it names: the last whole day is the one before. */
export function lastDay(expiry: string): string | null {
  const day = expiry.slice(0, 10);
  return isCalendarDay(day) ? addDays(day, -1) : null;
}

/** Of a longer comment the last lines are the reason. */
const mostCommentLines = 20;

function readLine(line: string, number: number, comment: string): Imported {
  const [id = '', ...words] = line
    .replace(/\s#.*$/, '')
    .trim()
    .split(/\s+/);
  const own = /\s#(.*)$/.exec(line)?.[1] ?? null;
  if (!isAdvisoryId(id)) return leave(`line ${number}: ${id} is no advisory`);
  const expiry = words.find((word) => word.startsWith('exp:'))?.slice(4) ?? null;
  const expires = expiry === null ? null : lastDay(expiry);
  if (expiry !== null && expires === null) return leave(`line ${number}: ${expiry} is no day`);
  return take([{ advisory: id, package: null, reason: reasonOf(own ?? comment), expires }]);
}

/** `.trivyignore`: an id a line, `exp:` with a day behind it; the comment above or behind it is taken for its reason. */
export function readTrivyIgnore(text: string): Imported {
  const parts: Imported[] = [];
  let comments: readonly string[] = [];
  let isOpen = true;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line.startsWith('#')) {
      comments = [...(isOpen ? comments.slice(-mostCommentLines) : []), line.replace(/^#+\s*/, '')];
      isOpen = true;
    } else if (line === '') comments = [];
    else {
      parts.push(readLine(line, index + 1, comments.join(' ')));
      isOpen = false;
    }
  }
  return joinImported(parts);
}
