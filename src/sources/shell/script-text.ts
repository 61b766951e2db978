/** UTF-16 units beyond which a script is not read: no written script is longer, and the parser's time stays bounded. */
export const scriptLimit = 131_072;

/** How far the end of one `${{ … }}` is looked for; GitHub refuses longer expressions (21,000 characters). */
const expressionLimit = 21_000;

/** Offset after the closing `}}`; braces inside the expression's 'single quoted' strings do not close it. -1: no end. */
function endOfExpression(script: string, start: number): number {
  const limit = Math.min(script.length, start + expressionLimit);
  let isQuoted = false;
  for (let i = start + 3; i < limit; i++) {
    if (script[i] === "'") isQuoted = !isQuoted;
    else if (!isQuoted && script.startsWith('}}', i)) return i + 2;
  }
  return -1;
}

/** `${{ … }}` becomes `${____}` of equal length: an expansion to the shell parser, as it is dynamic to the shell. */
function blankExpressions(script: string): string {
  const pieces: string[] = [];
  let from = 0;
  for (let start = script.indexOf('${{'); start >= 0; start = script.indexOf('${{', from)) {
    const end = endOfExpression(script, start);
    if (end < 0) break;
    pieces.push(script.slice(from, start), `\${${'_'.repeat(end - start - 3)}}`);
    from = end;
  }
  return pieces.join('') + script.slice(from);
}

/**
 * The script as the parser wants it, of equal length so that offsets hold: workflow expressions blanked, CRLF as LF
 * (a continuation keeps its backslash right before the line feed, and heredoc terminators stand alone).
 */
export function prepareScript(script: string): string {
  const plain = script.includes('${{') ? blankExpressions(script) : script;
  return plain.includes('\r\n') ? plain.replaceAll('\\\r\n', ' \\\n').replaceAll('\r\n', '\n\n') : plain;
}

const blankedExpression = /\$\{_{2,}\}/;

/** Whether the text holds a blanked workflow expression, which the runner fills in even between single quotes. */
export function holdsExpression(text: string): boolean {
  return blankedExpression.test(text);
}
