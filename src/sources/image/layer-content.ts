import { createHash, createHmac, type Hash } from 'node:crypto';
import { isDotenvName } from '../../domain/dotenv-name.ts';
import type { CredentialFacts, DotenvFacts } from '../../domain/evidence.ts';
import { matchesGlob } from '../../domain/glob.ts';
import { ContentScanner } from '../secret/content-scanner.ts';
import { type CredentialFile, credentialFileAt, readCredentialFile } from '../secret/credential-file.ts';
import type { SecretFound } from '../secret/detectors/detector.ts';
import { readDotenv } from '../secret/dotenv.ts';
import { BuildToolCounter, type FoundTool } from './build-tools.ts';
import { baseName, entryPath } from './entry-path.ts';
import { PathTableWriter } from './path-table.ts';
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
  readonly identity: string;
}

/** What one layer holds. `secrets` are values for the redactor and go no further. */
export interface LayerContent {
  readonly entries: number;
  readonly paths: Uint8Array;
  readonly matches: readonly ScannedEntry[];
  readonly keys: readonly ScannedSecret[];
  /** Contents of dpkg's file lists: they tell which files the image's packages own. */
  readonly packageLists: readonly Uint8Array[];
  readonly secrets: readonly string[];
  readonly problems: readonly string[];
  /** Compilers, headers and package-manager caches, added up by place. */
  readonly buildTools: readonly FoundTool[];
}

/** Content of a dotenv or credential file kept; a larger one is judged by its start and said to be cut. */
const capturedLimit = 1024 * 1024;
const packageListLimit = 64 * 1024 * 1024;
const pathLimit = 4096;
const secretsPerLayer = 10_000;

const packageList = /^var\/lib\/dpkg\/(?:info\/[^/]+\.list|status\.d\/[^/]+\.md5sums)$/;

interface OpenEntry {
  readonly path: string;
  readonly size: number;
  readonly isWanted: boolean;
  readonly credentialFile: CredentialFile | null;
  readonly capture: 'dotenv' | 'credential' | 'package-list' | null;
  readonly hash: Hash | null;
  readonly chunks: Buffer[];
  captured: number;
}

/** Collects from the entries of one layer's tar what the interest names. */
export class LayerCollector implements TarVisitor {
  readonly #interest: LayerInterest;
  readonly #table = new PathTableWriter();
  readonly #contentScanner = new ContentScanner(
    (found) => this.#takeFound(found),
    (problem) => this.#problems.add(problem),
  );
  readonly #matches: ScannedEntry[] = [];
  readonly #keys: ScannedSecret[] = [];
  readonly #packageLists: Uint8Array[] = [];
  readonly #secrets: string[] = [];
  readonly #problems = new Set<string>();
  readonly #buildTools = new BuildToolCounter();
  #packageListBytes = 0;
  #entries = 0;
  #open: OpenEntry | null = null;

  constructor(interest: LayerInterest) {
    this.#interest = interest;
  }

  entry(entry: TarEntry): void {
    this.#entries += 1;
    if (entry.name.length > pathLimit) this.#problems.add(`an entry's name is longer than ${pathLimit} characters`);
    this.#table.add(entry.name.slice(0, pathLimit), entry.type === 'directory');
    this.#open = this.#openEntry(entry);
  }

  body(chunk: Buffer): void {
    const open = this.#open;
    if (open === null) return;
    this.#contentScanner.push(chunk);
    open.hash?.update(chunk);
    if (open.capture === null) return;
    const isList = open.capture === 'package-list';
    const room = isList ? packageListLimit - this.#packageListBytes : capturedLimit - open.captured;
    const part = chunk.subarray(0, Math.max(0, room));
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
    if (open.capture === 'package-list') this.#packageLists.push(content);
    if (open.isWanted) this.#takeMatch(open, content);
  }

  finish(): LayerContent {
    return {
      entries: this.#entries,
      paths: this.#table.finish(),
      matches: this.#matches,
      keys: this.#keys,
      packageLists: this.#packageLists,
      secrets: this.#secrets,
      problems: [...this.#problems],
      buildTools: this.#buildTools.finish(),
    };
  }

  #openEntry(entry: TarEntry): OpenEntry | null {
    if (entry.type === 'directory' || entry.type === 'symlink' || entry.type === 'other') return null;
    const path = entryPath(entry.name);
    const name = baseName(path);
    if (name.startsWith('.wh.')) return null;
    if (entry.type === 'file') this.#buildTools.add(path, entry.bodySize);
    const isHashed = entry.type === 'file' && this.#interest.hashPaths.some((glob) => matchesGlob(glob, path));
    const credentialFile = credentialFileAt(path);
    const isNamed = this.#interest.fileNames.some((pattern) => pattern.test(name));
    const isWanted = isHashed || isNamed || credentialFile !== null;
    const isDotenv = isNamed && entry.type === 'file' && isDotenvName(name);
    return {
      path,
      size: entry.bodySize,
      isWanted,
      credentialFile,
      capture: isDotenv
        ? 'dotenv'
        : credentialFile !== null && entry.type === 'file'
          ? 'credential'
          : packageList.test(path)
            ? 'package-list'
            : null,
      hash: isHashed ? createHash('sha256') : null,
      chunks: [],
      captured: 0,
    };
  }

  #takeMatch(open: OpenEntry, content: Buffer): void {
    const isWhole = open.capture !== null && open.captured === open.size;
    const dotenv = open.capture === 'dotenv' ? readDotenv(content, isWhole) : null;
    const credential = open.credentialFile === null ? null : readCredentialFile(open.credentialFile, content, isWhole);
    this.#secrets.push(...(dotenv?.values ?? []), ...(credential?.values ?? []));
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
    if (this.#keys.length >= secretsPerLayer) {
      this.#problems.add(`more than ${secretsPerLayer} secrets in one layer; the rest is not listed`);
      return;
    }
    const identity = createHmac('sha256', this.#interest.identityKey).update(value).digest('hex').slice(0, 16);
    const isValidated = proof === 'validated';
    this.#keys.push({ path: this.#open.path, detector, what, revokeUrl, isValidated, expires, identity });
    this.#secrets.push(value);
  }
}
