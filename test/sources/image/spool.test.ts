import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Spool, SpoolLimitError, withSpool } from '../../../src/sources/image/spool.ts';
import { hostOn } from '../../helpers/check-example.ts';

async function* chunksOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** What `work` leaves behind. */
async function remains(work: (spool: Spool, folder: string) => Promise<void>): Promise<boolean> {
  let root = '';
  const done = withSpool(hostOn(), 10, async (spool) => {
    const folder = await spool.makeFolder();
    root = dirname(folder);
    await work(spool, folder);
  });
  await done.catch(() => undefined);
  return existsSync(root);
}

describe('a spool', () => {
  it('holds files while it is used, and is gone then', async () => {
    const isThere = await remains(async (spool, folder) => {
      await spool.write(join(folder, 'a'), chunksOf('one', 'two'));
      expect(await readFile(join(folder, 'a'), 'utf8')).toBe('onetwo');
      expect(await spool.makeFolder()).not.toBe(folder);
    });
    expect(isThere).toBe(false);
  });

  it('is gone when its user fails', async () => {
    expect(await remains(() => Promise.reject(new Error('failed')))).toBe(false);
  });

  it('is bounded as a whole; what does not fit leaves nothing and costs nothing', async () => {
    await withSpool(hostOn(), 10, async (spool) => {
      const folder = await spool.makeFolder();
      await spool.write(join(folder, 'a'), chunksOf('12345'));
      await expect(spool.write(join(folder, 'b'), chunksOf('123', '456'))).rejects.toThrow(SpoolLimitError);
      expect(existsSync(join(folder, 'b'))).toBe(false);
      await spool.write(join(folder, 'b'), chunksOf('12345'));
    });
  });

  it('touches no disk when it is not needed', async () => {
    const host = hostOn();
    const makeTemporaryFolder = () => Promise.reject(new Error('not expected here'));
    await withSpool({ ...host, files: { ...host.files, makeTemporaryFolder } }, 10, async () => undefined);
  });
});
