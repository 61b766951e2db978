import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { deflateSync, inflateSync } from 'node:zlib';
import { type BuildToolKind, buildToolKinds } from '../../domain/build-evidence.ts';
import { isKeyKind } from '../secret/private-key.ts';
import { isPublishedName } from '../secret/published-keys.ts';
import { secretIdentity } from '../secret/secret-identity.ts';
import type { FoundTool } from './build-tools.ts';
import { asObject, asText, parseObject } from './json-value.ts';
import type { LayerContent, ScannedEntry, ScannedSecret } from './layer-content.ts';
import type { LayerScan } from './layer-scan.ts';
import type { InstalledPackage } from './package-database.ts';
import { countPathRows } from './path-table.ts';

/** What is kept of a clean layer between runs, and the two digests that were verified when it was read. */
export interface CacheEntry {
  /** The entry's own name in the cache: one that was moved or renamed is none. */
  readonly name: string;
  /** `sha256:` over the bytes as stored. */
  readonly stored: string;
  readonly diffId: string;
  /** Uncompressed bytes. */
  readonly bytes: number;
  readonly content: LayerContent;
}

/** The last character is the version of the format. */
const magic = Buffer.from('HCLAYER3');
const digestSize = 32;
const bodyStart = magic.length + digestSize;
/** Of a file; the result of a layer with more paths than fit is not kept. */
export const entryLimit = 16 * 1024 * 1024;
const unpackedLimit = 64 * 1024 * 1024;
const listLimit = 1_000_000;
const longestPath = 16_384;

/**
 * Whether a layer's result may be kept: it was read whole and verified, and no value of a secret was met in it but keys
 * that everybody has. The redactor and the identities of a run need those values, and they must not be on disk.
 */
export function isCacheable({ content, stored, problems }: LayerScan): boolean {
  return (
    stored !== null &&
    problems.length === 0 &&
    content.secrets.length === 0 &&
    content.keys.every((key) => publishedRow(key) !== null) &&
    content.matches.every(({ dotenv, credential }) => dotenv === null && credential === null)
  );
}

/** What is kept of a published private key: where it is, its kind, and its name in the program's own list. */
type PublishedRow = readonly [path: string, what: string, published: string];

/** Null for any other secret; what else there is to say of a key follows from its kind. */
function publishedRow(key: ScannedSecret): PublishedRow | null {
  const { path, what, published } = key;
  const isSame = published !== null && isKeyKind(what) && isDeepStrictEqual(key, publishedKey(key, key.identity));
  return isSame ? [path, what, published] : null;
}

function publishedKey(
  { path, what, published }: Pick<ScannedSecret, 'path' | 'what' | 'published'>,
  identity: string,
): ScannedSecret {
  const isValidated = !what.startsWith('encrypted ');
  return { path, detector: 'private-key', what, revokeUrl: null, isValidated, expires: null, published, identity };
}

function digestOf(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest();
}

/** The file of a result that `isCacheable`; null where it is too large to keep. */
export function encodeEntry({ name, stored, diffId, bytes, content }: CacheEntry): Buffer | null {
  const { entries, paths, matches, keys, packageLists, installed, buildTools } = content;
  const header = Buffer.from(
    JSON.stringify({
      name,
      stored,
      diffId,
      bytes,
      entries,
      paths: paths.length,
      packageLists: packageLists.map((list) => list.length),
      matches: matches.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
      publishedKeys: keys.flatMap((key) => {
        const row = publishedRow(key);
        return row === null ? [] : [row];
      }),
      buildTools: buildTools.map((tool) => ({ ...tool })),
      installed: installed.map(({ type, name: packageName, version }) => [type, packageName, version]),
    }),
  );
  const headerSize = Buffer.alloc(4);
  headerSize.writeUInt32BE(header.length);
  const plain = Buffer.concat([headerSize, header, paths, ...packageLists]);
  if (plain.length > unpackedLimit) return null;
  const body = deflateSync(plain, { level: 1 });
  const file = Buffer.concat([magic, digestOf(body), body]);
  return file.length > entryLimit ? null : file;
}

function unpack(body: Buffer): Buffer | null {
  try {
    return inflateSync(body, { maxOutputLength: unpackedLimit });
  } catch (error) {
    // Damaged, or more than an entry can be: whatever else zlib says would be a bug.
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

function asCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function asPath(value: unknown): string | null {
  const text = asText(value);
  return text === null || text.length > longestPath ? null : text;
}

/** Every item of a list, or null when one is not what it should be. */
function readList<T>(value: unknown, read: (item: unknown) => T | null): readonly T[] | null {
  if (!Array.isArray(value) || value.length > listLimit) return null;
  const items: T[] = [];
  for (const raw of value) {
    const item = read(raw);
    if (item === null) return null;
    items.push(item);
  }
  return items;
}

function readMatch(value: unknown): ScannedEntry | null {
  const { path: rawPath, size: rawSize, sha256 } = asObject(value) ?? {};
  const path = asPath(rawPath);
  const size = asCount(rawSize);
  const isHash = sha256 === null || (typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256));
  return path === null || size === null || !isHash ? null : { path, size, dotenv: null, credential: null, sha256 };
}

/** A row can name a key of the list and nothing else: there is no way to write that another secret is published. */
function readPublishedKey(value: unknown, identityKey: Uint8Array): ScannedSecret | null {
  if (!Array.isArray(value) || value.length !== 3) return null;
  const [path, what, published] = value.map(asPath);
  if (path == null || what == null || published == null) return null;
  if (!isKeyKind(what) || !isPublishedName(published)) return null;
  return publishedKey({ path, what, published }, secretIdentity(identityKey, published));
}

function readToolKind(value: unknown): BuildToolKind | null {
  return buildToolKinds.find((kind) => kind === value) ?? null;
}

function readTool(value: unknown): FoundTool | null {
  const tool = asObject(value) ?? {};
  const toolKind = readToolKind(tool['toolKind']);
  const name = asPath(tool['name']);
  const path = asPath(tool['path']);
  const files = asCount(tool['files']);
  const bytes = asCount(tool['bytes']);
  if (toolKind === null || name === null || path === null || files === null || bytes === null) return null;
  return { toolKind, name, path, files, bytes };
}

function readInstalled(value: unknown): InstalledPackage | null {
  if (!Array.isArray(value)) return null;
  const [type, ...words]: readonly unknown[] = value;
  const [name, version] = words.map(asPath);
  if ((type !== 'deb' && type !== 'apk' && type !== 'rpm') || name == null || version == null) return null;
  return { type, name, version };
}

/** The parts that follow each other in `bytes`, or null when they are not as long as it is. */
function split(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] | null {
  const parts: Buffer[] = [];
  let position = 0;
  for (const size of sizes) {
    parts.push(bytes.subarray(position, position + size));
    position += size;
  }
  return position === bytes.length ? parts : null;
}

function readContent(
  header: Readonly<Record<string, unknown>>,
  rest: Buffer,
  identityKey: Uint8Array,
): LayerContent | null {
  const entries = asCount(header['entries']);
  const pathsSize = asCount(header['paths']);
  const listSizes = readList(header['packageLists'], asCount);
  const matches = readList(header['matches'], readMatch);
  const keys = readList(header['publishedKeys'], (row) => readPublishedKey(row, identityKey));
  const buildTools = readList(header['buildTools'], readTool);
  const installed = readList(header['installed'], readInstalled);
  if (pathsSize === null || listSizes === null) return null;
  if (matches === null || keys === null || buildTools === null || installed === null) return null;
  const [paths, ...packageLists] = split(rest, [pathsSize, ...listSizes]) ?? [];
  if (paths === undefined || entries === null || countPathRows(paths) !== entries) return null;
  return { entries, paths, matches, packageLists, installed, buildTools, keys, secrets: [], problems: [] };
}

/**
 * The entry in a file that anybody may have written, or null when it is not whole and in shape. It does not tell who
 * made it: who can write the cache is trusted (docs/decisions/layer-cache.md). `identityKey` is this run's.
 */
export function decodeEntry(file: Buffer, identityKey: Uint8Array): CacheEntry | null {
  const body = file.subarray(bodyStart);
  const isWhole =
    file.length <= entryLimit &&
    file.subarray(0, magic.length).equals(magic) &&
    file.subarray(magic.length, bodyStart).equals(digestOf(body));
  const plain = isWhole ? unpack(body) : null;
  if (plain === null || plain.length < 4) return null;
  const headerEnd = 4 + plain.readUInt32BE();
  const header = parseObject(plain.subarray(4, headerEnd));
  if (header === null || headerEnd > plain.length) return null;
  const name = asText(header['name']);
  const stored = asText(header['stored']);
  const diffId = asText(header['diffId']);
  const bytes = asCount(header['bytes']);
  const content = readContent(header, plain.subarray(headerEnd), identityKey);
  if (name === null || stored === null || diffId === null || bytes === null || content === null) return null;
  return { name, stored, diffId, bytes, content };
}
