import { expect, it } from 'vitest';
import { exampleKey } from '../../../src/domain/example-key.ts';
import { isPublishedKey } from '../../../src/sources/secret/published-keys.ts';

it("a key of one's own is not published; nor is an empty value or a hash", () => {
  expect([exampleKey(), '', '0011cc25eb432071'].map(isPublishedKey)).toEqual([false, false, false]);
});
