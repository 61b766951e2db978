import { createHash } from 'node:crypto';
import { isPlaceholder } from '../../../domain/placeholder.ts';

/** Parts that examples have and, at these lengths, no random value does. */
const madeUpPart =
  /example|placeholder|dummy|sample|redacted|change_?me|your[-_]|fake[-_]|insert[-_]|x{5,}|\*{3,}|\.{3}|0{7,}|1234567|7654321|abcdefg|qwertyu/i;

const partLimit = 256;

/**
 * First 16 hex digits of the SHA-256 of values that vendors publish for demonstration: the Firebase SDK's keys (as
 * gitleaks lists them), the keys of Azurite and of the Cosmos DB emulator, the test accounts of google-auth.
 */
const publishedValues: ReadonlySet<string> = new Set([
  'f56e323494a6ffc2',
  '2037abcaffb2b777',
  '3f370c9dd8225c63',
  'e4a5542bb7fd7b67',
  'a19f89ab3555eac1',
  '0b476bdf9acf2123',
  'eb540d2b6ee2a0a4',
  '37f8f09bdf12c2f2',
  '8731261cb72d8626',
  '49f777db995e8260',
  '27a9a42931dff7eb',
  'dc0fcf046c61640c',
  '4c98242dcadc8b29',
  'ea9bb1082cf95663',
  '3a8b61d0f636b007',
  'a6c814bc555ae62c',
  '0011cc25eb432071',
  'aa6547439583c3a2',
  'c498cecdcccd994e',
  'ded3f45598f71442',
  'fdf5665cfae1702a',
]);

/** Shannon entropy in bits per character of latin1 text. */
export function entropyOf(text: string): number {
  const counts = new Uint16Array(256);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index) & 0xff;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  let sum = 0;
  for (const count of counts) if (count > 0) sum -= (count / text.length) * Math.log2(count / text.length);
  return sum;
}

/** Whether a value is one that people write in examples, or that its vendor published for them. */
export function isMadeUp(value: string): boolean {
  if (isPlaceholder(value) || (value.length <= partLimit && madeUpPart.test(value))) return true;
  return publishedValues.has(createHash('sha256').update(value, 'latin1').digest('hex').slice(0, 16));
}
