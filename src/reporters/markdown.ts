import { breakCommands } from '../domain/neutral-text.ts';
import type { Report } from '../domain/report.ts';
import { renderInlineHtml } from './html-inline.ts';
import { codeSpan, escapeMarkdown, longestFence } from './markdown-escape.ts';
import type { Block, Content, Inline } from './page.ts';
import { buildPage, details, type Page } from './page-content.ts';
import type { ReportContext, Reporter } from './reporter.ts';

/** GitHub drops a job summary above 1 MiB as a whole, so some room is kept for what a workflow adds to the same step. */
const byteLimit = 1_048_576 - 16_384;

function renderInline(inline: Inline, isInTable: boolean): string {
  switch (inline.kind) {
    case 'text':
      return escapeMarkdown(inline.text);
    case 'strong':
      return inline.text === '' ? '' : `**${escapeMarkdown(inline.text)}**`;
    case 'code':
      return codeSpan(inline.text, isInTable);
    case 'link':
      return `[${escapeMarkdown(inline.text)}](${inline.url})`;
  }
}

function renderContent(content: Content, isInTable = false): string {
  return content.map((inline) => renderInline(inline, isInTable)).join('');
}

function renderRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function renderSource(lines: readonly string[]): string {
  const text = lines.join('\n');
  const fence = '`'.repeat(Math.max(3, longestFence(text) + 1));
  return `${fence}\n${text}\n${fence}`;
}

/** One block; blocks are parted by an empty line, without which Markdown in HTML is not read. */
function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${renderContent(block.content)}`;
    case 'paragraph':
      return renderContent(block.content);
    case 'list':
      return block.items.map((item) => `- ${renderContent(item)}`).join('\n');
    case 'table': {
      const rows = block.rows.map((row) => renderRow(row.map((cell) => renderContent(cell, true))));
      return [renderRow(block.head), renderRow(block.head.map(() => '---')), ...rows].join('\n');
    }
    case 'source':
      return renderSource(block.lines);
    case 'details':
      return `<details><summary>${renderInlineHtml(block.summary)}</summary>\n\n${block.blocks.map(renderBlock).join('\n\n')}\n\n</details>`;
  }
}

function renderPage(page: Page): string {
  return `${breakCommands(page.blocks.map(renderBlock).join('\n\n'))}\n`;
}

/** The page with the most detail that fits; counts alone always do. */
function choosePage(report: Report, context: ReportContext): { readonly page: Page; readonly text: string } {
  for (const detail of details) {
    const page = buildPage(report, context, detail);
    const text = renderPage(page);
    if (detail === 'counts-only' || Buffer.byteLength(text) <= byteLimit) return { page, text };
  }
  throw new Error('the last level of detail is always chosen');
}

/** The job summary, always within the size GitHub keeps. */
export const markdown: Reporter = {
  name: 'markdown',
  render: (report, context) => choosePage(report, context).text,
  account: (report, context) => choosePage(report, context).page.ledger,
};
