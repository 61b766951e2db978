import { expect, it } from 'vitest';
import type { BuildToolEvidence } from '../../src/domain/build-evidence.ts';
import { buildToolsInFinalImage } from '../../src/rules/build-tools-in-final-image.ts';
import { layerPlace } from '../helpers/layer-evidence.ts';
import { viewOf } from '../helpers/model-example.ts';

function tool(name: string, bytes: number, change: Partial<BuildToolEvidence> = {}): BuildToolEvidence {
  const at = layerPlace(`usr/${name}`, 'present', 1);
  return Object.freeze({ kind: 'build-tool', at, toolKind: 'cache', name, files: 1, bytes, ...change });
}
const gcc = tool('gcc', 100, { toolKind: 'compiler' });
const judge = (...tools: readonly BuildToolEvidence[]) => [...buildToolsInFinalImage.check(viewOf(tools))];

it('adds up by name, the largest first', () => {
  const drafts = judge(
    gcc,
    tool('pip cache', 2_000_000),
    tool('pip cache', 1_500_000, { at: layerPlace('root/x') }),
    tool('pip cache', 3e6),
  );
  expect(drafts.map(({ message }) => message)).toEqual([
    'the final image ships 5.0 MB that only builds need: pip cache (5.0 MB), gcc (100 bytes)',
    'the final image ships 1.5 MB that only builds need: pip cache (1.5 MB)',
  ]);
});

it('is one finding per instruction', () => {
  const view = viewOf([gcc, tool('pip cache', 2e6, { at: layerPlace('root/x', 'present', 2) })]);
  const cause = { path: 'Dockerfile', line: 1, endLine: 1, instruction: 'FROM a', confidence: 'high' as const };
  const drafts = [...buildToolsInFinalImage.check({ ...view, causeOf: () => cause })];
  expect(drafts.map(({ at, identity }) => [at, identity])).toEqual([
    [layerPlace('root/x', 'present', 2), ['cache', 'compiler']],
  ]);
  // What a base ships is not emptied by any RUN of this Dockerfile.
  expect(drafts[0]?.fix?.description).toMatch(/^they come with the base image, .* slimmer variant/);
});

it('says what to do about each kind', () => {
  const [draft] = judge(gcc, tool('C headers', 2e6, { toolKind: 'headers' }), tool('apk cache', 2e6));
  expect(draft?.fix?.description).toMatch(/^empty the cache .*; build in a stage .*; install -dev packages/);
});

it('a few bytes of a cache or of headers are in every image', () => {
  expect(judge(tool('npm cache', 999_999), tool('C headers', 10, { toolKind: 'headers' }))).toEqual([]);
  expect(judge(tool('npm cache', 500_000), tool('npm cache', 500_000))).toHaveLength(1);
});
