/**
 * Foreign text made safe to print: everything from a repository, image, scanner or network passes here before it
 * reaches a log, Markdown or a workflow command. Control characters, line and paragraph separators, bidi controls,
 * zero-width and tag characters become visible escapes; the runner's legacy `##[` and a leading `::` are broken up
 * (actions/runner ActionCommand.cs parses `##[cmd]` anywhere in a line and `::cmd::` after leading blanks).
 */
const unsafeCharacters = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 10) return '\\n';
  if (code === 13) return '\\r';
  if (code === 9) return '\\t';
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** Each unsafe character as a visible escape; nothing else changes, so `::` and `##[` are left as they are. */
export function escapeUnsafe(text: string): string {
  return text.replace(unsafeCharacters, escapeCharacter);
}

/**
 * Breaks up workflow commands at the start of any line of a whole output, for text whose lines were made after
 * `neutralise`, e.g. by wrapping.
 */
export function breakCommands(text: string): string {
  return text.replaceAll('##[', '## [').replace(/^([^\S\n]*):{2,}/gm, spaceColons);
}

function spaceColons(match: string): string {
  return match.replaceAll('::', ': :').replaceAll('::', ': :');
}

/** `text` without half a surrogate pair at its end. */
function dropHalfCharacter(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text;
}

/** Most texts are short and plain: telling so takes a tenth of what the rest of `neutralise` takes. */
const plainText = /^[ -~]*$/;

/**
 * One line of printable text, at most `limit` UTF-16 units with an ellipsis when cut. A `::` is broken up after every
 * blank and not only at the start, as wrapping may put any word at the start of a line. Neutral text stays as it is.
 */
export function neutralise(text: string, limit = 4096): string {
  if (text.length <= limit && plainText.test(text) && !text.includes('::') && !text.includes('##[')) return text;
  const isCut = text.length > limit;
  const safe = escapeUnsafe(isCut ? dropHalfCharacter(text.slice(0, limit)) : text)
    .replaceAll('##[', '## [')
    .replace(/(?<!\S):{2,}/g, spaceColons);
  return isCut || safe.length > limit ? `${dropHalfCharacter(safe.slice(0, limit - 1))}…` : safe;
}
