import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileLocation, fileStart } from '../../src/domain/location.ts';
import type { ReportFinding } from '../../src/domain/report.ts';
import { markdown } from '../../src/reporters/markdown.ts';
import { codeSpan, escapeMarkdown } from '../../src/reporters/markdown-escape.ts';
import { hostileReport } from '../helpers/hostile-report.ts';
import { anyReport } from '../helpers/report-arbitrary.ts';
import { reportFinding, reportOf, sampleContext } from '../helpers/sample-report.ts';

const mebibyte = 1_048_576;

const many = (size: number, parts: Partial<ReportFinding> = {}) =>
  Array.from({ length: size }, (_, index) =>
    reportFinding({
      ruleId: 'unfrozen-install',
      message: `defect ${index} ${'|`@#<'.repeat(10)}`,
      at: fileLocation(`folder/file-${index % 500}`, fileStart),
      fix: {
        description: 'install what the lockfile says',
        edits: [{ path: 'Dockerfile', line: 1, endLine: 1, newText: 'RUN npm ci\n'.repeat(10) }],
      },
      ...parts,
    }),
  );

describe('escapeMarkdown', () => {
  it.each([
    ['plain text, a-b c.d (e) 100%', 'plain text, a-b c.d (e) 100%'],
    ['*b* _i_ `c` ~s~ \\', '\\*b\\* \\_i\\_ \\`c\\` \\~s\\~ \\\\'],
    ['<b>&amp;</b>', '&lt;b&gt;&amp;amp;&lt;/b&gt;'],
    ['[a](b) ![c](d)', '\\[a\\](b) !\\[c\\](d)'],
    ['a | b', 'a \\| b'],
    ['@octocat', '@<!-- -->octocat'],
    ['#1 GH-2 o/r#3', '#<!-- -->1 GH<!-- -->-2 o/r#<!-- -->3'],
    ['https://a.example www.a.example', 'https:<!-- -->//a.example www<!-- -->.a.example'],
    ['mailto:a@b.example', 'mailto<!-- -->:a@<!-- -->b.example'],
    [':tada: node:22', ':<!-- -->tada: node:22'],
    ['$x$', '<span>$</span>x<span>$</span>'],
    ['- item', '\\- item'],
    ['+ item', '\\+ item'],
    ['1. item', '1\\. item'],
    ['# heading', '#<!-- --> heading'],
    ['> quote', '&gt; quote'],
  ])('writes %j as %j', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });
});

describe('codeSpan', () => {
  it.each([
    ['a', '`a`'],
    ['a `b` c', '``a `b` c``'],
    ['``a', '``` ``a ```'],
    ['`', '`` ` ``'],
    ['a | b', '`a | b`'],
    ['', ''],
    [' ', ''],
  ])('writes %j as %j', (text, expected) => {
    expect(codeSpan(text, false)).toBe(expected);
  });

  it('writes the element out where a table would end at a pipe', () => {
    expect(codeSpan('a b', true)).toBe('`a b`');
    expect(codeSpan('a | b', true)).toBe('<code>a \\| b</code>');
    expect(codeSpan('a \\| @b', true)).toBe('<code>a \\\\\\| @<!-- -->b</code>');
  });
});

/** What is left of a line of Markdown once code spans, which mean nothing, are taken out. */
function withoutCode(line: string): string {
  return line.replace(/(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
}

describe('the job summary', () => {
  it('lets no foreign text act as markup', () => {
    const output = markdown.render(hostileReport, sampleContext).replace(/^(`{3,})\n[\s\S]*?\n\1$/gm, '');
    for (const line of output
      .split('\n')
      .filter((each) => !each.startsWith('<details><summary>'))
      .map(withoutCode)) {
      expect(line).not.toMatch(/<(?!\/?details>|!-- -->|\/?span>|\/?code>)/);
      expect(line).not.toMatch(/@\w/);
      expect(line).not.toMatch(/#\d/);
      expect(line).not.toMatch(/https?:\/\/(?!github\.example\/)/);
      expect(line).not.toMatch(/(?<!\\)\]\((?!https:\/\/github\.example\/hullcheck\/)/);
    }
  });

  it('has as many cells in every row as in its head, for any report', () => {
    const countCells = (line: string) => line.match(/(?<!\\)(?:\\\\)*\|/g)?.length ?? 0;
    fc.assert(
      fc.property(anyReport, (report) => {
        let cells = 0;
        for (const line of markdown.render(report, sampleContext).split('\n')) {
          if (!line.startsWith('| ')) cells = 0;
          else if (cells === 0) cells = countCells(line);
          else expect(countCells(line)).toBe(cells);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('opens and closes every fold and fence', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        const output = markdown.render(report, sampleContext);
        expect(output.match(/^<details>/gm)?.length).toBe(output.match(/^<\/details>$/gm)?.length);
      }),
      { numRuns: 40 },
    );
  });

  it('makes a fence longer than any in an edit', () => {
    expect(markdown.render(hostileReport, sampleContext)).toContain(
      '\n````\nFROM node:22\n: :error::x\n```\nfence\n```\n',
    );
  });
});

describe('the size', () => {
  const renderSize = (findings: readonly ReportFinding[]) => {
    const output = markdown.render(reportOf(findings), sampleContext);
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(mebibyte);
    expect(output.trimEnd().split('\n').at(-1)).toMatch(/^- /);
    return output;
  };

  it('tells everything while it fits', () => {
    const output = renderSize(many(50, { disposition: 'blocking' }));
    expect(output.includes('How to fix them')).toBe(true);
    expect(output.includes('left out')).toBe(false);
  });

  it('drops fixes first', () => {
    const output = renderSize(many(2000, { disposition: 'blocking' }));
    expect(output.includes('How to fix them')).toBe(false);
    expect(output.includes('Fixes are left out here')).toBe(true);
    expect(output.includes('defect 1999 ')).toBe(true);
  });

  it('then the details of advice', () => {
    const output = renderSize([...many(100, { disposition: 'blocking' }), ...many(20_000)]);
    expect(output.includes('Fixes and advisory details are left out here')).toBe(true);
    expect(output.includes('### Blocking: 100 findings')).toBe(true);
    expect(output.includes('### Advisory: 20,000 findings')).toBe(true);
    expect(output.includes('- `folder/file-0`: 40 medium\n')).toBe(true);
    expect(output.includes('- 450 others: 18,000 medium\n')).toBe(true);
  });

  it('and at last all but the counts, with 50,000 findings', () => {
    const output = renderSize(many(50_000, { disposition: 'blocking', message: 'x'.repeat(20_000) }));
    expect(renderSize(many(50_000, { disposition: 'blocking' }))).toContain('Only counts are shown here');
    expect(output.includes('### Blocking: 50,000 findings')).toBe(true);
  });
});

it('says of an edit to a file that is not there that it creates it', () => {
  const edits = [{ path: 'api/.dockerignore', line: 1, endLine: 0, newText: '**/.env' }];
  const text = markdown.render(
    reportOf([
      reportFinding({
        ruleId: 'leaked-dotenv',
        at: fileLocation('Dockerfile', fileStart),
        disposition: 'blocking',
        fix: { description: 'create it', edits },
      }),
    ]),
    sampleContext,
  );
  expect(text).toContain('Create `api/.dockerignore` with:');
  expect(text).not.toContain('Replace');
});
