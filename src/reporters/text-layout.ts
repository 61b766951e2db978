const wideCharacters =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

function widthOfCharacter(character: string): number {
  if (/\p{M}/u.test(character)) return 0;
  return wideCharacters.test(character) ? 2 : 1;
}

/** Terminal columns of a text without control characters: East Asian wide characters take two, combining marks none. */
export function widthOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** The longest start of `text` that fits in `room` columns. */
function startOf(text: string, room: number): string {
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += widthOfCharacter(character);
    if (width > room) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** `text` in at most `room` columns, with an ellipsis when cut. */
export function cutTo(text: string, room: number): string {
  return widthOf(text) <= room ? text : `${startOf(text, Math.max(0, room - 1))}…`;
}

function breakWord(word: string, room: number): readonly string[] {
  const pieces: string[] = [];
  let rest = word;
  while (widthOf(rest) > room) {
    const piece = startOf(rest, room) || rest.slice(0, 2);
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...pieces, rest];
}

/** Lines of at most `room` columns; words longer than that are broken. */
function wrap(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((each) => breakWord(each, room))) {
    if (line === '') line = word;
    else if (widthOf(line) + 1 + widthOf(word) <= room) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** Wrapped lines behind an indent, the first one with `label` and the rest hanging under the text behind it. */
export function wrapLabelled(label: string, text: string, indent: number, columns: number): readonly string[] {
  const margin = ' '.repeat(indent);
  const hanging = ' '.repeat(widthOf(label));
  const lines = wrap(text, Math.max(20, columns - indent - widthOf(label)));
  return lines.map((line, index) => `${margin}${index === 0 ? label : hanging}${line}`);
}
