import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { extract, pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { blockSize } from '../../../src/sources/image/tar-header.ts';
import { need, type Part } from '../../helpers/parts.ts';
import { base256, longName, paxHeader, readTar, tarBody, tarEnd, tarFile, tarHeader } from '../../helpers/tar-bytes.ts';

const secretFile = tarFile('.env', 'A=1');
const zeros = (blocks: number) => Buffer.alloc(blocks * blockSize);

function read(...parts: readonly Buffer[]): readonly string[] {
  const { entries, problem } = readTar(Buffer.concat(parts));
  return [...entries.map((entry) => entry.name), ...(problem === null ? [] : [problem])];
}

describe('ends', () => {
  it.each<[string, readonly Buffer[], readonly string[]]>([
    ['two zero blocks', [secretFile, tarEnd], ['.env']],
    ['one zero block', [secretFile, zeros(1)], ['.env']],
    ['no zero block', [secretFile], ['.env']],
    ['nothing at all', [], []],
    ['zeros up to a record of 10 KiB', [secretFile, zeros(18)], ['.env']],
    ['a body without its padding', [tarHeader({ name: 'a', size: 3 }), Buffer.from('abc')], ['a']],
    [
      'data after the end',
      [secretFile, tarEnd, tarFile('b', '')],
      ['.env', 'data follows the end of the archive (after 1 entries)'],
    ],
    [
      'one byte after the end',
      [secretFile, tarEnd, zeros(1), Buffer.from('x')],
      ['.env', 'data follows the end of the archive (after 1 entries)'],
    ],
    [
      'the index of eStargz after the end',
      [secretFile, tarEnd, tarFile('stargz.index.json', '{}'), tarEnd],
      ['.env', 'stargz.index.json'],
    ],
    [
      'the index of eStargz, then more',
      [secretFile, tarEnd, tarFile('stargz.index.json', '{}'), tarFile('b', ''), tarEnd],
      ['.env', 'stargz.index.json', 'data follows the end of the archive (after 2 entries)'],
    ],
    [
      'the index of eStargz twice',
      [secretFile, tarEnd, tarFile('stargz.index.json', '{}'), tarEnd, tarFile('stargz.index.json', ''), tarEnd],
      ['.env', 'stargz.index.json', 'data follows the end of the archive (after 2 entries)'],
    ],
    [
      'a cut index of eStargz',
      [secretFile, tarEnd, tarHeader({ name: 'stargz.index.json', size: 3 }), Buffer.from('ab')],
      ['.env', 'the archive ends in the middle of an entry (after 2 entries)'],
    ],
    [
      'a folder of the name of the index',
      [secretFile, tarEnd, tarHeader({ name: 'stargz.index.json', type: '5' }), tarEnd],
      ['.env', 'data follows the end of the archive (after 1 entries)'],
    ],
    [
      'a zero block between entries',
      [secretFile, zeros(1), tarFile('b', ''), tarEnd],
      ['.env', 'a zero block stands between entries (after 1 entries)'],
    ],
    ['text', [Buffer.from('no tar '.repeat(100))], ['an entry header has a wrong checksum (after 0 entries)']],
    [
      'a cut header',
      [secretFile, tarHeader({ name: 'b' }).subarray(0, 511)],
      ['.env', 'the archive ends in the middle of an entry (after 1 entries)'],
    ],
    [
      'a cut body',
      [tarHeader({ name: 'a', size: 3 }), Buffer.from('ab')],
      ['the archive ends in the middle of an entry (after 1 entries)'],
    ],
    [
      'a cut long name',
      [tarHeader({ name: 'a', type: 'L', size: 3 }), Buffer.from('ab')],
      ['the archive ends in the middle of an entry (after 0 entries)'],
    ],
    [
      'a cut sparse map',
      [tarHeader({ name: 'a', type: 'S', format: 'gnu', patch: { 482: '\x01' } }), Buffer.alloc(9)],
      ['the archive ends in the middle of an entry (after 0 entries)'],
    ],
  ])('%s', (_, parts, expected) => {
    expect(read(...parts)).toEqual(expected);
  });
});

interface Written {
  readonly bytes: Buffer;
  readonly name: string;
  readonly content: string;
}

const types = { file: '0', contiguous: '7', old: '\0', folder: '5', symlink: '2', hardlink: '1', pipe: '6' } as const;
type Kind = keyof typeof types;

const withBody: readonly Kind[] = ['file', 'contiguous', 'old'];
const entryName = fc
  .stringMatching(/^[a-zé][a-zA-Z0-9._é-]{0,8}(?:\/[a-z.]{1,60}){0,4}$/)
  .filter((name) => !/(?:^|\/)\.{1,2}(?:\/|$)/.test(name));
const bytes = fc.uint8Array({ maxLength: 1500 }).map((content) => Buffer.from(content));

/** The header's own name or a PAX or GNU name before it, as the spelling says or the length asks for. */
function spellName(name: string, spelling: string): { readonly before: readonly Buffer[]; readonly own: string } {
  if (spelling === 'pax' || Buffer.byteLength(name) > 100) return { before: [paxHeader({ path: name })], own: 'cut' };
  return spelling === 'long' ? { before: [longName(name)], own: 'cut' } : { before: [], own: name };
}

/** A regular file in one of the spellings that tar writers use. */
const regular = fc
  .record({
    name: entryName,
    content: bytes,
    type: fc.constantFrom(...withBody.map((kind) => types[kind])),
    format: fc.constantFrom('ustar' as const, 'gnu' as const, 'v7' as const),
    spelling: fc.constantFrom('plain', 'pax', 'long'),
    isBase256: fc.boolean(),
  })
  .map(({ name, content, type, format, spelling, isBase256 }): Written => {
    const { before, own } = spellName(name, spelling);
    const size = isBase256 ? base256(BigInt(content.length)) : content.length;
    const header = tarHeader({ name: own, type, format, size });
    return { bytes: Buffer.concat([...before, header, tarBody(content)]), name, content: content.toString('latin1') };
  });

/** A file whose size stands in a PAX header alone, as for those above 8 GiB. */
const sizedByPax = fc.tuple(entryName, bytes).map(([name, content]): Written => {
  const records = paxHeader({ path: name, size: String(content.length) });
  const parts = [records, tarHeader({ name: 'cut', size: 0 }), tarBody(content)];
  return { bytes: Buffer.concat(parts), name, content: content.toString('latin1') };
});

/** An entry that has no body, although its header may state a size. */
const bodiless = fc
  .record({ name: entryName, kind: fc.constantFrom<Kind>('folder', 'symlink', 'hardlink', 'pipe'), size: fc.nat(2000) })
  .map(({ name, kind, size }): Written => {
    const { before, own } = spellName(name, 'plain');
    const header = tarHeader({ name: own, type: types[kind], size, link: 'target' });
    return { bytes: Buffer.concat([...before, header]), name, content: '' };
  });

const entry = fc.oneof(regular, sizedByPax, bodiless);

describe('any archive', () => {
  it('gives each name and body, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), fc.integer({ min: 1, max: 3000 }), (entries, chunkSize) => {
        const archive = Buffer.concat([...entries.map((item) => item.bytes), tarEnd]);
        const result = readTar(archive, chunkSize);
        expect(result.problem).toBeNull();
        expect(result.entries.map(({ name, body }) => ({ name, content: body }))).toEqual(
          entries.map(({ name, content }) => ({ name, content })),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('never throws, and a cut is always a problem or lies between entries', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.nat({ max: 255 }),
        (entries, place, byte) => {
          const archive = Buffer.concat(entries.map((item) => item.bytes));
          const cut = archive.subarray(0, place % archive.length);
          const { entries: found, problem } = readTar(cut);
          expect(found.length).toBeLessThanOrEqual(entries.length);
          if (problem === null)
            expect(found.map((item) => item.name)).toEqual(entries.slice(0, found.length).map((item) => item.name));
          const damaged = Buffer.from(archive);
          damaged[place % archive.length] = byte;
          expect(() => readTar(damaged)).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** What tar-stream reads; only asked about archives it is right about: no body behind a link or folder. */
async function readWithTarStream(archive: Buffer): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  const reader = extract();
  reader.end(archive);
  for await (const item of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of item) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    found.push([item.header.name, Buffer.concat(chunks).toString('latin1')]);
  }
  return found;
}

const python: Part = {
  name: 'python3',
  path: spawnSync('python3', ['--version']).status === 0 ? 'python3' : null,
  install: 'apt-get install python3',
};

/** Prints, for each archive named, its entries as JSON; a file's bytes in hex. */
const pythonReader = `
import json, sys, tarfile
for path in sys.argv[1:]:
    with tarfile.open(path, 'r:') as archive:
        print(json.dumps([[m.name, archive.extractfile(m).read().hex() if m.isreg() else ''] for m in archive]))
`;

describe('other readers', () => {
  it('what tar-stream packs is read as it reads it', async () => {
    const plain = fc.array(
      fc.record({ name: fc.stringMatching(/^[a-zé][a-z/é]{0,150}[a-z]$/), content: fc.string({ maxLength: 1200 }) }),
      { maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(plain, async (files) => {
        const packed = pack();
        for (const { name, content } of files) packed.entry({ name }, content);
        packed.finalize();
        const chunks: Buffer[] = [];
        for await (const chunk of packed) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
        const archive = Buffer.concat(chunks);
        const { entries, problem } = readTar(archive);
        expect(problem).toBeNull();
        expect(entries.map(({ name, body }) => [name, body])).toEqual(await readWithTarStream(archive));
        expect(entries.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
      }),
      { numRuns: 50 },
    );
  });

  it('archives of every spelling are read as Python reads them', (context) => {
    need(context, [python]);
    const folder = mkdtempSync(join(tmpdir(), 'hullcheck-tar-'));
    try {
      const archives = fc.sample(fc.array(entry, { minLength: 1, maxLength: 5 }), { numRuns: 100, seed: 7 });
      const paths = archives.map((entries, index) => {
        const path = join(folder, `${index}.tar`);
        writeFileSync(path, Buffer.concat([...entries.map((item) => item.bytes), tarEnd]));
        return path;
      });
      const { stdout, stderr } = spawnSync('python3', ['-c', pythonReader, ...paths], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      expect(stderr).toBe('');
      const theirs = stdout
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
      const ours = archives.map((entries) =>
        readTar(Buffer.concat([...entries.map((item) => item.bytes), tarEnd])).entries.map(({ name, body }) => [
          name,
          Buffer.from(body, 'latin1').toString('hex'),
        ]),
      );
      expect(ours).toEqual(theirs);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it('reads 100,000 entries without keeping them', () => {
  const one = tarFile('usr/share/doc/package/copyright', 'x');
  const archive = Buffer.concat([...Array.from({ length: 100_000 }, () => one), secretFile, tarEnd]);
  let count = 0;
  let last = '';
  const { entries, problem } = readTar(archive, 1024 * 1024);
  for (const { name } of entries) {
    count += 1;
    last = name;
  }
  expect([count, last, problem]).toEqual([100_001, '.env', null]);
});
