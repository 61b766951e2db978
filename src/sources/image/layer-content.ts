import { createHash, type Hash } from 'node:crypto';
import { describeSize } from '../../domain/byte-size.ts';
import { isDotenvName } from '../../domain/dotenv-name.ts';
import { matchesGlob } from '../../domain/glob.ts';
import { type ImageLimits, type LimitName, overLimit } from '../../domain/image-limits.ts';
import type { CredentialFacts, DotenvFacts } from '../../domain/layer-evidence.ts';
import { ContentScanner } from '../secret/content-scanner.ts';
import { type CredentialFile, credentialFileAt, readCredentialFile } from '../secret/credential-file.ts';
import type { SecretFound } from '../secret/detectors/detector.ts';
import { readDotenv } from '../secret/dotenv.ts';
import { publishedKeyOf } from '../secret/published-keys.ts';
import { secretIdentity } from '../secret/secret-identity.ts';
import { BuildToolCounter, type FoundTool } from './build-tools.ts';
import { baseName, entryPath } from './entry-path.ts';
import { type InstalledPackage, isPackageDatabase, readPackageDatabase } from './package-database.ts';
import { isPackageList, packageListOf } from './package-owner.ts';
import { PathTableWriter } from './path-table.ts';
import { isRpmDatabase, RpmDatabases } from './rpm/databases.ts';
import type { TarEntry } from './tar-header.ts';
import type { TarVisitor } from './tar-reader.ts';

/** What to look for in a layer; plain data, so that it can be handed to a worker. */
export interface LayerInterest {
  /** Tested against base names. */
  readonly fileNames: readonly RegExp[];
  /** Globs of image paths whose content is hashed. */
  readonly hashPaths: readonly string[];
  /** Random per run: makes identities that mean nothing outside it. */
  readonly identityKey: Uint8Array;
}

export interface ScannedEntry {
  readonly path: string;
  readonly size: number;
  readonly dotenv: DotenvFacts | null;
  readonly credential: CredentialFacts | null;
  readonly sha256: string | null;
}

/** A secret found by content, without its value. */
export interface ScannedSecret {
  readonly path: string;
  readonly detector: string;
  readonly what: string;
  readonly revokeUrl: string | null;
  readonly isValidated: boolean;
  /** Seconds since 1970. */
  readonly expires: number | null;
  /** Its name among the test keys that well-known software publishes; null for any other secret. */
  readonly published: string | null;
  readonly identity: string;
}

/** What one layer holds. `secrets` are values for the redactor and go no further. */
export interface LayerContent {
  readonly entries: number;
  readonly paths: Uint8Array;
  readonly matches: readonly ScannedEntry[];
  readonly keys: readonly ScannedSecret[];
  /** The file lists of dpkg, apk and rpm, brought to dpkg's form: they tell which files the image's packages own. */
  readonly packageLists: readonly Uint8Array[];
  /** What the package databases in this layer list, as they stand in it. */
  readonly installed: readonly InstalledPackage[];
  readonly secrets: readonly string[];
  readonly problems: readonly string[];
  /** Compilers, headers and package-manager caches, added up by place. */
  readonly buildTools: readonly FoundTool[];
}

/** Content of a dotenv or credential file kept; a larger one is judged by its start and said to be cut. */
const capturedLimit = 1024 * 1024;
const packageListLimit = 64 * 1024 * 1024;
/** Characters of all values of one layer that the redactor is told. */
const valueLimit = 16 * 1024 * 1024;

interface OpenEntry {
  readonly path: string;
  readonly size: number;
  readonly isWanted: boolean;
  readonly credentialFile: CredentialFile | null;
  readonly capture: 'dotenv' | 'credential' | 'package-file' | 'rpm-database' | null;
  readonly hash: Hash | null;
  readonly chunks: Buffer[];
  captured: number;
}

function captureOf(path: string, isDotenv: boolean, isCredential: boolean): OpenEntry['capture'] {
  if (isDotenv) return 'dotenv';
  if (isCredential) return 'credential';
  if (isRpmDatabase(path)) return 'rpm-database';
  return isPackageList(path) || isPackageDatabase(path) ? 'package-file' : null;
}

/** Collects from the entries of one layer's tar what the interest names. */
export class LayerCollector implements TarVisitor {
  readonly #interest: LayerInterest;
  readonly #limits: ImageLimits;
  readonly #table = new PathTableWriter();
  readonly #contentScanner = new ContentScanner(
    (found) => this.#takeFound(found),
    (problem) => this.#problems.add(problem),
  );
  readonly #matches: ScannedEntry[] = [];
  readonly #keys: ScannedSecret[] = [];
  readonly #packageLists: Uint8Array[] = [];
  readonly #installed: InstalledPackage[] = [];
  readonly #secrets: string[] = [];
  readonly #problems = new Set<string>();
  readonly #buildTools = new BuildToolCounter();
  readonly #rpm: RpmDatabases;
  #packageListBytes = 0;
  #valueLength = 0;
  #entries = 0;
  #open: OpenEntry | null = null;

  constructor(interest: LayerInterest, limits: ImageLimits) {
    this.#interest = interest;
    this.#limits = limits;
    this.#rpm = new RpmDatabases(limits);
  }

  /** The tar may be put here, a chunk at a time, so that it is searched without being copied. */
  get window(): Buffer {
    return this.#contentScanner.window;
  }

  /** To be called before the window is filled again. */
  keep(): void {
    this.#contentScanner.keep();
  }

  entry(entry: TarEntry): void {
    this.#entries += 1;
    const path = this.#pathOf(entry);
    this.#open = this.#openEntry(entry, path);
  }

  body(chunk: Buffer): void {
    const open = this.#open;
    if (open === null) return;
    this.#contentScanner.push(chunk);
    open.hash?.update(chunk);
    if (open.capture === null) return;
    if (open.capture === 'rpm-database') {
      this.#rpm.push(chunk);
      return;
    }
    const isList = open.capture === 'package-file';
    const room = isList ? packageListLimit - this.#packageListBytes : capturedLimit - open.captured;
    const part = chunk.subarray(0, Math.max(0, room));
    if (isList && part.length < chunk.length)
      this.#problems.add(`its package lists are larger than ${packageListLimit} bytes; the rest was not read`);
    open.captured += part.length;
    if (isList) this.#packageListBytes += part.length;
    if (part.length > 0) open.chunks.push(Buffer.from(part));
  }

  endOfEntry(): void {
    this.#contentScanner.end();
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    const content = Buffer.concat(open.chunks);
    if (open.capture === 'package-file') this.#takePackages(open.path, content);
    if (open.isWanted) this.#takeMatch(open, content);
  }

  finish(): LayerContent {
    // What was read of an entry in whose middle the layer ends still counts.
    if (this.#open !== null) this.endOfEntry();
    this.#contentScanner.close();
    const rpm = this.#rpm.finish();
    return {
      entries: this.#entries,
      paths: this.#table.finish(),
      matches: this.#matches,
      keys: this.#keys,
      packageLists: [...this.#packageLists, ...rpm.files],
      installed: [...this.#installed, ...rpm.installed],
      secrets: this.#secrets,
      problems: [...this.#problems, ...rpm.problems],
      buildTools: this.#buildTools.finish(),
    };
  }

  /** The path, which is put down in the table. What a limit keeps out is told: nobody knows whether it is hidden later. */
  #pathOf({ name, type }: TarEntry): string {
    const { pathLength, pathBytes } = this.#limits;
    if (name.length > pathLength) {
      this.#exceed('path-length', `the path of an entry is longer than ${pathLength} characters`);
      return entryPath(name.slice(-pathLength));
    }
    const path = entryPath(name);
    if (this.#table.size + path.length > pathBytes)
      this.#exceed('path-mib', `its paths take more than ${describeSize(pathBytes)}`);
    else this.#table.add(path, type === 'directory');
    return path;
  }

  #exceed(limit: LimitName, what: string): void {
    this.#problems.add(overLimit(this.#limits, limit, what));
  }

  /** Whether one more of what is told one by one may be kept. */
  #hasRoom(kept: number): boolean {
    if (kept < this.#limits.findings) return true;
    this.#exceedFindings();
    return false;
  }

  #exceedFindings(): void {
    this.#exceed('findings', `it holds more credential files or secrets than are listed one by one`);
  }

  #openEntry(entry: TarEntry, path: string): OpenEntry | null {
    if (entry.type === 'directory' || entry.type === 'symlink' || entry.type === 'other') return null;
    const name = baseName(path);
    // Engines do not look into a whiteout; what is in it ships all the same.
    if (name.startsWith('.wh.') && entry.size === 0) return null;
    if (entry.type === 'file') this.#buildTools.add(path, entry.size);
    const linkedPath = entry.type === 'hardlink' ? entryPath(entry.linkName) : null;
    if (isRpmDatabase(path)) this.#rpm.begin(path, entry.size, linkedPath);
    const isHashed = entry.type === 'file' && this.#interest.hashPaths.some((glob) => matchesGlob(glob, path));
    const credentialFile = credentialFileAt(path);
    const isNamed = this.#interest.fileNames.some((pattern) => pattern.test(name));
    const isWanted = isHashed || isNamed || credentialFile !== null;
    const isDotenv = isNamed && entry.type === 'file' && isDotenvName(name);
    return {
      path,
      size: entry.size,
      isWanted,
      credentialFile,
      capture: captureOf(path, isDotenv, credentialFile !== null && entry.type === 'file'),
      hash: isHashed ? createHash('sha256') : null,
      chunks: [],
      captured: 0,
    };
  }

  #takePackages(path: string, content: Buffer): void {
    if (isPackageList(path)) this.#packageLists.push(packageListOf(path, content));
    if (!isPackageDatabase(path)) return;
    for (const one of readPackageDatabase(path, content.toString('utf8'))) this.#installed.push(one);
  }

  #takeMatch(open: OpenEntry, content: Buffer): void {
    if (!this.#hasRoom(this.#matches.length)) return;
    const isWhole = open.capture !== null && open.captured === open.size;
    // Copied, as a part of a text keeps the whole text in memory.
    const dotenv = open.capture === 'dotenv' ? structuredClone(readDotenv(content, isWhole)) : null;
    const credential =
      open.credentialFile === null ? null : structuredClone(readCredentialFile(open.credentialFile, content, isWhole));
    const values = [...(dotenv?.values ?? []), ...(credential?.values ?? [])];
    this.#valueLength += values.reduce((sum, value) => sum + value.length, 0);
    if (this.#valueLength > valueLimit) {
      this.#exceedFindings();
      return;
    }
    for (const value of values) this.#secrets.push(value);
    this.#matches.push({
      path: open.path,
      size: open.size,
      dotenv: dotenv?.facts ?? null,
      credential: credential?.facts ?? null,
      sha256: open.hash?.digest('hex') ?? null,
    });
  }

  #takeFound({ detector, what, revokeUrl, proof, expires, value }: SecretFound): void {
    if (this.#open === null) return;
    if (!this.#hasRoom(this.#keys.length)) return;
    const isValidated = proof === 'validated';
    const published = publishedKeyOf(value);
    const identity = secretIdentity(this.#interest.identityKey, published ?? value);
    this.#keys.push({ path: this.#open.path, detector, what, revokeUrl, isValidated, expires, published, identity });
    // What everybody has is nothing to keep out of a report.
    if (published === null) this.#secrets.push(value);
  }
}
