import { describe, expect, it } from 'vitest';
import type { VulnerabilityFacts } from '../../src/domain/finding.ts';
import type { CodeFrame, ReportFinding } from '../../src/domain/report.ts';
import type { Severity } from '../../src/domain/severity.ts';
import { github } from '../../src/reporters/github.ts';
import { isBalanced } from '../../src/reporters/ledger.ts';
import { describeLine, describeVoices, foldLines, lineFix } from '../../src/reporters/line-group.ts';
import { markdown } from '../../src/reporters/markdown.ts';
import { text } from '../../src/reporters/text.ts';
import { reportFinding, reportOf, sampleContext } from '../helpers/sample-report.ts';

const from: CodeFrame = { firstLine: 1, lines: ['FROM  debian:12.5'] };

interface Flaw {
  readonly severity: Severity;
  readonly name?: string;
  readonly installed?: string;
  readonly fixedFrom?: string | null;
  readonly remedy?: NonNullable<VulnerabilityFacts['remedy']>;
  readonly anchor?: ReportFinding['anchor'];
  readonly frame?: CodeFrame | null;
  readonly type?: string;
  readonly disposition?: ReportFinding['disposition'];
  readonly action?: string;
  readonly facts?: Partial<VulnerabilityFacts>;
}

let counter = 0;

function flaw({
  severity,
  name = 'openssl',
  installed = '3.0.11',
  fixedFrom = '3.0.15',
  ...more
}: Flaw): ReportFinding {
  counter += 1;
  const id = `CVE-2026-${1000 + counter}`;
  const facts: VulnerabilityFacts = {
    ids: [id],
    package: name,
    installed,
    fixed: fixedFrom === null ? [] : [fixedFrom],
    scanners: ['trivy'],
    severityBy: { trivy: severity },
    epss: null,
    kev: false,
    cvss: null,
    fixedFrom,
    remedy: more.remedy ?? 'rebuild',
    action: more.action ?? null,
    ...more.facts,
  };
  return reportFinding({
    ruleId: 'vulnerable-package',
    severity,
    message: `${name} ${installed} has ${id}`,
    at: {
      kind: 'package',
      image: 'app.tar',
      purl: `pkg:${more.type ?? 'deb/debian'}/${name}@${installed}`,
      diffId: null,
    },
    anchor: more.anchor === undefined ? { path: 'Dockerfile', line: 1 } : more.anchor,
    frame: more.frame === undefined ? from : more.frame,
    fix: { description: fixedFrom === null ? `no fix yet for ${name}` : `update ${name} to ${fixedFrom}`, edits: [] },
    disposition: more.disposition ?? (severity === 'critical' ? 'blocking' : 'advisory'),
    vulnerability: facts,
  });
}

const onFrom = [
  ...Array.from({ length: 2 }, () => flaw({ severity: 'critical' })),
  ...Array.from({ length: 6 }, () => flaw({ severity: 'high', name: 'curl' })),
  ...Array.from({ length: 3 }, () => flaw({ severity: 'high', fixedFrom: null, remedy: 'none' })),
];
const pinned = { anchor: { path: 'package-lock.json', line: 9 }, frame: null, type: 'npm', name: 'lodash' };

describe('the vulnerabilities of a line', () => {
  it('are told by its instruction, their weight and what becomes of them', () => {
    expect(describeLine(onFrom)).toBe('FROM debian:12.5: 2 critical, 9 high; 8 fixed by a rebuild, 3 without a fix');
  });

  it.each([
    [
      'a lockfile line of one package',
      [flaw({ severity: 'high', ...pinned, remedy: 'update' })],
      'lodash 3.0.11: 1 high; 1 fixed by an update',
    ],
    [
      'a line of several packages that is no instruction',
      [flaw({ severity: 'high', frame: null }), flaw({ severity: 'low', frame: null, name: 'curl' })],
      'Dockerfile:1: 1 high, 1 low; 2 fixed by a rebuild',
    ],
    [
      'an image without a line',
      [
        flaw({ severity: 'high', frame: null, anchor: null }),
        flaw({ severity: 'low', frame: null, anchor: null, name: 'curl' }),
      ],
      'image app.tar: 1 high, 1 low; 2 fixed by a rebuild',
    ],
  ])('%s', (_, findings, expected) => {
    expect(describeLine(findings)).toBe(expected);
  });

  it('have the fix that goes furthest, by version and not by letter', () => {
    const fixes = ['4.17.9', '4.17.21', '4.17.20'].map((fixedFrom) => flaw({ severity: 'high', ...pinned, fixedFrom }));
    expect(lineFix(fixes)).toBe('update lodash to 4.17.21');
    expect(lineFix([flaw({ severity: 'high', fixedFrom: null, remedy: 'none' })])).toBe('no fix yet for openssl');
  });

  it('of several packages are told what renews them all, as far as that helps', () => {
    const action = 'write `debian:12.11` in FROM and rebuild (debian:12.5 stays as it was built)';
    const renewed = [flaw({ severity: 'high', action }), flaw({ severity: 'high', name: 'curl', action })];
    expect(lineFix(renewed)).toBe(`${action}: fixed versions are published`);
    const none = flaw({ severity: 'high', name: 'bash', fixedFrom: null, remedy: 'none' });
    expect(lineFix([...renewed, none])).toBe(`${action}: fixes for 2 of 3 are published`);
    const updated = flaw({ severity: 'high', name: 'lodash', remedy: 'update' });
    expect(lineFix([...renewed, updated])).toBe(`${action} for 2 of them, and update the others as listed`);
  });

  it.each([
    { actions: ['rebuild with --pull', 'rebuild with --pull'], expected: 'rebuild with --pull' },
    {
      actions: ['rebuild with --pull', 'rebuild with --pull --no-cache'],
      expected: 'rebuild with --pull --no-cache',
    },
  ])('are rebuilt without the cache only where that is needed: $actions', ({ actions, expected }) => {
    const rebuilt = actions.map((action, index) => flaw({ severity: 'high', name: `curl${index}`, action }));
    expect(lineFix(rebuilt)).toBe(`${expected}: fixed versions are published`);
    const updated = flaw({ severity: 'high', name: 'lodash', remedy: 'update' });
    expect(lineFix([...rebuilt, updated])).toBe(`${expected} for 2 of them, and update the others as listed`);
  });

  it('say who knows them, where more than one scanner was asked', () => {
    const both = { scanners: ['grype', 'trivy'], examinedBy: ['grype', 'trivy'] } as const;
    const alone = { examinedBy: ['grype', 'trivy'] } as const;
    const known = [both, both, alone].map((facts) => flaw({ severity: 'high', facts }));
    expect(describeVoices(known)).toBe('2 known to Trivy and Grype and 1 to Trivy only');
    expect(describeVoices([flaw({ severity: 'high' })])).toBe('');
  });

  it('are one cause, those set aside another', () => {
    const aside = flaw({ severity: 'high', disposition: 'triaged' });
    const other = flaw({ severity: 'high', ...pinned });
    const causes = foldLines([...onFrom, aside, other]);
    expect(causes.map(({ others, isLine }) => [1 + others.length, isLine])).toEqual([
      [11, true],
      [1, false],
      [1, false],
    ]);
  });
});

describe('reporters', () => {
  const report = reportOf([...onFrom, flaw({ severity: 'medium', ...pinned, remedy: 'update' })]);

  it('annotate a line once, as bad as its worst vulnerability', () => {
    const lines = github
      .render(report, sampleContext)
      .split('\n')
      .filter((line) => line.startsWith('::'));
    expect(lines.map((line) => line.replace(/::.*::/, (head) => head).slice(0, 140))).toEqual([
      expect.stringMatching(
        /^::error file=Dockerfile,line=1.*::FROM debian:12\.5: 2 critical, 9 high; 8 fixed by a rebuild/,
      ),
      expect.stringMatching(/^::warning file=package-lock\.json,line=9.*::lodash 3\.0\.11 has CVE-/),
    ]);
    expect(lines[0]).toContain('and 2 more; the job summary lists them');
  });

  it('show a line once on the terminal, and every vulnerability with --all', () => {
    const short = text.render(report, { ...sampleContext, columns: 200 });
    expect(short).toContain('FROM debian:12.5: 2 critical, 9 high; 8 fixed by a rebuild, 3 without a fix');
    expect(short).toContain('5 more (--all shows them)');
    expect(short.match(/caused by Dockerfile:1/g)).toHaveLength(1);
    const long = text.render(report, { ...sampleContext, columns: 200, all: true });
    for (const { vulnerability } of report.findings) expect(long).toContain(vulnerability?.ids[0]);
  });

  it('stand in columns on the terminal, with what is worth a look', () => {
    const facts: Partial<VulnerabilityFacts> = {
      ids: ['CVE-2023-4911'],
      kev: true,
      packages: ['libc-bin', 'libc6'],
      examinedBy: ['grype', 'trivy'],
    };
    const lines = text
      .render(
        reportOf([flaw({ severity: 'critical', name: 'glibc', facts }), flaw({ severity: 'low' })]),
        sampleContext,
      )
      .split('\n');
    const first = lines.findIndex((line) => line.startsWith('    critical  '));
    expect(lines.slice(first, first + 3)).toEqual([
      '    critical  CVE-2023-4911  glibc 3.0.11, fixed in 3.0.15; known to be',
      '                             exploited; in libc-bin, libc6; Trivy only',
      expect.stringMatching(/^ {4}low {7}CVE-2026-\d{4} {2}openssl 3\.0\.11, fixed in 3\.0\.15$/),
    ]);
  });

  it('offer to triage what nothing fixes yet, else the worst', () => {
    const triaged = (findings: readonly ReportFinding[]) => {
      const context = {
        ...sampleContext,
        triageLine: ({ vulnerability }: ReportFinding) => `- { advisory: ${vulnerability?.ids[0]} }`,
      };
      return text.render(reportOf(findings), context).match(/CVE-\d+-\d+(?= \})/g);
    };
    const fixable = [flaw({ severity: 'critical' }), flaw({ severity: 'critical' })];
    const open = flaw({ severity: 'critical', fixedFrom: null, remedy: 'none' });
    expect(triaged(fixable)).toEqual([fixable[0]?.vulnerability?.ids[0]]);
    expect(triaged([...fixable, open])).toEqual([open.vulnerability?.ids[0]]);
  });

  it('list every vulnerability in the summary, by line', () => {
    const page = markdown.render(report, sampleContext);
    expect(page).toContain(
      '<summary>FROM debian:12.5: 2 critical; 2 fixed by a rebuild — <code>Dockerfile:1</code></summary>',
    );
    expect(page).toContain(
      '<summary>FROM debian:12.5: 9 high; 6 fixed by a rebuild, 3 without a fix — <code>Dockerfile:1</code></summary>',
    );
    for (const { vulnerability } of report.findings) expect(page).toContain(vulnerability?.ids[0]);
  });

  it('tell the fix of the whole line beside what blocks', () => {
    const fixes = [
      flaw({ severity: 'critical', ...pinned, fixedFrom: '4.17.20' }),
      flaw({ severity: 'low', ...pinned, fixedFrom: '4.17.21' }),
    ];
    expect(markdown.render(reportOf(fixes), sampleContext).match(/Fix: .*/g)).toEqual([
      'Fix: update lodash to 4.17.21',
      'Fix: update lodash to 4.17.21',
    ]);
  });

  it.each([github, text, markdown])('drop none: $name', (reporter) => {
    expect(isBalanced(reporter.account(report, sampleContext), report)).toBe(true);
  });
});
