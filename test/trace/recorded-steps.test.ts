import { expect, it } from 'vitest';
import type { BuildStepEvidence } from '../../src/domain/build-evidence.ts';
import type { DockerfileEvidence } from '../../src/domain/dockerfile.ts';
import { parseDockerfile } from '../../src/sources/dockerfile/parse.ts';
import { type Placement, placeSteps } from '../../src/trace/recorded-steps.ts';

function file(path: string, text: string): DockerfileEvidence {
  return parseDockerfile(path, text).dockerfile;
}

function step(layer: number, line: number, instruction: string): BuildStepEvidence {
  return { kind: 'build-step', image: 'app.tar', layer, dockerfile: 'Dockerfile', line, endLine: line, instruction };
}

const text = 'FROM a\nRUN x\nCOPY . .\nRUN x\n';
const steps = [step(0, 1, 'FROM a'), step(1, 2, 'RUN x'), step(2, 3, 'COPY . .'), step(3, 4, 'RUN x')];

/** `path` and, by layer, the line with how sure it is. */
function describePlacements(placements: readonly Placement[]): readonly string[] {
  return placements.map(({ dockerfile, byLayer }) => {
    const lines = [...byLayer].map(([layer, { instruction, confidence }]) => {
      return `${layer}:${instruction.span.line} ${confidence}`;
    });
    return `${dockerfile.path} ${lines.join(', ')}`;
  });
}

const place = (...files: readonly DockerfileEvidence[]) => describePlacements(placeSteps(steps, files));

it('the recorded file itself', () => {
  expect(place(file('Dockerfile', text))).toEqual(['Dockerfile 0:1 high, 1:2 high, 2:3 high, 3:4 high']);
});

it('carriage returns and blanks make no other file', () => {
  expect(place(file('Dockerfile', text.replaceAll('\n', ' \r\n')))).toEqual([
    'Dockerfile 0:1 high, 1:2 high, 2:3 high, 3:4 high',
  ]);
});

it('one that has moved: what stands twice is less sure', () => {
  expect(place(file('Dockerfile', `# new\n${text}`))).toEqual([
    'Dockerfile 0:2 high, 1:3 medium, 2:4 high, 3:5 medium',
  ]);
});

it('one that has the most of it', () => {
  const some = file('a/Dockerfile', 'FROM a\nRUN x\n');
  const most = file('b/Dockerfile', 'FROM a\nRUN x\nCOPY . .\n');
  expect(place(some, most, file('c/Dockerfile', 'FROM c\n'))).toEqual([
    'b/Dockerfile 0:1 high, 1:2 high, 2:3 high, 3:2 high',
  ]);
});

it('all copies of one, for the history to choose from', () => {
  expect(place(file('a/Dockerfile', text), file('b/Dockerfile', `${text}USER 1\n`))).toHaveLength(2);
});

it('none that has less than half', () => {
  expect(place(file('Dockerfile', 'FROM a\nRUN y\n'))).toEqual([]);
  expect(placeSteps([], [file('Dockerfile', text)])).toEqual([]);
});
