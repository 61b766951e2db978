import { neutralise } from '../domain/neutral-text.ts';

/** One exception as another tool's file states it. */
export interface Statement {
  readonly advisory: string;
  /** A name or package URL; null: any package. */
  readonly package: string | null;
  /** Null where the file gives none: the user has to. */
  readonly reason: string | null;
  /** The last day it holds; null where the file gives none. */
  readonly expires: string | null;
}

export interface Imported {
  readonly statements: readonly Statement[];
  /** What of the file cannot be a triage entry, one sentence each. */
  readonly leftOut: readonly string[];
}

/** A reason that fits a line; null when nothing is left of the text. */
export function reasonOf(text: string | null): string | null {
  const words = neutralise(text ?? '', 500).trim();
  return words === '' ? null : words;
}

export function joinImported(parts: readonly Imported[]): Imported {
  return {
    statements: parts.flatMap(({ statements }) => statements),
    leftOut: parts.flatMap(({ leftOut }) => leftOut),
  };
}

export function leave(sentence: string): Imported {
  return { statements: [], leftOut: [neutralise(sentence, 300)] };
}

export function take(statements: readonly Statement[]): Imported {
  return { statements, leftOut: [] };
}
