import { describe, expect, it } from 'vitest';
import { createProgress } from '../../src/host/progress.ts';

/** A screen with a clock of its own. */
function fakeScreen(isLive: boolean, columns = 80) {
  const written: string[] = [];
  let time = 0;
  let timer: { readonly every: number; readonly act: () => void; last: number } | null = null;
  return {
    written,
    progress: createProgress({
      write: (text) => written.push(text),
      isLive,
      columns,
      now: () => time,
      every(milliseconds, act) {
        timer = { every: milliseconds, act, last: time };
        return () => {
          timer = null;
        };
      },
    }),
    isTicking: () => timer !== null,
    /** Lets time pass, with so many bytes done in each second. */
    pass(seconds: number, eachSecond: () => void) {
      for (let step = 0; step < seconds * 20; step++) {
        time += 50;
        if (time % 1000 === 0) eachSecond();
        if (timer === null || time - timer.last < timer.every) continue;
        timer.last = time;
        timer.act();
      }
    },
  };
}

const megabyte = 1e6;
const erase = '\r\u001b[K';

describe('in a terminal', () => {
  it('shows one line from the first second on, and erases it', () => {
    const screen = fakeScreen(true);
    const task = screen.progress.begin('reading layers', 4000 * megabyte);
    task.say('0 of 8 done');
    screen.pass(0.9, () => undefined);
    expect(screen.written).toEqual([]);
    screen.pass(1.1, () => task.advance(500 * megabyte));
    task.say('3 of 8 done');
    screen.pass(2, () => task.advance(500 * megabyte));
    expect(screen.written.at(-1)).toBe(`${erase}reading layers: 3 of 8 done, 2.0 GB of 4.0 GB, 500.0 MB/s, 4 s left`);
    expect(screen.written.every((text) => text.startsWith(erase) && !text.includes('\n'))).toBe(true);
    expect(screen.written.length).toBeLessThan(4 * 4 + 1);
    task.end();
    expect(screen.written.at(-1)).toBe(erase);
    expect(screen.isTicking()).toBe(false);
  });

  it('writes nothing for fast work, not even to erase it', () => {
    const screen = fakeScreen(true);
    const task = screen.progress.begin('reading layers', 10);
    task.advance(10);
    screen.pass(0.9, () => undefined);
    task.end();
    expect(screen.written).toEqual([]);
  });

  it('keeps the line shorter than the screen, and each character as wide as it is', () => {
    const screen = fakeScreen(true, 40);
    const task = screen.progress.begin('pulling registry:\u5927\u001b[31mx', null);
    screen.pass(2, () => task.advance(3 * megabyte));
    const line = screen.written.at(-1)?.replace(erase, '') ?? '';
    expect(line).toMatch(/^pulling registry:\?\\x1b\[31mx: /);
    expect(line).toHaveLength(39);
  });

  it('tells the rate of the last seconds, not that of the beginning', () => {
    const screen = fakeScreen(true);
    const task = screen.progress.begin('reading layers', 10_000 * megabyte);
    screen.pass(10, () => task.advance(900 * megabyte));
    screen.pass(6, () => task.advance(10 * megabyte));
    expect(screen.written.at(-1)).toMatch(/10\.\d MB\/s, 2 min left$/);
  });
});

describe('in a pipe', () => {
  it('writes a line every ten seconds, and none at the end', () => {
    const screen = fakeScreen(false);
    const task = screen.progress.begin('reading layers', 40_000 * megabyte);
    task.say('1 of 2 done');
    screen.pass(25, () => task.advance(400 * megabyte));
    task.end();
    expect(screen.written).toEqual([
      'reading layers: 1 of 2 done, 4.0 GB of 40.0 GB, 400.0 MB/s, 2 min left\n',
      'reading layers: 1 of 2 done, 8.0 GB of 40.0 GB, 400.0 MB/s, 2 min left\n',
    ]);
  });

  it('writes nothing for work of less', () => {
    const screen = fakeScreen(false);
    const task = screen.progress.begin('reading layers', 40_000);
    screen.pass(9, () => task.advance(1000));
    task.end();
    expect(screen.written).toEqual([]);
  });

  it('says that it waits, and does not say how long', () => {
    const screen = fakeScreen(false);
    screen.progress.begin('saving app:1 from the engine', null);
    screen.pass(10, () => undefined);
    expect(screen.written).toEqual(['saving app:1 from the engine: 0 bytes, waiting\n']);
  });

  it('never tells of more than all, though a layer may be read twice', () => {
    const screen = fakeScreen(false);
    const task = screen.progress.begin('reading layers', 5 * megabyte);
    screen.pass(10, () => task.advance(megabyte));
    expect(screen.written).toEqual(['reading layers: 5.0 MB of 5.0 MB, 500.0 kB/s\n']);
  });

  it('cannot be made to write a workflow command', () => {
    const screen = fakeScreen(false);
    screen.progress.begin('::error::pulling\n::error::x', null);
    screen.pass(10, () => undefined);
    expect(screen.written.join('')).toMatch(/^: :error::pulling\\n::error::x: 0 bytes, waiting\n$/);
  });

  it('tells hours in hours', () => {
    const screen = fakeScreen(false);
    const task = screen.progress.begin('reading layers', 8000 * megabyte);
    screen.pass(10, () => task.advance(megabyte));
    expect(screen.written.join('')).toContain('2 h 14 min left');
  });
});
