import { base256, longName, paxHeader, paxRecord, tarBody, tarEnd, tarFile, tarHeader } from '../helpers/tar-bytes.ts';

/** An archive and what it is called in a failure. */
export interface Hostile {
  readonly name: string;
  readonly bytes: Buffer;
}

const octal = (number: number) => `${number.toString(8).padStart(11, '0')}\0`;

/** Old GNU pairs of offset and length. */
export const oldPairs = (...numbers: readonly number[]): string => numbers.map(octal).join('');

/** The header of an old GNU sparse file. */
export function oldSparse(stored: number, realSize: number, map: string, flag = '\0'): Buffer {
  const patch = { 386: map, 482: flag, 483: octal(realSize) };
  return tarHeader({ name: 'disk.img', type: 'S', format: 'gnu', size: stored, patch });
}

/** A block of an old GNU map behind the header. */
export function sparseBlock(map: string, flag: number): Buffer {
  return Buffer.concat([Buffer.from(map.padEnd(504, '\0'), 'latin1'), Buffer.of(flag), Buffer.alloc(7)]);
}

export function paxSparse(records: Readonly<Record<string, string>>, content: string | Buffer): Buffer {
  return Buffer.concat([paxHeader(records), tarFile('GNUSparseFile.0/disk.img', content)]);
}

/** PAX records whose order and repetition matter. */
export function paxLines(lines: readonly (readonly [string, string])[], type: 'x' | 'g' = 'x'): Buffer {
  return tarFile('PaxHeaders/0', lines.map(([key, value]) => paxRecord(key, value)).join(''), { type });
}

export const version1 = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'disk.img' };

/** What stands behind every hostile part: whether a reader comes to see it is the question. */
export const witness: Buffer = tarFile('app/.env', 'A=1\n');

const long = `${'folder/'.repeat(40)}file`;

/** Whole archives in every form that is in use, without their end. */
export const seeds: readonly Hostile[] = [
  { name: 'v7', bytes: Buffer.concat([tarFile('old', 'content', { format: 'v7', type: '\0' }), witness]) },
  { name: 'v7 folder', bytes: Buffer.concat([tarHeader({ name: 'old/', format: 'v7', type: '\0' }), witness]) },
  { name: 'ustar', bytes: Buffer.concat([tarFile('new', 'c'.repeat(700), { prefix: 'srv/app' }), witness]) },
  { name: 'gnu', bytes: Buffer.concat([tarFile('gnu', 'content', { format: 'gnu' }), witness]) },
  {
    name: 'star',
    bytes: Buffer.concat([
      tarFile('star', 'c', { prefix: 'p', patch: { 476: octal(1), 488: octal(2), 508: 'tar\0' } }),
      witness,
    ]),
  },
  { name: 'gnu long name', bytes: Buffer.concat([longName(long), tarFile('cut', 'c'), witness]) },
  {
    name: 'gnu long name and link',
    bytes: Buffer.concat([longName(long, 'K'), longName(long), tarHeader({ name: 'cut', type: '2' }), witness]),
  },
  { name: 'pax path', bytes: Buffer.concat([paxHeader({ path: long, mtime: '1.5' }), tarFile('cut', 'c'), witness]) },
  {
    name: 'pax size',
    bytes: Buffer.concat([paxHeader({ size: '600' }), tarHeader({ name: 'sized' }), tarBody('s'.repeat(600)), witness]),
  },
  { name: 'pax global', bytes: Buffer.concat([paxHeader({ path: 'all', comment: 'c' }, 'g'), witness]) },
  {
    name: 'base-256',
    bytes: Buffer.concat([tarHeader({ name: 'b', size: base256(9n) }), tarBody('nine byte'), witness]),
  },
  {
    name: 'links',
    bytes: Buffer.concat([
      tarHeader({ name: 'hard', type: '1', link: 'app/.env', size: 512 }),
      tarHeader({ name: 'soft', type: '2', link: '../../etc/shadow' }),
      tarHeader({ name: 'dir', type: '5', size: 512 }),
      witness,
    ]),
  },
  {
    name: 'devices',
    bytes: Buffer.concat([
      tarHeader({ name: 'c', type: '3' }),
      tarHeader({ name: 'b', type: '4' }),
      tarHeader({ name: 'p', type: '6', size: 512 }),
      witness,
    ]),
  },
  { name: 'sparse, old', bytes: Buffer.concat([oldSparse(3, 600, oldPairs(1, 2, 500, 1)), tarBody('abc'), witness]) },
  {
    name: 'sparse, old, many blocks',
    bytes: Buffer.concat([
      oldSparse(4, 900, oldPairs(0, 1, 10, 1), '\x01'),
      sparseBlock(oldPairs(20, 1), 1),
      sparseBlock(oldPairs(30, 1), 0),
      tarBody('abcd'),
      witness,
    ]),
  },
  {
    name: 'sparse, pax 0.0',
    bytes: Buffer.concat([
      paxLines([
        ['GNU.sparse.size', '600'],
        ['GNU.sparse.numblocks', '2'],
        ['GNU.sparse.offset', '1'],
        ['GNU.sparse.numbytes', '2'],
        ['GNU.sparse.offset', '500'],
        ['GNU.sparse.numbytes', '1'],
      ]),
      tarFile('disk.img', 'abc'),
      witness,
    ]),
  },
  {
    name: 'sparse, pax 0.1',
    bytes: Buffer.concat([
      paxSparse(
        {
          'GNU.sparse.map': '1,2,500,1',
          'GNU.sparse.numblocks': '2',
          'GNU.sparse.size': '600',
          'GNU.sparse.name': 'disk.img',
        },
        'abc',
      ),
      witness,
    ]),
  },
  {
    name: 'sparse, pax 1.0',
    bytes: Buffer.concat([
      paxSparse({ ...version1, 'GNU.sparse.realsize': '600' }, `${'2\n1\n2\n500\n1\n'.padEnd(512, '\0')}abc`),
      witness,
    ]),
  },
  {
    name: 'duplicates',
    bytes: Buffer.concat([
      tarFile('twice', 'first'),
      tarHeader({ name: 'twice', type: '2', link: 'x' }),
      tarFile('twice', 'last'),
      witness,
    ]),
  },
  { name: 'names that are no text', bytes: Buffer.concat([tarFile('\u001b[31m\n::error::\r\u202ex', 'c'), witness]) },
  {
    name: 'a name that is no UTF-8',
    bytes: Buffer.concat([tarHeader({ name: Buffer.from([0x61, 0xff, 0xfe]) }), witness]),
  },
  {
    name: 'a path that climbs',
    bytes: Buffer.concat([tarFile('../../../etc/passwd', 'c'), tarFile('/abs', 'c'), witness]),
  },
];

export const ended = ({ name, bytes }: Hostile): Hostile => ({ name, bytes: Buffer.concat([bytes, tarEnd]) });
