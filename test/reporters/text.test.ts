import { describe, expect, it } from 'vitest';
import { fileLocation, fileStart } from '../../src/domain/location.ts';
import type { Report, ReportFinding } from '../../src/domain/report.ts';
import { text } from '../../src/reporters/text.ts';
import { widthOf } from '../../src/reporters/text-layout.ts';
import { hostileReport } from '../helpers/hostile-report.ts';
import { reportFinding, reportOf, sampleContext, sampleReport } from '../helpers/sample-report.ts';

const at = (path: string, line: number, column = 1, endColumn = 2) =>
  fileLocation(path, { line, column, endLine: line, endColumn });

const advisory = (index: number, parts: Partial<ReportFinding> = {}) =>
  reportFinding({ ruleId: 'unfrozen-install', message: `defect ${index}`, at: at(`file-${index}`, 1), ...parts });

function render(findings: readonly ReportFinding[], parts: Partial<Report> = {}, context = sampleContext): string {
  return text.render(reportOf(findings, parts), context);
}

function linesOf(output: string): readonly string[] {
  return output.trimEnd().split('\n');
}

describe('what is shown', () => {
  it('shows all that blocks, fills up to ten causes with the worst of the rest, and counts what is left', () => {
    const blocking = Array.from({ length: 3 }, (_, index) => advisory(index, { disposition: 'blocking' }));
    const rest = Array.from({ length: 10 }, (_, index) =>
      advisory(10 + index, { severity: index < 4 ? 'low' : 'medium' }),
    );
    const output = render([...blocking, ...rest]);
    expect(output).toContain('and 3 more: 3 low (--all shows them)');
    expect(output).toContain('defect 16');
    expect(output).not.toContain('defect 12\n');
  });

  it('shows more than ten causes when they block', () => {
    const output = render(Array.from({ length: 14 }, (_, index) => advisory(index, { disposition: 'blocking' })));
    expect(output.match(/defect \d+/g)).toHaveLength(14);
    expect(output).not.toContain('--all shows them');
  });

  it('folds places of one cause and names five of them', () => {
    const findings = Array.from({ length: 8 }, (_, index) => advisory(index, { message: 'same' }));
    expect(render(findings)).toContain('    and 7 more: file-1:1, file-2:1, file-3:1, file-4:1, file-5:1, …\n');
    expect(text.account(reportOf(findings), sampleContext)).toMatchObject({ shown: 6, more: 2 });
  });

  it('only counts what was set aside, unless all is asked for', () => {
    const findings = [
      advisory(1, { disposition: 'triaged', reason: 'never reached' }),
      advisory(2, { disposition: 'baseline' }),
      advisory(3, { disposition: 'outside-changes' }),
    ];
    expect(render(findings)).toContain('set aside: 1 triaged, 1 in the baseline, 1 outside the changes (see --all)');
    expect(render(findings)).not.toContain('defect');
    const all = render(findings, {}, { ...sampleContext, all: true });
    expect(all.match(/defect \d/g)).toHaveLength(3);
    expect(all).toContain('medium unfrozen-install  triaged: never reached');
  });

  it('says why something was set aside, below where there is no room beside the rule', () => {
    const reason = 'triaged by .hullcheck.yml:2 until 2027-01-21: nobody calls the part that has the flaw';
    const all = render([advisory(1, { disposition: 'triaged', reason })], {}, { ...sampleContext, all: true });
    expect(all).toContain(
      '  medium unfrozen-install\n    triaged by .hullcheck.yml:2 until 2027-01-21: nobody calls the part that has\n    the flaw\n    defect 1\n',
    );
  });

  it('calls a report with nothing but what was set aside not empty', () => {
    expect(render([advisory(1, { disposition: 'baseline' })])).toContain('\npass: nothing open in 214 files');
  });

  it('shows what the team wrote before what its packages bring, of the same weight', () => {
    const facts = { ids: ['CVE-2026-1'], package: 'curl', installed: '1', fixed: [], scanners: ['trivy'] } as const;
    const vulnerability = { ...facts, severityBy: {}, epss: null, kev: false, cvss: null };
    const output = render([advisory(1, { vulnerability }), advisory(2), advisory(3, { severity: 'low' })]);
    expect(output.match(/defect \d/g)).toEqual(['defect 2', 'defect 1', 'defect 3']);
  });

  it('has a triage line for each blocker and none for the rest', () => {
    const output = render([advisory(1, { disposition: 'blocking' }), advisory(2)]);
    expect(output.match(/triage: /g)).toHaveLength(1);
    expect(output).toContain('    triage: - { rule: unfrozen-install, path: "file-1",');
  });

  it('has no triage line for a rule that cannot be triaged', () => {
    const [rule] = sampleContext.rules;
    if (rule === undefined) throw new Error('the sample has rules');
    const context = { ...sampleContext, rules: [{ ...rule, id: 'unfrozen-install', isSuppressible: false }] };
    expect(render([advisory(1, { disposition: 'blocking' })], {}, context)).not.toContain('triage: ');
  });
});

describe('the code frame', () => {
  it('puts carets under the span', () => {
    const frame = { firstLine: 1, lines: ['# head', 'FROM node', 'RUN true'] };
    const output = render([advisory(1, { at: at('Dockerfile', 2, 6, 10), frame })]);
    expect(output).toContain('       1 | # head\n       2 | FROM node\n         |      ^^^^\n       3 | RUN true\n');
  });

  it('counts a tab as four columns and a wide character as two', () => {
    const frame = { firstLine: 9, lines: ['\tRUN 漢 npm i'] };
    const output = render([advisory(1, { at: at('Dockerfile', 9, 8, 13), frame })]);
    expect(output).toContain('       9 |     RUN 漢 npm i\n         |            ^^^^^\n');
  });

  it('moves along a line that is too long and cuts it', () => {
    const frame = { firstLine: 1, lines: [`${'a '.repeat(300)}HERE${' b'.repeat(300)}`] };
    const output = render([advisory(1, { at: at('Dockerfile', 1, 601, 605), frame })]);
    const [code = '', carets = ''] = linesOf(output).filter((line) => line.includes(' | '));
    expect(code).toMatch(/^ {7}1 \| ….*HERE.*…$/);
    expect(widthOf(code)).toBeLessThanOrEqual(80);
    expect(code.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HERE');
  });

  it('is never shown for a secret', () => {
    const frame = { firstLine: 1, lines: ['KEY=value'] };
    const output = render([advisory(1, { ruleId: 'leaked-dotenv', frame })]);
    expect(output).toContain('leaked-dotenv');
    expect(output).not.toContain('KEY=value');
  });

  it('marks the whole line behind a finding in an image', () => {
    const frame = { firstLine: 4, lines: ['  COPY . .'] };
    const layer = {
      kind: 'layer',
      image: 'app.tar',
      layer: 1,
      diffId: 'sha256:0',
      path: 'x',
      state: 'present',
    } as const;
    const output = render([advisory(1, { at: layer, anchor: { path: 'Dockerfile', line: 4 }, frame })]);
    expect(output).toContain('    -> app.tar, layer 1: x\n    -> caused by Dockerfile:4\n');
    expect(output).toContain('       4 |   COPY . .\n         |   ^^^^^^^^\n');
  });

  it.each([0, 1, 5, 400])('stays in the frame with a span beyond it (column %i)', (column) => {
    const frame = { firstLine: 1, lines: ['x'] };
    const wild = fileLocation('Dockerfile', { line: 1, column: Math.max(1, column), endLine: 3, endColumn: 1 });
    expect(render([advisory(1, { at: wild, frame })])).toContain('1 | x\n         | ');
  });
});

describe('the last line', () => {
  const gapOf = (index: number) => ({
    source: 'compose',
    subject: `file-${index}`,
    reason: 'not readable',
    hint: 'check it',
    fingerprint: 'f0',
    triagedBy: null,
  });
  const last = (findings: readonly ReportFinding[], parts: Partial<Report> = {}) =>
    linesOf(render(findings, parts)).at(-1);

  it.each([
    [
      'one of each',
      [advisory(1, { disposition: 'blocking' })],
      {},
      'fail: 1 blocking in 214 files and 1 image — exit 1',
    ],
    ['nothing', [], {}, 'pass: nothing found in 214 files and 1 image — exit 0'],
    ['advice only', [advisory(1)], {}, 'pass: nothing blocking, 1 advisory in 214 files and 1 image — exit 0'],
    ['a gap', [], { gaps: [gapOf(1)] }, 'incomplete: nothing found in 214 files and 1 image; 1 not examined — exit 3'],
    [
      'a gap to warn of',
      [],
      { gaps: [gapOf(1)], exitCode: 0 },
      'incomplete: nothing found in 214 files and 1 image; 1 not examined — exit 0 (onGap: warn)',
    ],
    [
      'observing',
      [advisory(1, { disposition: 'blocking' })],
      { mode: 'observe', exitCode: 0 },
      'fail: 1 blocking in 214 files and 1 image — exit 0 (mode observe; gate would exit 1)',
    ],
  ] as const)('says the verdict: %s', (_, findings, parts, expected) => {
    expect(last(findings, parts)).toBe(expected);
  });

  it('says what the user chose not to examine, and uses the singular for one', () => {
    const { coverage } = sampleReport;
    const small = { ...coverage, files: 1, images: 0, chosenOff: ['source only: no image given', 'no scanner'] };
    expect(last([], { coverage: small })).toBe(
      'pass: nothing found in 1 file (source only: no image given, no scanner) — exit 0',
    );
  });
});

describe('layout', () => {
  /** Kept whole to be copied: the title, subjects, places, edits, triage lines and the verdict. */
  const whole =
    /^(?:hullcheck |image |deep\/|fail: | {4}-> | {4,}(?:triage: )?- \{ | {9}(?:\+ |\S+:\d)| {2}\S.* [a-z]+\/[a-z]+$)/;

  it.each([80, 100, 132])('keeps to %i columns', (columns) => {
    for (const report of [sampleReport, hostileReport]) {
      for (const line of linesOf(text.render(report, { ...sampleContext, columns }))) {
        if (!whole.test(line)) expect(widthOf(line), line).toBeLessThanOrEqual(columns);
      }
    }
  });

  it('has colour and symbols only where they are asked for', () => {
    const colored = text.render(sampleReport, { ...sampleContext, color: true });
    expect(colored).toContain('\u001b[1;31m✖ critical\u001b[0m');
    expect(colored).toContain('▲ medium');
    const plain = text.render(sampleReport, sampleContext);
    expect(plain).not.toContain('\u001b');
    expect(plain).not.toMatch(/[✖▲●→]/);
  });

  it('names gaps with what to do and how to triage them', () => {
    expect(text.render(sampleReport, sampleContext)).toContain(
      [
        'Not examined',
        '',
        '  out/app.tar scanner/grype',
        '    Grype has no vulnerability database and may not download one (--offline)',
        '    hint: run hullcheck doctor with network access, or pass a finished report',
        '          with --grype-report',
        '    triage: - gap: 0cb3ef6e125b7fde5364c1d161d39eba',
      ].join('\n'),
    );
  });

  it('says how images were paired', () => {
    expect(text.render(sampleReport, sampleContext)).toContain(
      '\nout/app.tar: 6 layers, paired with Dockerfile (6 of 6 steps match)\n',
    );
  });
});

it('names a file that an edit creates as new', () => {
  const edits = [{ path: 'api/.dockerignore', line: 1, endLine: 0, newText: '**/.env' }];
  const lines = text
    .render(
      reportOf([
        reportFinding({
          ruleId: 'leaked-dotenv',
          at: fileLocation('Dockerfile', fileStart),
          fix: { description: 'create it', edits },
        }),
      ]),
      sampleContext,
    )
    .split('\n');
  expect(lines).toContain('         api/.dockerignore (new file)');
  expect(lines).toContain('         + **/.env');
});
