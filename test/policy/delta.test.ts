import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/domain/finding.ts';
import { readBaseReport } from '../../src/policy/base-report.ts';
import { countFingerprints } from '../../src/policy/baseline.ts';
import { type DecideInput, decide } from '../../src/policy/decide.ts';
import { json } from '../../src/reporters/json.ts';
import { sampleContext } from '../helpers/sample-report.ts';
import { facts, finding, input, print, vulnerable, withImage } from './samples.ts';

const image = 'ghcr.io/me/app:1';
const at = (purl: string, diffId: string | null = null) => ({ kind: 'package', image, purl, diffId }) as const;
const openssl = vulnerable();
/** The same package with another advisory. */
const disclosed = vulnerable({ fingerprint: print(3), vulnerability: { ...facts, ids: ['CVE-2026-0003'] } });
const curl = vulnerable({
  fingerprint: print(4),
  at: at('pkg:deb/debian/curl@8.1', 'sha256:base'),
  vulnerability: { ...facts, ids: ['CVE-2026-0004'], package: 'curl', installed: '8.1' },
});
const coverage = {
  ...withImage,
  pairings: withImage.pairings.map((pairing) => ({ ...pairing, diffIds: ['sha256:base', 'sha256:app'] })),
};

/** The report of a run, as the file a later run is given. */
function reportOf(findings: readonly Finding[], rest: Partial<DecideInput> = {}) {
  const report = decide(input({ findings, coverage, ...rest }));
  const base = readBaseReport(JSON.parse(json.render(report, sampleContext)));
  if (base === null) throw new Error('a report of ours is a base report');
  return base;
}

function against(before: ReturnType<typeof reportOf>, findings: readonly Finding[], rest: Partial<DecideInput> = {}) {
  const fingerprints = countFingerprints(before.fingerprints.map((fingerprint) => ({ fingerprint })));
  return decide(input({ findings, coverage, base: { fingerprints }, baseReport: before, ...rest }));
}

function told(report: ReturnType<typeof decide>) {
  return report.findings.map(({ change, disposition, reason }) => `${change ?? '-'} ${disposition}: ${reason}`);
}

const blocks = 'blocking: critical is at or above fail-on critical';

describe('a vulnerability against the base report', () => {
  test('that was there is neither new nor changed', () => {
    const report = against(reportOf([openssl]), [openssl]);
    expect(told(report)).toEqual(['- outside-changes: the base already has it']);
    expect(report.delta).toEqual({ new: 0, newlyDisclosed: 0, severityChanged: 0, fixed: [] });
  });

  test('of a package that was not there is new and blocks', () => {
    const report = against(reportOf([openssl], { coverage: withImage }), [openssl, curl]);
    expect(told(report)).toEqual([`new ${blocks}`, '- outside-changes: the base already has it']);
    expect(report.delta).toMatchObject({ new: 1, newlyDisclosed: 0 });
    expect(report.verdict).toBe('fail');
  });

  test('of the same version that the base report lists is newly disclosed', () => {
    const report = against(reportOf([openssl]), [disclosed]);
    expect(told(report)).toEqual([
      'newly-disclosed outside-changes: newly disclosed: openssl 3.0.1 is unchanged since the base report',
    ]);
    expect(report.verdict).toBe('pass');
  });

  test('of a layer that the base report has is newly disclosed', () => {
    expect(told(against(reportOf([]), [curl]))[0]).toContain('newly disclosed: curl 8.1 is unchanged');
  });

  test('of another version is new', () => {
    const upgraded = { ...disclosed, at: at('pkg:deb/debian/openssl@3.0.9') };
    expect(told(against(reportOf([openssl]), [upgraded]))).toEqual([`new ${blocks}`]);
  });

  test('of the same version in another image is new', () => {
    const elsewhere = { ...disclosed, at: { ...at('pkg:deb/debian/openssl@3.0.1', 'sha256:base'), image: 'worker:1' } };
    expect(told(against(reportOf([openssl]), [elsewhere]))).toEqual([`new ${blocks}`]);
  });

  test('that is worse now says what it was, and does not block', () => {
    const report = against(reportOf([vulnerable({ severity: 'medium' })]), [openssl]);
    expect(told(report)).toEqual(['severity-changed outside-changes: the base report has it as medium']);
    expect(report.delta?.severityChanged).toBe(1);
  });

  test('triage and the rest come first; other rules know no delta', () => {
    const report = against(reportOf([openssl]), [disclosed, finding()], { baseline: new Map([[print(3), 1]]) });
    expect(told(report)).toEqual([
      '- blocking: high is at or above fail-on high',
      'newly-disclosed baseline: already in the baseline',
    ]);
  });
});

describe('what is fixed', () => {
  const gone = { advisory: 'CVE-2026-0001', package: 'openssl', installed: '3.0.1', severity: 'critical', image };

  test('is what the same image no longer has', () => {
    expect(against(reportOf([openssl]), []).delta?.fixed).toEqual([gone]);
  });

  test.each<[string, Partial<DecideInput['coverage']>]>([
    ['the image was not examined', { pairings: [] }],
    ['the scanner that had it was left out', { scanners: withImage.scanners.filter(({ name }) => name === 'grype') }],
    [
      'a scanner failed',
      {
        scanners: [
          ...withImage.scanners,
          { name: 'grype', state: 'failed', version: null, detail: '', program: null, database: null },
        ],
      },
    ],
  ])('is not told where %s', (_, rest) => {
    expect(against(reportOf([openssl]), [], { coverage: { ...coverage, ...rest } }).delta?.fixed).toEqual([]);
  });
});

test('without a base report there is no delta', () => {
  const report = decide(input({ findings: [openssl] }));
  expect(report.delta).toBeNull();
  expect(report.findings[0]).not.toHaveProperty('change');
});

test('the reason names the day of the databases where the base report does', () => {
  const before = { ...reportOf([openssl]), databaseDay: '2026-01-01' };
  expect(told(against(before, [disclosed]))[0]).toContain('since the base report, whose databases were of 2026-01-01');
});

test.each([
  ['no list', { findings: 7 }, null],
  ['nothing', null, null],
  ['entries of another shape', { findings: [1, null, { fingerprint: 7 }, { at: { kind: 'package' } }] }, []],
  ['a finding in a file', { findings: [{ fingerprint: 'x', at: { kind: 'file' } }] }, []],
])('a base report with %s', (_, value, expected) => {
  expect(readBaseReport(value)?.fingerprints ?? null).toEqual(expected);
});
