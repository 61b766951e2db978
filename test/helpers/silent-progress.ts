import type { Progress } from '../../src/host/progress.ts';

/** Says nothing to anybody. */
export const silentProgress: Progress = {
  begin: () => ({ advance: () => undefined, say: () => undefined, end: () => undefined }),
};
