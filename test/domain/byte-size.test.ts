import { describe, expect, it } from 'vitest';
import { describeSize, describeSizes } from '../../src/domain/byte-size.ts';

describe('describeSize', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [130, '130 bytes'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [1250, '1.3 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [4_700_000_000, '4.7 GB'],
    [2_000_000_000_000, '2.0 TB'],
    [Number.MAX_SAFE_INTEGER, '9.0 PB'],
  ])('%d is %s', (bytes, words) => {
    expect(describeSize(bytes)).toBe(words);
  });
});

describe('describeSizes', () => {
  it('rounds where the difference stays visible', () => {
    expect(describeSizes(130, 4_700_000_000)).toEqual(['130 bytes', '4.7 GB']);
  });

  it('gives exact bytes where rounding hides the difference', () => {
    expect(describeSizes(4_700_000_001, 4_700_000_000)).toEqual(['4700000001 bytes', '4700000000 bytes']);
  });
});
