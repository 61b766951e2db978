import { defineRule } from '../domain/rule.ts';

export const unusedTriage = defineRule({
  id: 'unused-triage',
  summary: 'A triage entry matches nothing',
  severity: 'low',
  confidence: 'high',
  consumes: ['triage-entry'],
  docs: {
    why: 'An entry that matches nothing is either done with or mistyped. Left in place it would silently accept the same defect when it comes back. An entry is judged only where the run looked: one for an advisory when both scanners answered, one that names an image when that image was examined.',
    fix: 'Delete the entry. If it was meant to match, compare its `path`, `package` and `image` globs with the finding; where other runs examine other images, name its `image`.',
  },
  examples: [
    {
      title: 'the base image it accepted is pinned by now',
      files: {
        Dockerfile: `FROM node:22.12.0-alpine3.21@sha256:${'5f'.repeat(32)}\nUSER node\n`,
        '.hullcheck.yml': [
          'triage:',
          '  - rule: unpinned-base-image',
          '    reason: the vendor publishes no versions',
          '    expires: 2026-03-31',
          '',
        ].join('\n'),
      },
      flags: [{ where: '.hullcheck.yml:2', severity: 'low' }],
    },
    {
      title: 'an advisory in an image that this run did not examine',
      files: {
        '.hullcheck.yml': [
          'triage:',
          '  - advisory: CVE-2026-0001',
          '    image: ghcr.io/me/worker:*',
          '    reason: parser is never reached',
          '    expires: 2026-03-31',
          '',
        ].join('\n'),
      },
      flags: [],
    },
  ],
  *check(view) {
    for (const entry of view.of('triage-entry')) {
      if (entry.state !== 'unused') continue;
      yield {
        at: entry.at,
        message: `the triage entry for ${entry.subject} matches nothing`,
        identity: [entry.subject],
      };
    }
  },
});
