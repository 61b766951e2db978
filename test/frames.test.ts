import { expect, it } from 'vitest';
import type { Finding } from '../src/domain/finding.ts';
import { fileLocation } from '../src/domain/location.ts';
import { collectFrames } from '../src/frames.ts';
import { createRedactor } from '../src/sources/secret/redactor.ts';
import { memoryTree } from './helpers/memory-tree.ts';

const noCauses = {
  layers: new Map(),
  paths: new Map(),
  settings: new Map(),
  layerByDiffId: new Map(),
  pins: new Map(),
};
const value = 'k9-long-and-real-value';

function findingAt(ruleId: string, line: number, endLine = line): Finding {
  const at = fileLocation('Dockerfile', { line, column: 1, endLine, endColumn: 2 });
  const rest = { anchor: null, related: [], fix: null, fingerprint: '', vulnerability: null, model: null };
  return { ruleId, severity: 'high', confidence: 'high', message: '', at, ...rest };
}

async function linesOf(text: string, finding: Finding) {
  const redactor = createRedactor();
  redactor.learn(value);
  const frames = await collectFrames([finding], noCauses, memoryTree({ Dockerfile: text }), redactor);
  return frames.get(finding) ?? null;
}

it('a frame has the lines of the finding, six at most, known values blanked', async () => {
  const text = ['FROM a', `RUN use ${value}`, ...Array.from({ length: 9 }, (_, index) => `  && step ${index}`)].join(
    '\n',
  );
  expect(await linesOf(text, findingAt('unfrozen-install', 2, 11))).toEqual({
    firstLine: 2,
    lines: ['RUN use ***', '  && step 0', '  && step 1', '  && step 2', '  && step 3', '  && step 4'],
  });
});

it.each([380, 390, 395, 399])(
  'a value that begins at column %d of a long line is not shown in part',
  async (column) => {
    const frame = await linesOf(`${'x'.repeat(column)}${value}${'y'.repeat(9000)}`, findingAt('unfrozen-install', 1));
    expect(frame?.lines[0]).toBe(`${'x'.repeat(column)}***${'y'.repeat(400)}`.slice(0, 400));
  },
);

it('findings about secrets have none, nor have those beyond the end of the file', async () => {
  expect(await linesOf(`A=${value}\n`, findingAt('leaked-dotenv', 1))).toBeNull();
  expect(await linesOf('FROM a', findingAt('unfrozen-install', 9))).toBeNull();
});
