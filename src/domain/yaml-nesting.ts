import { Lexer, Parser } from 'yaml';

const deepest = 64;
const mostTokens = 300_000;

/**
 * Whether a YAML text must not be composed: nested deeper than 64 or more than 300,000 tokens. `yaml` composes by
 * recursion, and a stack that overflows inside a regular expression ends the Node process instead of throwing; its
 * lexer and parser work through a stack of their own, so the depth can be told safely first.
 */
export function isTooNested(text: string): boolean {
  const parser = new Parser();
  let tokens = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens += 1;
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > deepest || tokens > mostTokens) return true;
  }
  return false;
}
