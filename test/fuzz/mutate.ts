import type { Random } from '../hostile/random.ts';

const telling = [0, 1, 9, 10, 32, 47, 48, 55, 56, 61, 127, 128, 255] as const;

function mutateOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const length = random.below(random.below(8) === 0 ? bytes.length + 1 : 16);
  switch (random.below(6)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    default: {
      const copy = Buffer.from(bytes);
      for (let place = at; place < Math.min(copy.length, at + 1 + (length % 4)); place++)
        copy[place] = random.below(2) === 0 ? random.pick(telling) : random.below(256);
      return copy;
    }
  }
}

/** The bytes with a few changes: cut, deleted, doubled, overwritten. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  let result = bytes;
  for (let changes = 1 + random.below(4); changes > 0; changes--) result = mutateOnce(result, random);
  return result;
}
