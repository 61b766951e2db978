import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Report, reportFormats } from '../../src/domain/report.ts';
import { isBalanced } from '../../src/reporters/ledger.ts';
import { reporters } from '../../src/reporters/registry.ts';
import type { ReportContext } from '../../src/reporters/reporter.ts';
import { hostileReport } from '../helpers/hostile-report.ts';
import { anyReport } from '../helpers/report-arbitrary.ts';
import { reportFinding, reportOf, sampleContext, sampleReport } from '../helpers/sample-report.ts';

/** Anything but printable characters and newlines. */
const unsafe = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of the text report
const colour = /\u001b\[[0-9;]*m/g;

const contexts: readonly ReportContext[] = [
  sampleContext,
  { ...sampleContext, all: true },
  { ...sampleContext, color: true, columns: 40 },
];

function expectSafe(report: Report, context: ReportContext, format: (typeof reportFormats)[number]): void {
  const output = reporters[format].render(report, context);
  const plain = format === 'text' && context.color ? output.replace(colour, '') : output;
  expect(unsafe.exec(plain)).toBeNull();
  expect(plain).not.toContain('##[');
  expect(output.endsWith('\n')).toBe(true);
  if (format !== 'github') expect(plain).not.toMatch(/^[^\S\n]*::/m);
}

describe.each(reportFormats)('%s', (format) => {
  it('prints no control or bidi character and no command of the hostile report', () => {
    for (const context of contexts) expectSafe(hostileReport, context, format);
  });

  it('prints no control or bidi character and no command of any report', () => {
    fc.assert(
      fc.property(anyReport, fc.constantFrom(...contexts), (report, context) => {
        expectSafe(report, context, format);
      }),
      { numRuns: 40 },
    );
  });

  it('accounts for every finding of the hostile report and of any report', () => {
    for (const context of contexts) {
      expect(isBalanced(reporters[format].account(hostileReport, context), hostileReport)).toBe(true);
    }
    fc.assert(
      fc.property(anyReport, fc.constantFrom(...contexts), (report, context) => {
        expect(isBalanced(reporters[format].account(report, context), report)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('is the same for the same report and does not change it', () => {
    const copy = structuredClone(sampleReport);
    const first = reporters[format].render(sampleReport, sampleContext);
    expect(reporters[format].render(sampleReport, sampleContext)).toBe(first);
    expect(sampleReport).toEqual(copy);
  });
});

/** Findings whose message names them, so that the output itself can be counted. */
function numbered(size: number): Report {
  const dispositions = ['blocking', 'advisory', 'triaged', 'baseline', 'outside-changes'] as const;
  const severities = ['critical', 'medium', 'low', 'high'] as const;
  return reportOf(
    Array.from({ length: size }, (_, index) =>
      reportFinding({
        ruleId: `rule-${index % 7}`,
        severity: severities[index % 4] ?? 'low',
        message: `token${index}end`,
        at: {
          kind: 'file',
          path: `folder/file-${index % 11}`,
          line: 1 + (index % 3),
          column: 1,
          endLine: 1,
          endColumn: 2,
        },
        disposition: dispositions[index % 5] ?? 'advisory',
      }),
    ),
  );
}

describe('the ledger is true of the output', () => {
  it.each(reportFormats.flatMap((format) => [3, 40, 400, 3000].map((size) => ({ format, size }))))(
    '$format with $size findings',
    ({ format, size }) => {
      const report = numbered(size);
      const output = reporters[format].render(report, sampleContext);
      const ledger = reporters[format].account(report, sampleContext);
      expect(new Set(output.match(/token\d+end/g) ?? []).size).toBe(ledger.shown);
      expect(isBalanced(ledger, report)).toBe(true);
      const numbers = [...output.matchAll(/(?<=^|[^.\d-])and ([\d,]+) more/gm)].map(([, digits]) =>
        Number(digits?.replaceAll(',', '')),
      );
      const counted = numbers.reduce((sum, number) => sum + number, 0);
      if (format !== 'markdown' || ledger.more === 0) expect(counted).toBe(ledger.more);
    },
  );
});
