/** An rpm database that is not what its form asks for; the message ends the sentence `it is damaged: ...`. */
export class RpmDamage extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'RpmDamage';
  }
}

/** The bytes of a part, or the damage that they are not there: no number of a file is trusted to lie in it. */
export function partOf(bytes: Buffer, start: number, length: number): Buffer {
  if (start < 0 || length < 0 || start + length > bytes.length) throw new RpmDamage('a part of it lies beyond its end');
  return bytes.subarray(start, start + length);
}

export function uint16(bytes: Buffer, at: number, isLittle: boolean): number {
  const part = partOf(bytes, at, 2);
  return isLittle ? part.readUInt16LE() : part.readUInt16BE();
}

export function uint32(bytes: Buffer, at: number, isLittle: boolean): number {
  const part = partOf(bytes, at, 4);
  return isLittle ? part.readUInt32LE() : part.readUInt32BE();
}
