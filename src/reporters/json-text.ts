const unsafeInJson = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

function escapeUnits(text: string): string {
  let escaped = '';
  for (let i = 0; i < text.length; i++) escaped += `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return escaped;
}

/**
 * JSON with two-space indents and a newline at the end, in which no character can act on a terminal or log: what
 * JSON.stringify leaves as it is (bidi, zero-width, line separators, C1) is written as `\uXXXX`, and so is the middle of
 * `##[`. The values are exactly those handed in.
 */
export function encodeJson(value: unknown): string {
  const json = JSON.stringify(value, null, 2);
  return `${json.replace(unsafeInJson, escapeUnits).replaceAll('##[', '#\\u0023[')}\n`;
}
