import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileLocation, fileStart } from '../../src/domain/location.ts';
import { sarif } from '../../src/reporters/sarif.ts';
import { encodePath } from '../../src/reporters/sarif-result.ts';
import { hostileReport } from '../helpers/hostile-report.ts';
import { anyReport } from '../helpers/report-arbitrary.ts';
import { reportFinding, reportOf, sampleContext, sampleReport } from '../helpers/sample-report.ts';
import { checkSarif } from '../helpers/sarif-check.ts';

const runOf = (report: typeof sampleReport) => JSON.parse(sarif.render(report, sampleContext)).runs[0];

describe('the SARIF log', () => {
  it('is as the standard and GitHub want it', () => {
    expect(checkSarif(sarif.render(sampleReport, sampleContext))).toEqual([]);
    expect(checkSarif(sarif.render(hostileReport, sampleContext))).toEqual([]);
    expect(checkSarif(sarif.render(reportOf([]), sampleContext))).toEqual([]);
  });

  it('is so for a message that is nothing but a full stop', () => {
    const finding = reportFinding({
      ruleId: 'unpinned-base-image',
      at: fileLocation('Dockerfile', fileStart),
      message: '.',
    });
    expect(checkSarif(sarif.render(reportOf([finding]), sampleContext))).toEqual([]);
  });

  it('is so for any report', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expect(checkSarif(sarif.render(report, sampleContext))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('is refused by the check when it is wrong', () => {
    const good = sarif.render(sampleReport, sampleContext);
    expect(checkSarif(good.replace('"uri": "Dockerfile"', '"uri": "node:22"'))).not.toEqual([]);
    expect(checkSarif(good.replace('"uri": "Dockerfile"', '"uri": "/Dockerfile"'))).not.toEqual([]);
    expect(checkSarif(good.replace('"startLine": 7', '"startLine": 0'))).not.toEqual([]);
    expect(checkSarif(good.replace('"ruleIndex": 1', '"ruleIndex": 0'))).toEqual(['ruleIndex of leaked-dotenv']);
    expect(checkSarif(good.replace('"security-severity": "8.0"', '"security-severity": "0.0"'))).not.toEqual([]);
  });

  it('lists all rules, also those that did not fire', () => {
    const ids = runOf(reportOf([])).tool.driver.rules.map((rule: { id: string }) => rule.id);
    expect(ids).toEqual(['unpinned-base-image', 'leaked-dotenv', 'never-fired']);
  });

  it('has a category of its own', () => {
    expect(runOf(sampleReport).automationDetails.id).toBe('hullcheck/self-hosted-chat/');
    expect(runOf(reportOf([], { subject: '' })).automationDetails.id).toBe('hullcheck/');
  });

  it('suppresses what is triaged or in the baseline and says what is new', () => {
    const dispositions = ['triaged', 'baseline', 'outside-changes', 'blocking', 'advisory'] as const;
    const findings = dispositions.map((disposition) =>
      reportFinding({
        ruleId: disposition,
        at: fileLocation('a', fileStart),
        disposition,
        reason: `as ${disposition}`,
      }),
    );
    const states = runOf(reportOf(findings)).results.map(
      (result: { ruleId: string; baselineState: string; suppressions: { justification: string }[] }) => [
        result.ruleId,
        result.baselineState,
        result.suppressions.map(({ justification }) => justification).join(),
      ],
    );
    expect(states).toEqual([
      ['blocking', 'new', ''],
      ['advisory', 'new', ''],
      ['outside-changes', 'unchanged', ''],
      ['baseline', 'unchanged', 'as baseline'],
      ['triaged', 'new', 'as triaged'],
    ]);
    expect(runOf(reportOf(findings.slice(3))).results[0].baselineState).toBeUndefined();
  });

  it('is unsuccessful while something was not examined', () => {
    const [invocation] = runOf(sampleReport).invocations;
    expect(invocation.executionSuccessful).toBe(false);
    expect(invocation.toolExecutionNotifications).toEqual([
      {
        descriptor: { id: 'scanner/grype' },
        level: 'error',
        message: { text: expect.stringMatching(/^Not examined: out\/app\.tar\. Grype has no vulnerability database/) },
      },
      {
        descriptor: { id: 'scanner/trivy' },
        level: 'note',
        message: {
          text: expect.stringMatching(
            /^trivy 0\.67\.2 ran \(.*program sha256:c6e65abddb34 locked; database of 2026-01-14/,
          ),
        },
      },
      { descriptor: { id: 'scanner/grype' }, level: 'note', message: { text: 'grype failed (no database)' } },
    ]);
    const gaps = sampleReport.gaps.map((gap) => ({ ...gap, triagedBy: 'known' }));
    const [accepted] = runOf(reportOf([], { gaps })).invocations;
    expect(accepted.executionSuccessful).toBe(true);
    expect(accepted.toolExecutionNotifications[0].level).toBe('note');
  });

  it('gives equal fingerprints a number, so that no alert hides another', () => {
    const finding = reportFinding({ ruleId: 'x', at: fileLocation('a', fileStart) });
    const hashes = runOf(reportOf([finding, finding])).results.map(
      (result: { partialFingerprints: Record<string, string> }) =>
        result.partialFingerprints['primaryLocationLineHash'],
    );
    expect(hashes).toEqual(['0123456789abcdef:1', '0123456789abcdef:2']);
  });

  it('has no links from foreign text in messages', () => {
    const finding = reportFinding({
      ruleId: 'x',
      message: '[a](https://evil.example)',
      at: fileLocation('a', fileStart),
    });
    expect(runOf(reportOf([finding])).results[0].message.text).toBe('[a] (https://evil.example)');
  });
});

describe('where a result sits', () => {
  const layer = {
    kind: 'layer',
    image: 'app.tar',
    layer: 2,
    diffId: 'sha256:0',
    path: 'app/.env',
    state: 'deleted',
  } as const;
  const orphan = reportFinding({ ruleId: 'leaked-dotenv', at: layer });
  const pairing = (label: string, dockerfile: string | null) => ({
    label,
    dockerfile,
    layers: 3,
    diffIds: [],
    pairing: '',
  });
  const uriWith = (pairings: readonly ReturnType<typeof pairing>[], more: readonly (typeof orphan)[] = []) => {
    const report = reportOf([orphan, ...more], { coverage: { ...sampleReport.coverage, pairings } });
    return runOf(report).results[0].locations[0].physicalLocation.artifactLocation.uri;
  };
  const anchored = reportFinding({ ruleId: 'x', severity: 'low', at: fileLocation('web/compose.yml', fileStart) });

  it('is the Dockerfile of its image, any Dockerfile, any anchor, and last the policy', () => {
    expect(uriWith([pairing('other', 'other/Dockerfile'), pairing('app.tar', 'app/Dockerfile')])).toBe(
      'app/Dockerfile',
    );
    expect(uriWith([pairing('app.tar', null), pairing('other', 'other/Dockerfile')])).toBe('other/Dockerfile');
    expect(uriWith([pairing('app.tar', null)], [anchored])).toBe('web/compose.yml');
    expect(uriWith([])).toBe('.hullcheck.yml');
  });

  it('is line 1 there, with image and layer as logical locations', () => {
    const [location] = runOf(reportOf([orphan])).results[0].locations;
    expect(location.physicalLocation.region).toEqual({ startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 });
    expect(location.logicalLocations).toEqual([
      { name: 'app.tar', kind: 'image' },
      { fullyQualifiedName: 'app.tar, layer 2: app/.env', kind: 'resource' },
    ]);
  });

  it.each([
    ['web/Dockerfile', 'web/Dockerfile'],
    ['a b/ü%.txt', 'a%20b/%C3%BC%25.txt'],
    ['node:22', 'node%3A22'],
    ['/etc/passwd', 'etc/passwd'],
    ['../../x', 'x'],
    ['//evil.example/x', 'evil.example/x'],
    ['a\n\u202eb?#', 'a%0A%E2%80%AEb%3F%23'],
    ['half\ud83d', 'half%EF%BF%BD'],
    ['..', null],
    ['', null],
  ])('encodes %j as %j', (path, uri) => {
    expect(encodePath(path)).toBe(uri);
  });
});

describe('limits', () => {
  it('keeps the worst 25,000 results and says how many more there are', () => {
    const findings = Array.from({ length: 30_000 }, (_, index) =>
      reportFinding({
        ruleId: 'unfrozen-install',
        message: `defect ${index}`,
        severity: index < 5000 ? 'low' : 'high',
        at: fileLocation(`f${index}`, fileStart),
        fingerprint: index.toString(16).padStart(16, '0').repeat(2),
      }),
    );
    const report = reportOf(findings);
    const log = sarif.render(report, sampleContext);
    expect(checkSarif(log)).toEqual([]);
    const [run] = JSON.parse(log).runs;
    expect(run.results).toHaveLength(25_000);
    expect(new Set(run.results.map((result: { level: string }) => result.level))).toEqual(new Set(['error']));
    expect(run.invocations[0].toolExecutionNotifications[0].message.text).toBe(
      'and 5,000 more findings than code scanning takes: 5,000 low; the JSON report has all of them',
    );
    expect(sarif.account(report, sampleContext)).toMatchObject({ shown: 25_000, more: 5000 });
    expect(gzipSync(log).length).toBeLessThan(10_000_000);
  });

  it('cuts long descriptions of rules', () => {
    const [rule] = sampleContext.rules;
    if (rule === undefined) throw new Error('the sample has rules');
    const long = { ...rule, summary: 's'.repeat(5000), docs: { why: 'w'.repeat(5000), fix: 'f' } };
    expect(checkSarif(sarif.render(sampleReport, { ...sampleContext, rules: [long] }))).toEqual([]);
  });
});

it('writes an edit that creates its file as text inserted into nothing', () => {
  const edits = [{ path: 'api/.dockerignore', line: 1, endLine: 0, newText: '**/.env' }];
  const log = sarif.render(
    reportOf([
      reportFinding({
        ruleId: 'leaked-dotenv',
        at: fileLocation('Dockerfile', fileStart),
        fix: { description: 'create it', edits },
      }),
    ]),
    sampleContext,
  );
  expect(JSON.parse(log).runs[0].results[0].fixes[0].artifactChanges).toEqual([
    {
      artifactLocation: { uri: 'api/.dockerignore', uriBaseId: '%SRCROOT%' },
      replacements: [
        {
          deletedRegion: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
          insertedContent: { text: '**/.env\n' },
        },
      ],
    },
  ]);
});
