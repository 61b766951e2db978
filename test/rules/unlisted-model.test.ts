import { describe, expect, it } from 'vitest';
import type { ModelFileEvidence, ModelManifestEvidence } from '../../src/domain/evidence.ts';
import { unlistedModel } from '../../src/rules/unlisted-model.ts';
import { judgeModelExample, viewOf } from '../helpers/model-example.ts';

function file(path: string, size: number, change: Partial<ModelFileEvidence> = {}): ModelFileEvidence {
  return { kind: 'model-file', path, size, format: 'gguf', pointer: null, sha256: null, isListed: false, ...change };
}
function manifest(unlisted: ModelManifestEvidence['unlisted']): ModelManifestEvidence {
  return { kind: 'model-manifest', path: 'model-manifest.yml', unlisted, missing: 'error' };
}
const judge = (...evidence: Parameters<typeof viewOf>[0]) => [...unlistedModel.check(viewOf(evidence))];

describe('unlisted-model', () => {
  it.each(unlistedModel.examples)('example: $title', async (example) => {
    const flagged = await judgeModelExample(unlistedModel, example);
    const lowered = flagged.map((line) => (line.startsWith('tests/') ? line.replace(/\w+$/, 'info') : line));
    expect(lowered).toEqual(example.flags.map(({ where, severity }) => `${where} ${severity}`));
    expect(unlistedModel.isLoweredInTests).toBe(true);
  });

  it('has one finding for all without a manifest, at the biggest', () => {
    const drafts = judge(file('a.gguf', 10), file('b.gguf', 5000), file('c.gguf', 300), file('d.gguf', 10));
    expect(drafts).toEqual([
      {
        at: { kind: 'file', path: 'b.gguf', line: 1, column: 1, endLine: 1, endColumn: 1 },
        message:
          '4 model files are not verified, as there is no model manifest: b.gguf (5.0 kB), c.gguf (300 bytes), a.gguf (10 bytes) and 1 more',
        identity: ['no-manifest'],
        fix: expect.objectContaining({ edits: [] }),
        model: { path: 'b.gguf', expected: null, actual: null, size: 5000 },
      },
    ]);
  });

  it('says it of a single file, by the size a pointer stands for', () => {
    const [draft] = judge(file('a.gguf', 130, { pointer: { sha256: 'ab'.repeat(32), size: 4_700_000_000 } }));
    expect(draft?.message).toBe('1 model file is not verified, as there is no model manifest: a.gguf (4.7 GB)');
    expect(draft?.model).toEqual({ path: 'a.gguf', expected: null, actual: 'ab'.repeat(32), size: 130 });
  });

  it.each([
    ['error', 'high'],
    ['warn', 'low'],
  ] as const)('has one per file with a manifest: %s is %s', (unlisted, severity) => {
    const drafts = judge(
      manifest(unlisted),
      file('a.gguf', 10),
      file('b.gguf', 20),
      file('c.gguf', 9, { isListed: true }),
    );
    expect(drafts.map((draft) => [draft.message, draft.severity, draft.identity])).toEqual([
      ['a.gguf (10 bytes) is a model file that model-manifest.yml does not list', severity, ['a.gguf']],
      ['b.gguf (20 bytes) is a model file that model-manifest.yml does not list', severity, ['b.gguf']],
    ]);
  });

  it.each([
    ['policy.unlisted: off', [manifest('off'), file('a.gguf', 10)]],
    ['a listed file', [manifest('error'), file('a.gguf', 10, { isListed: true })]],
    ['no model at all', []],
  ])('passes with %s', (_, evidence) => {
    expect(judge(...evidence)).toEqual([]);
  });
});
