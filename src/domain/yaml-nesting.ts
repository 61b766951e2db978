import { type CST, Lexer, Parser } from 'yaml';

const deepest = 64;
const mostTokens = 300_000;

/**
 * The tokens of a YAML text, for `Composer`; null when it must not be composed: nested deeper than 64 or more than
 * 300,000 lexemes. `yaml` composes by recursion, and a stack that overflows inside a regular expression ends the Node
 * process instead of throwing; its lexer and parser work through a stack of their own, so the depth can be told safely first.
 */
export function readTokens(text: string): readonly CST.Token[] | null {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > deepest || lexemes > mostTokens) return null;
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** Whether a YAML text must not be handed to `yaml` as it is; see `readTokens`. */
export function isTooNested(text: string): boolean {
  return readTokens(text) === null;
}
