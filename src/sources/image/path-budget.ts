import type { CachedScan } from './cached-scan.ts';

function pathBytes({ scan: { content } }: CachedScan): number {
  return content.packageLists.reduce((sum, list) => sum + list.length, content.paths.length);
}

function withoutPaths(result: CachedScan): CachedScan {
  const content = { ...result.scan.content, paths: new Uint8Array(), packageLists: [] };
  return { ...result, scan: { ...result.scan, content } };
}

/**
 * Collects results as they come and bounds what their path tables take together, as they stay in memory until the last
 * layer is read. Above the limit all tables go: which layers come last depends on the machine, and a report must not.
 */
export class PathBudget {
  readonly #limit: number;
  readonly #results = new Map<number, CachedScan>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isExceeded(): boolean {
    return this.#bytes > this.#limit;
  }

  get count(): number {
    return this.#results.size;
  }

  add(index: number, result: CachedScan): void {
    const wasExceeded = this.isExceeded;
    this.#bytes += pathBytes(result);
    this.#results.set(index, this.isExceeded ? withoutPaths(result) : result);
    if (!this.isExceeded || wasExceeded) return;
    for (const [other, kept] of this.#results) this.#results.set(other, withoutPaths(kept));
  }

  /** The result of the layer with this index; null: it has none. */
  resultOf(index: number): CachedScan | null {
    return this.#results.get(index) ?? null;
  }
}
