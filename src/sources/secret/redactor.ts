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

/** `NAME=value` and `NAME: value` where the name says credential; `Authorization: Bearer value` too. */
const credentialAssignment =
  /((?:[A-Za-z0-9_.-]{0,80}[_.-])?(?:api[_-]?key|apikey|auth|credentials?|key|password|passwd|pword|pwd|secret|token)[A-Za-z0-9_]{0,40}["']?\s{0,8}[=:]\s{0,8})(\\?"[^"\n]*"|\\?'[^'\n]*'|(?:(?:basic|bearer|token)\s{1,8})?[^\s"'$][^\s"']*)/gi;
/** `ENV NAME value`, the form without an equals sign. */
const environmentPair =
  /^(\s*ENV\s+(?:[A-Za-z0-9_]{0,80}_)?(?:APIKEY|API_KEY|AUTH|CREDENTIALS?|KEY|PASSWORD|PASSWD|PWD|SECRET|TOKEN)[A-Za-z0-9_]{0,40}\s+)(?!=)\S.*$/gim;
/** `--token value`, `:_authToken value`: words of a command, where the next word is the value. */
const credentialWord =
  /([-_:.](?:api[_-]?key|apikey|auth[_-]?token|credentials?|password|passwd|pwd|secret|token)[A-Za-z0-9_-]{0,40}\s{1,8})(\\?"[^"\n]*"|\\?'[^'\n]*'|[^\s"'$-][^\s"']*)/gi;
/** `curl -u name:password`. */
const userOption = /(\s(?:-u|--user)[\s=]{1,8}["']?[^\s:"']{0,100}:)[^\s"'$][^\s"']*/g;
/** `poetry config http-basic.<repository> <name> <password>`, and `pypi-token.<repository> <token>`. */
const poetrySetting = /((?:http-basic\.\S{1,100}\s{1,8}[^\s-]\S{0,100}|pypi-token\.\S{1,100})\s{1,8})[^\s$-]\S*/g;
/** Name and password, or a token in the place of either; `git@` is no secret. */
const urlCredential = /([a-z][a-z0-9+.-]{1,20}:\/\/)(?!git@)[^\s/@]{1,400}(@)/gi;
const word = /[\w-]{16,512}/g;

/** Begins like a vendor's key; whole ones are told by their format. */
const vendorStart =
  /(?<![\w-])(?:sk-|[sr]k_live_|api_org_|hf_|AIza|gsk_|xai-|r8_|nvapi-|pcsk_|lsv2_|A[KSBC][IC]A|gh[pousr]_|github_pat_|glpat-|npm_|xox[abpr]-|dckr_)[\w-]{4,512}…/g;
const cutWord = /[^\s…]{6,512}…/g;

interface KnownValues {
  /** Longest first, so that a value inside another does not leave the rest of it standing. */
  readonly ordered: readonly string[];
  /** By their first characters, as many as the shortest value has. */
  readonly byStart: ReadonlyMap<string, readonly string[]>;
}

function indexValues(values: ReadonlySet<string>): KnownValues {
  const byStart = new Map<string, string[]>();
  for (const value of values) {
    const start = value.slice(0, shortestValue);
    const same = byStart.get(start);
    if (same === undefined) byStart.set(start, [value]);
    else same.push(value);
  }
  return { ordered: [...values].sort((a, b) => b.length - a.length), byStart };
}

/** A text that was cut before it came here may end in the beginning of a value, which gives away as much. */
function redactCut(text: string, { byStart }: KnownValues): string {
  return text.replace(cutWord, (cut) => {
    for (let start = 0; start < cut.length - shortestValue; start++) {
      const rest = cut.slice(start, -1);
      const values = byStart.get(rest.slice(0, shortestValue)) ?? [];
      if (values.some((value) => value.startsWith(rest))) return `${cut.slice(0, start)}${mask}…`;
    }
    return cut;
  });
}

/** What a text was cut with. */
const ellipsis = '…';

/** What cannot be in the text is not searched: each search costs more than telling so. */
function redactKnown(text: string, known: KnownValues): string {
  const whole = known.ordered.reduce((result, value) => result.replaceAll(value, mask), text);
  const isCut = whole.includes(ellipsis);
  const open = isCut ? redactCut(whole, known) : whole;
  const nameless = open.includes('://') ? open.replace(urlCredential, `$1${mask}$2`) : open;
  const keyless = nameless.replace(word, (candidate) => (vendorFormatOf(candidate) === null ? candidate : mask));
  return isCut ? keyless.replace(vendorStart, `${mask}${ellipsis}`) : keyless;
}

export function createRedactor(): Redactor {
  const values = new Set<string>();
  let indexed: KnownValues | null = null;
  const known = () => {
    indexed ??= indexValues(values);
    return indexed;
  };
  return {
    learn(value) {
      if (value.length < shortestValue || everyday.test(value)) return;
      values.add(value);
      indexed = null;
    },
    redact: (text) => redactKnown(text, known()),
    redactCode: (text) =>
      [credentialAssignment, environmentPair, credentialWord, userOption, poetrySetting].reduce(
        (result, pattern) => result.replace(pattern, `$1${mask}`),
        redactKnown(text, known()),
      ),
  };
}
