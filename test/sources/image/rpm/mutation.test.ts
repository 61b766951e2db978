import { expect, it } from 'vitest';
import { createRpmCase } from '../../../fuzz/rpm-case.ts';
import { createRandom } from '../../../hostile/random.ts';

it('6000 damaged databases, headers and logs are each read or told of, in no time', () => {
  const read = createRpmCase();
  let problems = 0;
  let slowest = 0;
  for (let seed = 0; seed < 6000; seed++) {
    const started = performance.now();
    if (read(createRandom(seed)) === true) problems += 1;
    slowest = Math.max(slowest, performance.now() - started);
  }
  expect(slowest).toBeLessThan(1000);
  // Neither all of them: most changes must get past the first bytes.
  expect(problems).toBeGreaterThan(1000);
  expect(problems).toBeLessThan(5000);
});
