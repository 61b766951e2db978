import { neutralise } from '../../../domain/neutral-text.ts';
import { partOf, RpmDamage, uint32 } from './bytes.ts';

/** What one package's header tells (rpm's docs/manual/hregions.md, tags.md). */
export interface RpmPackage {
  readonly name: string;
  /** `epoch:version-release`; the epoch where it has one. */
  readonly version: string;
  /** Paths of the files that came with the package as they are, one in a character per byte. */
  readonly files: readonly string[];
}

/** The paths of a database are more than is kept. */
export class TooManyPaths extends Error {
  constructor() {
    super('the paths of its packages are more than is kept');
    this.name = 'TooManyPaths';
  }
}

const tags = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  /** Whole paths, as rpm 3 wrote them. */
  oldFileNames: 1027,
  fileFlags: 1037,
  directoryIndexes: 1116,
  baseNames: 1117,
  directoryNames: 1118,
} as const;
const wantedTags: ReadonlySet<number> = new Set(Object.values(tags));

const int32Type = 4;
const textTypes: ReadonlySet<number> = new Set([6, 8, 9]);
const indexStart = 8;
const indexEntrySize = 16;
const longestWord = 256;
/** More than any package has; bounds what a hostile header makes. */
const mostItems = 1_000_000;
/** Settings, which a team may change, and files that are made on the machine: what is in them is no package's word. */
const configFlag = 1 << 0;
const ghostFlag = 1 << 6;

interface Entry {
  readonly type: number;
  readonly start: number;
  readonly count: number;
}

interface Header {
  readonly entries: ReadonlyMap<number, Entry>;
  readonly store: Buffer;
}

function entryAt(blob: Buffer, at: number): Entry {
  const count = blob.readUInt32BE(at + 12);
  if (count > mostItems) throw new RpmDamage(`a header of it lists more than ${mostItems} things`);
  return { type: blob.readUInt32BE(at + 4), start: blob.readUInt32BE(at + 8), count };
}

function openHeader(blob: Buffer): Header {
  const count = uint32(blob, 0, false);
  const storeStart = indexStart + count * indexEntrySize;
  const store = partOf(blob, storeStart, uint32(blob, 4, false));
  const entries = new Map<number, Entry>();
  for (let at = indexStart; at < storeStart; at += indexEntrySize) {
    const tag = blob.readUInt32BE(at);
    // What was added when the package was installed stands behind what it replaces.
    if (wantedTags.has(tag)) entries.set(tag, entryAt(blob, at));
  }
  return { entries, store };
}

function textsOf({ entries, store }: Header, tag: number): readonly string[] {
  const entry = entries.get(tag);
  if (entry === undefined) return [];
  if (!textTypes.has(entry.type)) throw new RpmDamage('a text in a header is none');
  const texts: string[] = [];
  for (let at = entry.start; texts.length < entry.count; ) {
    const end = at < store.length ? store.indexOf(0, at) : -1;
    if (end < 0) throw new RpmDamage('a text in a header does not end');
    texts.push(store.toString('latin1', at, end));
    at = end + 1;
  }
  return texts;
}

function numbersOf({ entries, store }: Header, tag: number): readonly number[] {
  const entry = entries.get(tag);
  if (entry === undefined) return [];
  if (entry.type !== int32Type) throw new RpmDamage('a number in a header is none');
  const bytes = partOf(store, entry.start, 4 * entry.count);
  return Array.from({ length: entry.count }, (_, index) => bytes.readUInt32BE(4 * index));
}

function wordOf(header: Header, tag: number): string {
  const [word = ''] = textsOf(header, tag);
  return neutralise(Buffer.from(word, 'latin1').toString(), longestWord);
}

/** Every path by its directory and base name. */
function pathsOf(header: Header): readonly (readonly [directory: string, base: string])[] {
  const bases = textsOf(header, tags.baseNames);
  if (bases.length === 0) return textsOf(header, tags.oldFileNames).map((path) => ['', path]);
  const directories = textsOf(header, tags.directoryNames);
  const indexes = numbersOf(header, tags.directoryIndexes);
  return bases.map((base, index) => {
    const directory = directories[indexes[index] ?? -1];
    if (directory === undefined) throw new RpmDamage('a file in a header has no directory');
    return [directory, base];
  });
}

/** The files of a package; `room` is how many characters their paths may have. */
function filesOf(header: Header, room: number): readonly string[] {
  const flags = numbersOf(header, tags.fileFlags);
  const files: string[] = [];
  let left = room;
  for (const [index, [directory, base]] of pathsOf(header).entries()) {
    if (((flags[index] ?? 0) & (configFlag | ghostFlag)) !== 0) continue;
    left -= directory.length + base.length + 1;
    if (left < 0) throw new TooManyPaths();
    files.push(directory + base);
  }
  return files;
}

/** A header as databases hold it: an index and a store, without the magic of package files. */
export function readRpmHeader(blob: Buffer, room: number): RpmPackage {
  const header = openHeader(blob);
  const name = wordOf(header, tags.name);
  const version = wordOf(header, tags.version);
  const release = wordOf(header, tags.release);
  if (name === '' || version === '' || release === '') throw new RpmDamage('a package of it has no name or version');
  const [epoch] = numbersOf(header, tags.epoch);
  const full = `${version}-${release}`;
  return { name, version: epoch === undefined ? full : `${epoch}:${full}`, files: filesOf(header, room) };
}
