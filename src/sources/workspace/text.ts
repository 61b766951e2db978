import { type Gap, gap } from '../../domain/gap.ts';
import type { TextFile } from './file-tree.ts';

/** Text files above this are not read: no Dockerfile, workflow or lockfile is that large. */
export const textLimit = 32 * 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Strict UTF-8, byte-order mark dropped; anything else is a gap, as guessing an encoding could hide a line. */
export function decodeText(path: string, bytes: Buffer, source: string): TextFile | Gap {
  try {
    return { path, text: utf8.decode(bytes) };
  } catch {
    const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    const what = isUtf16 ? 'is UTF-16' : 'is not valid UTF-8';
    return gap(source, path, `${path} was not read: it ${what}`, `save ${path} as UTF-8`);
  }
}
