import type { Fingerprint } from './fingerprint.ts';
import { type AnchorSearch, dataSize } from './search.ts';

/** What a pair of bytes can be in some fingerprint: its first two, its last two. */
const isHead = 1;
const isTail = 2;
/** Pairs looked up between two branches. */
const step = 4;

function isAt(data: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) if (data[at + index] !== bytes[index]) return false;
  return true;
}

/** The 16-bit value this machine reads from two bytes in order. */
function pairOf(first: number, second: number): number {
  return new Uint16Array(Uint8Array.of(first, second).buffer)[0] ?? 0;
}

/**
 * The search without SIMD: every second position is looked up as a pair of bytes, which is either the head of a
 * fingerprint that begins there or the tail of one that begins a byte before.
 */
export function createScalarSearch(fingerprints: readonly Fingerprint[]): AnchorSearch {
  const roles = new Uint8Array(65_536);
  const chains = new Map<number, Fingerprint[]>();
  for (const fingerprint of fingerprints) {
    const { bytes, offset } = fingerprint;
    const [first = 0, second = 0, third = 0] = bytes.subarray(offset, offset + 3);
    const head = pairOf(first, second);
    const tail = pairOf(second, third);
    roles[head] = (roles[head] ?? 0) | isHead;
    roles[tail] = (roles[tail] ?? 0) | isTail;
    const value = first | (second << 8) | (third << 16);
    chains.set(value, [...(chains.get(value) ?? []), fingerprint]);
  }
  const data = Buffer.alloc(dataSize);
  const pairs = new Uint16Array(data.buffer, data.byteOffset, dataSize / 2);
  return { data, search: (from, to, hit) => searchPairs({ data, pairs, roles, chains }, from, to, hit) };
}

interface Tables {
  readonly data: Buffer;
  readonly pairs: Uint16Array;
  readonly roles: Uint8Array;
  readonly chains: ReadonlyMap<number, readonly Fingerprint[]>;
}

function searchPairs(tables: Tables, from: number, to: number, hit: (at: number, anchor: number) => void): void {
  const { data, pairs, roles, chains } = tables;
  const compare = (start: number) => {
    if (start < from || start >= to) return;
    const value = (data[start] ?? 0) | ((data[start + 1] ?? 0) << 8) | ((data[start + 2] ?? 0) << 16);
    for (const { bytes, offset, anchor } of chains.get(value) ?? []) {
      if (isAt(data, start - offset, bytes)) hit(start - offset, anchor);
    }
  };
  const examine = (pair: number) => {
    const role = roles[pairs[pair] ?? 0] ?? 0;
    if ((role & isTail) !== 0) compare(2 * pair - 1);
    if ((role & isHead) !== 0) compare(2 * pair);
  };
  // The tail of a fingerprint that begins at `to - 1` stands at `to`.
  const end = (to >> 1) + 1;
  for (let pair = from >> 1; pair < end; pair += step) {
    const any =
      (roles[pairs[pair] ?? 0] ?? 0) |
      (roles[pairs[pair + 1] ?? 0] ?? 0) |
      (roles[pairs[pair + 2] ?? 0] ?? 0) |
      (roles[pairs[pair + 3] ?? 0] ?? 0);
    if (any !== 0) for (let index = pair; index < Math.min(pair + step, end); index++) examine(index);
  }
}
