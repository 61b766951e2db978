import { vendorFormatOf } from './vendor-format.ts';

/**
 * Knows every secret value met in this run and blanks it in any text that will be shown. Values are held in this
 * closure only; nothing reads them back.
 */
export interface Redactor {
  /**
   * Remembers a value. What is shorter than 6 characters, a number, a plain path or URL, or an everyday word of
   * configuration is too common to blank without garbling the text, and no secret.
   */
  learn(value: string): void;
  /** Blanks known values, passwords in URLs and vendors' keys: for sentences. */
  redact(text: string): string;
  /** Also blanks what is assigned to credential names: for lines of foreign code. */
  redactCode(text: string): string;
}

const shortestValue = 6;
const mask = '***';
const everyday =
  /^(?:production|development|staging|testing|localhost|default|enabled|disabled|warning|verbose|postgres|postgresql|public|private|client|server|ollama|openai|internal|external|\d{1,12}|\/[\w./-]*|[a-z]+:\/\/[^@?\s]*)$/i;

/** `NAME=value` and `NAME: value` where the name says credential. */
const credentialAssignment =
  /((?:[A-Za-z0-9_.-]{0,80}[_.-])?(?:api[_-]?key|apikey|auth|credentials?|key|password|passwd|pword|pwd|secret|token)[A-Za-z0-9_]{0,40}["']?\s{0,8}[=:]\s{0,8})("[^"\n]*"|'[^'\n]*'|[^\s"'$][^\s"']*)/gi;
/** `ENV NAME value`, the form without an equals sign. */
const environmentPair =
  /^(\s*ENV\s+(?:[A-Za-z0-9_]{0,80}_)?(?:APIKEY|API_KEY|AUTH|CREDENTIALS?|KEY|PASSWORD|PASSWD|PWD|SECRET|TOKEN)[A-Za-z0-9_]{0,40}\s+)(?!=)\S.*$/gim;
const urlCredential = /([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,300}(@)/gi;
const word = /[\w-]{16,512}/g;

function redactKnown(text: string, values: readonly string[]): string {
  return values
    .reduce((result, value) => result.replaceAll(value, mask), text)
    .replace(urlCredential, `$1${mask}$2`)
    .replace(word, (candidate) => (vendorFormatOf(candidate) === null ? candidate : mask));
}

export function createRedactor(): Redactor {
  const values = new Set<string>();
  let ordered: readonly string[] | null = null;
  /** Longest first, so that a value inside another does not leave the rest of it standing. */
  const known = () => {
    ordered ??= [...values].sort((a, b) => b.length - a.length);
    return ordered;
  };
  return {
    learn(value) {
      if (value.length < shortestValue || everyday.test(value)) return;
      values.add(value);
      ordered = null;
    },
    redact: (text) => redactKnown(text, known()),
    redactCode: (text) =>
      redactKnown(text, known()).replace(credentialAssignment, `$1${mask}`).replace(environmentPair, `$1${mask}`),
  };
}
