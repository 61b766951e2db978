import type { ModelFormat } from '../../domain/evidence.ts';

const ggufMagic = Buffer.from('GGUF', 'latin1');
const hdf5Magic = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
const zipMagic = Buffer.from('PK\x03\x04', 'latin1');
const longestSafetensorsHeader = 100_000_000n;
const newestGgufVersion = 255;

/** Opcodes with which a pickle of protocol 2 or later can go on after PROTO: those that push (CPython Lib/pickletools.py). */
const pickleStarts = new Set([...'()]}cNKMJIFGLSVTUBXC'].map((opcode) => opcode.charCodeAt(0)));
const newerPickleStarts = new Set([0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x96]);
const pickleFrame = 0x95;

/** GGUF: magic, then the version as u32 of either byte order (ggml docs/gguf.md). */
function isGguf(start: Buffer): boolean {
  if (start.length < 8 || !start.subarray(0, 4).equals(ggufMagic)) return false;
  const versions = [start.readUInt32LE(4), start.readUInt32BE(4)];
  return versions.some((version) => version >= 1 && version <= newestGgufVersion);
}

/** safetensors: u64 header length, at most 100 MB, then a JSON object (safetensors README, tensor.rs MAX_HEADER_SIZE). */
function isSafetensors(start: Buffer): boolean {
  if (start.length < 10) return false;
  const length = start.readBigUInt64LE(0);
  const isOpened = start.toString('latin1', 8, 9) === '{' && /["}\s]/.test(start.toString('latin1', 9, 10));
  return isOpened && length >= 2n && length <= longestSafetensorsHeader;
}

/** Pickle protocol 2 to 5: PROTO, its number and an opcode that can follow; a FRAME's length must be below 2^40. */
function isPickle(start: Buffer): boolean {
  const protocol = start[1] ?? 0;
  if (start.length < 4 || start[0] !== 0x80 || protocol < 2 || protocol > 5) return false;
  const opcode = start[2] ?? 0;
  if (opcode !== pickleFrame) return pickleStarts.has(opcode) || newerPickleStarts.has(opcode);
  return protocol >= 4 && start.length >= 11 && start.readBigUInt64LE(3) < 1n << 40n;
}

/** torch.save and TorchScript: a zip whose first entry is `<folder>/data.pkl` or `constants.pkl` (APPNOTE 4.3.7). */
function isTorchZip(start: Buffer): boolean {
  if (start.length < 31 || !start.subarray(0, 4).equals(zipMagic)) return false;
  const name = start.toString('latin1', 30, 30 + start.readUInt16LE(26));
  return /^[^/]+\/(?:data|constants)\.pkl$/.test(name);
}

/** The format by its first bytes; 64 are enough unless a zip's entry name is long. Null: none that is known here. */
export function detectFormat(start: Buffer): ModelFormat | null {
  if (isGguf(start)) return 'gguf';
  if (isSafetensors(start)) return 'safetensors';
  if (isPickle(start)) return 'pickle';
  if (isTorchZip(start)) return 'pytorch-zip';
  return start.subarray(0, hdf5Magic.length).equals(hdf5Magic) ? 'hdf5' : null;
}

/** Wire types of ModelProto's fields by number (onnx.proto): 0 varint, 2 length-delimited. */
const onnxFields: Readonly<Record<number, number>> = { 1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2 };

function isOnnxTag(byte: number | undefined): boolean {
  return byte !== undefined && onnxFields[byte >> 3] === (byte & 7);
}

/** Protobuf has no magic: the first field must be one of ModelProto's with its wire type, and another must follow it. */
function isOnnx(start: Buffer): boolean {
  if (!isOnnxTag(start[0])) return false;
  let value = 0;
  for (let at = 1; at <= 5; at++) {
    const byte = start[at] ?? 0xff;
    value += (byte & 0x7f) * 2 ** (7 * (at - 1));
    if (byte < 0x80) return isOnnxTag(start[at + 1 + (((start[0] ?? 0) & 7) === 2 ? value : 0)]);
  }
  return false;
}

/**
 * The format of a file that its name calls a model. `unknown`: its content is none of the formats named here, be it
 * an error page, a pointer or nothing at all, or a format without a magic of its own (ggml, TFLite, a zipped Keras model).
 */
export function formatOf(extension: string, start: Buffer): ModelFormat {
  const detected = detectFormat(start);
  if (detected !== null) return detected;
  if (extension === 'onnx' && isOnnx(start)) return 'onnx';
  const isTorchName = ['pt', 'pth', 'ckpt'].includes(extension);
  return isTorchName && start.subarray(0, 4).equals(zipMagic) ? 'pytorch-zip' : 'unknown';
}

/** Bytes a Git LFS pointer has at most. */
export const longestPointer = 1024;

const pointerVersion = /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1$/;
const pointerLine = /^([a-z0-9.-]+) ([^\r\n]+)$/;

/** What a Git LFS pointer says of the file it stands for. */
export interface LfsPointer {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

function readPointerKeys(lines: readonly string[]): ReadonlyMap<string, string> | null {
  const values = new Map<string, string>();
  let last = '';
  for (const line of lines) {
    const match = pointerLine.exec(line);
    const key = match?.[1];
    const value = match?.[2];
    if (key === undefined || value === undefined || key <= last) return null;
    values.set(key, value);
    last = key;
  }
  return values;
}

/**
 * Reads a Git LFS pointer (git-lfs docs/spec.md): the version line first, then keys in order, at most 1024 bytes. Hand
 * in one byte more than that, where there is one, so that a longer file is told apart. Null when it is no pointer.
 */
export function parsePointer(start: Buffer): LfsPointer | null {
  if (start.length > longestPointer) return null;
  const [version, ...rest] = start.toString('utf8').replace(/\n$/, '').split('\n');
  if (version === undefined || !pointerVersion.test(version)) return null;
  const keys = readPointerKeys(rest);
  const sha256 = /^sha256:([0-9a-f]{64})$/.exec(keys?.get('oid') ?? '')?.[1];
  const size = /^(?:0|[1-9]\d{0,15})$/.exec(keys?.get('size') ?? '')?.[0];
  if (sha256 === undefined || size === undefined || !Number.isSafeInteger(Number(size))) return null;
  return { sha256, size: Number(size) };
}
