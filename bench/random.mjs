/** Numbers that look random and are the same in every run (mulberry32). */
export function createRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit) => next() % limit;
  return {
    below,
    /** Both ends included. */
    between: (least, most) => least + below(most - least + 1),
    pick: (list) => list[below(list.length)],
    hex: (length) =>
      Array.from({ length: Math.ceil(length / 8) }, () => next().toString(16).padStart(8, '0'))
        .join('')
        .slice(0, length),
    fill(bytes) {
      const words = new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
      for (let i = 0; i < words.length; i++) words[i] = next();
      return bytes;
    },
  };
}

const syllables = [
  'al',
  'be',
  'cor',
  'de',
  'en',
  'fi',
  'gra',
  'ho',
  'in',
  'ju',
  'ka',
  'lo',
  'mi',
  'no',
  'or',
  'pa',
  'que',
  'ri',
  'su',
  'ta',
  'un',
  've',
  'wi',
  'xe',
  'yo',
  'za',
];

/** Made-up words, the same for the same random. */
export function makeWords(random, count) {
  return Array.from({ length: count }, () =>
    Array.from({ length: random.between(1, 4) }, () => random.pick(syllables)).join(''),
  );
}
