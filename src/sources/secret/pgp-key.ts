/** Number of multiprecision integers of a public key, and whether a curve's identifier stands before (RFC 9580 5.5.5). */
const publicParts: Readonly<Record<number, { readonly integers: number; readonly hasCurve: boolean }>> = {
  1: { integers: 2, hasCurve: false },
  2: { integers: 2, hasCurve: false },
  3: { integers: 2, hasCurve: false },
  16: { integers: 3, hasCurve: false },
  17: { integers: 4, hasCurve: false },
  19: { integers: 1, hasCurve: true },
  22: { integers: 1, hasCurve: true },
};

/** Bytes of a packet's header; null when it is no Secret-Key packet (RFC 9580 4.2, tag 5). */
function headerSize(bytes: Buffer): number | null {
  const [tag = 0, length = 0] = bytes;
  if (tag === 0xc5) return length < 192 ? 2 : length < 224 ? 3 : 6;
  return tag >= 0x94 && tag <= 0x96 ? 2 + 2 ** (tag - 0x94) - 1 : null;
}

/** Where the secret part of a key begins: the byte that says how it is protected. Null where the format is not known. */
function protectionAt(bytes: Buffer, start: number): number | null {
  const parts = publicParts[bytes[start + 5] ?? 0];
  if (parts === undefined) return null;
  let at = start + 6;
  if (parts.hasCurve) at += 1 + (bytes[at] ?? 0);
  for (let index = 0; index < parts.integers && at + 2 <= bytes.length; index++) {
    at += 2 + Math.ceil(bytes.readUInt16BE(at) / 8);
  }
  return at < bytes.length ? at : null;
}

/** What an OpenPGP secret key in its first packet says of itself; null when it is none. */
export function readPgpKey(bytes: Buffer): { readonly isEncrypted: boolean } | null {
  const start = headerSize(bytes);
  const version = start === null ? 0 : (bytes[start] ?? 0);
  if (start === null || version < 3 || version > 6) return null;
  const at = version === 4 ? protectionAt(bytes, start) : null;
  return { isEncrypted: at !== null && bytes[at] !== 0 };
}
