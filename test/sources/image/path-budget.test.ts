import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CachedScan } from '../../../src/sources/image/cached-scan.ts';
import { unreadLayer } from '../../../src/sources/image/layer-scan.ts';
import { PathBudget } from '../../../src/sources/image/path-budget.ts';

function result(paths: number, lists: readonly number[] = []): CachedScan {
  const { content, ...scan } = unreadLayer('');
  const packageLists = lists.map((size) => new Uint8Array(size));
  return { scan: { ...scan, content: { ...content, paths: new Uint8Array(paths), packageLists } }, use: null };
}

const sizes = fc.array(fc.tuple(fc.nat(50), fc.array(fc.nat(20), { maxLength: 3 })), { minLength: 1, maxLength: 8 });

it('keeps all tables or none, whatever the order in which they come', () => {
  fc.assert(
    fc.property(sizes, fc.nat(200), fc.infiniteStream(fc.nat()), (all, limit, shuffle) => {
      const results = all.map(([paths, lists]) => result(paths, lists));
      const total = all.reduce((sum, [paths, lists]) => lists.reduce((a, b) => a + b, sum + paths), 0);
      const order = results.map((one, index) => ({ one, index, place: Number(shuffle.next().value) }));
      const budget = new PathBudget(limit);
      for (const { one, index } of order.sort((a, b) => a.place - b.place)) budget.add(index, one);
      expect(budget.isExceeded).toBe(total > limit);
      expect(budget.count).toBe(results.length);
      for (const [index, one] of results.entries()) {
        const expected = total > limit ? result(0) : one;
        expect(budget.resultOf(index)).toEqual(expected);
      }
      expect(budget.resultOf(results.length)).toBeNull();
    }),
  );
});
