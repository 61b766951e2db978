import { type ByteOrder, byteOrderOf } from './wide-text.ts';

const decoders: Readonly<Record<ByteOrder, (content: Buffer) => string>> = {
  none: (content) => content.toString('utf8'),
  little: (content) => content.toString('utf16le'),
  big: (content) =>
    Buffer.from(content.subarray(0, content.length & ~1))
      .swap16()
      .toString('utf16le'),
};

/** UTF-16 that was added to other text, as `>>` of Windows PowerShell does: each character has a zero byte beside it. */
const widePart = /(?:[^\0]\0){4,}|(?:\0[^\0]){4,}/g;

/**
 * The text of a file of settings, whatever tool wrote it: UTF-8 or UTF-16 in either order, with a byte order mark or
 * without. Each line ends in one LF; zero bytes (holes, and what keeps variables apart in /proc) end a line too.
 */
export function settingsText(content: Buffer): string {
  const text = decoders[byteOrderOf(content)](content).replace(/^[\ufeff\ufffd]{1,2}/, '');
  const narrow = text.includes('\0') ? text.replace(widePart, (part) => part.replaceAll('\0', '')) : text;
  return narrow.replace(/\r\n?|\0+/g, '\n');
}
