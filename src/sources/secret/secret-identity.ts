import { createHmac } from 'node:crypto';

/** Tells one secret from another within a run, and nothing outside it. `text` is its value, or its name where it is published. */
export function secretIdentity(identityKey: Uint8Array, text: string): string {
  return createHmac('sha256', identityKey).update(text).digest('hex').slice(0, 16);
}
