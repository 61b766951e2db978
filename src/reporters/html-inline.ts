import type { Content, Inline } from './page.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

function renderInline(inline: Inline): string {
  const text = escapeHtml(inline.text);
  switch (inline.kind) {
    case 'text':
      return text;
    case 'strong':
      return `<strong>${text}</strong>`;
    case 'code':
      return `<code>${text}</code>`;
    case 'link':
      return `<a href="${escapeHtml(inline.url)}" rel="noreferrer">${text}</a>`;
  }
}

/** A run of text as HTML, also for the parts of Markdown that only HTML can say. */
export function renderInlineHtml(content: Content): string {
  return content.map(renderInline).join('');
}
