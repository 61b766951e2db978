import { describe, expect, it } from 'vitest';
import { reportFormats } from '../../src/domain/report.ts';
import { reporters } from '../../src/reporters/registry.ts';
import { expectGolden } from '../helpers/goldens.ts';
import { hostileReport } from '../helpers/hostile-report.ts';
import { sampleContext, sampleReport } from '../helpers/sample-report.ts';

describe.each(reportFormats)('%s', (format) => {
  it('writes the hostile report as its golden has it', () => {
    expectGolden(`report.${format}`, reporters[format].render(hostileReport, sampleContext));
  });

  it('writes an ordinary report as its golden has it', () => {
    expectGolden(`sample.${format}`, reporters[format].render(sampleReport, sampleContext));
  });
});

describe('all findings', () => {
  it('writes the text report with everything as its golden has it', () => {
    expectGolden('report-all.text', reporters.text.render(hostileReport, { ...sampleContext, all: true }));
  });
});

describe('the registry', () => {
  it('holds every format under its own name', () => {
    expect(Object.keys(reporters).sort()).toEqual([...reportFormats].sort());
    for (const format of reportFormats) expect(reporters[format].name).toBe(format);
  });
});

describe('goldens', () => {
  it.skipIf(process.env['UPDATE_GOLDENS'] === '1')('fail when they are missing', () => {
    expect(() => expectGolden('no-such-golden', '')).toThrow(/missing/);
  });
});
