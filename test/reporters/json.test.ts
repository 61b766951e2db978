import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { json } from '../../src/reporters/json.ts';
import { hostileReport } from '../helpers/hostile-report.ts';
import { anyReport } from '../helpers/report-arbitrary.ts';
import { reportOf, sampleContext, sampleReport } from '../helpers/sample-report.ts';

const schema: object = JSON.parse(readFileSync(new URL('../../docs/report.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ strict: true, strictTypes: false, allErrors: true }).compile(schema);

function expectValid(text: string): void {
  validate(JSON.parse(text));
  expect(validate.errors).toBeNull();
}

describe('the JSON report', () => {
  it('is valid against the published schema', () => {
    expectValid(json.render(sampleReport, sampleContext));
    expectValid(json.render(hostileReport, sampleContext));
    expectValid(json.render(reportOf([]), sampleContext));
  });

  it('is valid for any report', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expectValid(json.render(report, sampleContext));
      }),
      { numRuns: 40 },
    );
  });

  it('has the keys of the contract in their order', () => {
    const report = JSON.parse(json.render(sampleReport, sampleContext));
    expect(Object.keys(report)).toEqual(['schemaVersion', 'tool', 'verdict', 'counts', 'findings', 'gaps', 'coverage']);
    expect(report.schemaVersion).toBe(1);
    expect(report.counts).toEqual({
      findings: 10,
      blocking: 5,
      advisory: 3,
      triaged: 1,
      baseline: 0,
      outsideChanges: 1,
      gaps: 1,
    });
    const finding = [
      'ruleId',
      'severity',
      'confidence',
      'message',
      'at',
      'anchor',
      'related',
      'fix',
      'fingerprint',
      'disposition',
      'reason',
    ];
    expect(Object.keys(report.findings[0])).toEqual(finding);
    expect(Object.keys(report.findings[4])).toEqual([...finding, 'vulnerability']);
    expect(Object.keys(report.findings[7])).toEqual([...finding, 'model']);
    expect(report.findings[0].at).toEqual({
      kind: 'layer',
      image: 'out/app.tar',
      layer: 3,
      diffId: `sha256:${'ab12'.repeat(16)}`,
      path: 'app/.env',
      state: 'deleted',
    });
    expect(report.findings[4].at).toEqual({
      kind: 'package',
      image: 'out/app.tar',
      purl: 'pkg:deb/debian/openssl@3.0.11-1',
    });
    expect(Object.keys(report.gaps[0]).slice(0, 4)).toEqual(['source', 'subject', 'reason', 'hint']);
  });

  it('keeps the order of the findings, paths and edits exactly, and writes them in plain characters', () => {
    const text = json.render(hostileReport, sampleContext);
    const report = JSON.parse(text);
    expect(report.findings.map((finding: { fingerprint: string }) => finding.fingerprint)).toEqual(
      hostileReport.findings.map(({ fingerprint }) => fingerprint),
    );
    const pinned = hostileReport.findings.find(({ fix }) => fix !== null);
    const written = report.findings.find((finding: { fix: unknown }) => finding.fix !== null);
    expect(written.fix.edits).toEqual(pinned?.fix?.edits);
    expect(written.at.path).toBe('Dockerfile');
    expect(report.findings.map((finding: { anchor: unknown }) => finding.anchor)).toEqual(
      hostileReport.findings.map(({ anchor }) => anchor),
    );
    expect(text).toContain('#\\u0023[');
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('refuses what the contract does not have', () => {
    const report = JSON.parse(json.render(sampleReport, sampleContext));
    expect(validate({ ...report, verdict: 'green' })).toBe(false);
    expect(validate({ ...report, schemaVersion: 2 })).toBe(false);
    const [finding, ...rest] = report.findings;
    expect(validate({ ...report, findings: [{ ...finding, at: { ...finding.at, extra: 1 } }, ...rest] })).toBe(false);
    const { fingerprint: _, ...nameless } = finding;
    expect(validate({ ...report, findings: [nameless] })).toBe(false);
  });
});
