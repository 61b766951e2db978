import { createEndWatch } from './end-watch.ts';
import { createProgress, type Progress } from './progress.ts';

const eraseLine = '\r\u001b[K';

/** Progress on this process's stderr. A live line is erased too when a signal ends the process. */
export function createNodeProgress(): Progress {
  const { CI: ci, TERM: term } = process.env;
  const isInCi = ci !== undefined && ci !== '' && ci !== 'false';
  const isLive = process.stderr.isTTY === true && term !== 'dumb' && !isInCi;
  const write = (text: string) => {
    if (process.stderr.writable) process.stderr.write(text);
  };
  const watch = createEndWatch((signal) => {
    if (signal !== null) write(eraseLine);
  });
  return createProgress({
    write,
    isLive,
    get columns() {
      return Math.max(40, process.stderr.columns || 80);
    },
    now: () => performance.now(),
    every(milliseconds, act) {
      const timer = setInterval(act, milliseconds);
      timer.unref();
      if (isLive) watch.start();
      return () => {
        clearInterval(timer);
        if (isLive) watch.stop();
      };
    },
  });
}
