import { describeSizes } from '../domain/byte-size.ts';
import type { ModelDeclarationEvidence, ModelFileEvidence } from '../domain/evidence.ts';
import type { Draft, Fix } from '../domain/finding.ts';
import { matchesGlob } from '../domain/glob.ts';
import type { LayerEntryEvidence } from '../domain/layer-evidence.ts';
import { defineRule } from '../domain/rule.ts';
import { otherWeights, tinyManifest, tinyWeights } from './examples/tiny-model.ts';

const shorten = (digest: string): string => `${digest.slice(0, 12)}…`;
const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Size first: it is the difference a reader sees at once. Null when nothing known differs. */
function describeDifference(
  declared: ModelDeclarationEvidence,
  found: { readonly size: number; readonly sha256: string | null },
): string | null {
  if (declared.size !== null && declared.size !== found.size) {
    const [actual, expected] = describeSizes(found.size, declared.size);
    return `is ${actual}, the manifest says ${expected}`;
  }
  if (found.sha256 === null || found.sha256 === declared.sha256) return null;
  return `has SHA-256 ${shorten(found.sha256)}, the manifest says ${shorten(declared.sha256)}`;
}

/** A pointer to the very file that is listed only means that it was not fetched, which `missing-model` says. */
function describeFile(declared: ModelDeclarationEvidence, file: ModelFileEvidence): string | null {
  if (file.pointer === null) return describeDifference(declared, file);
  const inside = describeDifference(declared, file.pointer);
  if (inside === null) return null;
  const outside = describeDifference(declared, file);
  const pointed = `a Git LFS pointer stands in its place, and what it stands for ${inside}`;
  return outside === null ? `does not hold the model: ${pointed}` : `${outside}: ${pointed}`;
}

const refetch: Fix = {
  description:
    'fetch the file again from its pinned source and compare; change the manifest only when you know why the bytes changed',
  edits: [],
};

function* judgeFile(declared: ModelDeclarationEvidence | undefined, file: ModelFileEvidence): Iterable<Draft> {
  const difference = declared === undefined ? null : describeFile(declared, file);
  if (declared === undefined || difference === null) return;
  const actual = file.sha256 ?? file.pointer?.sha256 ?? null;
  yield {
    at: declared.sha256At,
    message: `${declared.path} ${difference}`,
    identity: [declared.path],
    fix: refetch,
    model: { path: declared.path, expected: declared.sha256, actual, size: file.size },
  };
}

function* judgeEntry(entry: LayerEntryEvidence, declarations: readonly ModelDeclarationEvidence[]): Iterable<Draft> {
  const { at, sha256, size, hiddenInLayer } = entry;
  const matching = declarations.filter(({ inImage }) => inImage.some((glob) => matchesGlob(glob, at.path)));
  const declared = matching.find(({ path }) => baseName(path) === baseName(at.path)) ?? matching[0];
  if (sha256 === null || declared === undefined || matching.some((one) => one.sha256 === sha256)) return;
  const difference = describeDifference(declared, { size, sha256 });
  const hides = at.state === 'deleted' ? 'deletes' : 'overwrites';
  const hidden = hiddenInLayer === null ? '' : `; layer ${hiddenInLayer} ${hides} it, but it still ships`;
  yield {
    at,
    message: `${at.path} in layer ${at.layer} of ${at.image} ${difference}${hidden}`,
    identity: [declared.path, at.path],
    related: [{ at: declared.sha256At, message: 'the manifest lists it here' }],
    fix: refetch,
    model: { path: at.path, expected: declared.sha256, actual: sha256, size },
    ...(hiddenInLayer === null ? {} : { severity: 'low' as const }),
  };
}

const inImage = tinyManifest('        in_image: [app/models/*.gguf]\n');
const copy = 'COPY models /app/models # buildkit';

/** What is shipped under a model's name is not what the manifest says was reviewed. */
export const modelDigestMismatch = defineRule({
  id: 'model-digest-mismatch',
  summary: 'A model file is not the one the model manifest lists',
  severity: 'critical',
  confidence: 'high',
  consumes: ['model-declaration', 'model-file', 'layer-entry'],
  docs: {
    why: 'A model decides what your service answers, and some model files run code when they are loaded. The manifest pins the bytes that someone chose. Other bytes are a download that was cut off, an error page saved under the model’s name, a Git LFS pointer to something else, or a file that was swapped.',
    fix: 'Fetch the file again from its pinned revision and run `sha256sum` on it. When the digest still differs, find out who changed the file before you change the manifest. For a Git LFS pointer run `git lfs pull` first.',
  },
  examples: [
    {
      title: 'The file has other content of the same size',
      files: { 'model-manifest.yml': tinyManifest('        size: 24\n'), 'models/tiny.gguf': otherWeights },
      flags: [{ where: 'model-manifest.yml:6', severity: 'critical' }],
    },
    {
      title: 'An error page was saved as the model',
      files: {
        'model-manifest.yml': tinyManifest('        size: 4700000000\n'),
        'models/tiny.gguf': '<html><body>403 Forbidden</body></html>',
      },
      flags: [{ where: 'model-manifest.yml:6', severity: 'critical' }],
    },
    {
      title: 'The image holds another file than the repository',
      files: { 'model-manifest.yml': inImage, 'models/tiny.gguf': tinyWeights },
      image: { user: '1000', layers: [{ createdBy: copy, files: { 'app/models/tiny.gguf': otherWeights } }] },
      flags: [{ where: 'image:app/models/tiny.gguf', severity: 'critical' }],
    },
    {
      title: 'Repository and image hold the listed bytes',
      files: { 'model-manifest.yml': inImage, 'models/tiny.gguf': tinyWeights },
      image: { user: '1000', layers: [{ createdBy: copy, files: { 'app/models/tiny.gguf': tinyWeights } }] },
      flags: [],
    },
  ],
  check: function* (view) {
    const declarations = view.of('model-declaration');
    const byPath = new Map(declarations.map((declared) => [declared.path, declared]));
    for (const file of view.of('model-file')) yield* judgeFile(byPath.get(file.path), file);
    for (const entry of view.of('layer-entry')) yield* judgeEntry(entry, declarations);
  },
});
