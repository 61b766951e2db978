import { createHash } from 'node:crypto';
import { breakCommands, neutralise } from '../domain/neutral-text.ts';
import type { Report } from '../domain/report.ts';
import { escapeHtml, renderInlineHtml } from './html-inline.ts';
import { htmlStyle } from './html-style.ts';
import type { Block, Content } from './page.ts';
import { buildPage } from './page-content.ts';
import type { Reporter } from './reporter.ts';

function renderTable(head: readonly string[], rows: readonly (readonly Content[])[]): string {
  const cells = (row: readonly Content[]) =>
    row
      .map((cell, index) => `<td data-label="${escapeHtml(head[index] ?? '')}">${renderInlineHtml(cell)}</td>`)
      .join('');
  const titles = head.map((title) => `<th scope="col">${escapeHtml(title)}</th>`).join('');
  const body = rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n');
  return `<table>\n<thead><tr>${titles}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level - 1}>${renderInlineHtml(block.content)}</h${block.level - 1}>`;
    case 'paragraph':
      return `<p>${renderInlineHtml(block.content)}</p>`;
    case 'list':
      return `<ul>\n${block.items.map((item) => `<li>${renderInlineHtml(item)}</li>`).join('\n')}\n</ul>`;
    case 'table':
      return renderTable(block.head, block.rows);
    case 'source':
      return `<pre><code>${escapeHtml(block.lines.join('\n'))}</code></pre>`;
    case 'details':
      return `<details open><summary>${renderInlineHtml(block.summary)}</summary>\n${block.blocks.map(renderBlock).join('\n')}\n</details>`;
  }
}

/** Nothing loads, nothing runs, nothing is sent; only this very style applies. */
function contentSecurityPolicy(): string {
  const hash = createHash('sha256').update(htmlStyle).digest('base64');
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}

function renderDocument(report: Report, today: string, title: string, blocks: readonly Block[]): string {
  const [, ...rest] = blocks;
  const footer = `${report.tool.name} ${neutralise(report.tool.version, 40)}, ${neutralise(today, 10)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentSecurityPolicy())}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${htmlStyle}</style>
</head>
<body>
<main>
<h1 class="${report.verdict}">${escapeHtml(title)}</h1>
${rest.map(renderBlock).join('\n')}
</main>
<footer>${escapeHtml(footer)}</footer>
</body>
</html>
`;
}

/** One self-contained page without scripts, to be kept as an artifact and read anywhere. */
export const html: Reporter = {
  name: 'html',
  render(report, context) {
    const { title, blocks } = buildPage(report, context, 'full');
    return breakCommands(renderDocument(report, context.today, title, blocks));
  },
  account: (report, context) => buildPage(report, context, 'full').ledger,
};
