import { describe, expect, it } from 'vitest';
import type { ModelDeclarationEvidence, ModelFileEvidence } from '../../src/domain/evidence.ts';
import type { LayerEntryEvidence } from '../../src/domain/layer-evidence.ts';
import { fileLocation } from '../../src/domain/location.ts';
import { modelDigestMismatch } from '../../src/rules/model-digest-mismatch.ts';
import { judgeModelExample, viewOf } from '../helpers/model-example.ts';

const listed = 'ab'.repeat(32);
const other = 'cd'.repeat(32);
const at = fileLocation('model-manifest.yml', { line: 5, column: 15, endLine: 5, endColumn: 28 });
const sha256At = fileLocation('model-manifest.yml', { line: 6, column: 17, endLine: 6, endColumn: 81 });

function declare(change: Partial<ModelDeclarationEvidence> = {}): ModelDeclarationEvidence {
  const path = 'models/a.gguf';
  return {
    kind: 'model-declaration',
    at,
    sha256At,
    model: 'a',
    path,
    sha256: listed,
    size: null,
    inImage: [],
    ...change,
  };
}
function file(change: Partial<ModelFileEvidence> = {}): ModelFileEvidence {
  const path = 'models/a.gguf';
  return {
    kind: 'model-file',
    path,
    size: 130,
    format: 'gguf',
    pointer: null,
    sha256: null,
    isListed: true,
    ...change,
  };
}
function entry(path: string, sha256: string | null, hiddenInLayer: number | null = null): LayerEntryEvidence {
  const state = hiddenInLayer === null ? 'present' : 'deleted';
  const place = { kind: 'layer', image: 'app:1', layer: 2, diffId: 'sha256:0', path, state } as const;
  return { kind: 'layer-entry', at: place, hiddenInLayer, size: 130, dotenv: null, sha256 };
}
const judge = (...evidence: Parameters<typeof viewOf>[0]) => [...modelDigestMismatch.check(viewOf(evidence))];

describe('model-digest-mismatch', () => {
  it.each(modelDigestMismatch.examples)('example: $title', async (example) => {
    const flagged = await judgeModelExample(modelDigestMismatch, example);
    expect(flagged).toEqual(example.flags.map(({ where, severity }) => `${where} ${severity}`));
  });

  it.each([
    [
      'another digest',
      {},
      { sha256: other },
      'models/a.gguf has SHA-256 cdcdcdcdcdcd…, the manifest says abababababab…',
    ],
    ['another size', { size: 4_700_000_000 }, {}, 'models/a.gguf is 130 bytes, the manifest says 4.7 GB'],
    [
      'one byte more',
      { size: 4_700_000_000 },
      { size: 4_700_000_001 },
      'models/a.gguf is 4700000001 bytes, the manifest says 4700000000 bytes',
    ],
    [
      'a pointer to something else',
      { size: 4_700_000_000 },
      { pointer: { sha256: other, size: 4_700_000_000 } },
      'models/a.gguf is 130 bytes, the manifest says 4.7 GB: a Git LFS pointer stands in its place, and what it stands for has SHA-256 cdcdcdcdcdcd…, the manifest says abababababab…',
    ],
    [
      'a pointer to something else, without a listed size',
      {},
      { pointer: { sha256: other, size: 7 } },
      'models/a.gguf does not hold the model: a Git LFS pointer stands in its place, and what it stands for has SHA-256 cdcdcdcdcdcd…, the manifest says abababababab…',
    ],
    [
      'a pointer with another size',
      { size: 4_700_000_000 },
      { pointer: { sha256: listed, size: 7 } },
      'models/a.gguf is 130 bytes, the manifest says 4.7 GB: a Git LFS pointer stands in its place, and what it stands for is 7 bytes, the manifest says 4.7 GB',
    ],
  ])('flags %s on the digest in the manifest', (_, declared, found, message) => {
    const drafts = judge(declare(declared), file(found));
    expect(drafts).toEqual([expect.objectContaining({ at: sha256At, message, identity: ['models/a.gguf'] })]);
  });

  it('gives the facts of the file', () => {
    const [draft] = judge(declare(), file({ sha256: other }));
    expect(draft?.model).toEqual({ path: 'models/a.gguf', expected: listed, actual: other, size: 130 });
  });

  it.each([
    ['the listed bytes', { size: 130 }, { sha256: listed }],
    ['a pointer to the listed bytes', { size: 4_700_000_000 }, { pointer: { sha256: listed, size: 4_700_000_000 } }],
    ['a file that could not be hashed', { size: 130 }, { sha256: null }],
    ['another file', {}, { path: 'models/b.gguf', sha256: other }],
  ])('passes %s', (_, declared, found) => {
    expect(judge(declare(declared), file(found))).toEqual([]);
  });

  const inImage = declare({ inImage: ['app/models/*.gguf'] });

  it('flags a copy in the image at its layer', () => {
    expect(judge(inImage, entry('app/models/a.gguf', other))).toEqual([
      {
        at: entry('app/models/a.gguf', other).at,
        message: 'app/models/a.gguf in layer 2 of app:1 has SHA-256 cdcdcdcdcdcd…, the manifest says abababababab…',
        identity: ['models/a.gguf', 'app/models/a.gguf'],
        related: [{ at: sha256At, message: 'the manifest lists it here' }],
        fix: expect.objectContaining({ edits: [] }),
        model: { path: 'app/models/a.gguf', expected: listed, actual: other, size: 130 },
      },
    ]);
  });

  it('lowers a copy that a later layer hides', () => {
    const [draft] = judge(inImage, entry('app/models/a.gguf', other, 3));
    expect(draft?.severity).toBe('low');
    expect(draft?.message).toContain('; layer 3 deletes it, but it still ships');
  });

  it('names the declaration of the same file name where a glob covers several', () => {
    const b = declare({ path: 'models/b.gguf', sha256: 'ef'.repeat(32), inImage: ['app/models/*.gguf'] });
    const [draft] = judge(inImage, b, entry('app/models/b.gguf', other));
    expect(draft?.model?.expected).toBe('ef'.repeat(32));
    expect(judge(inImage, b, entry('app/models/c.gguf', listed))).toEqual([]);
  });

  it.each([
    ['the listed bytes', entry('app/models/a.gguf', listed)],
    ['a file outside the globs', entry('app/models/deep/a.gguf', other)],
    ['a file that was not hashed', entry('app/models/a.gguf', null)],
  ])('passes %s in the image', (_, found) => {
    expect(judge(inImage, found)).toEqual([]);
  });
});
