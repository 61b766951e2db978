import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Host } from '../../host/host.ts';

const chunkSize = 1024 * 1024;

/** The bytes of a file; reading blocks, so other work gets its turn after each part. */
export async function* readChunks(path: string, host: Host): AsyncGenerator<Buffer> {
  const file = await host.files.open(path);
  try {
    for (let position = 0; position < file.size; position += chunkSize) {
      const part = Buffer.alloc(Math.min(chunkSize, file.size - position));
      yield part.subarray(0, await file.readAt(part, position));
      await nextTurn();
    }
  } finally {
    await file.close();
  }
}

/** SHA-256 of a file, 64 hexadecimal digits. */
export async function fileDigest(path: string, host: Host): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readChunks(path, host)) hash.update(chunk);
  return hash.digest('hex');
}
