import type { EntryState } from '../../domain/location.ts';
import { parentPath } from './entry-path.ts';
import { type PathMark, readPathTable } from './path-table.ts';

/** Whether an entry is what the final image shows, and which layer hid it. */
export interface EntryFate {
  readonly state: EntryState;
  readonly hiddenInLayer: number | null;
}

/** What one layer does to the paths that were asked about. */
type LayerMarks = ReadonlyMap<string, ReadonlySet<PathMark>>;

function withAncestors(paths: Iterable<string>): Set<string> {
  const wanted = new Set<string>();
  for (const path of paths) {
    for (let current = path; !wanted.has(current); current = parentPath(current)) {
      wanted.add(current);
      if (current === '') break;
    }
  }
  return wanted;
}

function marksOf(table: Buffer, wanted: ReadonlySet<string>): LayerMarks {
  const marks = new Map<string, Set<PathMark>>();
  for (const row of readPathTable(table)) {
    if (!wanted.has(row.path)) continue;
    const known = marks.get(row.path);
    if (known === undefined) marks.set(row.path, new Set([row.mark]));
    else known.add(row.mark);
  }
  return marks;
}

/**
 * What a layer does to a path of a lower one. A whiteout of it or an ancestor deletes it, an opaque ancestor too, an
 * ancestor that is no folder any more as well; an entry of the same name overwrites it (OCI image-spec layer.md).
 */
function effectOf(marks: LayerMarks, path: string): EntryState {
  const own = marks.get(path);
  if (own?.has('entry') === true || own?.has('directory') === true) return 'overwritten';
  if (own?.has('whiteout') === true) return 'deleted';
  for (let folder = parentPath(path); ; folder = parentPath(folder)) {
    const above = marks.get(folder);
    if (above?.has('opaque') === true || above?.has('whiteout') === true || above?.has('entry') === true)
      return 'deleted';
    if (folder === '') return 'present';
  }
}

/** Tells the fate of entries (path and layer) from the layers' path tables, base first. */
export function resolveFates(
  tables: readonly Buffer[],
  entries: readonly { readonly path: string; readonly layer: number }[],
): (path: string, layer: number) => EntryFate {
  const wanted = withAncestors(entries.map((entry) => entry.path));
  const layers = tables.map((table) => (entries.length === 0 ? new Map() : marksOf(table, wanted)));
  return (path, layer) => {
    for (let later = layer + 1; later < layers.length; later++) {
      const marks = layers[later];
      const state = marks === undefined ? 'present' : effectOf(marks, path);
      if (state !== 'present') return { state, hiddenInLayer: later };
    }
    return { state: 'present', hiddenInLayer: null };
  };
}
