import type { LayerLocation } from './location.ts';

/** What a dotenv file holds, by key name. No value, length or hash. */
export interface DotenvFacts {
  /** Keys with a value that is neither empty nor a placeholder. */
  readonly realKeys: readonly string[];
  readonly placeholderKeys: readonly string[];
  readonly emptyKeys: readonly string[];
  /** False when the file was cut at the size limit. */
  readonly isComplete: boolean;
}

/** What a file that tools keep credentials in holds. No value, length or hash. */
export interface CredentialFacts {
  /** Which file it is: `npmrc`, `git-config`. */
  readonly file: string;
  /** e.g. `npm settings`. */
  readonly what: string;
  /** What its credentials are for: hosts, profiles or names of settings. Placeholders do not count. */
  readonly holds: readonly string[];
  /** Whether the whole file was read in its format: with nothing in `holds` it holds no credential. */
  readonly isRead: boolean;
  /** Where its credentials are revoked; null where only their owner knows. */
  readonly revokeUrl: string | null;
}

/**
 * Whose a file or a secret is: the `team`'s; of a `package` that the image's own package database lists; of an installed
 * `library`, such as a folder of node_modules, or of its tests and documents (`library-test`); a `published` test key.
 */
export type Origin = 'team' | 'package' | 'library' | 'library-test' | 'published';

/** An entry of a layer whose name, magic or path some rule asked for. */
export interface LayerEntryEvidence {
  readonly kind: 'layer-entry';
  readonly at: LayerLocation;
  /** The layer that overwrote or deleted it; null while it is present. */
  readonly hiddenInLayer: number | null;
  /** The start of the instruction that made that layer, `RUN rm .env`; null where the history does not tell. */
  readonly hiddenBy?: string | null;
  readonly size: number;
  /** Set when the name says dotenv. */
  readonly dotenv: DotenvFacts | null;
  /** Set when the path is one where a tool keeps credentials. */
  readonly credential?: CredentialFacts | null;
  /** The team's own where it is not said. */
  readonly origin?: Origin;
  /** Lower-case hex, only for entries a manifest lists under `in_image`. */
  readonly sha256: string | null;
}

/** A secret found by content. */
export interface SecretMatchEvidence {
  readonly kind: 'secret-match';
  readonly at: LayerLocation;
  readonly hiddenInLayer: number | null;
  readonly hiddenBy?: string | null;
  /** `private-key`, or the id of a detector of credentials. */
  readonly detector: string;
  /** e.g. `RSA private key`, `Groq API key`. */
  readonly what: string;
  /** Where the vendor revokes it; null where only its owner knows. */
  readonly revokeUrl?: string | null;
  /** The credential itself says that its time is over. */
  readonly isExpired?: boolean;
  /** Whether checksum, structure or a parse proves it is one. */
  readonly isValidated: boolean;
  readonly origin: Origin;
  /** Random per run: equal for equal values within the run. */
  readonly identity: string;
}
