import { defineRule } from '../domain/rule.ts';

export const weakenedPolicy = defineRule({
  id: 'weakened-policy',
  summary: 'The change lets through what the policy of the base would stop',
  severity: 'high',
  confidence: 'high',
  consumes: ['policy-change'],
  isSuppressible: false,
  docs: {
    why: 'A pull request is judged by the policy of its base, so it cannot switch off its own judge. Once merged, a weaker policy, a longer baseline, a new triage entry or a changed model digest holds for everything after it: a person has to see that and agree.',
    fix: 'Undo the change, or merge it as a change of its own that someone responsible for the policy approves. No setting or triage entry silences this rule.',
  },
  examples: [
    {
      title: 'the threshold goes up and a rule goes off',
      files: { '.hullcheck.yml': 'failOn: critical\nrules:\n  unpinned-base-image: off\n' },
      base: { '.hullcheck.yml': 'failOn: high\n' },
      flags: [
        { where: '.hullcheck.yml:1', severity: 'high' },
        { where: '.hullcheck.yml:3', severity: 'high' },
      ],
    },
    {
      title: 'a triage entry gets more time',
      files: {
        '.hullcheck.yml': [
          'triage:',
          '  - advisory: CVE-2026-0001',
          '    reason: parser is never reached',
          '    expires: 2026-12-31',
          '',
        ].join('\n'),
      },
      base: {
        '.hullcheck.yml': [
          'triage:',
          '  - advisory: CVE-2026-0001',
          '    reason: parser is never reached',
          '    expires: 2026-03-31',
          '',
        ].join('\n'),
      },
      flags: [{ where: '.hullcheck.yml:2', severity: 'high' }],
    },
    {
      title: 'the policy only gets stricter',
      files: { '.hullcheck.yml': 'failOn: medium\nimages: { minLevel: digest }\n' },
      base: { '.hullcheck.yml': 'failOn: medium\nonGap: warn\n' },
      flags: [],
    },
  ],
  *check(view) {
    for (const change of view.of('policy-change')) {
      yield { at: change.at, message: change.what, identity: [change.what] };
    }
  },
});
