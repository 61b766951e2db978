import { createHash } from 'node:crypto';
import { gap } from '../../src/domain/gap.ts';
import type { FileTree } from '../../src/sources/workspace/file-tree.ts';

/** A FileTree over a literal: what rule examples and source tests use instead of a folder. */
export function memoryTree(files: Readonly<Record<string, string | Uint8Array>>): FileTree {
  const contents = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
  const missing = (path: string, source: string) => gap(source, path, `${path} does not exist`, 'check the path');
  return {
    files: [...contents]
      .map(([path, content]) => ({ path, size: content.length, isTracked: true }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    skipped: [],
    has: (path) => contents.has(path),
    async readText(path, source) {
      const content = contents.get(path);
      return content === undefined ? missing(path, source) : { path, text: content.toString('utf8') };
    },
    async readStart(path, length, source) {
      return contents.get(path)?.subarray(0, length) ?? missing(path, source);
    },
    async sha256(path, source) {
      const content = contents.get(path);
      return content === undefined ? missing(path, source) : createHash('sha256').update(content).digest('hex');
    },
  };
}
