function escapeCharacter(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

const words = /^(?:true|false|null)$/i;

/** A plain YAML scalar where that is safe beyond doubt, else a double-quoted one of printable ASCII (YAML 1.2.2, 7.3.1). */
export function asciiScalar(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9_./-]*$/.test(text) && !words.test(text)) return text;
  return JSON.stringify(text).replace(/[^ -~]/gu, escapeCharacter);
}

/** As a person would write it into a file: a sentence stays plain, letters of any script stay as they are. */
export function readableScalar(text: string): string {
  if (/^\p{L}[\p{L}\p{N}_./()-]*(?: [\p{L}\p{N}_./()-]+)*$/u.test(text) && !words.test(text)) return text;
  return JSON.stringify(text).replace(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, escapeCharacter);
}
