import { countBy } from '../domain/group-by.ts';
import type { ReportFinding } from '../domain/report.ts';
import { severities } from '../domain/severity.ts';

/** A count: `12345` as `12,345`. Without `Intl`, whose first use takes longer than the whole report. */
export function formatNumber(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 file`, `2 files`; the plural is the singular with an s where none is given. */
export function count(value: number, singular: string, plural = `${singular}s`): string {
  return `${formatNumber(value)} ${value === 1 ? singular : plural}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Decimal units, as registries and disks count: `83.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

export function formatDuration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** `3 medium, 9 low`: worst first, without the severities that do not occur. */
export function countSeverities(findings: readonly ReportFinding[]): string {
  const of = countBy(findings, ({ severity }) => severity);
  return severities
    .map((severity) => ({ severity, size: of(severity) }))
    .filter(({ size }) => size > 0)
    .map(({ severity, size }) => `${formatNumber(size)} ${severity}`)
    .join(', ');
}
