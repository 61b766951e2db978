import { describeSize } from '../domain/byte-size.ts';
import { neutralise } from '../domain/neutral-text.ts';

/** Tells on stderr how far long work is; short work says nothing. */
export interface Progress {
  /** Begins a piece of work of `total` bytes; null: nobody knows how many. */
  begin(work: string, total: number | null): ProgressTask;
}

export interface ProgressTask {
  /** So many more bytes are done. */
  advance(bytes: number): void;
  /** Where it is, in words: `3 of 8 done`. */
  say(where: string): void;
  /** Must be called however the work ends. */
  end(): void;
}

/** Where progress is shown, and the clock it goes by. */
export interface ProgressScreen {
  write(text: string): void;
  /** One line that changes, in a terminal; else a new line now and then. */
  readonly isLive: boolean;
  readonly columns: number;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Calls back again and again until the function it returns is called. */
  every(milliseconds: number, act: () => void): () => void;
}

const liveMilliseconds = 250;
/** Work that is done by then shows no line. */
const liveDelay = 1000;
const plainMilliseconds = 10_000;
/** What the rate is taken over: it tells of now, not of the beginning. */
const rateMilliseconds = 5000;
const eraseLine = '\r\u001b[K';

interface Sample {
  readonly time: number;
  readonly done: number;
}

function describeSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.ceil(whole / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function describeWork(
  work: string,
  where: string,
  { done, total, rate }: { readonly done: number; readonly total: number | null; readonly rate: number },
): string {
  const amount = total === null ? describeSize(done) : `${describeSize(done)} of ${describeSize(total)}`;
  const isGoing = rate >= 1;
  const left = total !== null && isGoing && done < total ? `${describeSeconds((total - done) / rate)} left` : '';
  const parts = [where, amount, isGoing ? `${describeSize(Math.round(rate))}/s` : 'waiting', left];
  return `${work}: ${parts.filter((part) => part !== '').join(', ')}`;
}

/** Bytes in a second between the first sample that still counts and now. */
function rateOf(samples: Sample[], now: Sample): number {
  while (samples.length > 1 && (samples[1]?.time ?? now.time) <= now.time - rateMilliseconds) samples.shift();
  const first = samples[0] ?? now;
  samples.push(now);
  return now.time > first.time ? ((now.done - first.done) * 1000) / (now.time - first.time) : 0;
}

/** Progress on a screen: live from the first second on, else a line every ten seconds. */
export function createProgress(screen: ProgressScreen): Progress {
  return {
    begin(work, total) {
      const start = screen.now();
      const samples: Sample[] = [{ time: start, done: 0 }];
      let done = 0;
      let where = '';
      let isShown = false;
      const show = () => {
        const time = screen.now();
        // A layer that was thought known is read twice: never more than all.
        const shown = total === null ? done : Math.min(done, total);
        const rate = rateOf(samples, { time, done: shown });
        if (screen.isLive && time - start < liveDelay) return;
        const text = neutralise(describeWork(work, where, { done: shown, total, rate }));
        isShown = true;
        // A character that takes two columns would break the line, and the rest could not be erased.
        const narrow = text.replace(/[^\x20-\x7e]/g, '?').slice(0, screen.columns - 1);
        screen.write(screen.isLive ? `${eraseLine}${narrow}` : `${text}\n`);
      };
      const stop = screen.every(screen.isLive ? liveMilliseconds : plainMilliseconds, show);
      return {
        advance(bytes) {
          done += bytes;
        },
        say(text) {
          where = text;
        },
        end() {
          stop();
          if (screen.isLive && isShown) screen.write(eraseLine);
          isShown = false;
        },
      };
    },
  };
}
