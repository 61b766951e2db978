import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parentPath } from '../../../src/sources/image/entry-path.ts';
import { type EntryFate, resolveFates } from '../../../src/sources/image/layer-state.ts';
import { PathTableWriter } from '../../../src/sources/image/path-table.ts';

/** Names as a tar has them; a folder ends in a slash. */
function tableOf(names: readonly string[]): Buffer {
  const writer = new PathTableWriter();
  for (const name of names) writer.add(name, name.endsWith('/'));
  return writer.finish();
}

function fate(path: string, ...layers: readonly (readonly string[])[]): string {
  const { state, hiddenInLayer } = resolveFates(layers.map(tableOf), [{ path, layer: 0 }])(path, 0);
  return hiddenInLayer === null ? state : `${state} in ${hiddenInLayer}`;
}

describe('a file of the first layer', () => {
  it.each<[string, string, readonly (readonly string[])[]]>([
    ['nothing above', 'present', []],
    ['other files beside it', 'present', [['app/', 'app/other']]],
    ['the folder listed again', 'present', [['app/']]],
    ['the same name again', 'overwritten in 1', [['app/.env']]],
    ['a folder of its name', 'overwritten in 1', [['app/.env/']]],
    ['a whiteout', 'deleted in 1', [['app/.wh..env']]],
    ['a whiteout of the folder', 'deleted in 2', [[], ['.wh.app']]],
    ['an opaque folder', 'deleted in 1', [['app/.wh..wh..opq']]],
    ['an opaque folder, its mark last', 'deleted in 1', [['app/', 'app/new', 'app/.wh..wh..opq']]],
    ['an opaque root', 'deleted in 1', [['.wh..wh..opq']]],
    ['an opaque folder below it', 'present', [['app/cache/.wh..wh..opq']]],
    ['the folder became a file', 'deleted in 1', [['app']]],
    ['deleted and made again in one layer', 'overwritten in 1', [['app/.wh..env', 'app/.env']]],
    ['opaque and made again in one layer', 'overwritten in 1', [['app/.wh..wh..opq', 'app/.env']]],
    ['deleted, then made again', 'deleted in 1', [['app/.wh..env'], ['app/.env']]],
    ['a whiteout of a name that only begins like it', 'present', [['app/.wh..envrc']]],
  ])('%s: %s', (_, expected, layers) => {
    expect(fate('app/.env', ['app/', 'app/.env'], ...layers)).toBe(expected);
  });

  it('a whiteout in its own layer is about lower layers', () => {
    expect(fate('a', ['a', '.wh.a'])).toBe('present');
  });

  it('the answer is about the layer that was asked for', () => {
    const fateOf = resolveFates([['a'], ['.wh.a'], ['a']].map(tableOf), [
      { path: 'a', layer: 0 },
      { path: 'a', layer: 2 },
    ]);
    expect([fateOf('a', 0), fateOf('a', 2)]).toEqual([
      { state: 'deleted', hiddenInLayer: 1 },
      { state: 'present', hiddenInLayer: null },
    ]);
  });
});

/** What one layer adds and hides; folders follow from the files. */
interface LayerModel {
  readonly files: readonly string[];
  readonly whiteouts: readonly string[];
  readonly opaque: readonly string[];
}

const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const layerModel: fc.Arbitrary<LayerModel> = fc
  .record({
    files: fc.uniqueArray(path, { maxLength: 4 }),
    whiteouts: fc.uniqueArray(path, { maxLength: 2 }),
    opaque: fc.uniqueArray(fc.oneof(path, fc.constant('')), { maxLength: 1 }),
  })
  .map(({ files, ...marks }) => ({
    ...marks,
    // No layer has a name both as a file and as a folder.
    files: files.filter((file) => !files.some((other) => other.startsWith(`${file}/`))),
  }));

function foldersOf(files: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const file of files) {
    for (let folder = parentPath(file); folder !== ''; folder = parentPath(folder)) folders.add(folder);
  }
  return [...folders];
}

function namesOf({ files, whiteouts, opaque }: LayerModel): readonly string[] {
  const hidden = whiteouts.map(
    (name) => `${name.slice(0, name.lastIndexOf('/') + 1)}.wh.${name.slice(name.lastIndexOf('/') + 1)}`,
  );
  return [
    ...foldersOf(files).map((folder) => `${folder}/`),
    ...files,
    ...hidden,
    ...opaque.map((folder) => (folder === '' ? '.wh..wh..opq' : `${folder}/.wh..wh..opq`)),
  ];
}

const isUnder = (file: string, folder: string) => folder === '' || file.startsWith(`${folder}/`);

/** Squashes layer by layer as an engine does, and writes down which layer took each file away. */
function squash(layers: readonly LayerModel[]): ReadonlyMap<string, EntryFate> {
  const fates = new Map<string, EntryFate>();
  const visible = new Map<string, number>();
  for (const [index, layer] of layers.entries()) {
    const folders = foldersOf(layer.files);
    for (const [file, origin] of [...visible]) {
      const isReplaced = layer.files.includes(file) || folders.includes(file);
      const isHidden =
        layer.whiteouts.some((name) => name === file || isUnder(file, name)) ||
        layer.opaque.some((folder) => isUnder(file, folder)) ||
        layer.files.some((name) => isUnder(file, name));
      if (!isReplaced && !isHidden) continue;
      visible.delete(file);
      fates.set(`${file} ${origin}`, { state: isReplaced ? 'overwritten' : 'deleted', hiddenInLayer: index });
    }
    for (const file of layer.files) visible.set(file, index);
  }
  for (const [file, origin] of visible) fates.set(`${file} ${origin}`, { state: 'present', hiddenInLayer: null });
  return fates;
}

it('squashing gives what a naive whiteout model gives', () => {
  fc.assert(
    fc.property(fc.array(layerModel, { minLength: 1, maxLength: 5 }), (layers) => {
      const entries = layers.flatMap((layer, index) => layer.files.map((file) => ({ path: file, layer: index })));
      const fateOf = resolveFates(
        layers.map((layer) => tableOf(namesOf(layer))),
        entries,
      );
      const found = new Map(entries.map((entry) => [`${entry.path} ${entry.layer}`, fateOf(entry.path, entry.layer)]));
      expect(found).toEqual(squash(layers));
    }),
    { numRuns: 1000 },
  );
});
