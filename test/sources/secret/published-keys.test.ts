import { expect, it } from 'vitest';
import { exampleKey } from '../../../src/domain/example-key.ts';
import { isPublishedName, publishedKeyOf } from '../../../src/sources/secret/published-keys.ts';

it("a key of one's own is not published; nor is an empty value or the name of one that is", () => {
  expect([exampleKey(), '', '01a3089467b5a8f4'].map(publishedKeyOf)).toEqual([null, null, null]);
  expect(isPublishedName('01a3089467b5a8f4')).toBe(true);
});
