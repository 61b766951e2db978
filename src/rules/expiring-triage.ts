import { defineRule } from '../domain/rule.ts';

/** How far ahead of its last day an entry is told. */
const daysAhead = 14;

function inDays(days: number): string {
  if (days === 0) return 'today is its last day';
  return days === 1 ? 'one day is left' : `${days} days are left`;
}

export const expiringTriage = defineRule({
  id: 'expiring-triage',
  summary: 'A triage entry ends within two weeks',
  severity: 'low',
  confidence: 'high',
  consumes: ['triage-entry'],
  docs: {
    why: 'After its last day a triage entry covers nothing, and what it covered counts again: the next build may fail without a change of its own. Two weeks ahead there is time to update the package, or to review the exception.',
    fix: 'Update or remove what the entry accepts and delete the entry. Where it is still acceptable, review it and set a new `expires`.',
  },
  examples: [
    {
      title: 'an entry with five days left',
      files: {
        '.hullcheck.yml': [
          'triage:',
          '  - advisory: CVE-2026-0001',
          '    reason: parser is never reached',
          '    expires: 2026-01-20',
          '',
        ].join('\n'),
      },
      today: '2026-01-15',
      flags: [{ where: '.hullcheck.yml:2', severity: 'low' }],
    },
    {
      title: 'an entry with fifteen days left',
      files: {
        '.hullcheck.yml': [
          'triage:',
          '  - advisory: CVE-2026-0001',
          '    reason: parser is never reached',
          '    expires: 2026-01-30',
          '',
        ].join('\n'),
      },
      today: '2026-01-15',
      flags: [],
    },
  ],
  *check(view) {
    for (const entry of view.of('triage-entry')) {
      if ((entry.state !== 'used' && entry.state !== 'unjudged') || entry.daysLeft > daysAhead) continue;
      yield {
        at: entry.at,
        message: `the triage entry for ${entry.subject} ends after ${entry.expires}: ${inDays(entry.daysLeft)}`,
        identity: [entry.subject],
      };
    }
  },
});
