import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { holdFile } from '../../src/host/file-lock.ts';
import { inFolder } from '../helpers/check-example.ts';

const pace = { beat: 20, stale: 400, look: 5 };
const nobodyWaits = () => undefined;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that runs `body`, which knows `holdFile`, `fs` and the path of the lock; with its first word. */
async function start(folder: string, body: string): Promise<{ readonly child: ChildProcess; readonly word: string }> {
  const script = join(folder, `program-${randomUUID()}.mjs`);
  await build({
    stdin: {
      contents: `import * as fs from 'node:fs';
        import { setTimeout as wait } from 'node:timers/promises';
        import { holdFile } from './file-lock.ts';
        const path = ${JSON.stringify(join(folder, 'lock'))};
        const pace = ${JSON.stringify(pace)};
        ${body}`,
      resolveDir: fileURLToPath(new URL('../../src/host', import.meta.url)),
      loader: 'ts',
    },
    ...{ bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error' },
  });
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [word] = await once(child.stdout, 'data');
  return { child, word: String(word) };
}

const holdsForEver = `await holdFile(path, 0, () => undefined, pace);
  process.stdout.write('held');
  setInterval(() => undefined, 1000);`;

/** A lock that was left: as its owner wrote it, and last touched so many milliseconds ago. */
async function leave(path: string, owner: { readonly process: number; readonly machine: string }, age: number) {
  await writeFile(path, JSON.stringify({ token: 'left', ...owner }));
  const then = new Date(Date.now() - age);
  await utimes(path, then, then);
}

describe('a file that is held', () => {
  it('is held by one at a time, and by the next when it is released', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'lock');
      const first = await holdFile(path, 0, nobodyWaits, pace);
      let waits = 0;
      const second = holdFile(path, 5000, () => (waits += 1), pace);
      expect(await holdFile(path, 30, nobodyWaits, pace)).toBeNull();
      await first?.release();
      expect(await second).not.toBeNull();
      expect(waits).toBe(1);
      await (await second)?.release();
      expect(await readdir(folder)).toEqual([]);
    });
  });

  it('by a living process stays its own for as long as it lives, and falls to others at once when it is killed', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'lock');
      const { child } = await start(folder, holdsForEver);
      expect(await holdFile(path, 3 * pace.stale, nobodyWaits, pace)).toBeNull();
      child.kill('SIGKILL');
      await once(child, 'exit');
      const taken = await holdFile(path, 0, nobodyWaits, { ...pace, stale: 3_600_000 });
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ process: process.pid, machine: hostname() });
      await taken?.release();
    });
  });

  it.each([
    ['of another machine, touched lately', { process: 1, machine: 'elsewhere' }, 0, false],
    ['of another machine, untouched for long', { process: 1, machine: 'elsewhere' }, 10_000, true],
    ['of a process that runs, touched lately', { process: process.pid, machine: hostname() }, 0, false],
    ['of a process that runs and gives no sign of life', { process: process.pid, machine: hostname() }, 10_000, true],
    ['of a process that has ended', { process: 999_999_999, machine: hostname() }, 0, true],
  ])('%s', async (_, owner, age, isTaken) => {
    await inFolder(async (folder) => {
      const path = join(folder, 'lock');
      await leave(path, owner, age);
      const lock = await holdFile(path, 0, nobodyWaits, pace);
      expect(lock !== null).toBe(isTaken);
      await lock?.release();
      expect(await readdir(folder)).toEqual(isTaken ? [] : ['lock']);
    });
  });

  it('that says nothing, as one being written, is waited for until it is old', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'lock');
      await writeFile(path, '');
      expect(await holdFile(path, 0, nobodyWaits, pace)).toBeNull();
      expect(await holdFile(path, 5 * pace.stale, nobodyWaits, pace)).not.toBeNull();
    });
  });

  it('and was taken over is not released by who had it before', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'lock');
      const asleep = await holdFile(path, 0, nobodyWaits, { ...pace, beat: 3_600_000 });
      await wait(10);
      await leave(path, { process: 1, machine: 'elsewhere' }, 0);
      await asleep?.release();
      expect(await readFile(path, 'utf8')).toContain('elsewhere');
    });
  });

  it('in a folder that is not there is told', async () => {
    await inFolder(async (folder) => {
      await expect(holdFile(join(folder, 'none', 'lock'), 0, nobodyWaits, pace)).rejects.toMatchObject({
        code: 'ENOENT',
      });
    });
  });
});

describe('many processes at once', () => {
  it('are in turn, beginning with a lock that a dead one left', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'counter'), '0');
      await leave(join(folder, 'lock'), { process: 999_999_999, machine: hostname() }, 0);
      const counts = `process.stdout.write('ready');
        const counter = ${JSON.stringify(join(folder, 'counter'))};
        for (let turn = 0; turn < 20; turn++) {
          const lock = await holdFile(path, 60_000, () => undefined, { ...pace, stale: 60_000 });
          fs.writeFileSync(counter + '.only', '', { flag: 'wx' });
          const seen = Number(fs.readFileSync(counter, 'utf8'));
          await wait(1);
          fs.writeFileSync(counter, String(seen + 1));
          fs.rmSync(counter + '.only');
          await lock.release();
        }`;
      const started = await Promise.all([1, 2, 3, 4].map(() => start(folder, counts)));
      const codes = await Promise.all(
        started.map(async ({ child }) => child.exitCode ?? (await once(child, 'exit'))[0]),
      );
      expect(codes).toEqual([0, 0, 0, 0]);
      expect(await readFile(join(folder, 'counter'), 'utf8')).toBe('80');
    });
  });
});
