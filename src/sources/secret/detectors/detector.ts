/**
 * How sure a match is a credential. `validated`: a checksum, a decoded structure or a vendor's own fixed format says so;
 * `plausible`: the value only stands where a credential belongs, or may be public by design.
 */
export type Proof = 'validated' | 'plausible';

/** A match and what surrounds it. Text is latin1: a character per byte. */
export interface Sighting {
  /** The pattern's group `value`, else the whole match. */
  readonly value: string;
  readonly groups: Readonly<Record<string, string | undefined>>;
  /** From `before` bytes ahead of the anchor to `after` bytes behind its begin. */
  readonly text: string;
  /** Where the match begins in `text`. */
  readonly index: number;
}

/** What a look beyond the pattern tells; what it leaves out is as the detector says. */
export interface Verdict {
  readonly proof: Proof;
  readonly value?: string;
  readonly vendor?: string;
  readonly what?: string;
  readonly revokeUrl?: string;
  /** Seconds since 1970, where the credential itself says when it ends. */
  readonly expires?: number;
}

/** One kind of credential: how to find it, how to be sure, and what to say. */
export interface Detector {
  /** Kebab-case, unique; part of finding texts and fingerprints. */
  readonly id: string;
  /** Null where no vendor stands behind it. */
  readonly vendor: string | null;
  /** What is found, for `a …`: `Groq API key`. */
  readonly what: string;
  /** Literals of at least three bytes, one of which is in every match. */
  readonly anchors: readonly string[];
  /** Bounded. Sticky: the match begins at the anchor; global: it holds the anchor and begins up to `before` bytes ahead. */
  readonly pattern: RegExp;
  /** Bytes looked at ahead of the anchor; 256 unless told. */
  readonly before?: number;
  /** Bytes looked at from the anchor on; 512 unless told. */
  readonly after?: number;
  /** What the format alone proves. */
  readonly proof: Proof;
  readonly validate?: (sighting: Sighting) => Verdict | null;
  /** Lower-case words, one of which must stand in the text around the match. */
  readonly near?: readonly string[];
  /** Bits per character the value has at least; 2.5 unless told. */
  readonly entropy?: number;
  /** The vendor's page where it is revoked; null where its owner knows. */
  readonly revokeUrl: string | null;
}

/** A credential found. `value` is only for its identity and the redactor, never shown. */
export interface SecretFound {
  readonly detector: string;
  readonly vendor: string | null;
  readonly what: string;
  readonly revokeUrl: string | null;
  readonly proof: Proof;
  readonly value: string;
  readonly expires: number | null;
}

/** Longest reach of any detector, so that a stream keeps enough. */
export const reach = { before: 4096, after: 4096 } as const;
