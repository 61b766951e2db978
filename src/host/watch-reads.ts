import type { FileSystem } from './host.ts';

/** The same files, telling how many bytes were read of those that were opened. */
export function watchReads(files: FileSystem, read: (bytes: number) => void): FileSystem {
  return {
    ...files,
    async open(path) {
      const file = await files.open(path);
      return {
        ...file,
        async readAt(target, position) {
          const count = await file.readAt(target, position);
          read(count);
          return count;
        },
      };
    },
  };
}
