/** The text of a file of settings: UTF-8, or UTF-16 with a little-endian mark, as Windows tools write it. */
export function settingsText(content: Buffer): string {
  if (content[0] === 0xff && content[1] === 0xfe) return content.toString('utf16le').slice(1);
  return content.toString('utf8').replace(/^\ufeff/, '');
}
