import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from '../../src/reporters/html.ts';
import { hostileReport } from '../helpers/hostile-report.ts';
import { anyReport } from '../helpers/report-arbitrary.ts';
import { sampleContext, sampleReport } from '../helpers/sample-report.ts';

const knownTags = new Set(
  'a body code details footer h1 h2 head html li link main meta p pre span strong style summary table tbody td th thead title tr ul'.split(
    ' ',
  ),
);

function tagsOf(page: string): readonly string[] {
  return [...page.matchAll(/<([/!]?)([a-zA-Z][a-zA-Z0-9]*)/g)].map(([, , name]) => (name ?? '').toLowerCase());
}

describe('the HTML page', () => {
  it('allows nothing but its own style', () => {
    const page = html.render(sampleReport, sampleContext);
    const style = /<style>([^<]*)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(
      `content="default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
    );
    expect(page).not.toMatch(/<script|<img|<iframe|<form|<link|url\(|@import| style=| on\w+=/i);
  });

  it('has no tag that comes from the report', () => {
    const expectOwnTags = (page: string) => {
      for (const tag of tagsOf(page)) expect([...knownTags, 'doctype']).toContain(tag);
    };
    expectOwnTags(html.render(hostileReport, sampleContext));
    fc.assert(
      fc.property(anyReport, (report) => {
        expectOwnTags(html.render(report, sampleContext));
      }),
      { numRuns: 40 },
    );
  });

  it('closes every tag it opens, for any report', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const open: string[] = [];
        for (const [, slash, name = ''] of html.render(report, sampleContext).matchAll(/<(\/?)([a-z][a-z0-9]*)/g)) {
          if (name === 'meta') continue;
          if (slash === '') open.push(name);
          else expect(open.pop()).toBe(name);
        }
        expect(open).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('fits a phone and both colour schemes', () => {
    const page = html.render(sampleReport, sampleContext);
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).toContain('<td data-label="Where">');
  });

  it('links only to the rules', () => {
    const page = html.render(hostileReport, sampleContext);
    for (const [, url = ''] of page.matchAll(/href="([^"]*)"/g)) {
      expect(url).toMatch(/^https:\/\/github\.example\/hullcheck\/blob\/HEAD\/docs\/rules\/[a-z-]+\.md$/);
    }
  });
});
