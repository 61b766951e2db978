import { neutralise } from '../../domain/neutral-text.ts';
import type { Severity } from '../../domain/severity.ts';
import { createRowSplitter, type ListPath } from './json-rows.ts';

/** Bytes of a report that are read; the largest for one image are some hundred megabytes. */
const reportLimit = 512 * 1024 * 1024;
const rowLimit = 200_000;

/** A value of a report with its place in it, so that a problem can name the field. */
export interface Field {
  readonly value: unknown;
  /** Of the outermost its path in the report, else its name or number in what it is within. */
  readonly name: string | number;
  readonly within: Field | null;
}

const wholeReport = 'the report';

/** `Results[0].Vulnerabilities[3].PkgName`: put together only when a problem names it. */
function pathOf({ name, within }: Field): string {
  if (within === null) return `${name}`;
  const outer = pathOf(within);
  if (typeof name === 'number') return `${outer}[${name}]`;
  return outer === wholeReport ? name : `${outer}.${neutralise(name, 64)}`;
}

/** Why a report cannot be used, as the end of a sentence that begins with the report. */
export interface ReportProblem {
  readonly problem: string;
}

class ShapeError extends Error {}

/** Ends the reading of a report; its reader turns it into a `ReportProblem`. */
export function refuse(field: Field, expected: string): never {
  throw new ShapeError(`has a shape that is not known here: ${pathOf(field)} is not ${expected}`);
}

/** Reads a report part by part. Nothing that a report holds makes it throw. */
export interface ReportReader<T> {
  /** The bytes are the caller's again afterwards. */
  push(bytes: Buffer): void;
  finish(): T | ReportProblem;
}

interface ReportParts<T> {
  /** Lists that are too long to be held: their items are handed on one by one. */
  readonly lists: readonly ListPath[];
  row(list: number, field: Field): void;
  /** What the report says beside its rows, which are empty objects here. */
  finish(root: Field): T;
}

export function createReportReader<T>(parts: ReportParts<T>): ReportReader<T> {
  let size = 0;
  let problem: string | null = null;
  const attempt = <R>(act: () => R): R | null => {
    if (problem !== null) return null;
    try {
      return act();
    } catch (error) {
      if (error instanceof ShapeError) problem = error.message;
      else if (error instanceof SyntaxError || error instanceof RangeError) problem = 'is not JSON, or is cut off';
      else throw error;
      return null;
    }
  };
  const splitter = createRowSplitter(parts.lists, (list, path, value) =>
    parts.row(list, { value, name: path, within: null }),
  );
  return {
    push(bytes) {
      attempt(() => {
        size += bytes.length;
        if (size > reportLimit) throw new ShapeError(`is larger than the limit of ${reportLimit} bytes`);
        splitter.push(bytes);
      });
    },
    finish() {
      const report = attempt(() => parts.finish({ value: splitter.finish(), name: wholeReport, within: null }));
      return report ?? { problem: problem ?? 'is not JSON, or is cut off' };
    },
  };
}

/** Rows up to a number no image comes near: Debian's largest have tens of thousands. */
export function collectRows<T>(): { readonly rows: readonly T[]; add(row: T): void } {
  const rows: T[] = [];
  return {
    rows,
    add(row) {
      if (rows.length >= rowLimit) throw new ShapeError(`lists more than ${rowLimit} vulnerabilities`);
      rows.push(row);
    },
  };
}

/** Every item of the lists must have been handed on: a name given twice, or spelt with escapes, would hide some. */
export function requireAllRead(lists: readonly Field[], count: number): void {
  let sum = 0;
  for (const row of lists.flatMap(items)) {
    if (!isRecord(row.value)) refuse(row, 'an object');
    sum += 1;
  }
  const [first] = lists;
  if (sum !== count && first !== undefined) refuse(first, 'given once and under its plain name');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isAbsent(field: Field): boolean {
  return field.value === undefined || field.value === null;
}

/** A member of an object; absent when the object is absent. */
export function member(field: Field, name: string): Field {
  if (isAbsent(field)) return { value: undefined, name, within: field };
  return isRecord(field.value) ? { value: field.value[name], name, within: field } : refuse(field, 'an object');
}

/** The items of a list; none when it is absent, as Go's `omitempty` leaves empty lists out. */
export function items(field: Field): readonly Field[] {
  if (isAbsent(field)) return [];
  if (!Array.isArray(field.value)) return refuse(field, 'a list');
  return field.value.map((value: unknown, index) => ({ value, name: index, within: field }));
}

/** The values of an object used as a map. */
export function values(field: Field): readonly Field[] {
  if (isAbsent(field)) return [];
  if (!isRecord(field.value)) return refuse(field, 'an object');
  return Object.entries(field.value).map(([name, value]) => ({ value, name, within: field }));
}

/** Printable text of at most `limit` characters, or null when it is absent or empty. */
export function optionalText(field: Field, limit = 256): string | null {
  if (isAbsent(field) || field.value === '') return null;
  return typeof field.value === 'string' ? neutralise(field.value, limit) : refuse(field, 'a text');
}

/** `2026-11-22` of `2026-11-22T12:00:00Z`; null for what is no time, or absent. */
export function optionalDay(field: Field): string | null {
  return /^\d{4}-\d{2}-\d{2}(?=T)/.exec(optionalText(field, 64) ?? '')?.[0] ?? null;
}

export function requiredText(field: Field, limit = 256): string {
  return optionalText(field, limit) ?? refuse(field, 'a text that is not empty');
}

/** A finite number in `least..most`, or null when it is absent. */
export function optionalNumber(field: Field, least: number, most: number): number | null {
  if (isAbsent(field)) return null;
  const { value } = field;
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    return refuse(field, `a number from ${least} to ${most}`);
  }
  return value;
}

/** True only where it says so; false when it is absent. */
export function optionalFlag(field: Field): boolean {
  if (isAbsent(field)) return false;
  return typeof field.value === 'boolean' ? field.value : refuse(field, 'true or false');
}

const severityWords: ReadonlyMap<string, Severity> = new Map([
  ['critical', 'critical'],
  ['high', 'high'],
  ['medium', 'medium'],
  ['low', 'low'],
  ['negligible', 'info'],
  ['unknown', 'medium'],
]);

/** Trivy's and Grype's words in any case. Unknown or none counts as medium, negligible as info. */
export function severityOf(field: Field): Severity {
  const word = optionalText(field, 32)?.toLowerCase() ?? 'unknown';
  return severityWords.get(word) ?? refuse(field, 'a known severity');
}

/** The largest, or null when there is none. */
export function largest(numbers: readonly (number | null)[]): number | null {
  return numbers.reduce<number | null>((most, value) => (value === null ? most : Math.max(most ?? value, value)), null);
}

/** Each text once, in order, at most 100: more is no list a person reads. */
export function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].slice(0, 100);
}

/** Used where a scanner gives no package URL (purl-spec, type `generic`). */
export function genericPurl(name: string, version: string): string {
  return `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
}
