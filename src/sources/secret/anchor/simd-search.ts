import { type Fingerprint, fingerprintBytes } from './fingerprint.ts';
import type { AnchorSearch } from './search.ts';
import { simdModule } from './simd-module.ts';

/** What of WebAssembly is used; `@types/node` leaves the global to the DOM's types. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
  validate(bytes: Uint8Array): boolean;
};

interface SimdExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly next: { readonly value: number };
  search(from: number, to: number): number;
}

/** The memory's layout, as simd-search.wat states it. */
const chainsAt = 512;
const recordsAt = 4096;
const recordSize = 48;
const candidatesAt = 40_960;
const hashAt = 65_536;
const hitsAt = 131_072;
const dataAt = 196_608;
/** Chain numbers are bytes, and records end where the candidates begin. */
const chainLimit = 255;
const recordLimit = Math.floor((candidatesAt - recordsAt) / recordSize);

function isSimdExports(value: unknown): value is SimdExports {
  return typeof value === 'object' && value !== null && 'memory' in value && 'next' in value && 'search' in value;
}

function instantiate(): SimdExports | null {
  const bytes = Buffer.from(simdModule, 'base64');
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(bytes)) return null;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return isSimdExports(exports) ? exports : null;
}

function hashOf({ bytes, offset }: Fingerprint): number {
  const value = (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8) | ((bytes[offset + 2] ?? 0) << 16);
  return Math.imul(value << 8, 0x9e3779b1) >>> 16;
}

/** A bit per bucket for the low and high nibble of each fingerprint byte. */
function writeMasks(memory: Uint8Array, { bytes, offset, bucket }: Fingerprint): void {
  for (let place = 0; place < fingerprintBytes; place++) {
    const byte = bytes[offset + place] ?? 0;
    const low = place * 32 + (byte & 15);
    const high = place * 32 + 16 + (byte >> 4);
    memory[low] = (memory[low] ?? 0) | (1 << bucket);
    memory[high] = (memory[high] ?? 0) | (1 << bucket);
  }
}

function writeRecord(view: DataView, at: number, fingerprint: Fingerprint, isLast: boolean): void {
  fingerprint.bytes.forEach((byte, index) => {
    view.setUint8(at + index, byte);
    view.setUint8(at + 16 + index, 0xff);
  });
  view.setUint32(at + 32, fingerprint.offset, true);
  view.setUint32(at + 36, fingerprint.anchor, true);
  view.setUint32(at + 40, isLast ? 1 : 0, true);
}

function writeTables(memory: Uint8Array, fingerprints: readonly Fingerprint[]): void {
  const view = new DataView(memory.buffer);
  const chains = new Map<number, Fingerprint[]>();
  for (const fingerprint of fingerprints) {
    writeMasks(memory, fingerprint);
    const hash = hashOf(fingerprint);
    chains.set(hash, [...(chains.get(hash) ?? []), fingerprint]);
  }
  if (chains.size > chainLimit || fingerprints.length > recordLimit) throw new Error('too many anchors for the tables');
  let at = recordsAt;
  [...chains].forEach(([hash, chain], index) => {
    memory[hashAt + hash] = index + 1;
    view.setUint32(chainsAt + 4 * (index + 1), at, true);
    for (const fingerprint of chain) {
      writeRecord(view, at, fingerprint, fingerprint === chain.at(-1));
      at += recordSize;
    }
  });
}

/** The search in WebAssembly; null where the engine has no SIMD. */
export function createSimdSearch(fingerprints: readonly Fingerprint[]): AnchorSearch | null {
  const exports = instantiate();
  if (exports === null) return null;
  const { buffer } = exports.memory;
  writeTables(new Uint8Array(buffer), fingerprints);
  const hits = new DataView(buffer, hitsAt, dataAt - hitsAt);
  return {
    data: Buffer.from(buffer, dataAt),
    search(from, to, hit) {
      for (let at = from + dataAt; at < to + dataAt; at = exports.next.value) {
        const count = exports.search(at, to + dataAt);
        for (let index = 0; index < count; index++) {
          hit(hits.getUint32(8 * index, true) - dataAt, hits.getUint32(8 * index + 4, true));
        }
      }
    },
  };
}
