import { expect, it } from 'vitest';
import { rootReport } from '../src/rooted-report.ts';
import { sampleReport } from './helpers/sample-report.ts';

it('leaves a report of the root as it is', () => {
  expect(rootReport(sampleReport, '')).toBe(sampleReport);
});

it('puts the folder before every path of the repository, and before no other', () => {
  const rooted = rootReport(sampleReport, 'services/chat');
  const pathsOf = (report: typeof sampleReport) =>
    report.findings.flatMap(({ at, anchor, related, fix }) => [
      ...[at, ...related.map((place) => place.at)].flatMap((place) => (place.kind === 'file' ? [place.path] : [])),
      ...(anchor === null ? [] : [anchor.path]),
      ...(fix?.edits.map((edit) => edit.path) ?? []),
    ]);
  expect(pathsOf(sampleReport)).not.toEqual([]);
  expect(pathsOf(rooted)).toEqual(pathsOf(sampleReport).map((path) => `services/chat/${path}`));
  const layersOf = (report: typeof sampleReport) =>
    report.findings.filter(({ at }) => at.kind !== 'file').map(({ at }) => at);
  expect(layersOf(rooted)).toEqual(layersOf(sampleReport));
  expect(rooted.counts).toEqual(sampleReport.counts);
});
