import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExecute } from '../../src/host/execute.ts';
import type { Command } from '../../src/host/host.ts';

const execute = createExecute();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hullcheck-execute-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function command(program: string, args: readonly string[], more: Partial<Command> = {}): Command {
  return {
    program,
    arguments: args,
    directory: folder,
    environment: { PATH: process.env['PATH'] ?? '' },
    timeoutMilliseconds: 30_000,
    outputLimit: 16 * 1024 * 1024,
    ...more,
  };
}

/** A process that ended and was not yet collected by init is as good as gone. */
function isZombie(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && /\) Z /.test(readFileSync(file, 'latin1'));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

/** A killed grandchild is reaped by init, which may take a moment. */
async function endsSoon(pid: number): Promise<boolean> {
  for (let i = 0; i < 500 && isAlive(pid); i++) await wait(30);
  return !isAlive(pid);
}

async function pidIn(file: string): Promise<number> {
  for (let i = 0; i < 500; i++) {
    const text = await readFile(join(folder, file), 'utf8').catch(() => '');
    if (/^\d+\n/.test(text)) return Number(text);
    await wait(30);
  }
  throw new Error(`${file} was never written`);
}

describe('a program that runs to its end', () => {
  it('gives its exit code, stdout and stderr', async () => {
    const result = await execute(command('sh', ['-c', 'echo out; echo err >&2; exit 3']));
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 3, stderr: 'err\n' });
    expect(result.stdout.toString()).toBe('out\n');
  });

  it('gets no more environment than given, and no shell', async () => {
    const script = 'console.log(JSON.stringify([process.env, process.argv.slice(1)]))';
    const result = await execute(
      command(process.execPath, ['-e', script, '$(id) `id` ; *'], { environment: { ONLY: 'this' } }),
    );
    expect(JSON.parse(result.stdout.toString())).toEqual([{ ONLY: 'this' }, ['$(id) `id` ; *']]);
  });

  it('runs in the given folder', async () => {
    const result = await execute(command('pwd', ['-P'], { directory: '/' }));
    expect(result.stdout.toString()).toBe('/\n');
  });

  it('passes 8 MB through stdin and stdout unchanged', async () => {
    const input = Buffer.alloc(8 * 1024 * 1024, 'hullcheck ');
    const result = await execute(command('cat', [], { input }));
    expect(result.exitCode).toBe(0);
    expect(result.stdout.equals(input)).toBe(true);
  });

  it('gives an empty stdin when there is no input', async () => {
    expect((await execute(command('cat', []))).stdout).toHaveLength(0);
  });

  it('survives a program that does not read its input', async () => {
    const result = await execute(command('sh', ['-c', 'exec 0<&-; exit 7'], { input: Buffer.alloc(4_000_000) }));
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 7 });
  });

  it('keeps the last 64 KiB of stderr', async () => {
    const script = 'process.stderr.write("a".repeat(200_000) + "the end")';
    const { stderr } = await execute(command(process.execPath, ['-e', script]));
    expect(stderr).toHaveLength(64 * 1024);
    expect(stderr.endsWith('the end')).toBe(true);
  });
});

describe('a program that cannot be started', () => {
  it.each(['no-such-program', '/no/such/program'])('%s is missing', async (program) => {
    expect(await execute(command(program, []))).toMatchObject({ outcome: 'missing', exitCode: null });
  });

  it('is missing when the file is not executable', async () => {
    await writeFile(join(folder, 'plain'), '#!/bin/sh\n', { mode: 0o644 });
    expect(await execute(command(join(folder, 'plain'), []))).toMatchObject({ outcome: 'missing' });
  });

  it('does not reject for a NUL in an argument', async () => {
    const result = await execute(command('echo', ['a\0b']));
    expect(result.outcome).toBe('killed');
    expect(result.stderr).toMatch(/null bytes/);
  });
});

describe('limits', () => {
  it('kills the program and its grandchildren at the time limit', async () => {
    const start = performance.now();
    const script = 'sleep 300 & echo $! > timed-out.pid; wait';
    const result = await execute(command('sh', ['-c', script], { timeoutMilliseconds: 500 }));
    expect(result.outcome).toBe('timed-out');
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(await endsSoon(await pidIn('timed-out.pid'))).toBe(true);
  });

  it('kills what ignores SIGTERM two seconds later', async () => {
    const start = performance.now();
    const script = "trap '' TERM; echo $$ > stubborn.pid; while :; do sleep 0.1; done";
    const result = await execute(command('sh', ['-c', script], { timeoutMilliseconds: 300 }));
    expect(result).toMatchObject({ outcome: 'timed-out', exitCode: null });
    expect(performance.now() - start).toBeGreaterThan(2_000);
    expect(await endsSoon(await pidIn('stubborn.pid'))).toBe(true);
  });

  it('lets a program end by itself within the grace', async () => {
    const result = await execute(
      command('sh', ['-c', "trap 'echo tidied >&2; exit 5' TERM; while :; do sleep 0.1; done"], {
        timeoutMilliseconds: 300,
      }),
    );
    expect(result).toMatchObject({ outcome: 'timed-out', exitCode: 5 });
    expect(result.stderr).toMatch(/tidied\n$/);
  });

  it('calls more output than the limit an overflow and keeps none of it', async () => {
    const result = await execute(command('yes', [], { outputLimit: 1000 }));
    expect(result.outcome).toBe('overflow');
    expect(result.stdout).toHaveLength(0);
  });

  it('takes output of exactly the limit', async () => {
    const result = await execute(command('printf', ['12345'], { outputLimit: 5 }));
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(result.stdout.toString()).toBe('12345');
  });

  it('takes a time limit longer than a timer can hold', async () => {
    expect(await execute(command('true', [], { timeoutMilliseconds: 1e12 }))).toMatchObject({ exitCode: 0 });
  });

  it('does not wait for a grandchild that holds the pipes, and ends it', async () => {
    const start = performance.now();
    const result = await execute(command('sh', ['-c', 'sleep 300 & echo $! > background.pid; echo done']));
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 });
    expect(result.stdout.toString()).toBe('done\n');
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(await endsSoon(await pidIn('background.pid'))).toBe(true);
  });

  it('tells a program that was killed from outside', async () => {
    expect(await execute(command('sh', ['-c', 'kill -9 $$']))).toMatchObject({ outcome: 'killed', exitCode: null });
  });
});

describe('the end of this process', () => {
  /** Runs `execute` in a process of its own, which can then be ended. */
  async function startParent(name: string): Promise<ReturnType<typeof spawn>> {
    const script = `import { createExecute } from ${JSON.stringify(fileURLToPath(new URL('../../src/host/execute.ts', import.meta.url)))};
      const run = createExecute()({ program: 'sh', arguments: ['-c', 'sleep 300 & echo $! > ${name}.pid; wait'],
        directory: ${JSON.stringify(folder)}, environment: { PATH: process.env.PATH }, timeoutMilliseconds: 60000, outputLimit: 10 });
      if (process.argv[2] === 'exit') setTimeout(() => process.exit(4), 700);
      await run;`;
    const outfile = join(folder, `${name}.mjs`);
    await build({
      stdin: { contents: script, loader: 'ts', resolveDir: folder },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
    });
    return spawn(process.execPath, [outfile, name], { stdio: 'ignore' });
  }

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('by %s ends all children, and keeps the signal', async (signal) => {
    const parent = await startParent(signal);
    const pid = await pidIn(`${signal}.pid`);
    expect(isAlive(pid)).toBe(true);
    const ended = new Promise((resolve) => parent.once('exit', (_code, by) => resolve(by)));
    parent.kill(signal);
    expect(await ended).toBe(signal);
    expect(await endsSoon(pid)).toBe(true);
  });

  it('by process.exit ends all children', async () => {
    const parent = await startParent('exit');
    const ended = new Promise((resolve) => parent.once('exit', resolve));
    const pid = await pidIn('exit.pid');
    expect(await ended).toBe(4);
    expect(await endsSoon(pid)).toBe(true);
  });

  it('leaves no listener behind when nothing runs', async () => {
    const counts = () => ['SIGTERM', 'SIGINT', 'SIGHUP', 'exit'].map((event) => process.listenerCount(event));
    const before = counts();
    const running = [execute(command('true', [])), execute(command('true', [])), execute(command('nope', []))];
    expect(counts()).toEqual(before.map((count) => count + 1));
    await Promise.all(running);
    expect(counts()).toEqual(before);
  });
});
