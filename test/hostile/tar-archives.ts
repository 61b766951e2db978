import { blockSize } from '../../src/sources/image/tar-header.ts';
import { base256, longName, paxHeader, tarBody, tarEnd, tarFile, tarHeader } from '../helpers/tar-bytes.ts';
import { createRandom, type Random } from './random.ts';
import {
  ended,
  type Hostile,
  oldPairs,
  oldSparse,
  paxLines,
  paxSparse,
  seeds,
  sparseBlock,
  version1,
  witness,
} from './tar-seeds.ts';

/** At and beside each block boundary. */
function truncations({ name, bytes }: Hostile): readonly Hostile[] {
  const cuts = Array.from({ length: bytes.length / blockSize + 3 }, (_, block) => block * blockSize);
  const places = cuts.flatMap((cut) => [cut - 1, cut, cut + 1, cut + 300]);
  const whole = Buffer.concat([bytes, tarEnd]);
  return [...new Set(places)]
    .filter((place) => place >= 0 && place <= whole.length)
    .map((place) => ({ name: `${name}, cut at ${place}`, bytes: whole.subarray(0, place) }));
}

/** Fields of a header: name, offset and length (POSIX ustar, GNU, star). */
const fields = [
  ['name', 0, 100],
  ['mode', 100, 8],
  ['uid', 108, 8],
  ['gid', 116, 8],
  ['size', 124, 12],
  ['mtime', 136, 12],
  ['checksum', 148, 8],
  ['link', 157, 100],
  ['magic', 257, 6],
  ['version', 263, 2],
  ['uname', 265, 32],
  ['devmajor', 329, 8],
  ['devminor', 337, 8],
  ['prefix', 345, 155],
  ['atime of gnu', 345, 12],
  ['ctime of gnu', 357, 12],
  ['sparse', 386, 24],
  ['sparse flag', 482, 1],
  ['real size', 483, 12],
  ['times of star', 476, 24],
  ['end of star', 508, 4],
] as const;

const contents: readonly (readonly [string, Buffer])[] = [
  ['zero bytes', Buffer.alloc(1)],
  ['blanks', Buffer.from(' '.repeat(12))],
  ['a blank inside', Buffer.from('1 2\0')],
  ['a zero byte inside', Buffer.from('1\x002')],
  ['a nine', Buffer.from('0000009')],
  ['a sign', Buffer.from('-0000001')],
  ['all sevens', Buffer.from('7'.repeat(12))],
  ['4 GiB in octal', Buffer.from('40000000000\0')],
  ['all bits', Buffer.alloc(12, 0xff)],
  ['base-256 zero', Buffer.concat([Buffer.of(0x80), Buffer.alloc(11)])],
  ['base-256 4 GiB', base256(2n ** 32n)],
  ['base-256 exabytes', base256(2n ** 62n)],
  ['base-256 above 63 bits', Buffer.concat([Buffer.of(0x80), Buffer.alloc(11, 0xff)])],
  ['base-256 minus one', base256(-1n)],
  ['letters', Buffer.from('xyz')],
  ['ustar', Buffer.from('ustar')],
  ['slashes', Buffer.from('/////')],
];

/** The header block anew, so that its sum holds. */
export function withChecksum(block: Buffer): Buffer {
  block.fill(32, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

const formats = ['v7', 'ustar', 'gnu'] as const;

function fieldMutations(): readonly Hostile[] {
  return formats.flatMap((format) =>
    fields.flatMap(([field, start, length]) =>
      contents.map(([what, bytes]) => {
        const header = tarHeader({ name: 'file', size: 3, format });
        bytes.copy(header, start, 0, Math.min(length, bytes.length));
        const block = field === 'checksum' ? header : withChecksum(header);
        return {
          name: `${format}: ${field} is ${what}`,
          bytes: Buffer.concat([block, tarBody('abc'), witness, tarEnd]),
        };
      }),
    ),
  );
}

/** Every type with a size, behind which another entry hides in the place of the body. */
function typeFlags(): readonly Hostile[] {
  return Array.from({ length: 256 }, (_, flag) => {
    const header = tarHeader({ name: 'file', size: 512, format: flag % 2 === 0 ? 'ustar' : 'gnu' });
    header[156] = flag;
    const hidden = tarHeader({ name: 'hidden/.env' });
    return { name: `type ${flag} with a size`, bytes: Buffer.concat([withChecksum(header), hidden, witness, tarEnd]) };
  });
}

const raw = (body: string, type: 'x' | 'g' = 'x') => tarFile('PaxHeaders/0', body, { type });

function paxForms(): readonly Hostile[] {
  const bodies = [
    ...[
      '',
      '\0',
      '0 a=b\n',
      '5 a=\n',
      '6 a=b\n',
      '7 a=b\n',
      '4 =\n',
      '5 =b\n',
      '6 a b\n',
      '6 a=b ',
      '06 a=b',
      '007 a=b\n',
    ],
    ...[
      '+6 a=b\n',
      '-6 a=b\n',
      ' 6 a=b\n',
      '999999999999999999999 a=b\n',
      '12 path=a=b\n',
      '6 a=b\n6 a=',
      '6 a=b\n\0\0\0',
    ],
    `${'0'.repeat(30)}36 a=b\n`,
  ];
  const records = [
    ...['', '0', '3', '-1', '+3', '03', '1e3', '9007199254740993', '9223372036854775808', '4294967296', ' 3', '3 '].map(
      (size) => ['size', size] as const,
    ),
    ...['1', '1.', '.5', '-1.5', '1.2.3', 'x', '1e3', '', '99999999999999999999'].map(
      (time) => ['mtime', time] as const,
    ),
    ...['0', '-1', 'root', '', '18446744073709551616'].map((id) => ['uid', id] as const),
    ...['a\0b', '', 'x/', '../x', 'n'.repeat(5000)].map((path) => ['path', path] as const),
    ['linkpath', 'a\0b'] as const,
    ['uname', 'a\0b'] as const,
    ['SCHILY.xattr.user.x', 'a\0b'] as const,
    ['a\0b', 'c'] as const,
  ];
  return [
    ...bodies.map((body) => ({ name: `pax body ${JSON.stringify(body)}`, bytes: raw(body) })),
    ...bodies.map((body) => ({ name: `global pax body ${JSON.stringify(body)}`, bytes: raw(body, 'g') })),
    ...records.map((line) => ({ name: `pax record ${JSON.stringify(line).slice(0, 80)}`, bytes: paxLines([line]) })),
    ...records.map((line) => ({
      name: `pax global ${JSON.stringify(line).slice(0, 80)}`,
      bytes: paxLines([line], 'g'),
    })),
    ...records.map(([key, value]) => ({
      name: `pax record ${key} overruled`,
      bytes: paxLines([
        [key, value],
        [key, ''],
      ]),
    })),
    { name: 'pax twice', bytes: Buffer.concat([paxHeader({ path: 'a', size: '9' }), paxHeader({ mtime: '1' })]) },
    {
      name: 'pax, global, pax',
      bytes: Buffer.concat([paxHeader({ path: 'a' }), paxHeader({}, 'g'), paxHeader({ path: 'b' })]),
    },
    { name: 'long name, pax', bytes: Buffer.concat([longName('long'), paxHeader({ path: 'pax' })]) },
    { name: 'long name, global', bytes: Buffer.concat([longName('long'), paxHeader({ path: 'pax' }, 'g')]) },
    { name: 'a long name with zero bytes', bytes: longName('a\0b') },
    { name: 'an empty long name', bytes: longName('') },
    ...(['x', 'g', 'L', 'K'] as const).flatMap((type) => [
      { name: `${type} of 1 MiB`, bytes: tarFile('big', Buffer.alloc(1 << 20, 'a'), { type }) },
      { name: `${type} of more than 1 MiB`, bytes: tarFile('big', Buffer.alloc((1 << 20) + 1, 'a'), { type }) },
      { name: `${type} that claims 4 GiB`, bytes: tarHeader({ name: 'big', type, size: base256(2n ** 32n) }) },
    ]),
  ].map(({ name, bytes }) => ({ name, bytes: Buffer.concat([bytes, tarFile('file', 'abc'), witness, tarEnd]) }));
}

const numbers = ['0', '1', '3', '511', '512', '-1', 'x', '', '9007199254740993', '9223372036854775807'] as const;

function sparseForms(random: Random): readonly Hostile[] {
  const oldForms = [
    ...[
      oldPairs(5, 1, 0, 1),
      oldPairs(0, 4),
      oldPairs(0, 3, 3, 0),
      oldPairs(0, 2),
      oldPairs(0, 1, 1, 1, 2, 1),
      'x',
      '',
    ],
  ].flatMap((map) => [0, 3, 600, 2 ** 32].map((size) => oldSparse(3, size, map)));
  const chains = [1, 20, 2070, 2200].map((length) =>
    Buffer.concat([
      oldSparse(3, 3, oldPairs(0, 3), '\x01'),
      ...Array.from({ length }, (_, i) => sparseBlock('', i + 1 < length ? 1 : 0)),
    ]),
  );
  const maps = Array.from({ length: 60 }, () => {
    const count = random.below(4);
    const list = Array.from({ length: count * 2 + random.below(2) }, () => random.pick(numbers));
    return { list, count: random.below(4) === 0 ? random.pick(numbers) : String(count), size: random.pick(numbers) };
  });
  const records = maps.map(({ list, count, size }) =>
    paxSparse({ 'GNU.sparse.map': list.join(','), 'GNU.sparse.numblocks': count, 'GNU.sparse.size': size }, 'abc'),
  );
  const bodies = maps.map(({ list, count, size }) => {
    const map = [count, ...list, ''].join('\n');
    return paxSparse({ ...version1, 'GNU.sparse.realsize': size }, `${map.padEnd(512, '\0')}abc`);
  });
  const versions = [
    ['0', '0'],
    ['0', '1'],
    ['1', '1'],
    ['2', '0'],
    ['', '1'],
    ['x', 'y'],
  ].map(([major = '', minor = '']) =>
    paxSparse({ 'GNU.sparse.major': major, 'GNU.sparse.minor': minor, 'GNU.sparse.name': 'x' }, 'abc'),
  );
  const others = [
    paxLines([['GNU.sparse.numbytes', '1']]),
    paxLines([
      ['GNU.sparse.offset', '0'],
      ['GNU.sparse.offset', '1'],
    ]),
    paxLines([
      ['GNU.sparse.offset', '0,1'],
      ['GNU.sparse.numbytes', '1'],
    ]),
    paxSparse(version1, ''),
    paxSparse(version1, '1'.repeat(600)),
    paxSparse(version1, `${'9'.repeat(20)}\n`.padEnd(1024, '\0')),
    paxSparse(version1, '1000000\n'.padEnd(1 << 20, '\n')),
    paxSparse(version1, Buffer.alloc((1 << 20) + 1024, '0\n')),
  ];
  const all = [
    ...oldForms.map((form) => Buffer.concat([form, tarBody('abc')])),
    ...chains,
    ...records,
    ...bodies,
    ...versions,
    ...others,
  ];
  return all.map((bytes, index) => ended({ name: `sparse form ${index}`, bytes: Buffer.concat([bytes, witness]) }));
}

function endForms(): readonly Hostile[] {
  const zeros = (count: number) => Buffer.alloc(count);
  const tails: readonly (readonly [string, readonly Buffer[]])[] = [
    ['nothing', []],
    ['one zero block', [zeros(512)]],
    ['half a zero block', [zeros(256)]],
    ['a zero block and a half', [zeros(768)]],
    ['a zero block, then an entry', [zeros(512), tarFile('late', 'x'), tarEnd]],
    ['the end, then an entry', [tarEnd, tarFile('late', 'x'), tarEnd]],
    ['the end, then text', [tarEnd, Buffer.from('late')]],
    ['the end, then zeros', [tarEnd, zeros(9000)]],
    ['text', [Buffer.from('no header'.repeat(100))]],
    ['another archive at once', [witness, tarEnd, witness, tarEnd]],
    ['a long name and no entry', [longName('x'), tarEnd]],
    ['a pax header and no entry', [paxHeader({ path: 'x' })]],
    ['a claim of 4 GiB', [tarHeader({ name: 'big', size: base256(2n ** 32n) }), zeros(4096)]],
    ['a claim of 8 GiB in octal', [tarHeader({ name: 'big', size: Buffer.from('777777777777') }), zeros(4096)]],
  ];
  return tails.map(([what, tail]) => ({
    name: `behind the last entry: ${what}`,
    bytes: Buffer.concat([witness, ...tail]),
  }));
}

/** A few bytes anywhere are changed; in half of them the sums of the headers are mended after. */
function randomMutations(random: Random, count: number): readonly Hostile[] {
  return Array.from({ length: count }, (_, index) => {
    const { name, bytes } = seeds[random.below(seeds.length)] ?? { name: '', bytes: witness };
    const mutated = Buffer.concat([bytes, tarEnd]);
    for (let changes = 1 + random.below(4); changes > 0; changes--) {
      const block = random.below(mutated.length / blockSize) * blockSize;
      mutated[block + random.below(blockSize)] = random.below(256);
      const isHeader = bytes.toString('latin1', block + 257, block + 262) === 'ustar';
      if (isHeader && random.below(8) > 0) withChecksum(mutated.subarray(block, block + blockSize));
    }
    return { name: `${name}, mutation ${index}`, bytes: mutated };
  });
}

/** A million entries of one block each. */
export function manyEntries(count: number, name: (index: number) => string): Buffer {
  const bytes = Buffer.alloc((count + 2) * blockSize);
  const template = tarHeader({ name: 'x' });
  for (let index = 0; index < count; index++) {
    const block = bytes.subarray(index * blockSize, (index + 1) * blockSize);
    template.copy(block);
    block.fill(0, 0, 100);
    block.write(name(index), 0, 100, 'utf8');
    withChecksum(block);
  }
  return bytes;
}

/** Layer tars made to mislead or exhaust a reader; the same for the same seed. */
export function hostileTars(seed: number): readonly Hostile[] {
  const random = createRandom(seed);
  return [
    ...seeds.map(ended),
    ...seeds.flatMap(truncations),
    ...fieldMutations(),
    ...typeFlags(),
    ...paxForms(),
    ...sparseForms(random),
    ...endForms(),
    ...randomMutations(random, 800),
    { name: '100,000 entries', bytes: manyEntries(100_000, (index) => `srv/${index % 100}/${index}`) },
  ];
}
