const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Does something when this process ends early. */
export interface EndWatch {
  start(): void;
  stop(): void;
}

/**
 * Calls `act` when this process is ended by a signal (which it gets) or exits (null) while the watch is on; `act` must
 * be synchronous. The signal then does what it would have done: an idle watch changes no signal's meaning.
 */
export function createEndWatch(act: (signal: NodeJS.Signals | null) => void): EndWatch {
  const exit = () => act(null);
  const stop = () => {
    process.off('exit', exit);
    for (const signal of endingSignals) process.off(signal, endWith);
  };
  const endWith = (signal: NodeJS.Signals) => {
    act(signal);
    stop();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  return {
    start() {
      stop();
      process.on('exit', exit);
      for (const signal of endingSignals) process.on(signal, endWith);
    },
    stop,
  };
}
