import { neutralise } from '../../../domain/neutral-text.ts';
import { partOf, RpmDamage, uint32 } from './bytes.ts';
import type { PathList } from './path-list.ts';

/** What one package's header tells (rpm's docs/manual/hregions.md, tags.md). */
export interface RpmPackage {
  readonly name: string;
  /** `epoch:version-release`; the epoch where it has one. */
  readonly version: string;
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

const nothing = [0, 0] as const;

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

/** Where the texts of a tag begin, and where one more would: each ends with a NUL. */
function textStarts({ entries, store }: Header, tag: number): readonly number[] {
  const entry = entries.get(tag);
  if (entry === undefined) return [0];
  if (!textTypes.has(entry.type)) throw new RpmDamage('a text in a header is none');
  const starts = [entry.start];
  for (let at = entry.start; starts.length <= entry.count; starts.push(at)) {
    const end = at < store.length ? store.indexOf(0, at) : -1;
    if (end < 0) throw new RpmDamage('a text in a header does not end');
    at = end + 1;
  }
  return starts;
}

/** From where to before where a text goes; null: there are not as many. */
function textAt(starts: readonly number[], index: number): readonly [start: number, end: number] | null {
  const [start, next] = [starts[index], starts[index + 1]];
  return start === undefined || next === undefined ? null : [start, next - 1];
}

/** The bytes of the numbers of a tag. */
function numbersOf({ entries, store }: Header, tag: number): Buffer {
  const entry = entries.get(tag);
  if (entry === undefined) return store.subarray(0, 0);
  if (entry.type !== int32Type) throw new RpmDamage('a number in a header is none');
  return partOf(store, entry.start, 4 * entry.count);
}

function numberAt(numbers: Buffer, index: number): number | null {
  return 4 * index < numbers.length ? numbers.readUInt32BE(4 * index) : null;
}

function wordOf(header: Header, tag: number): string {
  const place = textAt(textStarts(header, tag), 0);
  return place === null ? '' : neutralise(header.store.toString('utf8', ...place), longestWord);
}

function addFiles(header: Header, files: PathList): void {
  const bases = textStarts(header, tags.baseNames);
  const isOld = bases.length < 2;
  const names = isOld ? textStarts(header, tags.oldFileNames) : bases;
  const folders = textStarts(header, tags.directoryNames);
  const folderIndexes = numbersOf(header, tags.directoryIndexes);
  const flags = numbersOf(header, tags.fileFlags);
  for (let index = 0; index < names.length - 1; index++) {
    const base = textAt(names, index);
    const folder = isOld ? nothing : textAt(folders, numberAt(folderIndexes, index) ?? folders.length);
    if (base === null || folder === null) throw new RpmDamage('a file in a header has no directory');
    if (((numberAt(flags, index) ?? 0) & (configFlag | ghostFlag)) === 0) files.add(header.store, folder, base);
  }
}

/** A header as databases hold it: an index and a store, without the magic of package files. Its files are added. */
export function readRpmHeader(blob: Buffer, files: PathList): RpmPackage {
  const header = openHeader(blob);
  const name = wordOf(header, tags.name);
  const version = wordOf(header, tags.version);
  const release = wordOf(header, tags.release);
  if (name === '' || version === '' || release === '') throw new RpmDamage('a package of it has no name or version');
  addFiles(header, files);
  const epoch = numberAt(numbersOf(header, tags.epoch), 0);
  const full = `${version}-${release}`;
  return { name, version: epoch === null ? full : `${epoch}:${full}` };
}
