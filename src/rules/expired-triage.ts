import { defineRule } from '../domain/rule.ts';

export const expiredTriage = defineRule({
  id: 'expired-triage',
  summary: 'A triage entry is past its last day',
  severity: 'medium',
  confidence: 'high',
  consumes: ['triage-entry'],
  docs: {
    why: 'A triage entry is a decision for a while: the advisory may have got a fix, the code may have become reachable. After its last day it covers nothing, so what it covered counts again.',
    fix: 'Update or remove what the entry accepted and delete the entry. Where it is still acceptable, review it and set a new `expires`.',
  },
  examples: [
    {
      title: 'an entry whose last day was two weeks ago',
      files: {
        '.hullcheck.yml': [
          'failOn: high',
          'triage:',
          '  - advisory: CVE-2026-0001',
          '    reason: parser is never reached',
          '    expires: 2025-12-31',
          '',
        ].join('\n'),
      },
      today: '2026-01-15',
      flags: [{ where: '.hullcheck.yml:3', severity: 'medium' }],
    },
    {
      title: 'an entry with a month left',
      files: {
        '.hullcheck.yml': [
          'triage:',
          '  - advisory: CVE-2026-0001',
          '    reason: parser is never reached',
          '    expires: 2026-02-15',
          '',
        ].join('\n'),
      },
      today: '2026-01-15',
      flags: [],
    },
  ],
  *check(view) {
    for (const entry of view.of('triage-entry')) {
      if (entry.state !== 'expired') continue;
      const effect =
        entry.covered === 0 ? 'it matches nothing in this run' : `what it covered counts again (${entry.covered})`;
      yield {
        at: entry.at,
        message: `the triage entry for ${entry.subject} expired on ${entry.expires}: ${effect}`,
        identity: [entry.subject],
      };
    }
  },
});
