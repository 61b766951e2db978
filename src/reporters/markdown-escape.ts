const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Neutral text as GitHub Markdown that shows exactly it: punctuation with a meaning is escaped; mentions, issue
 * references, emoji codes and bare links are taken apart by an empty comment, which cmark-gfm keeps and the page
 * does not show; `$` cannot start a formula (docs.github.com, writing mathematical expressions).
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[&<>]/g, (character) => entities[character] ?? character)
    .replace(/[\\`*_[\]~|]/g, '\\$&')
    .replace(/[@#]|:(?=\/\/|[\w+-]+:)|\b(?:www(?=\.)|GH(?=-\d)|(?:mailto|xmpp)(?=:))/gi, '$&<!-- -->')
    .replaceAll('$', '<span>$</span>')
    .replace(/^[-+=]/, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2');
}

/** Longest run of backticks in a text. */
export function longestFence(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

/**
 * A code span (CommonMark 6.1), whose fence is longer than any run inside. In tables a span cannot hold every pipe: one
 * behind a backslash would end the cell, so there the element is written out.
 */
export function codeSpan(text: string, isInTable: boolean): string {
  if (text.trim() === '') return '';
  if (isInTable && text.includes('|')) return `<code>${escapeMarkdown(text)}</code>`;
  const fence = '`'.repeat(longestFence(text) + 1);
  const padding = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${text}${padding}${fence}`;
}
