import { fingerprintOf } from './fingerprint.ts';

/**
 * Something that should have been examined and was not. Data, never only a log line: with a gap and nothing
 * blocking the verdict is `incomplete`.
 */
export interface Gap {
  /** Which part of Hullcheck could not do its work, e.g. `image/layer`, `scanner/trivy`, `rules/leaked-dotenv`. */
  readonly source: string;
  /** What was not examined: a path, an image, a layer. */
  readonly subject: string;
  /** One sentence: why not. */
  readonly reason: string;
  /** One sentence: what the user can do. */
  readonly hint: string;
  /** Stable over runs, so that a `triage` entry can name it. */
  readonly fingerprint: string;
}

export function gap(source: string, subject: string, reason: string, hint: string): Gap {
  return { source, subject, reason, hint, fingerprint: fingerprintOf(['gap', source, subject]) };
}
