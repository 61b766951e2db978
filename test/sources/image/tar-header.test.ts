import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../src/domain/image-limits.ts';
import { createHeaderDecoder } from '../../../src/sources/image/tar-header.ts';
import { TarReader } from '../../../src/sources/image/tar-reader.ts';
import {
  base256,
  type HeaderFields,
  longName,
  paxHeader,
  paxRecord,
  readTar,
  tarBody,
  tarEnd,
  tarFile,
  tarHeader,
} from '../../helpers/tar-bytes.ts';

/** Name and body of every entry, or the problem after them. */
function read(...parts: readonly Buffer[]): readonly string[] {
  const { entries, problem } = readTar(Buffer.concat([...parts, tarEnd]));
  return [...entries.map(({ name, body }) => (body === '' ? name : `${name}=${body}`)), ...(problem ? [problem] : [])];
}

const secretFile = tarFile('.env', 'A=1');

describe('types', () => {
  it.each([
    ['a hard link', '1', 'hardlink'],
    ['a symbolic link', '2', 'symlink'],
    ['a character device', '3', 'other'],
    ['a block device', '4', 'other'],
    ['a folder', '5', 'directory'],
    ['a named pipe', '6', 'other'],
  ])('%s has no body, whatever size it states', (_, type, expected) => {
    const { entries, problem } = readTar(
      Buffer.concat([tarHeader({ name: 'a', type, size: 512, link: 'b' }), secretFile, tarEnd]),
    );
    expect(entries.map((entry) => [entry.name, entry.type, entry.body])).toEqual([
      ['a', expected, ''],
      ['.env', 'file', 'A=1'],
    ]);
    expect(problem).toBeNull();
  });

  it.each([
    ['0', 'a', 'file'],
    ['7', 'a', 'file'],
    ['\0', 'a', 'file'],
    ['\0', 'a/', 'directory'],
    ['0', 'a/', 'file'],
    ['V', 'a', 'file'],
  ])('type %j named %s is a %s', (type, name, expected) => {
    const { entries } = readTar(Buffer.concat([tarFile(name, '', { type, format: 'v7' }), tarEnd]));
    expect(entries.map((entry) => entry.type)).toEqual([expected]);
  });

  it('reads the body of a type it does not know', () => {
    expect(read(tarFile('label', 'data', { type: 'V', format: 'gnu' }), secretFile)).toEqual([
      'label=data',
      '.env=A=1',
    ]);
  });
});

describe('names', () => {
  const long = `${'folder/'.repeat(40)}.env`;

  it.each<[string, readonly Buffer[], string]>([
    ['v7, without magic', [tarFile('a/.env', '', { format: 'v7' })], 'a/.env'],
    ['exactly 100 bytes, no end mark', [tarFile('n'.repeat(100), '')], 'n'.repeat(100)],
    ['a ustar prefix', [tarFile('.env', '', { prefix: 'srv/app' })], 'srv/app/.env'],
    ['GNU has times where ustar has the prefix', [tarFile('.env', '', { format: 'gnu', prefix: '1234' })], '.env'],
    [
      'what is no time there is a prefix after all',
      [tarFile('.env', '', { format: 'gnu', prefix: 'srv/app' })],
      'srv/app/.env',
    ],
    [
      'star has times at the end of it',
      [tarFile('.env', '', { prefix: `${'p'.repeat(131)}1`, patch: { 508: 'tar\0' } })],
      `${'p'.repeat(131)}/.env`,
    ],
    ['a GNU long name', [longName(long), tarFile('cut', '')], long],
    ['an empty GNU long name', [longName(''), tarFile('own', '')], 'own'],
    ['a PAX path', [paxHeader({ path: long }), tarFile('cut', '')], long],
    ['an empty PAX path', [paxHeader({ path: '' }), tarFile('own', '')], 'own'],
    ['the last of two PAX headers', [paxHeader({ path: 'a' }), paxHeader({ mtime: '1' }), tarFile('own', '')], 'own'],
    ['the last of two PAX paths', [paxHeader({ mtime: '1', path: 'x' }), tarFile('own', '')], 'x'],
    [
      'a GNU long name wins over a PAX path',
      [longName(long), paxHeader({ path: 'harmless' }), tarFile('cut', '')],
      long,
    ],
    ['a PAX path with an equals sign', [paxHeader({ path: 'a=b=c' }), tarFile('cut', '')], 'a=b=c'],
    ['a global PAX path is not applied', [paxHeader({ path: 'harmless' }, 'g'), secretFile], '.env'],
    [
      'a global PAX header spends what stood before it',
      [paxHeader({ path: 'harmless' }), paxHeader({}, 'g'), secretFile],
      '.env',
    ],
    ['a global PAX header spends a long name too', [longName('harmless'), paxHeader({}, 'g'), secretFile], '.env'],
    [
      'a sparse name of PAX format 1.0',
      [
        paxHeader({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': '.env' }),
        tarFile('GNUSparseFile.0/.env', '0\n'.padEnd(512, '\0')),
      ],
      '.env',
    ],
    [
      'a sparse name of PAX format 0.1',
      [
        paxHeader({ 'GNU.sparse.map': '0,3', 'GNU.sparse.numblocks': '1', 'GNU.sparse.name': '.env' }),
        tarFile('GNUSparseFile.0/.env', 'A=1'),
      ],
      '.env',
    ],
    ['a sparse name without a format', [paxHeader({ 'GNU.sparse.name': 'harmless' }), tarFile('.env', '')], '.env'],
    ['bytes that are no UTF-8 stay apart', [tarHeader({ name: Buffer.from([0x61, 0xff, 0x62]) })], 'a\u00ffb'],
  ])('%s', (_, parts, expected) => {
    expect(readTar(Buffer.concat([...parts, tarEnd])).entries.map((entry) => entry.name)).toEqual([expected]);
  });

  it('forgets an extended header after the entry it is for', () => {
    expect(read(paxHeader({ path: 'a' }), tarFile('cut', ''), longName('b'), tarFile('cut', ''), secretFile)).toEqual([
      'a',
      'b',
      '.env=A=1',
    ]);
  });

  it.each<[string, readonly Buffer[], string]>([
    ['its own', [], 'own'],
    ['PAX', [paxHeader({ linkpath: 'pax' })], 'pax'],
    ['GNU', [longName('gnu', 'K')], 'gnu'],
    ['GNU before PAX', [longName('gnu', 'K'), paxHeader({ linkpath: 'pax' })], 'gnu'],
  ])('link target: %s', (_, parts, expected) => {
    const archive = Buffer.concat([...parts, tarHeader({ name: 'a', type: '2', link: 'own' }), tarEnd]);
    expect(readTar(archive).entries.map((entry) => entry.link)).toEqual([expected]);
  });
});

describe('sizes', () => {
  it.each<[string, NonNullable<HeaderFields['size']>]>([
    ['octal', 3],
    ['octal with blanks around', Buffer.from(' 3 \0\0\0\0\0\0\0\0\0')],
    ['base-256', base256(3n)],
  ])('%s', (_, size) => {
    expect(read(tarHeader({ name: 'a', size }), tarBody('abc'), secretFile)).toEqual(['a=abc', '.env=A=1']);
  });

  it('a PAX size wins over the header', () => {
    expect(read(paxHeader({ size: '3' }), tarHeader({ name: 'a', size: 0 }), tarBody('abc'), secretFile)).toEqual([
      'a=abc',
      '.env=A=1',
    ]);
  });

  it.each<[string, readonly Buffer[]]>([
    ['negative base-256', [tarHeader({ name: 'a', size: base256(-1n) })]],
    ['base-256 above 2^53', [tarHeader({ name: 'a', size: base256(2n ** 60n) })]],
    ['no digits', [tarHeader({ name: 'a', size: Buffer.from('12x45678901\0') })]],
    ['a PAX size that is no number', [paxHeader({ size: '-1' }), tarHeader({ name: 'a' })]],
    ['a PAX size above 2^53', [paxHeader({ size: '9'.repeat(16) }), tarHeader({ name: 'a' })]],
  ])('%s ends the archive with a problem', (_, parts) => {
    expect(read(...parts, secretFile)).toEqual(['an entry states no valid size (after 0 entries)']);
  });
});

describe('checksums', () => {
  it.each(['unsigned', 'signed'] as const)('%s sums are valid', (checksum) => {
    expect(read(tarHeader({ name: 'é', checksum }))).toEqual(['é']);
  });

  it('a wrong sum ends the archive with a problem', () => {
    expect(read(secretFile, tarHeader({ name: 'a', checksum: 'wrong' }), secretFile)).toEqual([
      '.env=A=1',
      'an entry header has a wrong checksum (after 1 entries)',
    ]);
  });
});

describe('PAX records', () => {
  it.each([
    ['no length', 'path=a\n'],
    ['a length that is too long', '99 path=a\n'],
    ['a length that is too short', '5 path=a\n'],
    ['no newline', '8 path=a '],
    ['no equals sign', '7 path\n'],
    ['no key', '5 =a\n'],
    ['a second record cut', `${paxRecord('path', 'a')}12 pa`],
    ['zero', '0 path=a\n'],
  ])('%s is a problem', (_, body) => {
    expect(read(tarFile('PaxHeaders/0', body, { type: 'x' }), secretFile)).toEqual([
      'a PAX header is malformed (after 0 entries)',
    ]);
  });

  it.each(['x', 'g', 'L', 'K'])('a body of type %s over 1 MiB is refused before it is read', (type) => {
    const decoder = createHeaderDecoder();
    expect(decoder.header(tarHeader({ name: 'a', type, size: (1 << 20) + 1 }))).toEqual({
      kind: 'invalid',
      reason: 'an extended header is too large',
    });
    expect(decoder.header(tarHeader({ name: 'a', type, size: 1 << 20 }))).toEqual({ kind: 'special', size: 1 << 20 });
  });
});

/** Old GNU pairs of offset and length, as octal fields. */
const pairs = (...numbers: readonly number[]) =>
  numbers.map((number) => `${number.toString(8).padStart(11, '0')}\0`).join('');

describe('sparse files', () => {
  const block = (map: string, flag: number) =>
    Buffer.concat([Buffer.from(map.padEnd(504, '\0'), 'latin1'), Buffer.from([flag]), Buffer.alloc(7)]);
  const old = (realSize: number, map: string, flag = '\0') => ({
    name: 'a',
    type: 'S',
    format: 'gnu' as const,
    patch: { 386: map, 482: flag, 483: pairs(realSize) },
  });

  it('an old GNU map in the header alone', () => {
    const archive = [tarHeader({ ...old(6, pairs(1, 2, 4, 1)), size: 3 }), tarBody('abc')];
    expect(read(...archive, secretFile)).toEqual(['a=\0ab\0c\0', '.env=A=1']);
  });

  it.each(['\x01', '\x02', '\xff'])('blocks of the map follow while the flag is not zero: %j', (flag) => {
    const header = tarHeader({ ...old(6, pairs(0, 1), flag), size: 3 });
    const archive = [header, block(pairs(2, 1), flag.charCodeAt(0)), block(pairs(4, 1), 0), tarBody('abc')];
    expect(read(...archive, secretFile)).toEqual(['a=a\0b\0c\0', '.env=A=1']);
  });

  it.each<[string, readonly Buffer[]]>([
    [
      '1.0',
      [
        paxHeader({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '6' }),
        tarFile('a', `${'2\n1\n2\n4\n1\n'.padEnd(512, '\0')}abc`),
      ],
    ],
    [
      '0.1',
      [
        paxHeader({ 'GNU.sparse.map': '1,2,4,1', 'GNU.sparse.numblocks': '2', 'GNU.sparse.size': '6' }),
        tarFile('a', 'abc'),
      ],
    ],
    [
      '0.0',
      [
        tarFile(
          'PaxHeaders/0',
          [
            paxRecord('GNU.sparse.size', '6'),
            paxRecord('GNU.sparse.numblocks', '2'),
            paxRecord('GNU.sparse.offset', '1'),
            paxRecord('GNU.sparse.numbytes', '2'),
            paxRecord('GNU.sparse.offset', '4'),
            paxRecord('GNU.sparse.numbytes', '1'),
          ].join(''),
          { type: 'x' },
        ),
        tarFile('a', 'abc'),
      ],
    ],
  ])('PAX format %s', (_, parts) => {
    expect(read(...parts, secretFile)).toEqual(['a=\0ab\0c\0', '.env=A=1']);
  });

  it.each<[string, readonly Buffer[], string]>([
    ['out of order', [tarHeader({ ...old(6, pairs(4, 1, 0, 1)), size: 2 })], 'a sparse file has no valid map'],
    ['beyond the file', [tarHeader({ ...old(3, pairs(2, 2)), size: 2 })], 'a sparse file has no valid map'],
    ['not of GNU', [tarFile('a', '', { type: 'S' })], 'a sparse file has no valid map'],
    [
      'without its count',
      [paxHeader({ 'GNU.sparse.map': '0,1' }), tarFile('a', 'a')],
      'a sparse file has no valid map',
    ],
    [
      'of a link',
      [
        paxHeader({ 'GNU.sparse.map': '0,1', 'GNU.sparse.numblocks': '1' }),
        tarHeader({ name: 'a', type: '2', link: 'b' }),
      ],
      'a sparse file has no valid map',
    ],
    [
      'longer than the body',
      [paxHeader({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0' }), tarFile('a', '9\n'.padEnd(512, '\0'))],
      'a sparse file has no valid map',
    ],
  ])('a map %s ends the archive with a problem', (_, parts, problem) => {
    expect(read(...parts, secretFile)).toEqual([`${problem} (after 0 entries)`]);
  });

  it.each([
    ['more', 'abcd'],
    ['less', 'ab'],
  ])('%s data than the map says is a problem', (word, content) => {
    const header = tarHeader({ ...old(6, pairs(1, 2, 4, 1)), size: content.length });
    expect(read(header, tarBody(content), secretFile)).toEqual([
      `a sparse file has ${word} data than its map says (after 1 entries)`,
    ]);
  });

  it('holes count as unpacked: a claim of petabytes ends at the limit', () => {
    const seen: number[] = [];
    const output = { bytes: 2 ** 20, problem: 'too much' };
    const reader = new TarReader(
      { entry: () => undefined, body: (chunk) => seen.push(chunk.length), endOfEntry: () => undefined },
      { limits: defaultLimits, output },
    );
    const records = paxHeader({
      'GNU.sparse.map': '0,1',
      'GNU.sparse.numblocks': '1',
      'GNU.sparse.size': String(2 ** 50),
    });
    reader.push(Buffer.concat([records, tarFile('a', 'x'), secretFile, tarEnd]));
    expect([reader.isOverLimit, reader.finish()]).toEqual([true, 'too much']);
    expect(seen.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(2 ** 20);
  });

  it('is told of both kinds', () => {
    const archive = Buffer.concat([
      tarHeader(old(0, '')),
      paxHeader({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '0' }),
      tarFile('b', '0\n'.padEnd(512, '\0')),
      tarFile('c', ''),
      tarEnd,
    ]);
    expect(readTar(archive).entries.map((entry) => entry.isSparse)).toEqual([true, true, false]);
  });
});

describe('what archive/tar refuses', () => {
  it.each<[string, readonly Buffer[], string]>([
    ['a size with digits after a blank', [tarHeader({ name: 'a', size: Buffer.from('1 2\0') })], 'no valid size'],
    ['a mode', [tarHeader({ name: 'a', patch: { 100: '9' } })], 'no number'],
    ['an owner', [tarHeader({ name: 'a', patch: { 108: 'x' } })], 'no number'],
    ['a time above 63 bits', [tarHeader({ name: 'a', patch: { 136: '\x80\xff\xff\xff\xff' } })], 'no number'],
    ['a device', [tarHeader({ name: 'a', patch: { 329: 'x' } })], 'no number'],
    ['a PAX owner', [paxHeader({ uid: 'me' }), tarHeader({ name: 'a' })], 'no number'],
    ['a PAX time', [paxHeader({ mtime: '1e3' }), tarHeader({ name: 'a' })], 'no number'],
    ['a zero byte in a PAX path', [paxHeader({ path: 'a\0b' }), tarHeader({ name: 'a' })], 'malformed'],
    ['a zero byte in a PAX key', [paxHeader({ 'a\0b': '1' }), tarHeader({ name: 'a' })], 'malformed'],
    ['sparse records out of turn', [paxHeader({ 'GNU.sparse.numbytes': '1' }), tarHeader({ name: 'a' })], 'malformed'],
  ])('%s ends the archive with a problem', (_, parts, problem) => {
    const found = read(...parts, secretFile);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(problem);
  });
});
