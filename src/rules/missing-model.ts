import { describeSize } from '../domain/byte-size.ts';
import type { ImageEvidence, ModelDeclarationEvidence, ModelFileEvidence } from '../domain/evidence.ts';
import type { Draft, Fix } from '../domain/finding.ts';
import { matchesGlob } from '../domain/glob.ts';
import type { LayerEntryEvidence } from '../domain/layer-evidence.ts';
import { defineRule } from '../domain/rule.ts';
import type { Severity } from '../domain/severity.ts';
import { tinyManifest, tinySha256, tinyWeights } from './examples/tiny-model.ts';

function isIn(entries: readonly LayerEntryEvidence[], globs: readonly string[]): boolean {
  const isPresent = (entry: LayerEntryEvidence) => entry.at.state === 'present';
  return entries.some((entry) => isPresent(entry) && globs.some((glob) => matchesGlob(glob, entry.at.path)));
}

/** What is said of a model that no examined image holds. */
function describeAbsence(declared: ModelDeclarationEvidence, images: readonly ImageEvidence[]): string {
  const [first] = images;
  const place =
    images.length === 1 && first !== undefined
      ? `${first.image.label} holds no`
      : `none of the ${images.length} images holds a`;
  return `${declared.path} is listed for the image, but ${place} file that matches ${declared.inImage.join(', ')}`;
}

/** What is said of a model that is not in the repository; null when it is, or when its pointer is another rule's business. */
function describeRepository(declared: ModelDeclarationEvidence, file: ModelFileEvidence | undefined): string | null {
  if (file === undefined) return `${declared.path} is listed but is not among the repository's files`;
  if (file.pointer === null || file.pointer.sha256 !== declared.sha256) return null;
  return `${declared.path} is a Git LFS pointer: the ${describeSize(file.pointer.size)} it stands for were not fetched`;
}

function fixFor(file: ModelFileEvidence | undefined, isForImage: boolean): Fix {
  if (file?.pointer) return { description: 'run `git lfs pull` before the build', edits: [] };
  const description = isForImage
    ? 'copy the file into the image, or correct in_image'
    : 'fetch the file before the check, or take its entry out of the manifest';
  return { description, edits: [] };
}

const inImage = tinyManifest('        in_image: [app/models/*.gguf]\n');
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${tinySha256}\nsize 4700000000\n`;

/** A model that the manifest promises is not there to be verified. */
export const missingModel = defineRule({
  id: 'missing-model',
  summary: 'A model the manifest lists is not there',
  severity: 'medium',
  confidence: 'high',
  consumes: ['model-declaration', 'model-file', 'model-manifest', 'layer-entry', 'image'],
  docs: {
    why: 'A listed model that is not there was not verified. An image without it fails when the service starts, or the service fetches the model then, from a place nobody pinned.',
    fix: 'Fetch the file before the check, or run `git lfs pull` where a pointer stands in its place. Where `in_image` is given, copy the file into the image. When the model is fetched elsewhere on purpose, set `policy.missing: warn` in the manifest.',
  },
  examples: [
    {
      title: 'The listed file was not fetched',
      files: { 'model-manifest.yml': tinyManifest() },
      flags: [{ where: 'model-manifest.yml:5', severity: 'medium' }],
    },
    {
      title: 'A Git LFS pointer stands in its place',
      files: { 'model-manifest.yml': tinyManifest(), 'models/tiny.gguf': pointer },
      flags: [{ where: 'model-manifest.yml:5', severity: 'medium' }],
    },
    {
      title: 'The image was built without it',
      files: { 'model-manifest.yml': inImage, 'models/tiny.gguf': tinyWeights },
      image: {
        user: '1000',
        layers: [{ createdBy: 'COPY app /app # buildkit', files: { 'app/main.py': 'print(1)\n' } }],
      },
      flags: [{ where: 'model-manifest.yml:5', severity: 'high' }],
    },
    {
      title: 'Models are fetched later on purpose',
      files: { 'model-manifest.yml': tinyManifest('', 'policy: { missing: warn }\n') },
      flags: [{ where: 'model-manifest.yml:6', severity: 'low' }],
    },
    {
      title: 'The image holds what the repository does not',
      files: { 'model-manifest.yml': inImage },
      image: {
        user: '1000',
        layers: [{ createdBy: 'RUN fetch-models # buildkit', files: { 'app/models/tiny.gguf': tinyWeights } }],
      },
      flags: [],
    },
  ],
  check: function* (view): Iterable<Draft> {
    const images = view.of('image');
    const files = new Map(view.of('model-file').map((file) => [file.path, file]));
    const isLenient = view.of('model-manifest').some(({ missing }) => missing === 'warn');
    for (const declared of view.of('model-declaration')) {
      const file = files.get(declared.path);
      const isForImage = declared.inImage.length > 0 && images.length > 0;
      if (isForImage && isIn(view.of('layer-entry'), declared.inImage)) continue;
      const message = isForImage ? describeAbsence(declared, images) : describeRepository(declared, file);
      if (message === null) continue;
      const strict: Severity = isForImage ? 'high' : 'medium';
      yield {
        at: declared.at,
        message,
        identity: [declared.path],
        severity: isLenient ? 'low' : strict,
        fix: fixFor(file, isForImage),
        model: { path: declared.path, expected: declared.sha256, actual: null, size: file?.size ?? null },
      };
    }
  },
});
