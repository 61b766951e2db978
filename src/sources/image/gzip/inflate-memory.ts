import { inflateModule } from './inflate-module.ts';

/** What of WebAssembly is used; `@types/node` leaves the global to the DOM's types. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

export interface InflateExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly bit: { readonly value: number };
  readonly end: { readonly value: number };
  decode(bit: number, inLimit: number, out: number, outLimit: number, start: number): number;
}

function isInflateExports(value: unknown): value is InflateExports {
  return typeof value === 'object' && value !== null && 'memory' in value && 'decode' in value && 'bit' in value;
}

/** The memory's layout, as inflate.wat states it. */
export const layout = {
  distances: 16_384,
  input: 65_536,
  /** Bytes of the input, and of the zeros or older bytes behind it that may be loaded. */
  inputSize: 128 * 1024,
  inputSlack: 64,
  output: 262_144,
  outputSize: 1024 * 1024,
  outputSlack: 512,
  lengthBits: 11,
  distanceBits: 8,
} as const;

/** Decoders that are free: their memory and compiled code serve one stream after the other. */
const free: InflateExports[] = [];

function instantiate(): InflateExports {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(inflateModule, 'base64')));
  if (!isInflateExports(exports)) throw new Error('inflate.wat does not export what it should');
  return exports;
}

/** A decoder with its own memory, whose content means nothing. */
export function takeInflateMemory(): InflateExports {
  return free.pop() ?? instantiate();
}

/** To be called by whoever took it, when it is not used any more. */
export function giveBackInflateMemory(memory: InflateExports): void {
  free.push(memory);
}
