import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { createFileSystem } from '../../src/host/files.ts';
import { inFolder } from '../helpers/check-example.ts';

async function* chunksOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describe('a new file', () => {
  it('holds the chunks and is the owner’s only', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'new');
      await createFileSystem().writeNew(path, chunksOf('one ', 'two'));
      expect(await readFile(path, 'utf8')).toBe('one two');
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    });
  });

  it('never replaces another, and what its source says comes through', async () => {
    await inFolder(async (folder) => {
      const files = createFileSystem();
      await files.writeNew(join(folder, 'a'), chunksOf('first'));
      await expect(files.writeNew(join(folder, 'a'), chunksOf('second'))).rejects.toMatchObject({ code: 'EEXIST' });
      const failing = async function* () {
        yield Buffer.from('part');
        throw new Error('source');
      };
      await expect(files.writeNew(join(folder, 'b'), failing())).rejects.toThrow('source');
      expect(await readFile(join(folder, 'a'), 'utf8')).toBe('first');
    });
  });
});

describe('a second name', () => {
  it('is the same file; none is made over another file, or where the file system cannot', async () => {
    await inFolder(async (folder) => {
      const files = createFileSystem();
      const [first, second] = [join(folder, 'a'), join(folder, 'b')];
      await files.writeNew(first, chunksOf('one'));
      expect(await files.link(first, second)).toBe(true);
      expect((await stat(second)).ino).toBe((await stat(first)).ino);
      await expect(files.link(first, second)).rejects.toMatchObject({ code: 'EEXIST' });
      // Another file system, on every Linux; elsewhere there is no such file.
      if (existsSync('/proc/self/status')) expect(await files.link('/proc/self/status', join(folder, 'c'))).toBe(false);
    });
  });
});

describe('a temporary folder', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('goes when %s ends the process', async (signal) => {
    await inFolder(async (folder) => {
      const script = join(folder, 'program.mjs');
      await build({
        stdin: {
          contents: `import { createFileSystem } from './files.ts';
            const files = createFileSystem();
            const folder = await files.makeTemporaryFolder('hullcheck-signal-');
            const gone = await files.makeTemporaryFolder('hullcheck-signal-');
            await files.writeNew(folder + '/file', (async function* () { yield Buffer.from('x'); })());
            await files.remove(gone);
            process.stdout.write(folder);
            setInterval(() => undefined, 1000);`,
          resolveDir: fileURLToPath(new URL('../../src/host', import.meta.url)),
          loader: 'ts',
        },
        bundle: true,
        platform: 'node',
        format: 'esm',
        outfile: script,
        logLevel: 'error',
      });
      const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const path = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
      expect(existsSync(join(path, 'file'))).toBe(true);
      const ended = new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
      child.kill(signal);
      expect(await ended).toBe(signal);
      expect(existsSync(path)).toBe(false);
    });
  });
});
