import { createHash } from 'node:crypto';

/**
 * 32 hex digits over the parts, each length-prefixed so that no two lists collide. Parts hold no line number, no
 * image digest and nothing derived from a secret's value: a fingerprint survives edits and rebuilds.
 */
export function fingerprintOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest('hex').slice(0, 32);
}
