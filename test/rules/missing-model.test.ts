import { describe, expect, it } from 'vitest';
import type {
  ImageEvidence,
  ModelDeclarationEvidence,
  ModelFileEvidence,
  ModelManifestEvidence,
} from '../../src/domain/evidence.ts';
import type { LayerEntryEvidence } from '../../src/domain/layer-evidence.ts';
import { fileLocation } from '../../src/domain/location.ts';
import { missingModel } from '../../src/rules/missing-model.ts';
import { judgeModelExample, viewOf } from '../helpers/model-example.ts';

const listed = 'ab'.repeat(32);
const at = fileLocation('model-manifest.yml', { line: 5, column: 15, endLine: 5, endColumn: 28 });
const declaration: ModelDeclarationEvidence = {
  kind: 'model-declaration',
  at,
  sha256At: at,
  model: 'a',
  path: 'models/a.gguf',
  sha256: listed,
  size: null,
  inImage: [],
};
const inImage = { ...declaration, inImage: ['app/*.gguf', 'srv/**'] };
const file: ModelFileEvidence = {
  kind: 'model-file',
  path: 'models/a.gguf',
  size: 130,
  format: 'gguf',
  pointer: null,
  sha256: null,
  isListed: true,
};
const pointer = { ...file, pointer: { sha256: listed, size: 4_700_000_000 } };
const lenient: ModelManifestEvidence = { kind: 'model-manifest', path: 'm.yml', unlisted: 'error', missing: 'warn' };

function image(label: string): ImageEvidence {
  const platform = { os: 'linux', architecture: 'amd64', variant: '' };
  const rest = { layers: [], history: [], user: '', environment: [], labels: {} };
  return { kind: 'image', image: { label, tags: [], configDigest: 'sha256:0', platform, ...rest } };
}
function entry(path: string, state: 'present' | 'deleted' = 'present'): LayerEntryEvidence {
  const place = { kind: 'layer', image: 'app:1', layer: 2, diffId: 'sha256:0', path, state } as const;
  const hiddenInLayer = state === 'present' ? null : 3;
  return { kind: 'layer-entry', at: place, hiddenInLayer, size: 130, dotenv: null, sha256: listed };
}
const judge = (...evidence: Parameters<typeof viewOf>[0]) => [...missingModel.check(viewOf(evidence))];

describe('missing-model', () => {
  it.each(missingModel.examples)('example: $title', async (example) => {
    const flagged = await judgeModelExample(missingModel, example);
    expect(flagged).toEqual(example.flags.map(({ where, severity }) => `${where} ${severity}`));
  });

  it('flags a listed file that is not there', () => {
    expect(judge(declaration)).toEqual([
      {
        at,
        message: "models/a.gguf is listed but is not among the repository's files",
        identity: ['models/a.gguf'],
        severity: 'medium',
        fix: { description: 'fetch the file before the check, or take its entry out of the manifest', edits: [] },
        model: { path: 'models/a.gguf', expected: listed, actual: null, size: null },
      },
    ]);
  });

  it('flags a pointer to the listed bytes', () => {
    const [draft] = judge(declaration, pointer);
    expect(draft?.message).toBe('models/a.gguf is a Git LFS pointer: the 4.7 GB it stands for were not fetched');
    expect(draft?.fix?.description).toBe('run `git lfs pull` before the build');
    expect(draft?.model?.size).toBe(130);
  });

  it.each([
    ['one image', [image('app:1')], 'app:1 holds no file that matches app/*.gguf, srv/**'],
    ['several', [image('a'), image('b')], 'none of the 2 images holds a file that matches app/*.gguf, srv/**'],
  ])('flags a file that is not in the image: %s', (_, images, end) => {
    const [draft, ...more] = judge(inImage, file, entry('app/deep/a.gguf'), entry('app/a.gguf', 'deleted'), ...images);
    expect(draft).toMatchObject({ at, severity: 'high', message: `models/a.gguf is listed for the image, but ${end}` });
    expect(more).toEqual([]);
  });

  it('falls back to the repository when no image was examined', () => {
    expect(judge(inImage, file)).toEqual([]);
    expect(judge(inImage)).toEqual([expect.objectContaining({ severity: 'medium' })]);
  });

  it('is low where the manifest only warns', () => {
    expect(judge(lenient, declaration)).toEqual([expect.objectContaining({ severity: 'low' })]);
    expect(judge(lenient, inImage, image('app:1'))).toEqual([expect.objectContaining({ severity: 'low' })]);
  });

  it.each([
    ['a file that is there', [declaration, file]],
    ['a pointer to something else', [declaration, { ...file, pointer: { sha256: 'cd'.repeat(32), size: 1 } }]],
    ['a file that only the image holds', [inImage, image('app:1'), entry('srv/models/deep/a.gguf')]],
    ['a pointer, with the file in the image', [inImage, pointer, image('app:1'), entry('app/a.gguf')]],
  ])('passes %s', (_, evidence) => {
    expect(judge(...evidence)).toEqual([]);
  });
});
