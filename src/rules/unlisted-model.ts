import { describeSize } from '../domain/byte-size.ts';
import type { ModelFileEvidence } from '../domain/evidence.ts';
import type { Draft } from '../domain/finding.ts';
import { fileLocation, fileStart } from '../domain/location.ts';
import { defineRule } from '../domain/rule.ts';
import { tinyManifest, tinyWeights } from './examples/tiny-model.ts';

const mostNamed = 3;

/** The size of the model, not of the Git LFS pointer that stands for it. */
const sizeOf = (file: ModelFileEvidence): number => file.pointer?.size ?? file.size;

function describe(file: ModelFileEvidence): string {
  return `${file.path} (${describeSize(sizeOf(file))})`;
}

/** Biggest first, so that real weights stand before what tests carry along. */
function compareFiles(a: ModelFileEvidence, b: ModelFileEvidence): number {
  return sizeOf(b) - sizeOf(a) || (a.path < b.path ? -1 : 1);
}

function factsOf(file: ModelFileEvidence) {
  return { path: file.path, expected: null, actual: file.pointer?.sha256 ?? null, size: file.size };
}

/** Without a manifest: one finding for all, as there is one thing to do. */
function draftForAll(files: readonly ModelFileEvidence[], first: ModelFileEvidence): Draft {
  const sorted = files.toSorted(compareFiles);
  const named = sorted.slice(0, mostNamed).map(describe).join(', ');
  const rest = files.length - mostNamed;
  const tail = rest > 0 ? ` and ${rest} more` : '';
  const count = files.length === 1 ? '1 model file is' : `${files.length} model files are`;
  return {
    at: fileLocation(first.path, fileStart),
    message: `${count} not verified, as there is no model manifest: ${named}${tail}`,
    identity: ['no-manifest'],
    fix: { description: 'write model-manifest.yml with path, sha256 and size of each model file', edits: [] },
    model: factsOf(first),
  };
}

function draftFor(file: ModelFileEvidence, manifest: string, isLenient: boolean): Draft {
  return {
    at: fileLocation(file.path, fileStart),
    message: `${describe(file)} is a model file that ${manifest} does not list`,
    identity: [file.path],
    severity: isLenient ? 'low' : 'high',
    fix: { description: `list it in ${manifest} with its sha256 and size, or delete it`, edits: [] },
    model: factsOf(file),
  };
}

/** A model file in the repository whose bytes nothing pins. */
export const unlistedModel = defineRule({
  id: 'unlisted-model',
  summary: 'A model file is not in the model manifest',
  severity: 'low',
  confidence: 'high',
  consumes: ['model-file', 'model-manifest'],
  isLoweredInTests: true,
  docs: {
    why: 'Weights are too large to review in a pull request, so a digest in the manifest is the only sign that a model is the one somebody chose. Once a repository has a manifest, a model outside it is one that nobody verified.',
    fix: 'Add the file to `model-manifest.yml`: its path, the output of `sha256sum`, its size, and the repository and commit it came from. Compare the digest with the one the publisher states. Delete models that are not used. `policy.min_size` leaves out small files, `policy.unlisted: warn` lowers the finding.',
  },
  examples: [
    {
      title: 'Models without a manifest',
      files: { 'models/tiny.gguf': tinyWeights, 'models/tiny-copy.gguf': tinyWeights },
      flags: [{ where: 'models/tiny-copy.gguf:1', severity: 'low' }],
    },
    {
      title: 'A model that the manifest does not list',
      files: {
        'model-manifest.yml': tinyManifest(),
        'models/tiny.gguf': tinyWeights,
        'models/other.gguf': tinyWeights,
      },
      flags: [{ where: 'models/other.gguf:1', severity: 'high' }],
    },
    {
      title: 'The manifest only warns',
      files: {
        'model-manifest.yml': tinyManifest('', 'policy: { unlisted: warn }\n'),
        'models/tiny.gguf': tinyWeights,
        'models/other.gguf': tinyWeights,
      },
      flags: [{ where: 'models/other.gguf:1', severity: 'low' }],
    },
    {
      title: 'A model that tests carry along',
      files: { 'tests/fixtures/tiny.gguf': tinyWeights },
      flags: [{ where: 'tests/fixtures/tiny.gguf:1', severity: 'info' }],
    },
    {
      title: 'Every model is listed',
      files: { 'model-manifest.yml': tinyManifest(), 'models/tiny.gguf': tinyWeights },
      flags: [],
    },
  ],
  check: function* (view): Iterable<Draft> {
    const files = view.of('model-file').filter((file) => !file.isListed);
    const [manifest] = view.of('model-manifest');
    const [first] = files.toSorted(compareFiles);
    if (first === undefined || manifest?.unlisted === 'off') return;
    if (manifest === undefined) yield draftForAll(files, first);
    else for (const file of files) yield draftFor(file, manifest.path, manifest.unlisted === 'warn');
  },
});
