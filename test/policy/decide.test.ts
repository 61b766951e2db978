import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/domain/finding.ts';
import { gap } from '../../src/domain/gap.ts';
import type { Report } from '../../src/domain/report.ts';
import { confidences, severities } from '../../src/domain/severity.ts';
import { type DecideInput, decide } from '../../src/policy/decide.ts';
import { defaultPolicy, type Policy } from '../../src/policy/schema.ts';
import { entry, facts, fileAt, finding, input, print, rules, vulnerable } from './samples.ts';

const policyWith = (partial: Partial<Policy>): Policy => ({ ...defaultPolicy, path: '.hullcheck.yml', ...partial });
const one = (given: Finding, partial: Partial<DecideInput> = {}) => {
  const [first] = decide(input({ findings: [given], ...partial })).findings;
  return [first?.disposition, first?.reason];
};
const baseWith = (n: number) => ({ fingerprints: new Map([[print(1), n]]) });

describe('each disposition with its reason', () => {
  const triage = policyWith({ triage: [entry()], baseline: 'b.json' });
  const baseline = new Map([[print(1), 1]]);
  const secret = finding({ ruleId: 'leaked-dotenv', severity: 'critical' });
  const fixed = finding({ ruleId: 'weakened-policy' });
  const secretEntry = entry({ subject: { kind: 'rule', id: 'leaked-dotenv' } });
  const fixedEntry = entry({ subject: { kind: 'rule', id: 'weakened-policy' } });

  test.each<[string, Finding, Partial<DecideInput>, string, string]>([
    [
      'triaged before all else',
      finding(),
      { policy: triage, baseline, base: baseWith(1) },
      'triaged',
      'triaged by .hullcheck.yml:12 until 2026-03-31: parser is never reached',
    ],
    [
      'baseline before base',
      finding(),
      { policy: policyWith({ baseline: 'b.json' }), baseline, base: baseWith(1) },
      'baseline',
      'already in the baseline b.json',
    ],
    ['base before blocking', finding(), { base: baseWith(1) }, 'outside-changes', 'the base already has it'],
    ['not in the base', finding(), { base: baseWith(0) }, 'blocking', 'high is at or above fail-on high'],
    ['critical blocks', finding({ severity: 'critical' }), {}, 'blocking', 'critical is at or above fail-on high'],
    ['medium does not', finding({ severity: 'medium' }), {}, 'advisory', 'medium is below fail-on high'],
    ['low confidence', finding({ confidence: 'low' }), {}, 'advisory', 'a finding of low confidence never blocks'],
    ['medium confidence', finding({ confidence: 'medium' }), {}, 'blocking', 'high is at or above fail-on high'],
    ['a critical vulnerability', vulnerable(), {}, 'blocking', 'critical is at or above fail-on critical'],
    ['a high vulnerability', vulnerable({ severity: 'high' }), {}, 'advisory', 'high is below fail-on critical'],
    ['overridden', vulnerable({ severity: 'low' }), { failOn: 'low' }, 'blocking', 'low is at or above fail-on low'],
    ['never', finding({ severity: 'critical' }), { failOn: 'never' }, 'advisory', 'fail-on is never'],
    [
      'an expired entry',
      finding(),
      { policy: policyWith({ triage: [entry({ expires: '2026-01-14' })] }) },
      'blocking',
      'high is at or above fail-on high',
    ],
    [
      'a secret is not baselined and always in scope',
      secret,
      { baseline, base: baseWith(1) },
      'blocking',
      'critical is at or above fail-on high',
    ],
    [
      'a secret may be triaged',
      secret,
      { policy: policyWith({ triage: [secretEntry] }) },
      'triaged',
      'triaged by .hullcheck.yml:12 until 2026-03-31: parser is never reached',
    ],
    [
      'nothing suppresses what cannot be suppressed',
      fixed,
      {
        policy: policyWith({ triage: [fixedEntry], rules: { 'weakened-policy': 'off' } }),
        baseline,
        base: baseWith(1),
      },
      'blocking',
      'high is at or above fail-on high',
    ],
  ])('%s', (_, given, partial, disposition, reason) => {
    expect(one(given, partial)).toEqual([disposition, reason]);
  });
});

describe('allowances run out', () => {
  const three = [5, 9, 2].map((line) => finding({ at: fileAt('Dockerfile', line) }));
  const dispositions = (partial: Partial<DecideInput>, findings: readonly Finding[] = three) =>
    decide(input({ findings, ...partial })).findings.map((item) => `${item.disposition} ${item.severity}`);

  test('the baseline by its count', () => {
    const { counts } = decide(input({ findings: three, baseline: new Map([[print(1), 2]]) }));
    expect(counts).toMatchObject({ findings: 3, baseline: 2, blocking: 1 });
  });

  test('the base by its count', () => {
    expect(decide(input({ findings: three, base: baseWith(2) })).counts).toMatchObject({
      outsideChanges: 2,
      blocking: 1,
    });
  });

  test('what is in the baseline was in the base too', () => {
    const partial = { findings: three, baseline: new Map([[print(1), 1]]), base: baseWith(2) };
    expect(decide(input(partial)).counts).toMatchObject({ baseline: 1, outsideChanges: 1, blocking: 1 });
  });

  test('what is triaged was in the base too', () => {
    const policy = policyWith({ triage: [entry({ path: 'api/Dockerfile' })] });
    const findings = [finding(), finding({ at: fileAt('api/Dockerfile', 1) })];
    expect(decide(input({ findings, policy, base: baseWith(1) })).counts).toMatchObject({ triaged: 1, blocking: 1 });
  });

  test('the mildest are excused first', () => {
    const mixed = [finding({ severity: 'critical' }), finding({ severity: 'low' }), finding({ severity: 'high' })];
    expect(dispositions({ baseline: new Map([[print(1), 2]]) }, mixed)).toEqual([
      'blocking critical',
      'baseline high',
      'baseline low',
    ]);
  });
});

describe('what the policy sets', () => {
  test('a rule gets another severity', () => {
    expect(one(finding(), { policy: policyWith({ rules: { 'unpinned-base-image': 'low' } }) })).toEqual([
      'advisory',
      'low is below fail-on high',
    ]);
  });

  test('a rule is off, and a note says so with the line', () => {
    const places = new Map([['rules.unpinned-base-image', fileAt('.hullcheck.yml', 4)]]);
    const policy = policyWith({ rules: { 'unpinned-base-image': 'off' }, places });
    const report = decide(input({ findings: [finding(), finding()], policy, notes: ['first'] }));
    expect(report.counts.findings).toBe(0);
    expect(report.notes).toEqual([
      'first',
      '2 findings of unpinned-base-image left out: switched off in .hullcheck.yml:4',
    ]);
  });

  test('ignored paths are left out, but never secrets, models, vulnerabilities, images or the policy', () => {
    const at = fileAt('vendor/Dockerfile', 1);
    const model = { path: 'vendor/m.gguf', expected: null, actual: null, size: null };
    const kept = [
      finding({ ruleId: 'tracked-dotenv', at }),
      finding({ ruleId: 'unsafe-model-format', at }),
      finding({ at, model }),
      finding({ at, vulnerability: facts }),
      finding({ ruleId: 'weakened-policy', at }),
      finding({
        ruleId: 'root-final-user',
        at: { kind: 'image', image: 'a', part: 'user', name: '' },
        anchor: { path: at.path, line: 1 },
      }),
      finding({ at: fileAt('src/vendor/Dockerfile', 1) }),
    ];
    const policy = policyWith({ ignorePaths: ['vendor/**'] });
    const report = decide(input({ findings: [finding({ at }), ...kept, finding({ at }), finding({ at })], policy }));
    expect(report.counts.findings).toBe(kept.length);
    expect(report.notes).toEqual(['3 findings under ignorePaths left out']);
  });

  test('one ignored finding is one finding', () => {
    const policy = policyWith({ ignorePaths: ['*'] });
    expect(decide(input({ findings: [finding()], policy })).notes).toEqual(['1 finding under ignorePaths left out']);
  });
});

describe('verdict and exit code', () => {
  const hole = gap('scanner/trivy', 'app:1', 'no database', 'run trivy once');
  const triagedHole = entry({ subject: { kind: 'gap', id: hole.fingerprint } });
  const worst = finding();
  const mild = finding({ severity: 'low' });
  const gate = policyWith({});

  test.each<[string, readonly Finding[], number, Policy, Report['verdict'], number]>([
    ['nothing', [], 0, gate, 'pass', 0],
    ['advisory', [mild], 0, gate, 'pass', 0],
    ['blocking', [worst], 0, gate, 'fail', 1],
    ['a gap', [mild], 1, gate, 'incomplete', 3],
    ['blocking and a gap', [worst], 1, gate, 'fail', 1],
    ['a triaged gap', [], 1, policyWith({ triage: [triagedHole] }), 'pass', 0],
    [
      'an expired gap entry',
      [],
      1,
      policyWith({ triage: [{ ...triagedHole, expires: '2026-01-14' }] }),
      'incomplete',
      3,
    ],
    ['a gap that warns', [], 1, policyWith({ onGap: 'warn' }), 'incomplete', 0],
    ['blocking, gaps warn', [worst], 1, policyWith({ onGap: 'warn' }), 'fail', 1],
    ['observed blocking', [worst], 0, policyWith({ mode: 'observe' }), 'fail', 0],
    ['observed gap', [], 1, policyWith({ mode: 'observe' }), 'incomplete', 0],
  ])('%s', (_, findings, gaps, policy, verdict, exitCode) => {
    const report = decide(input({ findings, gaps: gaps === 0 ? [] : [hole], policy }));
    expect([report.verdict, report.exitCode, report.counts.gaps]).toEqual([verdict, exitCode, gaps]);
  });

  test('a triaged gap is still listed', () => {
    const { gaps } = decide(input({ gaps: [hole], policy: policyWith({ triage: [triagedHole] }) }));
    expect(gaps).toEqual([
      { ...hole, triagedBy: 'triaged by .hullcheck.yml:12 until 2026-03-31: parser is never reached' },
    ]);
  });

  test.each([
    ['observe', policyWith({ mode: 'observe' }), [worst], 'mode is observe: a gate would have exited 1'],
    ['warn', policyWith({ onGap: 'warn' }), [], 'onGap is warn: the run is incomplete and exits 0'],
  ])('%s says what would have happened', (_, policy, findings, note) => {
    expect(decide(input({ findings, gaps: [hole], policy })).notes).toEqual([note]);
  });
});

describe('the report', () => {
  test('is sorted: blocking, then severity, then path, line and rule', () => {
    const findings = [
      finding({ severity: 'low', at: fileAt('a', 1) }),
      finding({ severity: 'critical', confidence: 'low', at: fileAt('a', 1) }),
      finding({ at: fileAt('b', 2) }),
      finding({ at: fileAt('b', 10) }),
      finding({ at: fileAt('a', 7), ruleId: 'root-final-user' }),
      finding({ at: fileAt('a', 7), ruleId: 'leaked-dotenv' }),
      finding({ severity: 'critical', at: fileAt('z', 1) }),
    ];
    const sorted = decide(input({ findings })).findings;
    expect(sorted.map((item) => `${item.severity} ${item.anchor?.path}:${item.anchor?.line} ${item.ruleId}`)).toEqual([
      'critical z:1 unpinned-base-image',
      'high a:7 leaked-dotenv',
      'high a:7 root-final-user',
      'high b:2 unpinned-base-image',
      'high b:10 unpinned-base-image',
      'critical a:1 unpinned-base-image',
      'low a:1 unpinned-base-image',
    ]);
  });

  test('has frames, but none for secrets', () => {
    const frames = () => ({ firstLine: 1, lines: ['FROM node'] });
    const findings = [finding(), finding({ ruleId: 'leaked-dotenv' })];
    const shown = decide(input({ findings, frames })).findings;
    expect(shown.map((item) => [item.ruleId, item.frame])).toEqual([
      ['leaked-dotenv', null],
      ['unpinned-base-image', { firstLine: 1, lines: ['FROM node'] }],
    ]);
    expect(decide(input({ findings })).findings.every((item) => item.frame === null)).toBe(true);
  });

  test('asks for the frame of the finding as it was handed in, whatever its severity became', () => {
    const given = finding();
    const frames = new Map([[given, { firstLine: 1, lines: ['FROM node'] }]]);
    const policy = policyWith({ rules: { 'unpinned-base-image': 'critical' } });
    const report = decide(input({ findings: [given], policy, frames: (item) => frames.get(item) ?? null }));
    expect(report.findings.map((item) => [item.severity, item.frame?.lines])).toEqual([['critical', ['FROM node']]]);
  });

  test('repeats what it is about', () => {
    const timings = [{ stage: 'judge', milliseconds: 2 }];
    expect(decide(input({ timings, subject: 'repo', version: '9.9.9' }))).toMatchObject({
      tool: { name: 'hullcheck', version: '9.9.9' },
      subject: 'repo',
      mode: 'gate',
      timings,
      notes: [],
    });
  });
});

describe('properties', () => {
  const anyFinding = fc
    .record({
      ruleId: fc.constantFrom(...rules.map((rule) => rule.id)),
      severity: fc.constantFrom(...severities),
      confidence: fc.constantFrom(...confidences),
      fingerprint: fc.integer({ min: 0, max: 3 }).map(print),
      at: fc
        .tuple(fc.constantFrom('a', 'vendor/a', 'b'), fc.integer({ min: 1, max: 3 }))
        .map(([path, line]) => fileAt(path, line)),
      message: fc.constantFrom('x', 'y'),
    })
    .map((partial) => finding(partial));
  const allowances = fc
    .array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 })
    .map((counts) => new Map(counts.map((count, n) => [print(n), count])));
  const triage = fc.array(
    fc
      .record({
        id: fc.constantFrom('unpinned-base-image', 'leaked-dotenv', 'weakened-policy'),
        path: fc.constantFrom(null, 'a', '**'),
        expires: fc.constantFrom('2026-01-14', '2026-01-15'),
      })
      .map(({ id, path, expires }) => entry({ subject: { kind: 'rule', id }, path, expires })),
    { maxLength: 2 },
  );
  const policy = fc
    .record({
      triage,
      ignorePaths: fc.constantFrom([], ['vendor/**']),
      rules: fc.constantFrom<Policy['rules'][]>({}, { 'root-final-user': 'off' }, { 'vulnerable-package': 'critical' }),
      onGap: fc.constantFrom<Policy['onGap'][]>('fail', 'warn'),
      mode: fc.constantFrom<Policy['mode'][]>('gate', 'observe'),
    })
    .map(policyWith);
  const gaps = fc.array(
    fc.integer({ min: 0, max: 5 }).map((n) => gap('image/layer', `layer ${n}`, 'cut', 'retry')),
    { maxLength: 3 },
  );
  const findings = fc.array(anyFinding, { maxLength: 12 });
  const anyInput = fc
    .record({
      findings,
      gaps,
      policy,
      baseline: allowances,
      base: fc.option(allowances.map((fingerprints) => ({ fingerprints }))),
    })
    .map((partial) => input(partial));

  test('more findings never turn fail into pass', () => {
    fc.assert(
      fc.property(anyInput, findings, (given, more) => {
        const before = decide(given);
        const after = decide({ ...given, findings: [...more, ...given.findings] });
        expect(after.counts.blocking).toBeGreaterThanOrEqual(before.counts.blocking);
        if (before.verdict === 'fail') expect(after.verdict).toBe('fail');
      }),
      { numRuns: 500 },
    );
  });

  test('a gap never becomes a pass', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const hole = gap('rules/leaked-dotenv', 'app:1', 'the rule crashed', 'report it');
        const before = decide(given);
        const after = decide({ ...given, gaps: [...given.gaps, hole] });
        expect(after.verdict).toBe(before.verdict === 'fail' ? 'fail' : 'incomplete');
      }),
    );
  });

  test('the report does not depend on the order of findings and gaps', () => {
    fc.assert(
      fc.property(anyInput, fc.func(fc.integer()), (given, key) => {
        const shuffle = <T>(items: readonly T[]) => {
          const keyed = items.map((item, index) => ({ item, key: key(index) }));
          return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
        };
        const shuffled = { ...given, findings: shuffle(given.findings), gaps: shuffle(given.gaps) };
        expect(decide(shuffled)).toEqual(decide(given));
      }),
      { numRuns: 300 },
    );
  });

  test('every finding has one disposition, and the counts are exact', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const { counts, findings: listed, notes, gaps: holes } = decide(given);
        const sum = counts.blocking + counts.advisory + counts.triaged + counts.baseline + counts.outsideChanges;
        const left = notes
          .filter((note) => note.includes('left out'))
          .reduce((total, note) => total + Number.parseInt(note, 10), 0);
        expect([sum, listed.length, listed.length + left, holes.length]).toEqual([
          counts.findings,
          counts.findings,
          given.findings.length,
          counts.gaps,
        ]);
      }),
    );
  });

  test('secrets and what cannot be suppressed are never baseline or outside-changes', () => {
    fc.assert(
      fc.property(anyInput, (given) => {
        const excused = decide(given).findings.filter((item) =>
          ['baseline', 'outside-changes'].includes(item.disposition),
        );
        const ids = excused.map((item) => item.ruleId);
        for (const id of ['leaked-dotenv', 'tracked-dotenv', 'weakened-policy']) expect(ids).not.toContain(id);
      }),
    );
  });
});
