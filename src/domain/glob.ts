type GlobStep =
  | { readonly kind: 'literal'; readonly character: string }
  /** One character other than `/`. */
  | { readonly kind: 'any' }
  /** Any run of characters without `/`. */
  | { readonly kind: 'star' }
  /** Any run of characters. */
  | { readonly kind: 'globstar' }
  /** Zero or more whole folders. */
  | { readonly kind: 'folders' };

const longestPattern = 1024;

function readStep(pattern: string, position: number): { step: GlobStep; length: number } {
  const character = pattern.charAt(position);
  if (character === '?') return { step: { kind: 'any' }, length: 1 };
  if (character !== '*') return { step: { kind: 'literal', character }, length: 1 };
  if (pattern.charAt(position + 1) !== '*') return { step: { kind: 'star' }, length: 1 };
  const startsFolder = position === 0 || pattern.charAt(position - 1) === '/';
  if (startsFolder && pattern.charAt(position + 2) === '/') return { step: { kind: 'folders' }, length: 3 };
  return { step: { kind: 'globstar' }, length: 2 };
}

function compile(pattern: string): readonly GlobStep[] {
  const steps: GlobStep[] = [];
  for (let position = 0; position < pattern.length; ) {
    const { step, length } = readStep(pattern, position);
    steps.push(step);
    position += length;
  }
  return steps;
}

/** Adds a state and all that follow it without consuming a character. */
function enter(states: Set<number>, steps: readonly GlobStep[], state: number): void {
  let current = state;
  states.add(current);
  while (current < steps.length) {
    const kind = steps[current]?.kind;
    if (kind !== 'star' && kind !== 'globstar' && kind !== 'folders') return;
    current += 1;
    states.add(current);
  }
}

/**
 * States are positions in `steps`. Inside a folder that `folders` swallows the state is `-1 - position`, so that the step
 * after it is only reached behind a slash.
 */
function advance(states: Set<number>, steps: readonly GlobStep[], state: number, character: string): void {
  const position = state < 0 ? -1 - state : state;
  const step = steps[position];
  if (step === undefined) return;
  if (step.kind === 'folders') {
    states.add(-1 - position);
    if (character === '/') enter(states, steps, position + 1);
  } else if (step.kind === 'globstar' || (step.kind === 'star' && character !== '/')) {
    enter(states, steps, position);
  } else if (step.kind === 'literal' ? step.character === character : step.kind === 'any' && character !== '/') {
    enter(states, steps, position + 1);
  }
}

/**
 * Whether `path` matches as a whole. `*` and `?` stay within one folder, `**` crosses folders, and a leading or inner
 * `**` followed by `/` also stands for no folder at all. Nothing else is special. All states are followed at once, so
 * the time is at most proportional to the path times the pattern. A pattern over 1024 characters matches nothing.
 */
export function matchesGlob(pattern: string, path: string): boolean {
  if (pattern.length > longestPattern) return false;
  const steps = compile(pattern);
  let states = new Set<number>();
  enter(states, steps, 0);
  for (let i = 0; i < path.length && states.size > 0; i++) {
    const next = new Set<number>();
    for (const state of states) advance(next, steps, state, path.charAt(i));
    states = next;
  }
  return states.has(steps.length);
}
