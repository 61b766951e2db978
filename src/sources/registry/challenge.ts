/** One way a server offers to be logged in to (RFC 9110, 11.6.1, `WWW-Authenticate`). */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const longestHeader = 8192;
/** Sticky, each with one way to match: no text makes them slow. */
const tokenPattern = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const quotedPattern = /"((?:[^"\\]|\\.)*)"/y;
const blankPattern = /[ \t]*/y;

interface Scanner {
  match(pattern: RegExp): string | null;
  take(character: string): boolean;
  skip(): void;
  mark(): number;
  reset(mark: number): void;
  isDone(): boolean;
}

function createScanner(text: string): Scanner {
  let at = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return null;
    at = pattern.lastIndex;
    return found[1] ?? found[0];
  };
  return {
    match,
    take(character) {
      const isThere = text[at] === character;
      if (isThere) at += 1;
      return isThere;
    },
    skip: () => void match(blankPattern),
    mark: () => at,
    reset(mark) {
      at = mark;
    },
    isDone: () => at >= text.length,
  };
}

/** `name=value` or `name="value"`; null, with nothing taken, where something else stands. */
function readParameter(scanner: Scanner): readonly [name: string, value: string] | null {
  const start = scanner.mark();
  const name = scanner.match(tokenPattern);
  scanner.skip();
  if (name !== null && scanner.take('=')) {
    scanner.skip();
    const quoted = scanner.match(quotedPattern);
    const value = quoted?.replace(/\\(.)/g, '$1') ?? scanner.match(tokenPattern);
    if (value !== null) return [name.toLowerCase(), value];
  }
  scanner.reset(start);
  return null;
}

function readParameters(scanner: Scanner): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (;;) {
    const before = scanner.mark();
    scanner.skip();
    while (scanner.take(',')) scanner.skip();
    const parameter = readParameter(scanner);
    if (parameter === null) {
      scanner.reset(before);
      return parameters;
    }
    if (!parameters.has(parameter[0])) parameters.set(...parameter);
  }
}

/** All challenges of a header that may hold several, as registries send Bearer and Basic in one; it ends at what is malformed. */
export function parseChallenges(header: string): readonly Challenge[] {
  const scanner = createScanner(header.slice(0, longestHeader));
  const challenges: Challenge[] = [];
  while (!scanner.isDone()) {
    scanner.skip();
    while (scanner.take(',')) scanner.skip();
    const scheme = scanner.match(tokenPattern);
    if (scheme === null) break;
    challenges.push({ scheme: scheme.toLowerCase(), parameters: readParameters(scanner) });
  }
  return challenges;
}
