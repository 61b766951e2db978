import { join } from 'node:path';
import { describeSize } from '../../domain/byte-size.ts';
import type { Host } from '../../host/host.ts';

/**
 * Temporary disk space for images that do not lie on disk as they are read: an archive compressed as a whole, an
 * engine's stream, a registry's blobs. It is bounded for the whole run and removed at its end.
 */
export interface Spool {
  /** A new folder in it, absolute. */
  makeFolder(): Promise<string>;
  /**
   * Writes a new file, whose path begins with a folder of the spool. Rejects with a SpoolLimitError above the limit,
   * and with what `chunks` reject with; the file is then gone.
   */
  write(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

export class SpoolLimitError extends Error {
  constructor(limit: number) {
    super(`it needs more than ${describeSize(limit)} of temporary disk space`);
    this.name = 'SpoolLimitError';
  }
}

/** What an image that does not fit is told with. */
export const spoolHint = 'raise --spool-limit, or point TMPDIR at a disk with room';

function openSpool(host: Host, limit: number, root: () => Promise<string>): Spool {
  let folders = 0;
  let used = 0;
  return {
    async makeFolder() {
      const folder = join(await root(), String(folders++));
      await host.files.makeFolder(folder);
      return folder;
    },
    async write(path, chunks) {
      let own = 0;
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        for await (const chunk of chunks) {
          own += chunk.length;
          used += chunk.length;
          if (used > limit) throw new SpoolLimitError(limit);
          yield chunk;
        }
      };
      try {
        await host.files.writeNew(path, counted());
      } catch (error) {
        await host.files.remove(path);
        used -= own;
        throw error;
      }
    },
  };
}

/** Runs `use` with a spool of at most `limit` bytes, which is gone when it is done, however it ends. */
export async function withSpool<T>(host: Host, limit: number, use: (spool: Spool) => Promise<T>): Promise<T> {
  const made: string[] = [];
  const root = async () => {
    const folder = made[0] ?? (await host.files.makeTemporaryFolder('hullcheck-image-'));
    if (made.length === 0) made.push(folder);
    return folder;
  };
  try {
    return await use(openSpool(host, limit, root));
  } finally {
    for (const folder of made) await host.files.remove(folder);
  }
}
