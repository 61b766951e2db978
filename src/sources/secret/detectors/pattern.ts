/**
 * What may stand before a token: no character of a word, unless an escape (`\n`), a URL escape (`%3D`) or binary data
 * ends there. In compiled Python a string follows its length, which can look like a letter.
 */
const start = String.raw`(?:(?<![\w-])|(?<=[\x00-\x08\x0e-\x1f\x7f-\xffZz\\][\w-]|%[0-9A-F]{2}))`;
/** The end of a word, or one character of the next binary field. */
export const tokenEnd = String.raw`(?![\w-](?:[\t\n\r -~]|$))`;

/** A token that begins with its anchor and is a word of its own: for short prefixes, which occur inside words too. */
export function wordToken(source: string): RegExp {
  return new RegExp(`${start}${source}${tokenEnd}`, 'y');
}

/** A token whose prefix is so long and rare that it is found inside other text too, as in a program's string table. */
export function rareToken(source: string): RegExp {
  return new RegExp(source, 'y');
}

/** A token whose anchor is in its midst. */
export function innerToken(source: string): RegExp {
  return new RegExp(`${start}${source}${tokenEnd}`, 'g');
}

/** What stands between a setting's name and its value. */
export const assignmentSign = String.raw`["'\])]{0,3}[ \t]{0,4}(?:=>|:=|=|:|,|\|\||\?\?)[ \t]{0,4}["'\x60]?`;

/**
 * The value behind a setting's name: `NAME=value`, `"name": "value"`, `environ["NAME"] = 'value'`, `NAME || 'value'`,
 * `getenv("NAME", "value")`. The anchor is the name.
 */
export function assigned(names: readonly string[], value: string): RegExp {
  return new RegExp(`(?<![A-Za-z0-9])(?:${names.join('|')})${assignmentSign}(?<value>${value})${tokenEnd}`, 'y');
}

/** A setting's name as shells and as programs write it. */
export function spellings(...names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap((name) => [name, name.toLowerCase()]))];
}
