import { describeSize } from './byte-size.ts';

/**
 * What an image may make this program do. No real image comes near; one that does is told of by name, as a gap that
 * says how to raise the limit.
 */
export interface ImageLimits {
  /** Entries of one layer's tar. */
  readonly entries: number;
  /** Characters of one path. */
  readonly pathLength: number;
  /** Bytes of all paths of one layer, which are kept in memory. */
  readonly pathBytes: number;
  /** Bytes of the paths of all layers of a run, package lists counted. */
  readonly allPathBytes: number;
  /** Unpacked bytes of one layer, holes of sparse files counted. */
  readonly unpacked: number;
  /** Unpacked bytes to stored ones, of a layer or a whole archive; matters above `ratioFloor` alone. */
  readonly ratio: number;
  /** Credential files, models and secrets of one layer that are told one by one. */
  readonly findings: number;
  /** Images of one archive. */
  readonly images: number;
  /** Layers of one image. */
  readonly layers: number;
  /** Files of an image archive. */
  readonly archiveFiles: number;
  /** Bytes of one index, manifest, config or provenance. */
  readonly document: number;
}

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

/** A file of zeros may shrink a thousandfold, and a swap file of a gigabyte is in some images. */
const ratioFloor = gibibyte;

/** How a limit is set: `--image-limit NAME=NUMBER`, the number in this unit. */
interface LimitSpec {
  readonly key: keyof ImageLimits;
  readonly unit: number;
  readonly fallback: number;
}

/** By the name a user sets it with. */
const specs = {
  entries: { key: 'entries', unit: 1, fallback: 1_000_000 },
  'path-length': { key: 'pathLength', unit: 1, fallback: 4096 },
  'path-mib': { key: 'pathBytes', unit: mebibyte, fallback: 64 },
  'all-paths-mib': { key: 'allPathBytes', unit: mebibyte, fallback: 64 },
  'unpacked-gib': { key: 'unpacked', unit: gibibyte, fallback: 256 },
  ratio: { key: 'ratio', unit: 1, fallback: 200 },
  findings: { key: 'findings', unit: 1, fallback: 10_000 },
  images: { key: 'images', unit: 1, fallback: 256 },
  layers: { key: 'layers', unit: 1, fallback: 512 },
  'archive-files': { key: 'archiveFiles', unit: 1, fallback: 100_000 },
  'document-mib': { key: 'document', unit: mebibyte, fallback: 8 },
} as const satisfies Readonly<Record<string, LimitSpec>>;

export type LimitName = keyof typeof specs;

export const limitNames: readonly string[] = Object.keys(specs);

/** The largest number a limit can be set to. */
export const mostOfLimit = 1_000_000_000;

function isLimitName(name: string): name is LimitName {
  return Object.hasOwn(specs, name);
}

const fallbackOf = (name: LimitName): number => specs[name].fallback * specs[name].unit;

export const defaultLimits: ImageLimits = {
  entries: fallbackOf('entries'),
  pathLength: fallbackOf('path-length'),
  pathBytes: fallbackOf('path-mib'),
  allPathBytes: fallbackOf('all-paths-mib'),
  unpacked: fallbackOf('unpacked-gib'),
  ratio: fallbackOf('ratio'),
  findings: fallbackOf('findings'),
  images: fallbackOf('images'),
  layers: fallbackOf('layers'),
  archiveFiles: fallbackOf('archive-files'),
  document: fallbackOf('document-mib'),
};

/** `limits` with the one named set to `number` of its unit; null: there is no such limit. */
export function withLimit(limits: ImageLimits, name: string, number: number): ImageLimits | null {
  if (!isLimitName(name)) return null;
  const { key, unit } = specs[name];
  return { ...limits, [key]: number * unit };
}

/** The end of a sentence about what holds too much: it names the limit as `limitHint` looks for it. */
export function overLimit(limits: ImageLimits, name: LimitName, what: string): string {
  const { key, unit } = specs[name];
  return `${what} (limit ${name}=${limits[key] / unit})`;
}

/** How to raise the limit a problem names; null: it names none. */
export function limitHint(problem: string): string | null {
  const name = /\(limit ([a-z-]+)=\d+\)/.exec(problem)?.[1];
  return name === undefined ? null : `where the image can be trusted, raise it with --image-limit ${name}=NUMBER`;
}

/** How much data stored in `stored` bytes may unpack to, and what is said of more. */
export interface OutputLimit {
  readonly bytes: number;
  readonly problem: string;
}

/** More was unpacked than the limit allows. */
export class OutputLimitError extends Error {
  constructor({ problem }: OutputLimit) {
    super(problem);
    this.name = 'OutputLimitError';
  }
}

export function outputLimit(limits: ImageLimits, stored: number): OutputLimit {
  const byRatio = Math.max(ratioFloor, limits.ratio * stored);
  if (byRatio < limits.unpacked) {
    const what = `it unpacks to more than ${describeSize(byRatio)} from ${describeSize(stored)}`;
    return { bytes: byRatio, problem: overLimit(limits, 'ratio', what) };
  }
  const what = `it unpacks to more than ${describeSize(limits.unpacked)}`;
  return { bytes: limits.unpacked, problem: overLimit(limits, 'unpacked-gib', what) };
}
