import { hash } from 'node:crypto';

/**
 * 32 hex digits over the parts, each length-prefixed so that no two lists collide. Parts hold no line number, no
 * image digest and nothing derived from a secret's value: a fingerprint survives edits and rebuilds.
 */
export function fingerprintOf(parts: readonly string[]): string {
  const text = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('');
  return hash('sha256', text, 'hex').slice(0, 32);
}
