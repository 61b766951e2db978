import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildToolKinds } from '../../../src/domain/build-evidence.ts';
import {
  type CacheEntry,
  decodeEntry,
  encodeEntry,
  entryLimit,
  isCacheable,
} from '../../../src/sources/image/cache-entry.ts';
import type { LayerContent, ScannedSecret } from '../../../src/sources/image/layer-content.ts';
import { PathTableWriter } from '../../../src/sources/image/path-table.ts';
import { secretIdentity } from '../../../src/sources/secret/secret-identity.ts';

/** Names in the program's list of keys that everybody has, and what kinds it tells of. */
const published = ['01a3089467b5a8f4', 'ffa38c71f63a6840'];
const keyKinds = [
  'RSA private key',
  'encrypted RSA private key',
  'encrypted PKCS#8 private key',
  'OpenSSH private key',
];

function publishedKey(row: Pick<ScannedSecret, 'path' | 'what'> & { readonly published: string }): ScannedSecret {
  const isValidated = !row.what.startsWith('encrypted');
  const identity = secretIdentity(identityKey, row.published);
  return { ...row, detector: 'private-key', revokeUrl: null, isValidated, expires: null, identity };
}

function tableOf(paths: readonly string[]): Buffer {
  const table = new PathTableWriter();
  for (const [index, path] of paths.entries()) table.add(path, index % 3 === 0);
  return table.finish();
}

const path = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
const count = fc.nat({ max: 2 ** 40 });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const content: fc.Arbitrary<LayerContent> = fc
  .record({
    names: fc.array(path, { maxLength: 30 }),
    matches: fc.array(fc.record({ path, size: count, sha256: fc.option(hash) })),
    lists: fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }),
    buildTools: fc.array(
      fc.record({ toolKind: fc.constantFrom(...buildToolKinds), name: path, path, files: count, bytes: count }),
    ),
    keys: fc.array(fc.record({ path, what: fc.constantFrom(...keyKinds), published: fc.constantFrom(...published) })),
    installed: fc.array(fc.record({ type: fc.constantFrom('deb', 'apk', 'rpm'), name: path, version: path }), {
      maxLength: 9,
    }),
  })
  .map(({ names, matches, lists, buildTools, keys, installed }) => ({
    entries: names.length,
    paths: tableOf(names),
    matches: matches.map((match) => ({ ...match, dotenv: null, credential: null })),
    packageLists: lists.map((list) => Buffer.from(list)),
    buildTools,
    installed,
    keys: keys.map(publishedKey),
    secrets: [],
    problems: [],
  }));

const entry: fc.Arbitrary<CacheEntry> = fc.record({
  name: hash.map((hex) => `${hex}.layer`),
  stored: hash.map((hex) => `sha256:${hex}`),
  diffId: hash.map((hex) => `sha256:${hex}`),
  bytes: count,
  content,
});

const identityKey = Buffer.from('of this run');
const decode = (file: Buffer) => decodeEntry(file, identityKey);

function encode(value: CacheEntry): Buffer {
  const file = encodeEntry(value);
  if (file === null) throw new Error('too large');
  return file;
}

/** A file with a right integrity hash around whatever is in it. */
function wrap(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from('HCLAYER3'), createHash('sha256').update(body).digest(), body]);
}

function wrapHeader(header: unknown, rest: Uint8Array = new Uint8Array()): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(4);
  size.writeUInt32BE(text.length);
  return wrap(deflateSync(Buffer.concat([size, text, rest])));
}

const small = { name: 'n', stored: 's', diffId: 'd', bytes: 1 };
const table = tableOf(['etc/', 'etc/passwd']);
const header = {
  ...small,
  entries: 2,
  paths: table.length,
  packageLists: [],
  matches: [],
  publishedKeys: [],
  buildTools: [],
  installed: [],
};

describe('an entry', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(entry, (value) => {
        expect(decode(encode(value))).toEqual(value);
      }),
    );
  });

  it('is none when a bit of it changed, or a part of it is missing', () => {
    fc.assert(
      fc.property(entry, fc.nat(), fc.integer({ min: 0, max: 7 }), (value, place, bit) => {
        const file = encode(value);
        const at = place % file.length;
        expect(decode(file.subarray(0, at))).toBeNull();
        file.writeUInt8(file.readUInt8(at) ^ (1 << bit), at);
        expect(decode(file)).toBeNull();
      }),
    );
  });

  it('is none when it is anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decode(Buffer.from(bytes))).toBeNull();
        expect(decode(wrap(Buffer.from(bytes)))).toBeNull();
        expect(decode(wrap(deflateSync(bytes)))).toBeNull();
      }),
    );
  });

  it('can be written by hand, so that what follows fails for the reason it names', () => {
    expect(decode(wrapHeader(header, table))?.content.entries).toBe(2);
  });

  const match = { path: 'a', size: 1, sha256: null };
  const tool = { toolKind: 'cache', name: 'a', path: 'b', files: 1, bytes: 1 };
  it.each([
    ['no object', []],
    ['no name', { ...header, name: null }],
    ['a number for a digest', { ...header, stored: 1 }],
    ['a negative size', { ...header, bytes: -1 }],
    ['a size that is no number', { ...header, bytes: '1' }],
    ['a fraction', { ...header, bytes: 1.5 }],
    ['more rows than entries', { ...header, entries: 1 }],
    ['fewer rows than entries', { ...header, entries: 3 }],
    ['a table that goes on', { ...header, paths: table.length + 1 }],
    ['bytes that belong to nothing', { ...header, paths: table.length - 1 }],
    ['a list that is not there', { ...header, packageLists: [1] }],
    ['lists that are none', { ...header, packageLists: {} }],
    ['a list of a negative size', { ...header, packageLists: [5, -5] }],
    ['a match without a path', { ...header, matches: [{ ...match, path: undefined }] }],
    ['a match that is none', { ...header, matches: [null] }],
    ['a package of no known type', { ...header, installed: [['msi', 'a', '1']] }],
    ['a package without a version', { ...header, installed: [['deb', 'a']] }],
    ['packages that are none', { ...header, installed: [{}] }],
    ['a match whose hash is none', { ...header, matches: [{ ...match, sha256: 'A' }] }],
    ['a path of a megabyte', { ...header, matches: [{ ...match, path: 'a'.repeat(2 ** 20) }] }],
    ['a key that the list does not have', { ...header, publishedKeys: [['a', 'RSA private key', 'f'.repeat(16)]] }],
    ['a key by a hash of another length', { ...header, publishedKeys: [['a', 'RSA private key', '01a3']] }],
    ['a key of no known kind', { ...header, publishedKeys: [['a', 'Groq API key', published[0]]] }],
    ['a key that says more of itself', { ...header, publishedKeys: [['a', 'RSA private key', published[0], true]] }],
    ['a key without a path', { ...header, publishedKeys: [[null, 'RSA private key', published[0]]] }],
    ['keys that are none', { ...header, publishedKeys: [{}] }],
    ['keys that are not there', { ...header, publishedKeys: undefined }],
    ['a tool of no known kind', { ...header, buildTools: [{ ...tool, toolKind: '__proto__' }] }],
    ['a tool without files', { ...header, buildTools: [{ ...tool, files: null }] }],
  ])('is none with %s', (_, value) => {
    expect(decode(wrapHeader(value, table))).toBeNull();
  });

  it('is none with a path table that is none', () => {
    const broken = Buffer.from('no table');
    expect(decode(wrapHeader({ ...header, paths: broken.length, entries: 0 }, broken))).toBeNull();
  });

  it('is none when it unpacks to more than an entry can be, which takes no memory', () => {
    const bomb = wrap(deflateSync(Buffer.alloc(200 * 2 ** 20)));
    expect(bomb.length).toBeLessThan(entryLimit);
    expect(decode(bomb)).toBeNull();
  });

  it('is not made of a layer that is too large for one', () => {
    const value = { ...small, content: { ...emptyContent, packageLists: [Buffer.alloc(70 * 2 ** 20)] } };
    expect(encodeEntry(value)).toBeNull();
  });
});

const emptyContent: LayerContent = {
  entries: 0,
  paths: new Uint8Array(),
  matches: [],
  keys: [],
  packageLists: [],
  installed: [],
  secrets: [],
  problems: [],
  buildTools: [],
};

describe('isCacheable', () => {
  const scan = { content: emptyContent, bytes: 0, stored: 'sha256:0', problems: [] };
  const plain = { path: 'a', size: 0, dotenv: null, credential: null, sha256: null };
  const dotenv = { realKeys: [], placeholderKeys: [], emptyKeys: [], isComplete: true };
  const credential = { file: 'npmrc', what: 'npm settings', holds: [], isRead: true, revokeUrl: null };
  const key = publishedKey({ path: 'a', what: 'RSA private key', published: '01a3089467b5a8f4' });

  it.each<[boolean, string, Partial<LayerContent>, object]>([
    [true, 'nothing in it', {}, {}],
    [true, 'a file some rule asked for', { matches: [plain] }, {}],
    [false, 'a value of a secret', { secrets: ['value'] }, {}],
    [true, 'a private key that everybody has', { keys: [key] }, {}],
    [false, 'a secret found by content', { keys: [{ ...key, published: null }] }, {}],
    [false, 'one beside a key that everybody has', { keys: [key, { ...key, published: null }] }, {}],
    [false, "a published key as another vendor's", { keys: [{ ...key, detector: 'gcp-service-account' }] }, {}],
    [false, 'a published key that can be revoked', { keys: [{ ...key, revokeUrl: 'https://a' }] }, {}],
    [false, 'a key of a kind that is not written down', { keys: [{ ...key, what: 'key' }] }, {}],
    [false, 'a dotenv file, even an empty one', { matches: [plain, { ...plain, dotenv }] }, {}],
    [false, 'a credential file, even an empty one', { matches: [{ ...plain, credential }] }, {}],
    [false, 'a problem', {}, { problems: ['it is cut off'] }],
    [false, 'no digest of what is stored', {}, { stored: null }],
  ])('is %s of a layer with %s', (expected, _, change, more) => {
    expect(isCacheable({ ...scan, content: { ...emptyContent, ...change }, ...more })).toBe(expected);
  });
});
