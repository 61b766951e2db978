import type { StageTiming } from './domain/report.ts';
import type { Clock } from './host/host.ts';

/** Measures how long each stage takes; a stage timed twice adds up. */
export interface Stages {
  time<T>(stage: string, work: () => Promise<T>): Promise<T>;
  timings(): readonly StageTiming[];
}

export function startStages(clock: Clock): Stages {
  const spent = new Map<string, number>();
  return {
    async time(stage, work) {
      const start = clock.now();
      const result = await work();
      spent.set(stage, (spent.get(stage) ?? 0) + clock.now() - start);
      return result;
    },
    timings: () => [...spent].map(([stage, milliseconds]) => ({ stage, milliseconds: Math.round(milliseconds) })),
  };
}
