/** A package that a lockfile pins, with what it needs. */
export interface LockedNode {
  /** Unique in the file. */
  readonly key: string;
  readonly name: string;
  readonly version: string;
  /** 1-based: the line that names it, to the line that says its version. */
  readonly line: number;
  readonly endLine: number;
  /** Keys of other nodes; those that are not there are passed over. */
  readonly needs: readonly string[];
}

/** What a lockfile says. */
export interface LockGraph {
  readonly nodes: readonly LockedNode[];
  /** Keys of what the project itself asks for; null where the file does not say: then what nothing else needs. */
  readonly direct: readonly string[] | null;
}

/** How a package came in: the names from a direct dependency to the one that needs it. */
export interface Provenance {
  /** Null where no way to it is known. */
  readonly isDirect: boolean | null;
  readonly through: readonly string[];
}

/** A longer way is told by its ends: this many names of each. */
const [firstNames, lastNames] = [3, 2];

/** How a node was reached; the start of the way is kept, so that a long one need not be walked back whole. */
interface Step {
  readonly name: string;
  readonly above: Step | null;
  readonly depth: number;
  readonly start: readonly string[];
}

function stepTo(name: string, above: Step | null): Step {
  if (above === null) return { name, above, depth: 0, start: [] };
  const start = above.start.length < firstNames ? [...above.start, above.name] : above.start;
  return { name, above, depth: above.depth + 1, start };
}

function namesAbove(step: Step, most: number): readonly string[] {
  const names: string[] = [];
  for (let above = step.above; above !== null && names.length < most; above = above.above) names.unshift(above.name);
  return names;
}

function wayTo(step: Step): readonly string[] {
  const most = firstNames + lastNames + 1;
  return step.depth <= most ? namesAbove(step, most) : [...step.start, '…', ...namesAbove(step, lastNames)];
}

function rootsOf({ nodes, direct }: LockGraph): readonly string[] {
  if (direct !== null) return direct;
  const needed = new Set(nodes.flatMap((node) => node.needs.filter((key) => key !== node.key)));
  return nodes.filter((node) => !needed.has(node.key)).map((node) => node.key);
}

/** For each node the shortest way from a direct dependency; of equal ways the first in the file. */
export function traceProvenance(graph: LockGraph): (key: string) => Provenance {
  const byKey = new Map(graph.nodes.map((node) => [node.key, node]));
  const steps = new Map<string, Step>();
  const queue: string[] = [];
  const reach = (key: string, above: Step | null): void => {
    const node = byKey.get(key);
    if (node === undefined || steps.has(key)) return;
    steps.set(key, stepTo(node.name, above));
    queue.push(key);
  };
  for (const key of rootsOf(graph)) reach(key, null);
  for (let next = 0; next < queue.length; next++) {
    const key = queue[next] ?? '';
    for (const needed of byKey.get(key)?.needs ?? []) reach(needed, steps.get(key) ?? null);
  }
  return (key) => {
    const step = steps.get(key);
    return step === undefined ? { isDirect: null, through: [] } : { isDirect: step.depth === 0, through: wayTo(step) };
  };
}

/** What the manifest beside a lockfile asks for: names, with the range as written where it has one. */
export type Declared = ReadonlyMap<string, string>;

/** A lockfile's text with what is needed to read it. */
export interface LockText {
  readonly text: string;
  /** Null where no manifest lies beside it, or none that can be read. */
  readonly declared: Declared | null;
}

/** Null when the text is not of its format. */
export type LockReader = (lock: LockText) => LockGraph | null;
