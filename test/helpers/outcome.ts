import { expect } from 'vitest';
import { parseReport } from './json-report.ts';
import type { Result } from './program.ts';

/** No stack trace, and nothing that Hullcheck itself calls a bug. */
export function expectPlain({ stdout, stderr }: Pick<Result, 'stdout' | 'stderr'>): void {
  expect(stdout + stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  expect(stdout + stderr).not.toContain('an internal error');
}

/** Exit 2: one sentence and one hint on standard error, nothing on standard output. */
export function expectUsage(result: Result, sentence: RegExp, hint: RegExp = /./): void {
  const lines = /^hullcheck: ([^\n]+)\nhint: ([^\n]+)\n$/.exec(result.stderr);
  expect(lines?.[1] ?? result.stderr).toMatch(sentence);
  expect(lines?.[2]).toMatch(hint);
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expectPlain(result);
}

/** Exit 3 and a JSON report: one gap whose sentence names what was not examined. */
export function expectGap(result: Result, subject: string, reason: RegExp): void {
  expectPlain(result);
  expect(result).toMatchObject({ exitCode: 3, stderr: '' });
  const { gaps, verdict } = parseReport(result.stdout);
  expect(gaps).toHaveLength(1);
  expect(gaps[0]?.reason).toContain(subject);
  expect(gaps[0]?.reason).toMatch(reason);
  expect(verdict).toBe('incomplete');
}
