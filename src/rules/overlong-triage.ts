import { defineRule } from '../domain/rule.ts';

export const overlongTriage = defineRule({
  id: 'overlong-triage',
  summary: 'A triage entry lasts longer than the policy allows',
  severity: 'medium',
  confidence: 'high',
  consumes: ['triage-entry'],
  docs: {
    why: 'An exception that ends in years is never looked at again. The policy says how many days ahead an entry may end (`maxTriageDays`, 90 unless set); one that ends later covers nothing, so that nothing is excused forever.',
    fix: 'Set `expires` to a day within the term. Where the team reviews its exceptions less often on purpose, raise `maxTriageDays` in the policy.',
  },
  examples: [
    {
      title: 'an entry for ten years',
      files: {
        '.hullcheck.yml': [
          'triage:',
          '  - advisory: CVE-2026-0001',
          '    reason: parser is never reached',
          '    expires: 2035-12-31',
          '',
        ].join('\n'),
      },
      today: '2026-01-15',
      flags: [{ where: '.hullcheck.yml:2', severity: 'medium' }],
    },
    {
      title: 'an entry for eight months where the policy allows a year',
      files: {
        '.hullcheck.yml': [
          'maxTriageDays: 365',
          'triage:',
          '  - advisory: CVE-2026-0001',
          '    reason: parser is never reached',
          '    expires: 2026-09-15',
          '',
        ].join('\n'),
      },
      today: '2026-01-15',
      flags: [],
    },
  ],
  *check(view) {
    for (const entry of view.of('triage-entry')) {
      if (entry.state !== 'overlong') continue;
      yield {
        at: entry.at,
        message: `the triage entry for ${entry.subject} lasts until ${entry.expires}, ${entry.daysLeft} days ahead, so it covers nothing: today ${entry.latest} is the latest day allowed`,
        identity: [entry.subject],
      };
    }
  },
});
