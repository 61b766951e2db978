/** One pattern of an ignore file. */
export interface IgnorePattern {
  /** Cleaned as BuildKit does, without the `!` in front. */
  readonly text: string;
  /** `!`: what it matches is taken after all. */
  readonly isNegated: boolean;
}

type IgnoreStep =
  | { readonly kind: 'literal'; readonly character: string }
  /** One character other than `/`. */
  | { readonly kind: 'any' }
  /** Any run of characters without `/`. */
  | { readonly kind: 'star' }
  /** Nothing, or anything that ends in `/`. */
  | { readonly kind: 'folders' }
  | { readonly kind: 'rest' }
  | { readonly kind: 'class'; readonly isNegated: boolean; readonly ranges: readonly Range[] };

type Range = readonly [low: string, high: string];

/** For each length of the path from 1 on: whether its start of that length matches. */
type StartMatcher = (path: string, length: number) => boolean;

interface Class {
  readonly step: IgnoreStep;
  readonly next: number;
}

/** A character of a class: a bare `-`, `]` or `[` is none (filepath.Match, getEsc). */
function readClassCharacter(text: readonly string[], position: number): readonly [string, number] | null {
  const character = text[position];
  if (character === undefined || /^[-\][*?]$/.test(character)) return null;
  if (character !== '\\') return [character, position + 1];
  const escaped = text[position + 1];
  return escaped === undefined || /^[0-9A-Za-z]$/.test(escaped) ? null : [escaped, position + 2];
}

function readClass(text: readonly string[], open: number): Class | null {
  const isNegated = text[open + 1] === '^';
  const ranges: Range[] = [];
  let position = open + (isNegated ? 2 : 1);
  while (ranges.length === 0 || text[position] !== ']') {
    const low = readClassCharacter(text, position);
    if (low === null) return null;
    const high = text[low[1]] === '-' ? readClassCharacter(text, low[1] + 1) : low;
    if (high === null || low[0] > high[0]) return null;
    ranges.push([low[0], high[0]]);
    position = high[1];
  }
  return { step: { kind: 'class', isNegated, ranges }, next: position + 1 };
}

/** `**` with the slash after it, as moby/patternmatcher reads it: at the end it takes everything. */
function readGlobstar(text: readonly string[], position: number): Class {
  const next = text[position + 2] === '/' ? position + 3 : position + 2;
  return { step: { kind: next >= text.length ? 'rest' : 'folders' }, next };
}

function readEscape(text: readonly string[], position: number): Class | null {
  const character = text[position + 1];
  if (character === undefined || /^[0-9A-Za-z]$/.test(character)) return null;
  return { step: { kind: 'literal', character }, next: position + 2 };
}

function readStep(text: readonly string[], position: number): Class | null {
  const character = text[position] ?? '';
  const next = position + 1;
  if (character === '[') return readClass(text, position);
  if (character === '\\') return readEscape(text, position);
  if (character === '?') return { step: { kind: 'any' }, next };
  if (character !== '*') return { step: { kind: 'literal', character }, next };
  return text[next] === '*' ? readGlobstar(text, position) : { step: { kind: 'star' }, next };
}

/** Null when the pattern is malformed. */
function compile(pattern: string): readonly IgnoreStep[] | null {
  const text = [...pattern];
  const steps: IgnoreStep[] = [];
  for (let position = 0; position < text.length; ) {
    const read = readStep(text, position);
    if (read === null) return null;
    steps.push(read.step);
    position = read.next;
  }
  return steps;
}

/**
 * Whether BuildKit would refuse the pattern, or read it by rules of Go's regular expressions that no ignore file means: a
 * letter or digit after a backslash, `*`, `?` and `[` within brackets.
 */
export function isMalformedPattern({ text }: IgnorePattern): boolean {
  return text === '' || compile(text) === null;
}

/** Adds a state and all that follow it without consuming a character. */
function enter(states: Set<number>, steps: readonly IgnoreStep[], state: number): void {
  let current = state;
  states.add(current);
  while (current < steps.length) {
    const kind = steps[current]?.kind;
    if (kind !== 'star' && kind !== 'folders' && kind !== 'rest') return;
    current += 1;
    states.add(current);
  }
}

function consumes(step: IgnoreStep, character: string): boolean {
  if (step.kind === 'literal') return step.character === character;
  if (step.kind === 'any' || step.kind === 'star') return character !== '/';
  if (step.kind !== 'class') return character !== '\n';
  return step.ranges.some(([low, high]) => character >= low && character <= high) !== step.isNegated;
}

/** Within what `folders` swallows the state is `-1 - position`: the step after it is only reached behind a slash. */
function advance(states: Set<number>, steps: readonly IgnoreStep[], state: number, character: string): void {
  const position = state < 0 ? -1 - state : state;
  const step = steps[position];
  if (step === undefined || !consumes(step, character)) return;
  if (step.kind === 'folders') {
    states.add(-1 - position);
    if (character === '/') enter(states, steps, position + 1);
  } else enter(states, steps, step.kind === 'star' || step.kind === 'rest' ? position : position + 1);
}

/** All states are followed at once and once for all starts of the path: the time is at most path times pattern. */
function matchBySteps(steps: readonly IgnoreStep[]): StartMatcher {
  let known = '';
  let ends = new Set<number>();
  return (path, length) => {
    if (known !== path) {
      known = path;
      ends = acceptedLengths(steps, path);
    }
    return ends.has(length);
  };
}

function acceptedLengths(steps: readonly IgnoreStep[], path: string): Set<number> {
  const ends = new Set<number>();
  let states = new Set<number>();
  enter(states, steps, 0);
  let length = 0;
  for (const character of path) {
    const next = new Set<number>();
    for (const state of states) advance(next, steps, state, character);
    states = next;
    length += character.length;
    if (states.has(steps.length)) ends.add(length);
    if (states.size === 0) break;
  }
  return ends;
}

/** `**` in front and no other wildcard: the end of the path decides, and `**` followed by `/` also stands for nothing. */
function matchSuffix(suffix: string): StartMatcher {
  return (path, length) => {
    const start = path.slice(0, length);
    return start.endsWith(suffix) || (suffix.startsWith('/') && start === suffix.slice(1));
  };
}

const special = /[*?[\]\\]/;

function createMatcher(pattern: string): StartMatcher {
  if (pattern.startsWith('**') && !special.test(pattern.slice(2))) return matchSuffix(pattern.slice(2));
  if (!special.test(pattern)) return (path, length) => length === pattern.length && path.startsWith(pattern);
  const steps = compile(pattern);
  return steps === null ? () => false : matchBySteps(steps);
}

/** Where the parents of a path end, from the top, and where the path itself does. */
function prefixLengths(path: string): readonly number[] {
  const lengths: number[] = [];
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) lengths.push(slash);
  return [...lengths, path.length];
}

/**
 * Whether a build leaves a file of its context out, by the rules BuildKit walks the context with (moby/patternmatcher,
 * MatchesUsingParentResults): the last pattern that matches decides, what matches a folder holds for all in it, and a
 * pattern is only looked at when it would change what the ones before it say. `path` is relative to the context. A
 * malformed pattern matches nothing.
 */
export function isIgnored(patterns: readonly IgnorePattern[], path: string): boolean {
  const matchers = patterns.map(({ text }) => createMatcher(text));
  const above = new Set<number>();
  let isLeftOut = false;
  for (const length of prefixLengths(path)) {
    isLeftOut = false;
    for (const [index, matches] of matchers.entries()) {
      const isNegated = patterns[index]?.isNegated === true;
      if (!above.has(index) && (isNegated !== isLeftOut || !matches(path, length))) continue;
      above.add(index);
      isLeftOut = !isNegated;
    }
  }
  return isLeftOut;
}
